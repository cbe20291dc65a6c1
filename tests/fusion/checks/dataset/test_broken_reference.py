from __future__ import annotations

from collections.abc import Callable

from fusion.checks.check import ReadingProblems
from fusion.checks.dataset.broken_reference import broken_reference
from fusion.checks.finding import findings_of
from fusion.scene.problems import Problem, ProblemKind

Read = Callable[..., ReadingProblems]
KEY = ("kitti-object", "drive")


def test_reports_a_link_to_a_record_that_is_not_there(reading: Read) -> None:
    problem = Problem(
        ProblemKind.BROKEN_REFERENCE,
        "v1.0/sample.json",
        "'next' names no record of the table",
        0,
        frame="000003",
        sensor="",
        label="ca9a28",
        lost=False,
    )
    (finding,) = findings_of(broken_reference, broken_reference(reading(problem)), KEY, lambda severity, excess: 0.5)
    assert finding.message == "v1.0/sample.json: 'next' names no record of the table"
    assert (finding.severity, finding.source) == ("warning", "v1.0/sample.json")
    assert (finding.scene, finding.frame, finding.sensor) == ("drive", "000003", None)
    assert (finding.measured, finding.limit) == (1, 0)


def test_is_quiet_where_everything_could_be_read(reading: Read) -> None:
    assert len(broken_reference(reading())) == 0


def test_leaves_other_problems_to_other_checks(one_of_each: ReadingProblems) -> None:
    assessment = broken_reference(one_of_each)
    assert len(assessment.reported) == len(assessment) == 1
    assert assessment.about.describe(0).source == "broken_reference.txt"


def test_counts_the_records_behind_one_problem(reading: Read) -> None:
    problem = Problem(ProblemKind.BROKEN_REFERENCE, "sample.json", "'next' names no record", count=40)
    (finding,) = findings_of(broken_reference, broken_reference(reading(problem)), KEY, lambda severity, excess: 0.5)
    assert finding.measured == 40


def test_two_reasons_about_one_table_are_two_findings(reading: Read) -> None:
    problems = [
        Problem(ProblemKind.BROKEN_REFERENCE, "sample.json", f"'{link}' names no record") for link in ("next", "prev")
    ]
    found = findings_of(broken_reference, broken_reference(reading(*problems)), KEY, lambda severity, excess: 0.5)
    assert len({finding.id for finding in found}) == 2
