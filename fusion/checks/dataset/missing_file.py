"""DAT001 missing-file: the data set names a file that is not there.

What it looks for: sensor, calibration and label files that tables or folders refer to, and that do not exist.
Why it matters: what is not read can't be judged; a delivery with holes must never look like a clean one.
Evidence: the path, relative to the data set's root, and who refers to it.
Blind spots: files of measurements between the judged frames are not looked for.
Example: a copy of sample_data/crossing with one image removed.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import ReadingProblems, problem_check
from fusion.checks.dataset.reading import assess_problems
from fusion.checks.limits import NoLimits
from fusion.checks.severity import Severity
from fusion.scene.problems import ProblemKind


@problem_check("DAT001", Severity.ERROR, NoLimits)
def missing_file(reading: ReadingProblems, limits: NoLimits) -> Assessment:
    """Every file that was named and not found."""
    return assess_problems(reading, ProblemKind.MISSING_FILE)
