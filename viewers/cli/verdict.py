"""What a run means to the shell."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from fusion.checks.catalogue import find_check
from fusion.checks.finding import Finding
from fusion.checks.settings import FAMILIES
from fusion.checks.severity import Severity
from fusion.errors import UnknownCheckError
from fusion.run.document import CheckSummary
from fusion.run.run import Run
from viewers.cli.exit_codes import FINDINGS, FINE, INCOMPLETE, strongest
from viewers.cli.options import FailOn
from viewers.errors import CommandError
from viewers.outputs.lines import printable
from viewers.outputs.quantities import counted

MOST_REASONS = 3
OF_FILES = "DAT"


def exit_code_of(run: Run, fail_on: FailOn, min_assessed_percent: float, required: Sequence[str] = ()) -> int:
    """3, 1 or 0; why it is 3 is said on stderr. With a baseline only what it doesn't have counts."""
    gaps = [*incompleteness(run, min_assessed_percent), *unassessed(run, required)]
    for gap in gaps:
        print(f"boresight: {printable(gap)}", file=sys.stderr)
    judged = [finding for finding in run.findings if run.is_new(finding)]
    return strongest([INCOMPLETE if gaps else FINE, FINDINGS if reaches(judged, fail_on) else FINE])


def required_checks(words: Iterable[str]) -> tuple[str, ...]:
    """Codes of the checks that --require names; a family means those of it that run.

    Raises:
        CommandError: there is no such check.
    """
    codes = []
    for word in words:
        try:
            codes.append(word if word in FAMILIES else find_check(word).code)
        except UnknownCheckError as error:
            raise CommandError(f"--require: {error}") from error
    return tuple(codes)


def unassessed(run: Run, required: Iterable[str]) -> list[str]:
    """Which of the required checks judged nothing, and why, one line each.

    A check of overlaps, or of files, has no rows where nothing overlaps and all files are whole: that is an answer.
    """
    has_labels = any(dataset.labels for dataset in run.document.datasets)
    gaps = []
    for word in required:
        checks = [check for check in run.document.checks if word in (check.code, check.code[:3])]
        for check in checks:
            has_answered = check.assessed or (not check.not_assessed and (has_labels or check.code[:3] == OF_FILES))
            if not has_answered:
                gaps.append(f"--require {check.code}: {check.name} {_why(check)}")
        if not checks:
            gaps.append(f"--require {word}: not run; the settings, --select, --ignore or --tiers leave it out")
    return gaps


def _why(check: CheckSummary) -> str:
    reasons = sorted(check.not_assessed.items(), key=lambda item: -item[1])
    told = "; ".join(f"{reason} ({counted(number, 'time')})" for reason, number in reasons[:MOST_REASONS])
    return f"could assess nothing: {told}" if told else "had no label to assess"


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


def reaches(findings: Iterable[Finding], fail_on: FailOn) -> bool:
    """Whether one of them is as bad as --fail-on says."""
    if fail_on is FailOn.NEVER:
        return False
    return any(Severity(finding.severity).rank >= Severity(fail_on.value).rank for finding in findings)
