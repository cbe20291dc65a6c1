"""Runs against each other, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fusion.checks.finding import Finding
from fusion.run.diff import Known, RunDiff, Unseen
from viewers.outputs.human import finding_lines, severity_counts
from viewers.outputs.lines import Line, Role, Span, line
from viewers.outputs.quantities import counted


def diff_json(diff: RunDiff) -> str:
    """The document `boresight.diff/1`."""
    content = {**diff.model_dump(mode="json", by_alias=True), "counts": diff.counts}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def diff_lines(diff: RunDiff, top: int = 10) -> list[Line]:
    """What changed first; at most `top` findings of each kind, all if 0. What is still open is only counted."""
    lines = [
        line(Span(run.name, "strong"), f" (Boresight {run.version}): {counted(run.findings, 'finding')}")
        for run in diff.runs
    ]
    told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in diff.counts.items())
    lines += [line(Span(told, "strong"))]
    lines += _section("New", "error", diff.new, top)
    lines += _section("Reappeared: gone for a while, or called fixed", "error", _found(diff.reappeared), top)
    lines += _section("Fixed", "good", diff.fixed, top)
    reasons = [one.reason for one in diff.not_looked_at]
    return lines + _section(
        "Not looked at again, so neither fixed nor open", "warning", _found(diff.not_looked_at), top, reasons
    )


def _found(known: Sequence[Known | Unseen]) -> list[Finding]:
    return [one.finding for one in known]


def _section(title: str, role: Role, findings: Sequence[Finding], top: int, reasons: Sequence[str] = ()) -> list[Line]:
    if not findings:
        return []
    lines = [Line(), line(Span(title, role), f": {severity_counts(findings)}")]
    shown = findings[:top] if top else findings
    for place, finding in enumerate(shown):
        told = f"  {reasons[place]}" if reasons else ""
        lines.append(line(Span(f"{finding.code} {finding.name}", "code"), f"  {finding.scene}{told}", indent=2))
        lines += finding_lines(finding)
    if len(shown) < len(findings):
        lines.append(line(Span(f"... and {len(findings) - len(shown)} more; --top 0 prints all", "dim"), indent=2))
    return lines
