from __future__ import annotations

from collections.abc import Callable

from fusion.checks.check import ReadingProblems
from fusion.checks.dataset.malformed_record import malformed_record
from fusion.checks.finding import findings_of
from fusion.scene.problems import Problem, ProblemKind

Read = Callable[..., ReadingProblems]
KEY = ("kitti-object", "drive")


def test_reports_a_label_line_with_too_few_columns(reading: Read) -> None:
    problem = Problem(
        ProblemKind.MALFORMED_RECORD,
        "label_2/000003.txt",
        "a label needs 15 columns, got 14",
        7,
        frame="000003",
        sensor="",
        label="000003:7",
    )
    (finding,) = findings_of(malformed_record, malformed_record(reading(problem)), KEY, lambda severity, excess: 0.5)
    assert finding.message == "label_2/000003.txt:7: a label needs 15 columns, got 14"
    assert (finding.severity, finding.source) == ("error", "label_2/000003.txt:7")
    assert (finding.scene, finding.frame, finding.sensor) == ("drive", "000003", None)
    assert (finding.measured, finding.limit) == (1, 0)


def test_is_quiet_where_everything_could_be_read(reading: Read) -> None:
    assert len(malformed_record(reading())) == 0


def test_leaves_other_problems_to_other_checks(one_of_each: ReadingProblems) -> None:
    assessment = malformed_record(one_of_each)
    assert len(assessment.reported) == len(assessment) == 1
    assert assessment.about.describe(0).source == "malformed_record.txt"


def test_each_line_is_a_finding_of_its_own(reading: Read) -> None:
    lines = [Problem(ProblemKind.MALFORMED_RECORD, "label_2/000003.txt", "no number", line) for line in (3, 4)]
    found = findings_of(malformed_record, malformed_record(reading(*lines)), KEY, lambda severity, excess: 0.5)
    assert len({finding.id for finding in found}) == 2
