from __future__ import annotations

from collections.abc import Callable

from fusion.checks.check import ReadingProblems
from fusion.checks.dataset.instance_without_annotation import instance_without_annotation
from fusion.checks.finding import findings_of
from fusion.scene.problems import Problem, ProblemKind

Read = Callable[..., ReadingProblems]


def test_reports_what_reading_met(reading: Read) -> None:
    problem = Problem(
        ProblemKind.UNUSED_RECORD, "v1.0/table.json", "3 of 20 instances have no annotation", count=3, lost=False
    )
    (finding,) = findings_of(
        instance_without_annotation,
        instance_without_annotation(reading(problem)),
        ("nuscenes", "drive"),
        lambda severity, excess: 0.5,
    )
    assert finding.message == "v1.0/table.json: 3 of 20 instances have no annotation"
    assert (finding.code, finding.severity, finding.source, finding.measured) == (
        "DAT008",
        "warning",
        "v1.0/table.json",
        3,
    )


def test_is_quiet_where_everything_fits_and_leaves_other_problems_to_other_checks(
    reading: Read, one_of_each: ReadingProblems
) -> None:
    assert len(instance_without_annotation(reading())) == 0
    assert len(instance_without_annotation(one_of_each)) == 1
