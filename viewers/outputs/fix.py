"""What was corrected, as text."""

from __future__ import annotations

from collections import Counter

from fusion.run.repair import CHANGES, Repaired
from viewers.outputs.lines import Line, Span, line, table
from viewers.outputs.quantities import counted

HEAD = ("check", "proposals applied", "labels changed", "skipped")


def fix_lines(repaired: Repaired) -> list[Line]:
    """One line a check, why the rest was left, and where the copy is."""
    applied = Counter(one.finding.code for one in repaired.applied)
    labels: Counter[str] = Counter()
    for one in repaired.applied:
        labels[one.finding.code] += len(one.edits)
    skipped = Counter(one.finding.code for one in repaired.skipped)
    names = {one.finding.code: one.finding.name for one in (*repaired.applied, *repaired.skipped)}
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in HEAD]]
    for code in sorted(names):
        numbers = [str(tally[code]) if tally[code] else "" for tally in (applied, labels, skipped)]
        rows.append([f"{code} {names[code]}", *numbers])
    lines = [*table(rows), Line()]
    for reason, count in Counter(one.skipped for one in repaired.skipped).most_common():
        lines.append(line(f"Left alone ({count}): ", reason))
    changed = counted(sum(labels.values()), "label")
    return [*lines, line(Span(str(repaired.copy.root), "strong"), f": {changed} changed, each listed in {CHANGES}")]
