"""What was learned, as text: the usual size of each class."""

from __future__ import annotations

import math
from pathlib import Path

from fusion.measure.object_features import SIZES
from fusion.measure.priors import ANY_RANGE_M, PriorEntry, Priors
from viewers.outputs.lines import Line, Span, line, table
from viewers.outputs.quantities import counted

HEAD = ("class", "objects", "length", "width", "height")


def learn_lines(priors: Priors, out: Path) -> list[Line]:
    """One line a class, and where the file is."""
    overall = {(one.category, one.feature): one for one in priors.entries if (one.from_m, one.to_m) == ANY_RANGE_M}
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in HEAD]]
    for category in dict.fromkeys(one.category for one in priors.entries):
        sides = [overall.get((category, side)) for side in SIZES]
        if all(sides):
            count = str(next(side.count for side in sides if side is not None))
            rows.append([category, count, *(_metres(side) for side in sides if side is not None)])
    told = f": {counted(len(priors.entries), 'prior')} learned from {priors.source}"
    return [*table(rows), Line(), line(Span(str(out), "strong"), told)]


def _metres(entry: PriorEntry) -> str:
    """The usual size, and what two in three lie within."""
    low, high = (math.exp(entry.middle + change) for change in (-entry.below, entry.above))
    return f"{math.exp(entry.middle):.2f} m ({low:.2f} to {high:.2f})"
