"""Reviews as text for a person and as JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from fusion.review.chain import ChainFault, Head
from fusion.review.event import ReviewEvent
from fusion.review.merge import Merged
from fusion.review.standing import Standing
from fusion.review.times import utc_text
from fusion.review.work import WorkItem
from viewers.outputs.documents import cell
from viewers.outputs.human import finding_lines
from viewers.outputs.lines import Line, Role, Span, line
from viewers.outputs.quantities import counted

SCHEMA: Final = "boresight.reviews/1"
EXPORTED = (
    "subject",
    "verdict",
    "error_type",
    "comment",
    "reviewer",
    "when",
    "revision",
    "action",
    "code",
    "scene",
    "frame",
    "category",
    "evidence_hash",
    "proposals",
    "tool_version",
    "hash",
)
ROLES: dict[str, Role] = {"confirmed": "error", "new-error": "error", "false-alarm": "dim", "correct": "good"}


def as_json(content: Any) -> str:
    """Content as a JSON text that ends its line."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def work_lines(items: Sequence[WorkItem], total: int, status: str) -> list[Line]:
    """Findings with where each stands."""
    if not items:
        return [line(f"nothing {status}" if status != "all" else "no findings")]
    lines = [text for item in items for text in _item_lines(item)]
    if len(items) < total:
        lines.append(line(Span(f"... and {total - len(items)} more; --top 0 lists all", "dim")))
    return lines


def next_lines(item: WorkItem | None) -> list[Line]:
    """What to decide, and how."""
    if item is None:
        return [line("nothing is left to decide here: all is decided, given to others, or in their hands")]
    name = item.finding.id if item.finding else str(item.subject)
    verdicts = "confirmed, false-alarm, ..." if item.finding else "correct, new-error or unsure"
    drawn = [line(Span("drawn by lot: decide it before you look at others", "dim"))] if item.drawn else []
    revision = f" --revision {item.standing.revision}" if item.standing.revision else ""
    how = line(f"`boresight review set RUN {name} VERDICT{revision}` with {verdicts}")
    return [*_item_lines(item), *drawn, how]


def event_lines(events: Sequence[ReviewEvent], nothing: str = "") -> list[Line]:
    """What was said, one event a line."""
    return [_event_line(event) for event in events] or [line(nothing)]


def merge_lines(merged: Merged) -> list[Line]:
    """What a merge did, and what is left to decide."""
    lines = [line(f"{counted(merged.added, 'event')} taken over, {merged.known:,} known already")]
    if merged.conflicts:
        lines += [line(Span(f"{counted(len(merged.conflicts), 'subject')} on which people disagree:", "warning"))]
    for standing in merged.conflicts:
        lines.append(line(Span(str(standing.subject), "strong"), f", decide with --revision {standing.revision}"))
        lines += [_event_line(event, 4) for event in standing.holding]
    return lines


def merge_content(merged: Merged) -> dict[str, Any]:
    """The same for programs."""
    return {"added": merged.added, "known": merged.known, "conflicts": [_conflict(one) for one in merged.conflicts]}


def verify_lines(faults: Sequence[ChainFault], heads: Sequence[Head]) -> list[Line]:
    """What is wrong with the chains, or how many events they hold."""
    if faults:
        return [line(Span("broken  ", "error"), str(fault)) for fault in faults]
    rows = [line(f"{head.reviewer}: {counted(head.sequence, 'event')}, head {head.hash[:16]}") for head in heads]
    return [line(Span("whole", "good"), f": {counted(len(heads), 'chain')}"), *rows]


def verify_content(faults: Sequence[ChainFault], heads: Sequence[Head]) -> dict[str, Any]:
    """The same for programs."""
    return {"whole": not faults, "faults": [asdict(one) for one in faults], "heads": [asdict(one) for one in heads]}


def export_text(events: Sequence[ReviewEvent], output_format: str) -> str:
    """Events as a JSON document or a CSV table."""
    if output_format == "json":
        return as_json({"schema": SCHEMA, "reviews": [event.as_dict() for event in events]})
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(EXPORTED)
    for event in events:
        content = {**event.about, **event.as_dict(), "when": utc_text(event.created_ns)}
        content["proposals"] = json.dumps(content["proposals"]) if content["proposals"] else ""
        writer.writerow([cell(content.get(name)) for name in EXPORTED])
    return table.getvalue()


def _item_lines(item: WorkItem) -> list[Line]:
    standing = item.standing
    named = [Span(str(item.subject), "code")]
    if item.assigned_to:
        named.append(Span(f"  for {item.assigned_to}"))
    if standing.contested:
        named.append(Span("  people disagree", "warning"))
    body = finding_lines(item.finding) if item.finding else []
    return [line(*named), *body, *(_event_line(event, 4) for event in standing.holding)]


def _event_line(event: ReviewEvent, indent: int = 0) -> Line:
    said = event.verdict.value if event.verdict else event.action
    details = [text for text in (event.error_type, event.comment) if text]
    if event.action == "assignment":
        details.append(f"to {event.about.get('assigned_to') or 'nobody'}")
    if event.proposals:
        details.append(counted(len(event.proposals), "proposal"))
    revision = "" if event.revision is None else f"revision {event.revision}, "
    return line(
        Span(said, ROLES.get(said, "")),
        f" by {event.reviewer}, {revision}{utc_text(event.created_ns)}{': ' if details else ''}{'; '.join(details)}",
        indent=indent,
    )


def _conflict(standing: Standing) -> dict[str, Any]:
    return {
        "subject": str(standing.subject),
        "revision": standing.revision,
        "holding": [event.as_dict() for event in standing.holding],
    }
