"""Lines, areas and dots on a canvas: anti-aliased, placed to a sixteenth of a pixel, cut off at its edges.

A canvas is (H, W, 3) uint8, blue green red, and is drawn into. Places are canvas pixels (x, y), (0, 0) the centre of
the top-left one. Lines that hold NaN are broken there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import ByteImage, FloatArray
from viewers.pictures.palette import BACKGROUND, OUTLINE, Colour

SUBPIXEL_BITS = 4
SUBPIXELS = 1 << SUBPIXEL_BITS
# OpenCV counts in 32 bits: what is far outside must be cut off before it is drawn.
MARGIN_PX = 64.0
DISC = np.stack([np.cos(np.arange(12) * np.pi / 6), np.sin(np.arange(12) * np.pi / 6)], axis=1)


def new_canvas(width: int, height: int, colour: Colour = BACKGROUND) -> ByteImage:
    """(height, width, 3) of one colour."""
    return np.full((height, width, 3), colour.bgr, dtype=np.uint8)


def draw_path(
    canvas: ByteImage,
    points: ArrayLike,
    colour: Colour,
    thickness: int = 1,
    opacity: float = 1.0,
    closed: bool = False,
    dash_px: float | None = None,
) -> None:
    """A line through (K, 2) places."""
    draw_paths(canvas, [np.asarray(points, dtype=np.float64)], colour, thickness, opacity, closed, dash_px)


def draw_paths(
    canvas: ByteImage,
    paths: Iterable[FloatArray],
    colour: Colour,
    thickness: int = 1,
    opacity: float = 1.0,
    closed: bool = False,
    dash_px: float | None = None,
) -> None:
    """Several lines; where they cross, a see-through colour isn't laid on twice."""
    whole = [np.concatenate([path, path[:1]]) if closed and len(path) else path for path in paths]
    pieces = _visible_runs(whole, canvas.shape[1], canvas.shape[0])
    if dash_px:
        pieces = [dash for run in pieces for dash in _dashes(run, dash_px)]
    if not pieces:
        return
    if opacity >= 1:
        cv2.polylines(canvas, _fixed(pieces), False, colour.bgr, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
        return
    area, corner = _region_of(pieces, canvas, thickness + 2)
    if area.size:
        layer = area.copy()
        moved = [piece - corner for piece in pieces]
        cv2.polylines(layer, _fixed(moved), False, colour.bgr, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
        _mix(area, layer, opacity)


def fill_area(canvas: ByteImage, outline: ArrayLike, colour: Colour, opacity: float = 1.0) -> None:
    """Fill a convex outline (K, 2); rows with NaN are left out, fewer than three draw nothing."""
    places = np.asarray(outline, dtype=np.float64)
    places = places[np.isfinite(places).all(axis=1)]
    if len(places) < 3:
        return
    height, width = canvas.shape[:2]
    hull = cv2.convexHull(places.astype(np.float32))[:, 0].astype(np.float64)
    cut = _cut_polygon(hull, -MARGIN_PX, -MARGIN_PX, width + MARGIN_PX, height + MARGIN_PX)
    if len(cut) < 3:
        return
    area, corner = _region_of([cut], canvas, 2)
    if area.size:
        layer = area.copy()
        cv2.fillConvexPoly(layer, _fixed([cut - corner])[0], colour.bgr, cv2.LINE_AA, SUBPIXEL_BITS)
        _mix(area, layer, opacity)


def draw_dots(canvas: ByteImage, places: ArrayLike, colours: ByteImage, radius_px: float, rim: bool = False) -> None:
    """Dots at (N, 2) places in (N, 3) colours, in row order: the last one lies on top. `rim` puts a dark one round."""
    centres = np.asarray(places, dtype=np.float64)
    height, width = canvas.shape[:2]
    reach = radius_px + 2
    with np.errstate(invalid="ignore"):
        inside = ((centres > -reach) & (centres < np.array([width, height]) + reach)).all(axis=1)
    # OpenCV's small circles are diamonds; a polygon of twelve corners looks round.
    discs = np.rint((centres[inside, None] + radius_px * DISC) * SUBPIXELS).astype(np.int32)
    rims = np.rint((centres[inside, None] + (radius_px + 1) * DISC) * SUBPIXELS).astype(np.int32) if rim else discs
    for disc, around, colour in zip(discs, rims, colours[inside].tolist(), strict=True):
        if rim:
            cv2.fillConvexPoly(canvas, around, OUTLINE.bgr, cv2.LINE_AA, SUBPIXEL_BITS)
        cv2.fillConvexPoly(canvas, disc, colour, cv2.LINE_AA, SUBPIXEL_BITS)


def scatter(canvas: ByteImage, places: ArrayLike, colours: ByteImage, size_px: int = 1) -> None:
    """Square specks at (N, 2) places, for clouds of a hundred thousand points; the last row lies on top."""
    centres = np.asarray(places, dtype=np.float64)
    finite = np.isfinite(centres).all(axis=1)
    height, width = canvas.shape[:2]
    corners = np.clip(np.rint(centres[finite] - (size_px - 1) / 2), -size_px - 1, max(height, width)).astype(np.int64)
    offsets = np.stack(np.meshgrid(np.arange(size_px), np.arange(size_px)), axis=-1).reshape(-1, 2)
    cells = (corners[:, None] + offsets).reshape(-1, 2)
    inside = (cells >= 0).all(axis=1) & (cells[:, 0] < width) & (cells[:, 1] < height)
    canvas[cells[inside, 1], cells[inside, 0]] = np.repeat(colours[finite], len(offsets), axis=0)[inside]


def draw_ring(canvas: ByteImage, centre: ArrayLike, radius_px: float, colour: Colour, opacity: float = 1.0) -> None:
    """A circle about a place, which may lie outside."""
    turns = np.linspace(0, 2 * np.pi, 181)
    around = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    draw_path(canvas, np.asarray(centre, dtype=np.float64) + radius_px * around, colour, 1, opacity)


def draw_arrow(
    canvas: ByteImage, start: ArrayLike, end: ArrayLike, colour: Colour, thickness: int = 2, head_px: float = 9.0
) -> None:
    """A line with a filled head at its end."""
    tail, tip = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    length = float(np.hypot(*(tip - tail)))
    if not np.isfinite(length) or length < 1e-6:
        return
    along = (tip - tail) / length
    across = np.array([-along[1], along[0]])
    head = min(head_px, length)
    neck = tip - along * head
    draw_path(canvas, np.stack([tail, neck]), colour, thickness)
    fill_area(canvas, np.stack([tip, neck + across * head * 0.5, neck - across * head * 0.5]), colour)


def draw_box_outline(
    canvas: ByteImage,
    left: float,
    top: float,
    right: float,
    bottom: float,
    colour: Colour,
    thickness: int = 1,
    opacity: float = 1.0,
    dash_px: float | None = None,
) -> None:
    """An upright rectangle."""
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    draw_path(canvas, corners, colour, thickness, opacity, closed=True, dash_px=dash_px)


def fill_box(
    canvas: ByteImage, left: float, top: float, right: float, bottom: float, colour: Colour, opacity: float = 1.0
) -> None:
    """A filled upright rectangle of whole pixels."""
    height, width = canvas.shape[:2]
    x0, y0 = max(round(left), 0), max(round(top), 0)
    x1, y1 = min(round(right), width), min(round(bottom), height)
    if x0 < x1 and y0 < y1:
        area = canvas[y0:y1, x0:x1]
        _mix(area, np.full_like(area, colour.bgr), opacity)


def _mix(area: ByteImage, layer: ByteImage, opacity: float) -> None:
    area[...] = layer if opacity >= 1 else cv2.addWeighted(layer, opacity, area, 1 - opacity, 0)


def _region_of(pieces: list[FloatArray], canvas: ByteImage, margin_px: float) -> tuple[ByteImage, FloatArray]:
    """The part of the canvas the pieces touch, and its corner, so that a small line does not copy a large canvas."""
    places = np.concatenate(pieces)
    low = np.floor(places.min(axis=0) - margin_px).astype(int)
    high = np.ceil(places.max(axis=0) + margin_px).astype(int) + 1
    x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
    x1, y1 = max(int(high[0]), 0), max(int(high[1]), 0)
    return canvas[y0:y1, x0:x1], np.array([x0, y0], dtype=np.float64)


def _fixed(pieces: list[FloatArray]) -> list[NDArray[np.int32]]:
    return [np.rint(piece * SUBPIXELS).astype(np.int32).reshape(-1, 1, 2) for piece in pieces]


def _visible_runs(paths: Sequence[FloatArray], width: int, height: int) -> list[FloatArray]:
    """Unbroken stretches of lines within the canvas and a margin; all lines are cut at once."""
    lines = [path for path in paths if len(path) > 1]
    if not lines:
        return []
    starts, ends = np.concatenate([line[:-1] for line in lines]), np.concatenate([line[1:] for line in lines])
    line = np.repeat(np.arange(len(lines)), [len(path) - 1 for path in lines])
    starts, ends = _cut_segments(starts, ends, (-MARGIN_PX, -MARGIN_PX), (width + MARGIN_PX, height + MARGIN_PX))
    seen = np.flatnonzero(np.isfinite(starts[:, 0]))
    if not len(seen):
        return []
    starts, ends, line = starts[seen], ends[seen], line[seen]
    joined = (line[1:] == line[:-1]) & (np.diff(seen) == 1) & (starts[1:] == ends[:-1]).all(axis=1)
    first = np.concatenate([[0], np.flatnonzero(~joined) + 1])
    places = np.insert(ends, first, starts[first], axis=0)
    return np.split(places, first[1:] + np.arange(1, len(first)))


def _cut_segments(
    starts: FloatArray, ends: FloatArray, low: tuple[float, float], high: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Segments cut at an upright rectangle, NaN where nothing is left. Source: Liang & Barsky 1984."""
    step = ends - starts
    first, last = np.zeros(len(starts)), np.ones(len(starts))
    with np.errstate(invalid="ignore", divide="ignore"):
        for axis in (0, 1):
            bounds = np.stack([low[axis] - starts[:, axis], high[axis] - starts[:, axis]])
            shares = np.sort(bounds / step[:, axis], axis=0)
            moving = step[:, axis] != 0
            outside = ~moving & ((bounds[0] > 0) | (bounds[1] < 0))
            first = np.where(moving, np.maximum(first, shares[0]), np.where(outside, 2.0, first))
            last = np.where(moving, np.minimum(last, shares[1]), last)
        kept = (first <= last) & np.isfinite(starts).all(axis=1) & np.isfinite(ends).all(axis=1)
        cut_starts = np.where((first > 0)[:, None], starts + first[:, None] * step, starts)
        cut_ends = np.where((last < 1)[:, None], starts + last[:, None] * step, ends)
    cut_starts[~kept], cut_ends[~kept] = np.nan, np.nan
    return cut_starts, cut_ends


def _cut_polygon(polygon: FloatArray, left: float, top: float, right: float, bottom: float) -> FloatArray:
    """A convex polygon cut at an upright rectangle. Source: Sutherland & Hodgman 1974."""
    for axis, bound, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
        inside = (polygon[:, axis] - bound) * sign >= 0
        kept: list[Any] = []
        for index in range(len(polygon)):
            here, there = polygon[index - 1], polygon[index]
            if inside[index - 1] != inside[index]:
                share = (bound - here[axis]) / (there[axis] - here[axis])
                kept.append(here + share * (there - here))
            if inside[index]:
                kept.append(there)
        polygon = np.asarray(kept).reshape(-1, 2)
    return polygon


def _dashes(run: FloatArray, dash_px: float) -> list[FloatArray]:
    """A line as strokes of that length with gaps of the same."""
    lengths = np.hypot(*np.diff(run, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    total = float(along[-1])
    if total == 0:
        return []
    starts = np.arange(0, total, 2 * dash_px)
    strokes = []
    for start in starts:
        end = min(start + dash_px, total)
        knots = along[(along > start) & (along < end)]
        shares = np.concatenate([[start], knots, [end]])
        strokes.append(np.stack([np.interp(shares, along, run[:, axis]) for axis in (0, 1)], axis=1))
    return strokes
