"""DAT002 unreadable-file: a file is there, but its bytes are not what the format says.

What it looks for: truncated point files, images that don't decode, tables that don't parse.
Why it matters: what is not read can't be judged; a broken file must never look like an empty one.
Evidence: the path or record, the line where there is one, what was expected and what came.
Blind spots: images that no check of the run had to decode.
Example: a sweep of the sample scene cut off in the middle of a point.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import ReadingProblems, problem_check
from fusion.checks.dataset.reading import assess_problems
from fusion.checks.limits import NoLimits
from fusion.checks.severity import Severity
from fusion.scene.problems import ProblemKind


@problem_check("DAT002", Severity.ERROR, NoLimits)
def unreadable_file(reading: ReadingProblems, limits: NoLimits) -> Assessment:
    """Every problem of this kind that reading met."""
    return assess_problems(reading, ProblemKind.UNREADABLE_FILE)
