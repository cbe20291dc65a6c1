"""An object cut open: its points and its box from the side or from behind, with the ground it should stand on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from calibration.arrays import ByteImage, Float32Array, FloatArray
from calibration.errors import BoresightError
from fusion.measure.frame import SyncedFrame
from fusion.measure.ground import ground_below
from fusion.measure.points_in_boxes import points_in_boxes
from fusion.scene.box_geometry import headings_of_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.pictures.drawing import draw_arrow, draw_dots, draw_path, fill_area, fill_box, new_canvas
from viewers.pictures.palette import GRID, GROUND, MUTED, SURFACE, TEXT, UNKNOWN, WHITE, Colour
from viewers.pictures.text import BODY_BOLD, SMALL, draw_text, text_size
from viewers.pictures.viewport import Viewport

# Points this far beside the object still belong to the cut.
SLAB_MARGIN_M = 0.15
AROUND_M = 1.2
BELOW_M, ABOVE_M = 0.9, 0.9
# A smaller gap to the ground is not written beside the box.
SHOWN_GAP_M = 0.03
FARTHEST_GROUND_M = 4.0
FARTHEST_PROPOSAL_M = 6.0


class Cut(str, Enum):
    """Which way to look: at its right side, so that its front is on the right, or at its rear, so that left is left."""

    SIDE = "side"
    REAR = "rear"


@dataclass(frozen=True)
class _Plane:
    """The plane of a cut: origin in the box's middle, axes in ego; `thickness_m` to both sides."""

    origin: FloatArray
    across: FloatArray
    normal: FloatArray
    thickness_m: float

    def flat(self, points: FloatArray) -> FloatArray:
        """(N, 2) of points (N, 3) in ego: to the right in metres, and down (minus ego z)."""
        return np.stack([(points[:, :2] - self.origin) @ self.across, -points[:, 2]], axis=1)

    def distance_m(self, points: FloatArray) -> FloatArray:
        """(N,) from the plane."""
        distances: FloatArray = np.abs((points[:, :2] - self.origin) @ self.normal)
        return distances


def side_cut(
    frame: SyncedFrame,
    box: Boxes3D,
    colour: Colour,
    size: tuple[int, int] = (480, 400),
    cut: Cut = Cut.SIDE,
    proposed: Boxes3D | None = None,
    proposed_colour: Colour = WHITE,
) -> ByteImage:
    """A cut along (or across) a box: the points beside it, its outline, the ground, a metre grid.

    Args:
        box: one box in the frame's ego, labelled or not.
        proposed: one box in ego, drawn dashed in its colour: where it should be.

    Returns:
        (H, W, 3) uint8, blue green red. Where the ground or the points are not known the picture says so.
    """
    plane = _plane_of(box, cut)
    ground_m, why_no_ground = _ground(frame, box)
    corners = plane.flat(box.corners_m[0])
    wished = plane.flat(proposed.corners_m[0]) if proposed is not None else corners
    viewport = _window(corners, wished, ground_m, size)
    canvas = new_canvas(*size)
    _draw_grid(canvas, viewport, ground_m)
    notes = [why_no_ground] if why_no_ground else []
    try:
        _draw_points(canvas, viewport, frame, box, plane, colour)
    except BoresightError as error:
        notes.append(f"no points: {error}")
    if ground_m is not None:
        _draw_ground(canvas, viewport, ground_m)
    _draw_outline(canvas, viewport, corners, colour, cut)
    if proposed is not None:
        draw_path(canvas, viewport.place(_hull(wished)), proposed_colour, 1, closed=True, dash_px=5)
    if ground_m is not None:
        _draw_gap(canvas, viewport, corners, ground_m)
    _write_heights(canvas, viewport, ground_m)
    for place, note in enumerate(notes):
        draw_text(canvas, note, 10, 20 + place * SMALL.line_px, SMALL, MUTED, outlined=True)
    return canvas


def _plane_of(box: Boxes3D, cut: Cut) -> _Plane:
    heading = headings_of_boxes(box.rotations)[0]
    rightward = np.array([heading[1], -heading[0]])
    length, width, _ = box.sizes_m[0]
    origin = box.centres_m[0, :2]
    if cut is Cut.SIDE:
        return _Plane(origin, heading, rightward, width / 2 + SLAB_MARGIN_M)
    return _Plane(origin, rightward, heading, length / 2 + SLAB_MARGIN_M)


def _ground(frame: SyncedFrame, box: Boxes3D) -> tuple[float | None, str]:
    """Height of the ground below a box in ego, or why it isn't known."""
    try:
        height_m = float(ground_below(frame.ground, box.centres_m, box.sizes_m, box.rotations).height_m[0])
    except BoresightError as error:
        return None, f"no ground: {error}"
    bottom_m = float(box.bottoms_m[0])
    if not np.isfinite(height_m):
        return None, "ground below not seen"
    if abs(bottom_m - height_m) > FARTHEST_GROUND_M:
        return None, f"ground is {bottom_m - height_m:.1f} m below"
    return height_m, ""


def _window(corners: FloatArray, wished: FloatArray, ground_m: float | None, size: tuple[int, int]) -> Viewport:
    """The box with air around it, and where it should be unless that is far away."""
    is_near = np.abs(wished - corners).max() < FARTHEST_PROPOSAL_M
    shown = np.concatenate([corners, wished]) if is_near else corners
    low, high = shown.min(axis=0), shown.max(axis=0)
    bottom = high[1] if ground_m is None else max(high[1], -ground_m)
    left, right = low[0] - AROUND_M, high[0] + AROUND_M
    top, bottom = low[1] - ABOVE_M, bottom + BELOW_M
    width, height = size
    per_pixel = max((right - left) / width, (bottom - top) / height)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    half_x, half_y = per_pixel * width / 2, per_pixel * height / 2
    return Viewport(middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y, width, height)


def _draw_grid(canvas: ByteImage, viewport: Viewport, ground_m: float | None) -> None:
    """A line every metre; heights count from the ground where it is known, else from ego's origin."""
    for x in range(int(np.floor(viewport.left)), int(np.ceil(viewport.right)) + 1):
        draw_path(canvas, viewport.place([[x, viewport.top], [x, viewport.bottom]]), GRID)
    for _, y in _height_lines(viewport, ground_m):
        draw_path(canvas, viewport.place([[viewport.left, y], [viewport.right, y]]), GRID)


def _height_lines(viewport: Viewport, ground_m: float | None) -> list[tuple[int, float]]:
    """Whole metres above the ground (or ego's origin), and where they are down the plane."""
    zero = 0.0 if ground_m is None else -ground_m
    lowest, highest = int(np.floor(zero - viewport.bottom)), int(np.ceil(zero - viewport.top))
    return [(metres, zero - metres) for metres in range(lowest, highest + 1)]


def _write_heights(canvas: ByteImage, viewport: Viewport, ground_m: float | None) -> None:
    step = 1 if viewport.scale > 28 else 2
    for metres, y in _height_lines(viewport, ground_m):
        baseline = float(viewport.place(np.array([viewport.left, y]))[1]) - 4
        is_underground = ground_m is not None and metres < 0
        if metres % step == 0 and not is_underground and 16 < baseline < viewport.height - 6:
            text = f"{metres:+d} m" if metres else "0 m"
            draw_text(canvas, text, 10, baseline, SMALL, MUTED, outlined=True)


def _draw_points(
    canvas: ByteImage, viewport: Viewport, frame: SyncedFrame, box: Boxes3D, plane: _Plane, colour: Colour
) -> None:
    """Points of the slab in grey, those in the box in its colour and on top."""
    points = _near(viewport, frame.points_in_ego, plane).astype(np.float64)
    inside = np.zeros(len(points), dtype=bool)
    inside[points_in_boxes(points, box.centres_m, box.sizes_m, box.rotations).of(0)] = True
    with np.errstate(invalid="ignore"):
        in_slab = plane.distance_m(points) <= plane.thickness_m
    places = viewport.place(plane.flat(points))
    shown = {False: np.flatnonzero(in_slab & ~inside), True: np.flatnonzero(inside)}
    for is_inside, rows in shown.items():
        tint = colour.mixed(WHITE, 0.5) if is_inside else UNKNOWN.mixed(SURFACE, 0.3)
        draw_dots(canvas, places[rows], np.tile(np.array(tint.bgr, np.uint8), (len(rows), 1)), 1.5)


def _near(viewport: Viewport, points: Float32Array, plane: _Plane) -> Float32Array:
    """Points that could lie in the slab and in the picture: most of a cloud is far away from one object."""
    reach_m = max(abs(viewport.left), abs(viewport.right)) + plane.thickness_m
    with np.errstate(invalid="ignore"):
        for axis in (0, 1):
            points = points[np.abs(points[:, axis] - plane.origin[axis]) <= reach_m]
    return points


def _draw_ground(canvas: ByteImage, viewport: Viewport, ground_m: float) -> None:
    _, y = viewport.place(np.array([0.0, -ground_m]))
    fill_box(canvas, 0, y, viewport.width, viewport.height, GROUND, 0.10)
    draw_path(canvas, np.array([[0.0, y], [viewport.width, y]]), GROUND, 2)
    draw_text(canvas, "ground", 10, y + 16, SMALL, GROUND, outlined=True)


def _draw_outline(canvas: ByteImage, viewport: Viewport, corners: FloatArray, colour: Colour, cut: Cut) -> None:
    """The box's outline and, seen from the side, which way it heads."""
    hull = viewport.place(_hull(corners))
    fill_area(canvas, hull, colour, 0.10)
    draw_path(canvas, hull, colour, 2, closed=True)
    if cut is Cut.SIDE:
        front = viewport.place(corners[[0, 3, 4, 7]])
        draw_path(canvas, front[[0, 2]], colour.mixed(WHITE, 0.4), 3)
        middle = front.mean(axis=0)
        ahead = np.array([1.0, 0.0])
        draw_arrow(canvas, middle - 4 * ahead, middle + 22 * ahead, colour.mixed(WHITE, 0.4), 2, 10)


def _hull(corners: FloatArray) -> FloatArray:
    return np.asarray(cv2.convexHull(corners.astype(np.float32))[:, 0], dtype=np.float64)


def _draw_gap(canvas: ByteImage, viewport: Viewport, corners: FloatArray, ground_m: float) -> None:
    """How far the bottom is from the ground, between two arrow heads beside the box."""
    bottom = float(corners[:4, 1].mean())
    gap_m = -bottom - ground_m
    if abs(gap_m) < SHOWN_GAP_M:
        return
    x = float(corners[:, 0].min()) + 0.25 * float(np.ptp(corners[:, 0]))
    high, low = viewport.place(np.array([[x, bottom], [x, -ground_m]]))
    text = f"{abs(gap_m):.2f} m {'above' if gap_m > 0 else 'below'} ground"
    if abs(low[1] - high[1]) > 12:
        draw_arrow(canvas, (high + low) / 2, high, TEXT, 1, 7)
        draw_arrow(canvas, (high + low) / 2, low, TEXT, 1, 7)
    width, height = text_size(text, BODY_BOLD)
    left = min(high[0] + 10, viewport.width - width - 8.0)
    middle = max(high[1], low[1]) + 22
    draw_text(canvas, text, left, min(middle, viewport.height - 8) - 4 + height / 2, BODY_BOLD, TEXT, outlined=True)
