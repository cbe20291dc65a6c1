"""The self-test as a picture: one bar a fault with its interval, and promised against true shares of scores."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from fusion.planting.fault import Extent
from fusion.planting.selftest_document import FaultResult, SelfTestDocument
from viewers.outputs.quantities import quantity

ROW, LEFT, BAR, RIGHT = 18, 300, 420, 190
CURVE = 260
HEAD = 64
FOUND, NAMED, INK, FAINT = "#9ecae1", "#3182bd", "#222222", "#dddddd"


def selftest_svg(document: SelfTestDocument) -> str:
    """An SVG document, readable on light ground."""
    width = LEFT + BAR + RIGHT
    bottom = HEAD + ROW * len(document.faults)
    parts = [
        _text(12, 24, f"Self-test: {document.dataset.root}", size=15, weight="bold"),
        _text(12, 44, "pale: found; dark: found by a check meant for it; line: 95 % interval of found"),
        *_grid(bottom),
        *(part for row, result in enumerate(document.faults) for part in _bar(result, HEAD + ROW * row)),
        *_curve(document, bottom + 50),
    ]
    height = bottom + 50 + CURVE + 50
    ground = f'<rect width="{width}" height="{height}" fill="white"/>'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">'
    return "\n".join([opening, ground, *parts, "</svg>"]) + "\n"


def _grid(bottom: int) -> Iterable[str]:
    for percent in (0, 25, 50, 75, 100):
        x = LEFT + BAR * percent / 100
        yield _line(x, HEAD - 4, x, bottom, FAINT)
        yield _text(x, bottom + 14, f"{percent} %", anchor="middle")


def _bar(result: FaultResult, top: int) -> Iterable[str]:
    magnitude = quantity(result.magnitude, result.unit) if result.unit else ""
    yield _text(LEFT - 8, top + 13, f"{result.fault} {magnitude}, {Extent.parse(result.extent).words}", anchor="end")
    yield _rect(LEFT, top + 2, BAR * (result.found.value or 0), ROW - 5, FOUND)
    yield _rect(LEFT, top + 5, BAR * (result.named.value or 0), ROW - 11, NAMED)
    yield _line(LEFT + BAR * result.found.low, top + ROW / 2, LEFT + BAR * result.found.high, top + ROW / 2, INK)
    codes = ", ".join(list(result.codes)[:2])
    yield _text(LEFT + BAR + 10, top + 13, f"{result.found.hits} of {result.found.cases}  {codes}")


def _curve(document: SelfTestDocument, top: int) -> Iterable[str]:
    """The diagonal is what scores promise."""
    yield _text(LEFT, top - 8, "score promised (across) and share that came true (up); circles: how many findings")
    yield f'<rect x="{LEFT}" y="{top}" width="{CURVE}" height="{CURVE}" fill="none" stroke="{FAINT}"/>'
    yield _line(LEFT, top + CURVE, LEFT + CURVE, top, FAINT)
    for one in document.reliability:
        x, y = LEFT + CURVE * one.predicted, top + CURVE * (1 - one.true_share)
        radius = min(3 + one.findings**0.5 / 4, 14)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{NAMED}" fill-opacity="0.6"/>'


def _text(x: float, y: float, text: str, size: int = 11, anchor: str = "start", weight: str = "normal") -> str:
    style = f'font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{INK}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"/>'
