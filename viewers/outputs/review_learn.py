"""What reviews taught, as text."""

from __future__ import annotations

from pathlib import Path

from fusion.checks.learned_precision import LearnedPrecision, LearnedRate
from viewers.outputs.lines import Line, Span, line, table

HEAD = ("check", "right", "reviewed", "precision", "95 % interval", "unsure")


def learned_lines(learned: LearnedPrecision, out: Path, proposed: Path | None) -> list[Line]:
    """How often each check is right, how many labels are wrong, what was missed, and where it is written."""
    lines: list[Line] = []
    if learned.checks:
        rows: list[list[Span | str]] = [[Span(name, "dim") for name in HEAD]]
        for code, one in learned.checks.items():
            interval = f"{one.low:.0%} to {one.high:.0%}"
            counts = [str(one.hits), str(one.reviewed), f"{one.value:.0%}", interval, str(one.unsure)]
            rows.append([f"{code} {one.name}", *counts])
        lines += [*table(rows, right=(1, 2, 3)), Line()]
    lines += _label_lines(learned)
    lines.append(line(Span(str(out), "strong"), " holds all of it; `check --precision` sorts findings by it"))
    if proposed is not None:
        lines.append(line(Span(str(proposed), "strong"), " proposes settings; nothing uses them before you do"))
    return lines


def _label_lines(learned: LearnedPrecision) -> list[Line]:
    labels, lines = learned.labels, []
    if labels.error_rate is not None:
        lines.append(line(f"labels that are wrong: {_text(labels.error_rate)}"))
    if labels.recall is not None:
        lines.append(line(f"of wrong labels, flagged by a check: {_text(labels.recall)}"))
    for trait, rates in labels.by.items():
        lines += [line(f"{trait} {name}: {_text(rate)}", indent=2) for name, rate in rates.items()]
    return [*lines, Line()] if lines else []


def _text(rate: LearnedRate) -> str:
    return (
        f"{rate.value:.1%} (95 % interval {rate.low:.1%} to {rate.high:.1%}; {rate.hits} of {rate.reviewed} reviewed)"
    )
