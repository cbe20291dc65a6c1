"""DAT016 count-disagrees: a record says how many others there are, and it is another number.

What it looks for: totals written in the files (samples of a scene, annotations of an instance) against what is there.
Why it matters: something was added or lost after the total was written, and nobody knows which.
Evidence: the record, its total, what was counted.
Blind spots: formats that write no totals; losses after which the total was written anew.
Example: a nuScenes scene in the tests whose nbr_samples is one too high.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import ReadingProblems, problem_check
from fusion.checks.dataset.reading import assess_problems
from fusion.checks.limits import NoLimits
from fusion.checks.severity import Severity
from fusion.scene.problems import ProblemKind


@problem_check("DAT016", Severity.WARNING, NoLimits)
def count_disagrees(reading: ReadingProblems, limits: NoLimits) -> Assessment:
    """Every problem of this kind that reading met."""
    return assess_problems(reading, ProblemKind.COUNT_MISMATCH)
