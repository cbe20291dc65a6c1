from __future__ import annotations

from collections.abc import Callable

from fusion.checks.check import ReadingProblems
from fusion.checks.dataset.unreadable_file import unreadable_file
from fusion.checks.finding import findings_of
from fusion.scene.problems import Problem, ProblemKind

Read = Callable[..., ReadingProblems]
KEY = ("kitti-object", "drive")


def test_reports_a_sweep_cut_off_within_a_point(reading: Read) -> None:
    problem = Problem(
        ProblemKind.UNREADABLE_FILE,
        "velodyne/000003.bin",
        "truncated: 1234 bytes is no multiple of 16",
        0,
        frame="000003",
        sensor="velodyne",
    )
    (finding,) = findings_of(unreadable_file, unreadable_file(reading(problem)), KEY, lambda severity, excess: 0.5)
    assert finding.message == "velodyne/000003.bin: truncated: 1234 bytes is no multiple of 16"
    assert (finding.severity, finding.source) == ("error", "velodyne/000003.bin")
    assert (finding.scene, finding.frame, finding.sensor) == ("drive", "000003", "velodyne")
    assert (finding.measured, finding.limit) == (1, 0)


def test_is_quiet_where_everything_could_be_read(reading: Read) -> None:
    assert len(unreadable_file(reading())) == 0


def test_leaves_other_problems_to_other_checks(one_of_each: ReadingProblems) -> None:
    assessment = unreadable_file(one_of_each)
    assert len(assessment.reported) == len(assessment) == 1
    assert assessment.about.describe(0).source == "unreadable_file.txt"
