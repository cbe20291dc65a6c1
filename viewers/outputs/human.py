"""Findings for a person: what was checked, what is wrong where, and what nobody looked at.

By scene, then by check, the most urgent first. What another finding explains is counted under it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from fusion.checks.finding import Finding
from fusion.run.document import CheckSummary, FindingsDocument
from fusion.run.run import Run
from viewers.outputs.lines import Line, Role, Span, line, table
from viewers.outputs.quantities import counted, quantity, value_text

# A reviewer sees the pattern of a check in as many; the rest is for the viewer and for programs.
DEFAULT_TOP = 10
MAX_UNREAD = 20
LONGEST_TRACK = 16
OF_DATASET = "data set"


def human_lines(run: Run, top: int = DEFAULT_TOP) -> list[Line]:
    """The whole text; at most `top` findings for each check of a scene, all if 0."""
    symptoms = Counter(finding.cause for finding in run.findings if finding.cause is not None)
    lines = [*_head(run.document, run.leading, sum(symptoms.values()))]
    if news := news_text(run):
        lines.append(line(Span(news, "strong")))
    for scene, findings in _grouped(listed(run), "scene").items():
        lines += [Line(), line(Span(scene or OF_DATASET, "strong"), f": {severity_counts(findings)}")]
        for group in _grouped(findings, "code").values():
            lines += _check_lines(group, symptoms, top)
    return [*lines, *_coverage(run.document), *_unread(run.document), *_hint(listed(run))]


def severity_counts(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`, or `no findings`."""
    count = Counter[str](finding.severity for finding in findings)
    plurals = {"error": "errors", "warning": "warnings", "info": "info"}
    parts = [counted(count[name], name, plural) for name, plural in plurals.items() if count[name]]
    return ", ".join(parts) or "no findings"


def listed(run: Run) -> list[Finding]:
    """The findings to look at now: those that no other explains and, with a baseline, that it does not have."""
    return [finding for finding in run.leading if run.is_new(finding)]


def news_text(run: Run) -> str:
    """`new against the baseline: 1 error; known and not listed: 4 warnings`, "" without a baseline."""
    if run.new is None:
        return ""
    known = [finding for finding in run.leading if not run.is_new(finding)]
    return f"new against the baseline: {severity_counts(listed(run))}; known and not listed: {severity_counts(known)}"


def _head(document: FindingsDocument, findings: Sequence[Finding], symptoms: int) -> list[Line]:
    lines = []
    for dataset in document.datasets:
        held = [counted(dataset.scenes, "scene"), counted(dataset.frames, "frame"), counted(dataset.labels, "label")]
        lines.append(line(Span(dataset.root or "in memory", "strong"), f" ({dataset.format}): {', '.join(held)}"))
    tracks = len({(finding.scene, finding.track) for finding in findings if finding.track is not None})
    parts = [f"{severity_counts(findings)} from {counted(len(document.checks), 'check')}"]
    if tracks:
        parts.append(f"{counted(tracks, 'track')} touched")
    if symptoms:
        parts.append(f"{counted(symptoms, 'symptom')} folded under their cause")
    return [*lines, line("; ".join(parts))]


def _grouped(findings: Iterable[Finding], field: str) -> dict[str, list[Finding]]:
    """By scene or check, in the order of the most urgent of each."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[getattr(finding, field)].append(finding)
    return groups


def _check_lines(group: Sequence[Finding], symptoms: Counter[str], top: int) -> list[Line]:
    first = group[0]
    lines = [Line(), line(Span(f"{first.code} {first.name}", "code"), f"  {severity_counts(group)}", indent=2)]
    shown = group[:top] if top else group
    for finding in shown:
        lines += finding_lines(finding, symptoms[finding.id])
    if len(shown) < len(group):
        lines.append(line(Span(f"... and {len(group) - len(shown)} more; --top 0 prints all", "dim"), indent=4))
    return lines


def finding_lines(finding: Finding, symptoms: int = 0) -> list[Line]:
    """One finding: who and what, the numbers, where to look, what would put it right."""
    role: Role = finding.severity
    marker = f"{finding.severity:<8}"
    inside = 4 + len(marker)
    lines = [line(Span(marker, role), Span(_who(finding), "strong"), finding.message, indent=4, hang=len(marker))]
    details = ", ".join(text for text in (_numbers(finding), *_places(finding)) if text)
    if details:
        lines.append(line(Span(details, "dim"), indent=inside))
    if finding.proposal is not None:
        lines.append(line(Span("proposal: ", "good"), proposal_text(finding), indent=inside))
    if symptoms:
        lines.append(line(Span(f"explains {counted(symptoms, 'more finding')}", "dim"), indent=inside))
    return lines


def _who(finding: Finding) -> str:
    """Class and track, or the sensor; a track id that nobody can read out is told with the places."""
    track = f"track {finding.track}" if finding.track and _is_readable(finding.track) else ""
    named = " ".join(part for part in (finding.category or "", track) if part) or (finding.sensor or "")
    return f"{named}: " if named else ""


def _is_readable(track: str) -> bool:
    return len(track) <= LONGEST_TRACK


def _numbers(finding: Finding) -> str:
    there_or_not = finding.unit == "" and (finding.measured, finding.limit) == (1, 0)
    if finding.measured is None or there_or_not:
        return ""
    limit = "" if finding.limit is None else f" (limit {quantity(finding.limit, finding.unit)})"
    return f"{quantity(finding.measured, finding.unit)}{limit}"


def _places(finding: Finding) -> list[str]:
    track = None if finding.track is None or _is_readable(finding.track) else finding.track
    named = {"frame": _frame(finding), "sensor": finding.sensor, "track": track, "label": finding.label}
    labels = [reference.label for reference in finding.labels if reference.label != finding.label]
    others = [f"and {labels[0]}"] if finding.subject == "pair" and labels else []
    source = [finding.source] if finding.source and not finding.message.startswith(finding.source) else []
    return [f"{name} {value}" for name, value in named.items() if value] + others + source


def _frame(finding: Finding) -> str | None:
    """A frame by a name one can read; a token by its position in the scene, from 0, and its beginning."""
    if finding.frame is None or finding.frame_index is None or len(finding.frame) <= LONGEST_TRACK:
        return finding.frame
    return f"{finding.frame_index} ({finding.frame[:8]}...)"


def proposal_text(finding: Finding) -> str:
    """What would put it right, in one line."""
    proposal = finding.proposal
    if proposal is None:
        return ""
    values = f": {value_text(proposal.values)}" if proposal.values else ""
    reference = f" (in {proposal.reference})" if proposal.reference else ""
    return f"{proposal.action} {proposal.target}{values}{reference}"


def _coverage(document: FindingsDocument) -> list[Line]:
    """What was not assessed, by reason: what many rows share comes first."""
    by_reason: dict[str, list[tuple[CheckSummary, int]]] = defaultdict(list)
    for check in document.checks:
        for reason, number in check.not_assessed.items():
            by_reason[reason].append((check, number))
    if not by_reason:
        return []
    order = sorted(by_reason.items(), key=lambda item: (-sum(rows for _, rows in item[1]), item[0]))
    listed = [(f"{sum(rows for _, rows in checks):,}", reason, _codes(checks)) for reason, checks in order]
    head = [tuple(Span(word, "dim") for word in ("times", "why", "checks; (all): it could judge nothing"))]
    return [Line(), line(Span("Not assessed", "strong")), *table([*head, *listed], right=[0], indent=2)]


def _codes(checks: Iterable[tuple[CheckSummary, int]]) -> str:
    return ", ".join(f"{check.code}{'' if check.assessed else ' (all)'}" for check, _ in checks)


def _unread(document: FindingsDocument) -> list[Line]:
    incomplete = document.incomplete
    if not incomplete:
        return []
    lines = [line(Span(f"{piece.path}: {piece.reason}"), indent=2) for piece in incomplete[:MAX_UNREAD]]
    if len(incomplete) > MAX_UNREAD:
        lines.append(line(Span(f"... and {len(incomplete) - MAX_UNREAD} more; --output-format json lists all", "dim")))
    return [Line(), line(Span(f"Could not be read ({len(incomplete)}): what lies there is unchecked", "error")), *lines]


def _hint(findings: Sequence[Finding]) -> list[Line]:
    if not findings:
        return []
    return [Line(), line(Span(f"`boresight explain {findings[0].code}` says what a check looks for and why", "dim"))]
