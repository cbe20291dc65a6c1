from __future__ import annotations

from collections.abc import Callable

from fusion.checks.check import ReadingProblems
from fusion.checks.dataset.missing_file import missing_file
from fusion.checks.finding import findings_of
from fusion.scene.problems import Problem, ProblemKind

Read = Callable[..., ReadingProblems]
KEY = ("kitti-object", "drive")


def test_reports_a_file_that_is_named_and_not_there(reading: Read) -> None:
    problem = Problem(
        ProblemKind.MISSING_FILE, "velodyne/000003.bin", "no such file", 0, frame="000003", sensor="velodyne"
    )
    (finding,) = findings_of(missing_file, missing_file(reading(problem)), KEY, lambda severity, excess: 0.5)
    assert finding.message == "velodyne/000003.bin: no such file"
    assert (finding.severity, finding.source) == ("error", "velodyne/000003.bin")
    assert (finding.scene, finding.frame, finding.sensor) == ("drive", "000003", "velodyne")
    assert (finding.measured, finding.limit) == (1, 0)


def test_is_quiet_where_everything_could_be_read(reading: Read) -> None:
    assert len(missing_file(reading())) == 0


def test_leaves_other_problems_to_other_checks(one_of_each: ReadingProblems) -> None:
    assessment = missing_file(one_of_each)
    assert len(assessment.reported) == len(assessment) == 1
    assert assessment.about.describe(0).source == "missing_file.txt"


def test_belongs_to_the_frame_that_names_the_file(reading: Read) -> None:
    assessment = missing_file(reading(Problem(ProblemKind.MISSING_FILE, "calib.txt", "no such file", sensor="lidar")))
    assert assessment.about.describe(0).kind == "sensor"
    assessment = missing_file(reading(Problem(ProblemKind.MISSING_FILE, "calib.txt", "no such file")))
    assert assessment.about.describe(0).kind == "scene"
