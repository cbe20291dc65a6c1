"""The one way a camera image is drawn on: points by distance, boxes bent as the lens bends them, tags, a legend.

Boxes are those of the frame moved to the exposure (`CameraView.boxes_at_exposure`); points go through the world to the
camera (`CameraView.camera_from_ego`). What is missing is said on the picture: it never fails for a lost image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from calibration.arrays import BoolArray, ByteImage, FloatArray, IntArray
from calibration.cameras.model import CameraModel
from calibration.errors import BoresightError
from fusion.measure.box_projection import NEAR_M, project_boxes, project_edges
from fusion.measure.camera_view import CameraView
from fusion.scene.box_geometry import BOX_EDGES, BOX_FACES, FACE_NAMES
from fusion.scene.boxes3d import Boxes3D
from viewers.pictures.drawing import (
    draw_arrow,
    draw_box_outline,
    draw_dots,
    draw_paths,
    fill_area,
    fill_box,
    new_canvas,
)
from viewers.pictures.emphasis import NOTHING, Emphasis
from viewers.pictures.names import box_name, brief_name, short_class
from viewers.pictures.palette import (
    BACKGROUND,
    MUTED,
    OUTLINE,
    SURFACE,
    TEXT,
    WHITE,
    Colour,
    class_colours,
    distance_shares,
    sequential_bgr,
)
from viewers.pictures.tags import Tag, TagLayout, draw_tag
from viewers.pictures.text import BODY, SMALL, draw_text, text_size, wrapped
from viewers.pictures.viewport import HALF_PIXEL, Viewport

NEAREST_M, FARTHEST_M = 3.0, 80.0
CURVE_SAMPLES = 33
POINT_OPACITY = 0.8
# On an image shrunk more than this dots would cover everything, so they are small and let it shine through.
SMALL_SCALE = 0.5
SMALL_SCALE_OPACITY = 0.55
CROWDED_PX = 0.75
# Smaller dots stand so close that rims would run together.
RIMMED_PX = 1.3
FRONT = FACE_NAMES.index("front")
# (6, 12): which edges bound which face.
EDGES_OF_FACES = np.array([np.isin(BOX_EDGES, face).all(axis=1) for face in BOX_FACES])
FRONT_EDGES = np.flatnonzero(EDGES_OF_FACES[FRONT])
SMALLEST_TAGGED_PX = 24.0
FALLBACK_SIZE = (1280, 720)

# The object fills this share of a crop; a pixel is never blown up more than that.
CROP_SHARE = 0.5
LARGEST_ZOOM = 8.0


@dataclass(frozen=True)
class Layers:
    """What is drawn on an image."""

    points: bool = True
    boxes: bool = True
    boxes_2d: bool = False
    tags: bool = True
    legend: bool = True


ALL_LAYERS = Layers()


@dataclass
class _Sheet:
    """A canvas being drawn on, and what could not be."""

    canvas: ByteImage
    viewport: Viewport
    notes: list[str] = field(default_factory=list)


def camera_overlay(
    view: CameraView,
    emphasis: Emphasis = NOTHING,
    viewport: Viewport | None = None,
    layers: Layers = ALL_LAYERS,
    distances_m: tuple[float, float] = (NEAREST_M, FARTHEST_M),
    proposed: Boxes3D | None = None,
) -> ByteImage:
    """A camera's image of a frame with the frame's points and boxes in it.

    Args:
        emphasis: boxes to point out; the others become faint and lose their tags.
        viewport: the part of the image and the size of the picture; left out, the whole image at its own size.
        distances_m: from the camera, at both ends of the colour scale.
        proposed: boxes in the frame's ego, drawn dashed: where something should be.

    Returns:
        (H, W, 3) uint8, blue green red.
    """
    sheet = _sheet(view, viewport)
    try:
        camera = view.camera
    except BoresightError as error:
        sheet.notes.append(f"no overlay: {error}")
    else:
        if layers.points:
            _draw_points(sheet, view, emphasis, distances_m, layers.legend)
        if layers.boxes:
            _draw_boxes(sheet, view, camera, emphasis, layers.tags)
        if proposed is not None and len(proposed):
            _draw_proposed(sheet, view, camera, proposed)
    if layers.boxes_2d:
        _draw_boxes_2d(sheet, view, emphasis)
    _write_notes(sheet)
    return sheet.canvas


def pointed_out(
    canvas: ByteImage,
    view: CameraView,
    viewport: Viewport,
    emphasis: Emphasis,
    proposed: Boxes3D | None = None,
    colours: Sequence[Colour] | None = None,
) -> None:
    """Draw emphasised and proposed boxes into an overlay of the same view and part of the image that has neither.

    Args:
        colours: of the proposed boxes, one each; white if left out.
    """
    sheet = _Sheet(canvas, viewport)
    try:
        camera = view.camera
        rows = np.asarray([row for row in emphasis.rows if view.project_boxes().visible[row]], dtype=np.int64)
        corners = view.corners_in_camera[rows]
    except BoresightError:  # the overlay says so already
        return
    lines, faces = _edge_lines(sheet, camera, corners), _faces_towards_camera(corners)
    for place, row in enumerate(rows):
        colour = emphasis.colour_of(int(row)) or WHITE
        _draw_box(canvas, lines[place], faces[place], colour, 2)
        _draw_heading(sheet, camera, corners[place], colour)
    if proposed is not None and len(proposed):
        _draw_proposed(sheet, view, camera, proposed, colours)


def crop_around(view: CameraView, boxes: Boxes3D, width: int, height: int) -> Viewport | None:
    """The part of the image about boxes in the frame's ego, to be shown at that size; None where the camera sees none.

    Raises:
        BoresightError: nothing can be projected: no lens, no pose.
    """
    camera = view.camera
    bounds = project_boxes(_in_camera(view, boxes), camera).bounds_px
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    centre, extent = (low + high) / 2, high - low
    per_pixel = max(extent[0] / width, extent[1] / height) / CROP_SHARE
    per_pixel = float(np.clip(per_pixel, 1 / LARGEST_ZOOM, max(camera.width / width, camera.height / height)))
    half = per_pixel * np.array([width, height]) / 2
    size = np.array([camera.width, camera.height])
    # Slide back into the image where the crop is smaller than it.
    slid = np.clip(centre - half, -HALF_PIXEL, np.maximum(size - HALF_PIXEL - 2 * half, -HALF_PIXEL))
    left, top = (float(edge) for edge in np.where(2 * half < size, slid, (size - 1) / 2 - half))
    return Viewport(left, top, left + 2 * float(half[0]), top + 2 * float(half[1]), width, height)


def _in_camera(view: CameraView, boxes: Boxes3D) -> FloatArray:
    """(M, 8, 3) corners of boxes in the frame's ego, in the camera's frame."""
    corners = boxes.corners_m
    return view.camera_from_ego.apply(corners.reshape(-1, 3)).reshape(corners.shape)


def _sheet(view: CameraView, viewport: Viewport | None) -> _Sheet:
    """The image as far as the viewport shows it, or a dark canvas that says why not."""
    try:
        image = view.pixels()
    except BoresightError as error:
        width, height = _expected_size(view)
        shown = viewport or Viewport.of_image(width, height)
        return _Sheet(new_canvas(shown.width, shown.height, SURFACE), shown, [f"image missing: {error}"])
    height, width = image.shape[:2]
    shown = viewport or Viewport.of_image(width, height)
    sheet = _Sheet(_stretched(image, shown), shown)
    expected = _expected_size(view)
    if expected not in ((width, height), FALLBACK_SIZE):
        sheet.notes.append(f"image is {width} x {height}, calibration expects {expected[0]} x {expected[1]}")
    return sheet


def _expected_size(view: CameraView) -> tuple[int, int]:
    try:
        return view.camera.width, view.camera.height
    except BoresightError:
        return FALLBACK_SIZE


def _stretched(image: ByteImage, viewport: Viewport) -> ByteImage:
    """The window of the image at the viewport's size: averaged where it shrinks, smooth where it grows."""
    height, width = image.shape[:2]
    shrink = min(viewport.scale, 1.0)
    if shrink < 1:
        size = (max(round(width * shrink), 1), max(round(height * shrink), 1))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    ratio = np.array([image.shape[1] / width, image.shape[0] / height])
    # From shrunken pixels s to image pixels u = (s + 1/2) / ratio - 1/2, and on to the canvas.
    origin = viewport.place(HALF_PIXEL / ratio - HALF_PIXEL)
    scale = (viewport.place(np.ones(2)) - viewport.place(np.zeros(2))) / ratio
    matrix = np.array([[scale[0], 0, origin[0]], [0, scale[1], origin[1]]])
    warped = cv2.warpAffine(
        image,
        matrix,
        (viewport.width, viewport.height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=BACKGROUND.bgr,
    )
    return np.asarray(warped, dtype=np.uint8)


def _draw_points(
    sheet: _Sheet, view: CameraView, emphasis: Emphasis, distances_m: tuple[float, float], legend: bool
) -> None:
    """Points by distance, the nearest on top; those in an emphasised box larger, and rimmed where there is room."""
    try:
        projection = view.project_points()
        inside = _in_boxes(view, emphasis)
    except BoresightError as error:
        sheet.notes.append(f"no points: {error}")
        return
    shown = np.flatnonzero(projection.in_view)
    places = sheet.viewport.place(projection.pixels[shown])
    on_canvas = ((places > -4) & (places < (sheet.viewport.width + 4, sheet.viewport.height + 4))).all(axis=1)
    shown, places = shown[on_canvas], places[on_canvas]
    # Not the depth along the axis: at the rim of a fisheye that is nothing.
    distance_m = np.linalg.norm(view.camera_from_ego.apply(view.frame.points_in_ego[shown]), axis=1)
    farthest_first = np.argsort(-distance_m, kind="stable")
    shown, places = shown[farthest_first], places[farthest_first]
    colours = sequential_bgr(distance_shares(distance_m[farthest_first], *distances_m))
    radius = _dot_radius(len(shown), sheet.viewport)
    accused = inside[shown]
    layer = sheet.canvas.copy()
    draw_dots(layer, places[~accused], colours[~accused], radius)
    opacity = POINT_OPACITY if sheet.viewport.scale >= SMALL_SCALE else SMALL_SCALE_OPACITY
    cv2.addWeighted(layer, opacity, sheet.canvas, 1 - opacity, 0, dst=sheet.canvas)
    draw_dots(sheet.canvas, places[accused], colours[accused], radius * 1.2, rim=radius > RIMMED_PX)
    if legend and len(shown):
        _draw_distance_legend(sheet.canvas, distances_m)


def _in_boxes(view: CameraView, emphasis: Emphasis) -> BoolArray:
    """(N,) points of the frame that lie in an emphasised box."""
    inside = np.zeros(len(view.frame.points_in_ego), dtype=bool)
    for row in emphasis.rows:
        inside[view.frame.membership.of(row)] = True
    return inside


def _dot_radius(count: int, viewport: Viewport) -> float:
    """Large enough to be seen, small enough to see the image between them."""
    spacing_px = float(np.sqrt(viewport.width * viewport.height / max(count, 1)))
    if viewport.scale < SMALL_SCALE:
        return float(np.clip(0.11 * spacing_px, 0.5, CROWDED_PX))
    return float(np.clip(0.16 * spacing_px, 0.8, 2.2))


def _draw_boxes(sheet: _Sheet, view: CameraView, camera: CameraModel, emphasis: Emphasis, tags: bool) -> None:
    try:
        projection = view.project_boxes()
        corners = view.corners_in_camera
    except BoresightError as error:
        sheet.notes.append(f"no boxes: {error}")
        return
    rows = np.flatnonzero(projection.visible)
    rows = rows[np.argsort(-projection.nearest_depth_m[rows], kind="stable")]
    lines = _edge_lines(sheet, camera, corners[rows])
    colours = class_colours(view.frame.boxes.category.take(rows))
    faces = _faces_towards_camera(corners[rows])
    by_emphasis = sorted(range(len(rows)), key=lambda place: int(rows[place]) in emphasis.rows)
    for place in by_emphasis:
        accused = emphasis.colour_of(int(rows[place]))
        if emphasis.others_step_back and accused is None:
            draw_paths(sheet.canvas, lines[place], colours[place], 1, opacity=0.55)
            continue
        _draw_box(sheet.canvas, lines[place], faces[place], accused or colours[place], 2 if accused else 1)
        if accused is not None:
            _draw_heading(sheet, camera, corners[rows[place]], accused)
    if tags:
        _tag_boxes(sheet, view, rows, projection.bounds_px, colours, emphasis)


def _edge_lines(sheet: _Sheet, camera: CameraModel, corners: FloatArray) -> FloatArray:
    """(M, 12, S, 2) the edges of boxes on the canvas, curved as the lens curves them."""
    samples = 2 if camera.edge_step == 1 else CURVE_SAMPLES
    return sheet.viewport.place(project_edges(corners, camera, samples).reshape(len(corners), 12, samples, 2))


def _draw_proposed(
    sheet: _Sheet,
    view: CameraView,
    camera: CameraModel,
    proposed: Boxes3D,
    colours: Sequence[Colour] | None = None,
) -> None:
    try:
        corners = _in_camera(view, proposed)
    except BoresightError as error:
        sheet.notes.append(f"no proposed box: {error}")
        return
    tints = [WHITE] * len(corners) if colours is None else colours
    for box, lines, colour in zip(corners, _edge_lines(sheet, camera, corners), tints, strict=True):
        draw_paths(sheet.canvas, lines, OUTLINE, 3, opacity=0.4)
        draw_paths(sheet.canvas, lines, colour, 1, dash_px=6)
        _draw_heading(sheet, camera, box, colour)


def _faces_towards_camera(corners: FloatArray) -> BoolArray:
    """(M, 6) faces whose outside the camera sees, of corners (M, 8, 3) in its frame."""
    first, second, third = (corners[:, BOX_FACES[:, place]] for place in range(3))
    outward = np.cross(second - first, third - second)
    towards: BoolArray = np.einsum("mfi,mfi->mf", outward, first) < 0
    return towards


def _draw_box(canvas: ByteImage, lines: FloatArray, faces: BoolArray, colour: Colour, thickness: int) -> None:
    """Edges over a dark rim, thin where the box itself hides them; the front face filled where it faces the camera."""
    near = EDGES_OF_FACES[faces].any(axis=0)
    front = np.zeros(len(BOX_EDGES), dtype=bool)
    front[FRONT_EDGES] = True
    bright = colour.mixed(WHITE, 0.3)
    if faces[FRONT]:
        fill_area(canvas, lines[FRONT_EDGES].reshape(-1, 2), colour, opacity=0.18)
    draw_paths(canvas, lines[~near], colour, 1, opacity=0.7)
    draw_paths(canvas, lines[near], OUTLINE, thickness + 3, opacity=0.5)
    draw_paths(canvas, lines[near & ~front], colour, thickness)
    draw_paths(canvas, lines[near & front], bright, thickness + 1)
    draw_paths(canvas, lines[front & ~near], bright, thickness, opacity=0.8)


def _draw_heading(sheet: _Sheet, camera: CameraModel, corners: FloatArray, colour: Colour) -> None:
    """An arrow on the ground of the box, from its middle out through the front."""
    bottom = corners[:4].mean(axis=0)
    front = corners[[0, 3]].mean(axis=0)
    ahead = front + 0.35 * (front - bottom)
    ends = np.stack([bottom, ahead])
    if (ends[:, 2] < NEAR_M).any():
        return
    tail, tip = sheet.viewport.place(camera.image_plane(ends))
    length = float(np.hypot(*(tip - tail)))
    if np.isfinite(length) and length > 6:
        draw_arrow(sheet.canvas, tail, tip, colour.mixed(WHITE, 0.4), 2, head_px=min(14.0, 0.4 * length))


def _tag_boxes(
    sheet: _Sheet,
    view: CameraView,
    rows: IntArray,
    bounds_px: FloatArray,
    colours: list[Colour],
    emphasis: Emphasis,
) -> None:
    """Names beside the boxes: the accused for sure, the others nearest first as long as there is room."""
    layout = TagLayout(sheet.viewport.width, sheet.viewport.height)
    wanted = []
    for place in range(len(rows) - 1, -1, -1):
        row = int(rows[place])
        accused = emphasis.colour_of(row)
        bounds = sheet.viewport.place(bounds_px[row].reshape(2, 2)).reshape(4)
        if _overlaps(bounds, sheet.viewport) and (accused is not None or not emphasis.others_step_back):
            left, top, right, bottom = (float(edge) for edge in bounds)
            name = box_name(view.frame.boxes, row) if accused else brief_name(view.frame.boxes, row)
            tag = Tag(name, (left, top, right, bottom), accused or colours[place])
            wanted.append((accused is not None, bottom - top, tag))
    for accused_tag, height, tag in sorted(wanted, key=lambda entry: not entry[0]):
        if accused_tag or height >= SMALLEST_TAGGED_PX:
            spot = layout.place(tag, insist=accused_tag)
            if spot is not None:
                draw_tag(sheet.canvas, tag, spot)


def _overlaps(bounds: FloatArray, viewport: Viewport) -> bool:
    left, top, right, bottom = bounds
    return bool(right > 0 and bottom > 0 and left < viewport.width and top < viewport.height)


def _draw_boxes_2d(sheet: _Sheet, view: CameraView, emphasis: Emphasis) -> None:
    """The image's own 2D boxes, dashed; where others step back only those of the accused objects."""
    boxes = view.boxes_2d
    if boxes is None:
        sheet.notes.append("no 2D boxes in these labels")
        return
    colours = class_colours(boxes.category)
    label_rows = view.frame.label_rows
    for row in range(len(boxes)):
        own = np.flatnonzero(label_rows == boxes.box3d_rows[row])
        accused = emphasis.colour_of(int(own[0])) if len(own) else None
        if emphasis.others_step_back and accused is None:
            continue
        corners = sheet.viewport.place(boxes.edges_px[row].reshape(2, 2)).reshape(4)
        if np.isfinite(corners).all():
            left, top, right, bottom = (float(edge) for edge in corners)
            colour = WHITE if accused else colours[row]
            draw_box_outline(sheet.canvas, left, top, right, bottom, OUTLINE, 3, 0.5)
            draw_box_outline(sheet.canvas, left, top, right, bottom, colour, 1, dash_px=7)
            if not emphasis.others_step_back:
                draw_text(sheet.canvas, short_class(boxes.category[row]), left, bottom + 14, SMALL, colour, True)


def _draw_distance_legend(canvas: ByteImage, distances_m: tuple[float, float]) -> None:
    """The colour scale of the points, in the lower right corner."""
    height, width = canvas.shape[:2]
    bar = min(120, width // 4)
    near, far = (f"{distance:.0f} m" for distance in distances_m)
    near_width, far_width = text_size(near, SMALL)[0], text_size(far, SMALL)[0]
    total = bar + near_width + far_width + 28
    left, top = width - total - 8, height - 30
    if left < 8 or top < 8:
        return
    fill_box(canvas, left, top, width - 8, height - 8, SURFACE, 0.72)
    draw_text(canvas, near, left + 8, top + 15, SMALL)
    ramp = sequential_bgr(np.linspace(1, 0, bar))
    start = left + 14 + near_width
    canvas[top + 7 : top + 15, start : start + bar] = ramp[None]
    draw_text(canvas, far, start + bar + 6, top + 15, SMALL)


def _write_notes(sheet: _Sheet) -> None:
    """What is missing, on a plate in the lower left corner; in the middle where there is no image at all."""
    if not sheet.notes:
        return
    height, width = sheet.canvas.shape[:2]
    lines = [line for note in sheet.notes for line in wrapped(note, width - 48, BODY, max_lines=4)]
    room = max((height - 24) // BODY.line_px, 1)
    lines = lines[:room]
    widest = max(text_size(line, BODY)[0] for line in lines)
    top = height - 16 - len(lines) * BODY.line_px
    fill_box(sheet.canvas, 8, top - 8, min(widest + 32, width - 8), height - 8, SURFACE, 0.85)
    for place, line in enumerate(lines):
        baseline = top + place * BODY.line_px + BODY.ascent_px + 2
        draw_text(sheet.canvas, line, 20, baseline, BODY, TEXT if place == 0 else MUTED)
