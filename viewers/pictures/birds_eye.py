"""A frame from above: ego in the middle looking up the page, points by height, boxes with their heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, ByteImage, Float32Array, FloatArray, IntArray
from calibration.errors import BoresightError
from fusion.measure.frame import SyncedFrame
from fusion.scene.box_geometry import footprints_of_boxes, headings_of_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.pictures.drawing import (
    draw_arrow,
    draw_dots,
    draw_path,
    draw_paths,
    draw_ring,
    fill_area,
    fill_box,
    new_canvas,
    scatter,
)
from viewers.pictures.emphasis import NOTHING, Emphasis
from viewers.pictures.names import box_name, brief_name
from viewers.pictures.palette import (
    BACKGROUND,
    EGO,
    GRID,
    MUTED,
    OUTLINE,
    SURFACE,
    TEXT,
    WHITE,
    Colour,
    class_colours,
    sequential_bgr,
)
from viewers.pictures.tags import Tag, TagLayout, draw_class_key, draw_tag
from viewers.pictures.text import SMALL, draw_text, text_size, wrapped
from viewers.pictures.viewport import Viewport

DEFAULT_HALF_EXTENT_M = 50.0
# Heights are coloured from the ground up to here; the ground is where the lowest points are.
TALLEST_M = 6.0
GROUND_PERCENTILE = 8.0
POINT_DIMMING = 0.25
# A close look shows this many lengths of the object, and never less than the shortest extent.
LENGTHS_AROUND = 1.6
SHORTEST_HALF_EXTENT_M = 5.0
STEPS_M = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
# More names than that hide the boxes; their colours are told in the corner instead.
MOST_TAGGED = 14
SHORTEST_ARROW_PX = 14.0
EGO_SHAPE_M = np.array([[2.4, 0.0], [1.4, 0.95], [-2.2, 0.95], [-2.2, -0.95], [1.4, -0.95]])


@dataclass(frozen=True)
class Ghost:
    """A box that isn't in this frame: the same object at another time, or where it is proposed to be.

    footprint: (4, 2) metres, ego at the frame, as `footprints_of_boxes` gives it; text: what it is;
    on_path: joined by a line with the others on the path, in their order.
    """

    footprint: FloatArray
    text: str
    colour: Colour = MUTED
    on_path: bool = False


def birds_eye(
    frame: SyncedFrame,
    emphasis: Emphasis = NOTHING,
    centre_m: tuple[float, float] = (0.0, 0.0),
    half_extent_m: float = DEFAULT_HALF_EXTENT_M,
    size: tuple[int, int] = (900, 900),
    ghosts: Sequence[Ghost] = (),
    tags: bool = True,
) -> ByteImage:
    """A frame from above.

    Args:
        emphasis: boxes to point out; the others become faint and lose their tags.
        centre_m: ego x, y in the middle of the picture.
        half_extent_m: shown at least to every side.
        size: width and height of the picture.
        ghosts: drawn dashed.

    Returns:
        (H, W, 3) uint8, blue green red; it says so where there are no points or boxes.
    """
    width, height = size
    viewport = Viewport.around((-centre_m[1], -centre_m[0]), half_extent_m, width, height)
    canvas = new_canvas(width, height)
    notes: list[str] = []
    _draw_rings(canvas, viewport)
    try:
        _draw_points(canvas, viewport, frame, emphasis)
    except BoresightError as error:
        notes.append(f"no points: {error}")
    _write_ranges(canvas, viewport)
    _draw_ego(canvas, viewport)
    try:
        boxes = frame.boxes
    except BoresightError as error:
        notes.append(f"no boxes: {error}")
    else:
        _draw_ghosts(canvas, viewport, ghosts)
        _draw_boxes(canvas, viewport, boxes, emphasis, tags)
    _draw_scale_bar(canvas, viewport)
    _write_notes(canvas, notes)
    return canvas


def birds_eye_around(
    frame: SyncedFrame,
    rows: Sequence[int],
    emphasis: Emphasis = NOTHING,
    size: tuple[int, int] = (480, 480),
    ghosts: Sequence[Ghost] = (),
) -> ByteImage:
    """The same, close up: the boxes `rows` of the frame and all ghosts fill the picture.

    Raises:
        NotMeasurableError: the frame has no boxes in ego.
    """
    boxes = frame.boxes.take(list(rows))
    shown = np.concatenate([boxes.corners_m[:, :, :2].reshape(-1, 2), *(ghost.footprint for ghost in ghosts)])
    shown = shown[np.isfinite(shown).all(axis=1)]
    if not len(shown):
        return birds_eye(frame, emphasis, size=size)
    low, high = shown.min(axis=0), shown.max(axis=0)
    centre = (float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2))
    half = max(float((high - low).max()) / 2 * LENGTHS_AROUND, SHORTEST_HALF_EXTENT_M)
    return birds_eye(frame, emphasis, centre, half, size, ghosts)


def from_above(points: ArrayLike) -> FloatArray:
    """Where ego x, y (..., 2 or more) lie on the page: x up, y to the left."""
    ego = np.asarray(points, dtype=np.float64)
    page: FloatArray = np.stack([-ego[..., 1], -ego[..., 0]], axis=-1)
    return page


def round_step(length: float) -> float:
    """The longest round length not above `length`."""
    return max((step for step in STEPS_M if step <= length), default=STEPS_M[0])


def _draw_rings(canvas: ByteImage, viewport: Viewport) -> None:
    """Rings about ego at round ranges, and its axes."""
    centre = viewport.place(np.zeros(2))
    radii = _ring_radii(viewport)
    for axis in np.array([[1.0, 0.0], [0.0, 1.0]]):
        draw_path(canvas, viewport.place(np.stack([-axis, axis]) * radii[-1]), GRID)
    for radius in radii:
        draw_ring(canvas, centre, radius * viewport.scale, GRID)


def _ring_radii(viewport: Viewport) -> FloatArray:
    step = round_step((viewport.right - viewport.left) / 4)
    corners = np.array([[x, y] for x in (viewport.left, viewport.right) for y in (viewport.top, viewport.bottom)])
    return np.arange(step, float(np.hypot(*corners.T).max()) + step, step)


def _write_ranges(canvas: ByteImage, viewport: Viewport) -> None:
    """The range of each ring, straight ahead of ego; where ego isn't shown, how far away it is."""
    centre = viewport.place(np.zeros(2))
    if not ((centre > 0) & (centre < (viewport.width, viewport.height))).all():
        _point_to_ego(canvas, viewport)
        return
    for radius in _ring_radii(viewport):
        x, y = viewport.place(np.array([0.0, -radius]))
        if 30 < x < viewport.width - 30 and 30 < y < viewport.height - 50:
            draw_text(canvas, f"{radius:g} m", x, y - 5, SMALL, MUTED, outlined=True, align=0.5)


def _point_to_ego(canvas: ByteImage, viewport: Viewport) -> None:
    """In the lower right corner: which way ego is, and how far."""
    middle = np.array([viewport.left + viewport.right, viewport.top + viewport.bottom]) / 2
    away = float(np.hypot(*middle))
    hub = np.array([viewport.width - 22.0, viewport.height - 20.0])
    half = -middle / away * 11
    fill_box(canvas, hub[0] - 90, hub[1] - 15, viewport.width - 6, viewport.height - 6, SURFACE, 0.72)
    draw_arrow(canvas, hub - half, hub + half, EGO, 2, 8)
    draw_text(canvas, f"ego {away:.0f} m", hub[0] - 20, hub[1] + 5, SMALL, TEXT, outlined=True, align=1.0)


def _draw_points(canvas: ByteImage, viewport: Viewport, frame: SyncedFrame, emphasis: Emphasis) -> None:
    """All points, the lowest first; those in emphasised boxes larger and in the box's colour."""
    points = np.asarray(frame.points_in_ego)
    shown = _on_page(viewport, points)
    if not len(shown):
        return
    shown = shown[np.argsort(points[shown, 2], kind="stable")]
    ground = float(np.percentile(points[shown, 2], GROUND_PERCENTILE))
    colours = sequential_bgr((points[shown, 2] - ground) / TALLEST_M)
    if emphasis.others_step_back:
        colours = _dimmed(colours)
    scatter(canvas, viewport.place(from_above(points[shown])), colours, size_px=2 if viewport.scale > 18 else 1)
    for row, colour in zip(emphasis.rows, emphasis.colours, strict=True):
        own = frame.membership.of(row)
        places = viewport.place(from_above(points[own]))
        draw_dots(canvas, places, np.tile(np.array(colour.mixed(WHITE, 0.5).bgr, np.uint8), (len(own), 1)), 1.6)


def _on_page(viewport: Viewport, points: Float32Array) -> IntArray:
    """Rows of the points that the picture shows, or nearly; most of a cloud is far outside a close-up."""
    margin_m = 4 / viewport.scale
    low = np.array([-viewport.bottom, -viewport.right]) - margin_m
    high = np.array([-viewport.top, -viewport.left]) + margin_m
    rows = np.arange(len(points))
    with np.errstate(invalid="ignore"):
        for axis in (0, 1):
            values = points[rows, axis]
            rows = rows[(values > low[axis]) & (values < high[axis])]
    return rows


def _dimmed(colours: ByteImage) -> ByteImage:
    dark = np.asarray(BACKGROUND.bgr, dtype=np.float64)
    return np.asarray(colours * (1 - POINT_DIMMING) + dark * POINT_DIMMING).astype(np.uint8)


def _draw_ego(canvas: ByteImage, viewport: Viewport) -> None:
    shape = viewport.place(from_above(EGO_SHAPE_M))
    fill_area(canvas, shape, EGO, 0.85)
    draw_path(canvas, shape, OUTLINE, 1, closed=True)


def _draw_ghosts(canvas: ByteImage, viewport: Viewport, ghosts: Sequence[Ghost]) -> None:
    """Dashed outlines with their names, and the path through them."""
    path = [ghost.footprint.mean(axis=0) for ghost in ghosts if ghost.on_path]
    if len(path) > 1:
        draw_path(canvas, viewport.place(from_above(np.stack(path))), MUTED, 1, 0.8)
    outlines = [viewport.place(from_above(ghost.footprint)) for ghost in ghosts]
    for ghost, outline in zip(ghosts, outlines, strict=True):
        draw_path(canvas, outline, ghost.colour, 1, closed=True, dash_px=4)
        draw_path(canvas, np.stack([outline.mean(axis=0), outline[[0, 3]].mean(axis=0)]), ghost.colour)
    _write_ghosts(canvas, ghosts, outlines)


def _write_ghosts(canvas: ByteImage, ghosts: Sequence[Ghost], outlines: Sequence[FloatArray]) -> None:
    """Their names to the right of them, the last first; those that would cover another are left out."""
    taken: list[float] = []
    for ghost, outline in reversed(list(zip(ghosts, outlines, strict=True))):
        right, middle = float(outline[:, 0].max()) + 6, float(outline[:, 1].mean()) + 4
        if all(abs(middle - other) > SMALL.line_px for other in taken):
            draw_text(canvas, ghost.text, right, middle, SMALL, ghost.colour, outlined=True)
            taken.append(middle)


def _draw_boxes(canvas: ByteImage, viewport: Viewport, boxes: Boxes3D, emphasis: Emphasis, tags: bool) -> None:
    outlines = viewport.place(from_above(footprints_of_boxes(boxes.centres_m, boxes.sizes_m, boxes.rotations)))
    ahead = headings_of_boxes(boxes.rotations) * (
        boxes.sizes_m[:, :1] / 2 + np.clip(boxes.sizes_m[:, :1], 0.6, 2) * 0.5
    )
    tips = viewport.place(from_above(boxes.centres_m[:, :2] + ahead))
    colours = class_colours(boxes.category)
    order = sorted(range(len(boxes)), key=lambda row: row in emphasis.rows)
    for row in order:
        if np.isfinite(outlines[row]).all():
            accused = emphasis.colour_of(row)
            _draw_box(
                canvas,
                outlines[row],
                tips[row],
                accused or colours[row],
                accused is not None,
                not emphasis.others_step_back,
            )
    if not emphasis.others_step_back:
        draw_class_key(canvas, boxes.category.take(_shown_rows(outlines, canvas)))
    if tags and (emphasis.others_step_back or len(boxes) <= MOST_TAGGED):
        _tag_boxes(canvas, boxes, np.concatenate([outlines, tips[:, None]], axis=1), colours, emphasis)


def _draw_box(
    canvas: ByteImage, outline: FloatArray, tip: FloatArray, colour: Colour, accused: bool, alone: bool
) -> None:
    middle, front = outline.mean(axis=0), outline[[0, 3]]
    if not accused and not alone:
        draw_path(canvas, outline, colour, 1, 0.7, closed=True)
        draw_path(canvas, np.stack([middle, front.mean(axis=0)]), colour, 1, 0.7)
        return
    fill_area(canvas, outline, colour, 0.18)
    draw_path(canvas, outline, colour, 2 if accused else 1, closed=True)
    draw_path(canvas, front, colour.mixed(WHITE, 0.4), 3 if accused else 2)
    length = float(np.hypot(*(tip - middle)))
    if length < SHORTEST_ARROW_PX:
        draw_path(canvas, np.stack([middle, tip]), colour, 1)
        return
    head = float(np.clip(0.35 * length, 3, 12))
    draw_arrow(canvas, middle, tip, colour.mixed(WHITE, 0.4), 2 if accused else 1, head)


def _tag_boxes(
    canvas: ByteImage, boxes: Boxes3D, outlines: FloatArray, colours: list[Colour], emphasis: Emphasis
) -> None:
    """Names beside the outlines (M, K, 2) of boxes: of the accused for sure, else of the nearest first."""
    height, width = canvas.shape[:2]
    layout = TagLayout(width, height)
    nearest_first = np.argsort(boxes.ranges_m, kind="stable")
    for row in emphasis.rows if emphasis.others_step_back else nearest_first:
        low, high = outlines[row].min(axis=0), outlines[row].max(axis=0)
        if not (np.isfinite(outlines[row]).all() and (high > 0).all() and (low < (width, height)).all()):
            continue
        bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        name = box_name(boxes, int(row)) if row in emphasis.rows else brief_name(boxes, int(row))
        tag = Tag(name, bounds, emphasis.colour_of(int(row)) or colours[int(row)])
        spot = layout.place(tag, insist=row in emphasis.rows)
        if spot is not None:
            draw_tag(canvas, tag, spot)


def _shown_rows(outlines: FloatArray, canvas: ByteImage) -> BoolArray:
    """(M,) boxes of which something is on the canvas."""
    height, width = canvas.shape[:2]
    with np.errstate(invalid="ignore"):
        low, high = outlines.min(axis=1), outlines.max(axis=1)
        shown: BoolArray = ((high > 0) & (low < (width, height))).all(axis=1)
    return shown


def _draw_scale_bar(canvas: ByteImage, viewport: Viewport) -> None:
    """A round length in the lower left corner."""
    length = round_step((viewport.right - viewport.left) / 5)
    pixels = length * viewport.scale
    text = f"{length:g} m"
    left, bottom = 14.0, viewport.height - 14.0
    fill_box(canvas, 6, bottom - 24, left + max(pixels, text_size(text, SMALL)[0]) + 8, bottom + 7, SURFACE, 0.72)
    draw_text(canvas, text, left + pixels / 2, bottom - 8, SMALL, TEXT, align=0.5)
    ends = np.array([[left, bottom - 4], [left, bottom], [left + pixels, bottom], [left + pixels, bottom - 4]])
    draw_paths(canvas, [ends], TEXT, 1)


def _write_notes(canvas: ByteImage, notes: list[str]) -> None:
    top = 24.0
    for note in notes:
        for line in wrapped(note, canvas.shape[1] - 24, SMALL, 3):
            draw_text(canvas, line, 12, top, SMALL, MUTED, outlined=True)
            top += SMALL.line_px
