from __future__ import annotations

from collections.abc import Callable

from fusion.checks.check import ReadingProblems
from fusion.checks.dataset.count_disagrees import count_disagrees
from fusion.checks.finding import findings_of
from fusion.scene.problems import Problem, ProblemKind

Read = Callable[..., ReadingProblems]


def test_reports_what_reading_met(reading: Read) -> None:
    problem = Problem(
        ProblemKind.COUNT_MISMATCH, "v1.0/table.json", "nbr_samples is 40, sample.json holds 39", count=3, lost=False
    )
    (finding,) = findings_of(
        count_disagrees, count_disagrees(reading(problem)), ("nuscenes", "drive"), lambda severity, excess: 0.5
    )
    assert finding.message == "v1.0/table.json: nbr_samples is 40, sample.json holds 39"
    assert (finding.code, finding.severity, finding.source, finding.measured) == (
        "DAT016",
        "warning",
        "v1.0/table.json",
        3,
    )


def test_is_quiet_where_everything_fits_and_leaves_other_problems_to_other_checks(
    reading: Read, one_of_each: ReadingProblems
) -> None:
    assert len(count_disagrees(reading())) == 0
    assert len(count_disagrees(one_of_each)) == 1
