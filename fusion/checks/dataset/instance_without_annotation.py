"""DAT008 instance-without-annotation: the tables list an object that no label shows.

What it looks for: records of objects (nuScenes instances) to which no annotation belongs.
Why it matters: labels were lost on the way, or whole scenes were cut from a delivery without their objects; statistics
by object count things nobody can train on.
Evidence: how many objects, of how many, the first of them.
Blind spots: formats that don't list objects apart from their labels.
Example: a nuScenes instance in the tests whose annotations were removed.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import ReadingProblems, problem_check
from fusion.checks.dataset.reading import assess_problems
from fusion.checks.limits import NoLimits
from fusion.checks.severity import Severity
from fusion.scene.problems import ProblemKind


@problem_check("DAT008", Severity.WARNING, NoLimits)
def instance_without_annotation(reading: ReadingProblems, limits: NoLimits) -> Assessment:
    """Every problem of this kind that reading met."""
    return assess_problems(reading, ProblemKind.UNUSED_RECORD)
