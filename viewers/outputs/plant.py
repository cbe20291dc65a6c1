"""What was planted, as text."""

from __future__ import annotations

from fusion.planting.fault import Extent, Truth
from fusion.planting.planted_copy import TRUTHS, PlantedCopy
from viewers.outputs.lines import Line, Span, line, table
from viewers.outputs.quantities import counted, quantity

HEAD = ("fault", "extent", "magnitude", "scene", "frames", "tracks", "should be found by")
MOST_NAMED = 3


def plant_lines(planted: PlantedCopy) -> list[Line]:
    """One line a fault, and where the copy is."""
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in HEAD], *(_row(truth) for truth in planted.truths)]
    lines = [*table(rows), Line()]
    if planted.not_planted:
        lines.append(line("Nothing here to plant it in: ", ", ".join(planted.not_planted)))
    held = f": {counted(len(planted.truths), 'fault')}, the truth in {TRUTHS}"
    return [*lines, line(Span(str(planted.copy.root), "strong"), held)]


def _row(truth: Truth) -> list[Span | str]:
    return [
        truth.fault,
        Extent.parse(truth.extent).words,
        quantity(truth.magnitude, truth.unit) if truth.unit else "",
        truth.scene,
        _frames(truth.frames),
        _few(truth.tracks or truth.labels),
        ", ".join(truth.expected_codes),
    ]


def _frames(frames: tuple[int, ...]) -> str:
    """Their numbers, of several in a row the first and the last."""
    return str(frames[0]) if len(frames) == 1 else f"{frames[0]} to {frames[-1]}"


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return f"{shown} and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else shown
