"""Small curves over time, drawn without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, ByteImage, FloatArray
from viewers.pictures.drawing import draw_dots, draw_path, fill_box, new_canvas
from viewers.pictures.palette import GRID, MUTED, SURFACE, TEXT, Colour
from viewers.pictures.text import SMALL, draw_text, text_size
from viewers.pictures.viewport import Viewport

LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 52, 14, 26, 26
TICK_STEPS = (1.0, 2.0, 5.0)
HEADROOM = 0.12
MOST_LARGE_DOTS = 6


@dataclass(frozen=True)
class Curve:
    """Values over time. values: (K,), NaN breaks the line; flagged: (K,) moments to point out."""

    name: str
    times_s: FloatArray
    values: FloatArray
    colour: Colour
    flagged: BoolArray | None = None


def plot(
    curves: Sequence[Curve],
    size: tuple[int, int],
    title: str,
    unit: str,
    flag_colour: Colour,
    smallest_span: float,
    marks_s: Sequence[float] = (),
    across_unit: str = "s",
) -> ByteImage:
    """Curves in one field with round ticks.

    Args:
        smallest_span: of the value axis, so that noise doesn't look like drama.
        marks_s: moments pointed out by an upright line.
        across_unit: of the axis across, where it isn't time.

    Returns:
        (H, W, 3) uint8, blue green red.
    """
    width, height = size
    canvas = new_canvas(width, height, SURFACE)
    inner = (width - LEFT_PX - RIGHT_PX, height - TOP_PX - BOTTOM_PX)
    draw_text(canvas, f"{title} [{unit}]" if unit else title, 10, 17, SMALL, TEXT)
    times = np.concatenate([np.zeros(0), *(curve.times_s[np.isfinite(curve.values)] for curve in curves)])
    values = np.concatenate([np.zeros(0), *(curve.values[np.isfinite(curve.values)] for curve in curves)])
    if not len(values):
        draw_text(canvas, "nothing to show", width / 2, height / 2, SMALL, MUTED, align=0.5)
        return canvas
    low, high = _span(values, smallest_span)
    first, last = time_span(np.concatenate([times, np.asarray(marks_s, dtype=np.float64)]))
    viewport = Viewport(first, -high, last, -low, *inner)
    field = canvas[TOP_PX : TOP_PX + inner[1], LEFT_PX : LEFT_PX + inner[0]]
    _draw_axes(canvas, viewport, across_unit)
    for mark in marks_s:
        x = float(viewport.place(np.array([mark, 0.0]))[0])
        fill_box(field, x - 6, 0, x + 6, inner[1], flag_colour, 0.22)
        draw_path(field, np.array([[x, 0.0], [x, inner[1]]]), flag_colour, 1)
    for curve in curves:
        _draw_curve(field, viewport, curve, flag_colour)
    _draw_key(canvas, curves)
    return canvas


def time_span(times_s: FloatArray) -> tuple[float, float]:
    """What the axis across begins and ends with, to show these times."""
    return _span(times_s, 0.2, headroom=0.02)


def ticks(low: float, high: float, most: int) -> FloatArray:
    """Round values between two, no more than that many."""
    rough = (high - low) / max(most, 1)
    power = 10.0 ** np.floor(np.log10(rough))
    step = next((factor * power for factor in TICK_STEPS if factor * power >= rough), 10 * power)
    places: FloatArray = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step
    return places + 0.0  # never a negative zero


def _span(values: FloatArray, smallest: float, headroom: float = HEADROOM) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    middle, half = (low + high) / 2, max(high - low, smallest) / 2 * (1 + 2 * headroom)
    return middle - half, middle + half


def _draw_axes(canvas: ByteImage, viewport: Viewport, across_unit: str) -> None:
    corner = np.array([LEFT_PX, TOP_PX])
    for value in ticks(-viewport.bottom, -viewport.top, most=max(viewport.height // 34, 2)):
        ends = viewport.place([[viewport.left, -value], [viewport.right, -value]]) + corner
        draw_path(canvas, ends, GRID)
        draw_text(canvas, f"{value:g}", LEFT_PX - 8, ends[0, 1] + 4, SMALL, MUTED, align=1.0)
    for time in ticks(viewport.left, viewport.right, most=max(viewport.width // 80, 2)):
        ends = viewport.place([[time, viewport.top], [time, viewport.bottom]]) + corner
        draw_path(canvas, ends, GRID)
        draw_text(
            canvas,
            f"{time:g} {across_unit}".strip(),
            ends[0, 0],
            TOP_PX + viewport.height + 17,
            SMALL,
            MUTED,
            align=0.5,
        )


def _draw_curve(field: ByteImage, viewport: Viewport, curve: Curve, flag_colour: Colour) -> None:
    places = viewport.place(np.stack([curve.times_s, -curve.values], axis=1))
    draw_path(field, places, curve.colour, 2)
    flagged = np.zeros(len(places), dtype=bool) if curve.flagged is None else curve.flagged
    crowded = np.count_nonzero(flagged) > MOST_LARGE_DOTS
    for chosen, colour, radius in ((~flagged, curve.colour, 2.2), (flagged, flag_colour, 3.1 if crowded else 4.5)):
        tints = np.tile(np.array(colour.bgr, np.uint8), (int(chosen.sum()), 1))
        draw_dots(field, places[chosen], tints, radius, rim=radius > 3)


def _draw_key(canvas: ByteImage, curves: Sequence[Curve]) -> None:
    """Names of the curves, right of the title."""
    if len(curves) < 2:
        return
    right = canvas.shape[1] - RIGHT_PX
    for curve in reversed(curves):
        draw_text(canvas, curve.name, right, 17, SMALL, MUTED, align=1.0)
        right -= text_size(curve.name, SMALL)[0] + 6
        fill_box(canvas, right - 12, 10, right, 14, curve.colour)
        right -= 26
