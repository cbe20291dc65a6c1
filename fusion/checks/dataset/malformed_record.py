"""DAT003 malformed-record: a line or record of a label, table or calibration file can't be understood.

What it looks for: wrong column counts, words for numbers, NaN, quaternions that are no rotation.
Why it matters: the label behind it is lost to training, usually without a word.
Evidence: the path or record, the line where there is one, what was expected and what came.
Blind spots: records that are well formed and wrong.
Example: a KITTI label line with fourteen columns.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import ReadingProblems, problem_check
from fusion.checks.dataset.reading import assess_problems
from fusion.checks.limits import NoLimits
from fusion.checks.severity import Severity
from fusion.scene.problems import ProblemKind


@problem_check("DAT003", Severity.ERROR, NoLimits)
def malformed_record(reading: ReadingProblems, limits: NoLimits) -> Assessment:
    """Every problem of this kind that reading met."""
    return assess_problems(reading, ProblemKind.MALFORMED_RECORD)
