"""What a run means to the shell."""

from __future__ import annotations

import sys

from fusion.checks.severity import Severity
from fusion.run.run import Run
from viewers.cli.exit_codes import FINDINGS, FINE, INCOMPLETE, strongest
from viewers.cli.options import FailOn
from viewers.outputs.quantities import counted


def exit_code_of(run: Run, fail_on: FailOn, min_assessed_percent: float) -> int:
    """3, 1 or 0; why it is 3 is said on stderr."""
    gaps = incompleteness(run, min_assessed_percent)
    for gap in gaps:
        print(f"boresight: {gap}", file=sys.stderr)
    return strongest([INCOMPLETE if gaps else FINE, FINDINGS if _has_findings(run, fail_on) else FINE])


def incompleteness(run: Run, min_assessed_percent: float) -> list[str]:
    """Why the run is not complete, one line each; empty where it is."""
    document, gaps = run.document, []
    if document.incomplete:
        what = counted(len(document.incomplete), "file or record", "files or records")
        gaps.append(f"{what} could not be read, and what lies there is unchecked")
    if not sum(dataset.frames for dataset in document.datasets):
        gaps.append("there was no frame to check")
    share = document.assessed_share
    if share is not None and (share == 0 or share * 100 < min_assessed_percent):
        wanted = f", --min-assessed asks for {min_assessed_percent:g} %" if min_assessed_percent else ""
        gaps.append(f"only {share:.1%} of what there is could be assessed{wanted}")
    return gaps


def _has_findings(run: Run, fail_on: FailOn) -> bool:
    if fail_on is FailOn.NEVER:
        return False
    return any(Severity(finding.severity).rank >= Severity(fail_on.value).rank for finding in run.findings)
