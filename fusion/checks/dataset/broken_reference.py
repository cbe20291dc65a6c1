"""DAT005 broken-reference: a record refers to another one that does not exist, or that leads in a circle.

What it looks for: links between records (next, prev, instance, sample, sensor) that lead nowhere or round in a circle.
Why it matters: whoever follows the links loses the object there, or never comes back.
Evidence: the path or record, the line where there is one, what was expected and what came.
Blind spots: links to an existing but wrong record.
Example: a nuScenes annotation whose next chain points back at itself.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import ReadingProblems, problem_check
from fusion.checks.dataset.reading import assess_problems
from fusion.checks.limits import NoLimits
from fusion.checks.severity import Severity
from fusion.scene.problems import ProblemKind


@problem_check("DAT005", Severity.WARNING, NoLimits)
def broken_reference(reading: ReadingProblems, limits: NoLimits) -> Assessment:
    """Every problem of this kind that reading met."""
    return assess_problems(reading, ProblemKind.BROKEN_REFERENCE)
