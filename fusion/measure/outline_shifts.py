"""Where 2D boxes were drawn against where the outlines of the 3D boxes fall, all rows of one camera at once.

Only what can be compared: linked pairs whose four edges lie inside the picture, nothing else in front, both of a
decent size. Boxes are taken to the exposure as `CameraView` does it; frames without an image of the camera are taken
to be exposed at their own time. 2D boxes that are projections of the 3D ones prove nothing and are not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.cameras.model import CameraModel
from calibration.errors import LensError
from calibration.sensors import EGO
from calibration.trajectory import PoseColumns
from calibration.transform import matrices_from_quaternions
from fusion.errors import NotMeasurableError
from fusion.measure.box_projection import BoxProjection, project_boxes
from fusion.measure.drawn_boxes import boxes_2d_of, is_nothing
from fusion.measure.relative_motion import relative_velocities_in_ego
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_motion import velocities_in_ego
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

# Nearer the border than this, an edge may be the picture's and not the object's.
BORDER_PX = 3.0
MIN_SIDE_PX = 12.0
# Of an object covered more than this by a nearer one, only a part was drawn around.
MAX_COVERED = 0.02
# Two edges drawn by hand to a pixel and a half each, and a line between: farther apart, drawn boxes don't touch.
TOUCHING_PX = 6.0
STEP_M = 1e-3


@dataclass(frozen=True, eq=False)
class OutlineShifts:
    """K pairs of a 2D box and an outline in one camera.

    rows: (K,) of the labels; frames: (K,); shift_px: (K, 2) middle of the drawn box minus middle of the outline;
    extent_px: (K, 2) of the outline; inset: (K, 2) share of the outline that the drawn box leaves out;
    places_m: (K, 3) of the boxes' middles in the camera's axes; px_per_m: (K, 2, 3) what moving them there does;
    velocities_mps: (K, 3) relative to the camera in its axes, NaN where unknown; aspect_rad: (K,) heading against
    the line of sight: 0 seen from behind, positive when the object heads to the left of it.
    """

    camera: str
    rows: IntArray
    frames: IntArray
    shift_px: FloatArray
    extent_px: FloatArray
    inset: FloatArray
    places_m: FloatArray
    px_per_m: FloatArray
    velocities_mps: FloatArray
    aspect_rad: FloatArray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, kept: BoolArray | IntArray) -> OutlineShifts:
        """Some of the pairs."""
        columns = {name: getattr(self, name)[kept] for name in self.__dataclass_fields__ if name != "camera"}
        return replace(self, **columns)


def cameras_drawn_in(scene: Scene) -> tuple[str, ...]:
    """Cameras with 2D boxes that can prove something.

    Raises:
        NotMeasurableError: there are none; the message says why.
    """
    boxes = boxes_2d_of(scene, drawn_by_hand=True)
    linked = boxes.camera.take(np.flatnonzero(boxes.box3d_rows >= 0))
    if not len(linked):
        raise NotMeasurableError("no 2D box says which 3D box it belongs to")
    return tuple(name for name in linked.names if linked.is_any([name]).any())


def outline_shifts(scene: Scene, camera: str) -> OutlineShifts:
    """All pairs of one camera.

    Raises:
        NotMeasurableError: no 2D boxes, or derived ones; LensError: the camera's lens is not known.
    """
    return scene.measurements.get(f"outline shifts {camera}", lambda: _outline_shifts(scene, camera))


def _outline_shifts(scene: Scene, camera: str) -> OutlineShifts:
    drawn = _linked(scene, camera)
    rows = drawn.box3d_rows.astype(np.int64)
    frames = scene.labels.frame_index[rows].astype(np.int64)
    sensor = scene.rig_at(int(scene.frame_table.timestamps_ns[frames[0]]) if len(frames) else 0).sensor(camera)
    if sensor.camera is None:
        raise LensError(f"{camera} has no intrinsics in the rig")
    gaps_s, camera_from_ego = _exposures(scene, camera, frames)
    boxes, velocities = boxes_in_ego(scene).take(rows), relative_velocities_in_ego(scene)[rows]
    own = _own_motion(scene, rows, gaps_s)
    at_exposure = replace(boxes, centres_m=boxes.centres_m + own)
    hulls = project_boxes(_in_camera(at_exposure, camera_from_ego), sensor.camera)
    places_m = camera_from_ego.apply(at_exposure.centres_m)
    headings = np.einsum("kij,kj->ki", camera_from_ego.rotations, _headings(boxes))
    shifts = OutlineShifts(
        camera=camera,
        rows=rows,
        frames=frames,
        shift_px=_middles(drawn.edges_px) - _middles(hulls.bounds_px),
        extent_px=_extents(hulls.bounds_px),
        inset=1 - _extents(drawn.edges_px) / _extents(hulls.bounds_px),
        places_m=places_m,
        px_per_m=_px_per_m(places_m, sensor.camera),
        velocities_mps=np.einsum("kij,kj->ki", camera_from_ego.rotations, velocities),
        aspect_rad=np.arctan2(
            headings[:, 2] * places_m[:, 0] - headings[:, 0] * places_m[:, 2],
            headings[:, 0] * places_m[:, 0] + headings[:, 2] * places_m[:, 2],
        ),
    )
    return shifts.take(_comparable(drawn, hulls, frames, sensor.camera) & np.isfinite(shifts.px_per_m).all(axis=(1, 2)))


def _linked(scene: Scene, camera: str) -> Boxes2D:
    boxes = scene.labels.boxes_2d
    if boxes is None or boxes.derived:
        raise NotMeasurableError("no 2D boxes that prove anything")
    of_camera = boxes.camera.is_any([camera]) & (boxes.box3d_rows >= 0)
    placed = scene.labels.frame_index[np.maximum(boxes.box3d_rows, 0)] >= 0
    return boxes.take(np.flatnonzero(of_camera & placed))


def _exposures(scene: Scene, camera: str, frames: IntArray) -> tuple[FloatArray, PoseColumns]:
    """(K,) seconds from each row's frame to its exposure, and camera_from_ego, through the world where poses exist."""
    gaps_s, turns, moves = np.zeros(len(frames)), np.zeros((len(frames), 3, 3)), np.zeros((len(frames), 3))
    for frame in np.unique(frames):
        here = frames == frame
        handle = scene.frames[int(frame)]
        view = handle.cameras.get(camera)
        if view is None:
            rig = scene.rig_at(handle.timestamp_ns)
            camera_from_ego = rig.transform(camera, EGO)
        else:
            camera_from_ego = view.camera_from_ego
            gaps_s[here] = view.gap_s if scene.has_real_times else 0.0
        turns[here], moves[here] = camera_from_ego.rotation, camera_from_ego.translation
    return gaps_s, PoseColumns(moves, turns)


def _own_motion(scene: Scene, rows: IntArray, gaps_s: FloatArray) -> FloatArray:
    """(K, 3) how far each object goes by itself until the exposure."""
    if not np.any(gaps_s):
        return np.zeros((len(rows), 3))
    return np.nan_to_num(velocities_in_ego(scene)[rows]) * gaps_s[:, None]


def _in_camera(boxes: Boxes3D, camera_from_ego: PoseColumns) -> FloatArray:
    corners = np.einsum("kij,kcj->kci", camera_from_ego.rotations, boxes.corners_m)
    in_camera: FloatArray = corners + camera_from_ego.translations_m[:, None, :]
    return in_camera


def _headings(boxes: Boxes3D) -> FloatArray:
    headings: FloatArray = matrices_from_quaternions(boxes.rotations)[:, :, 0]
    return headings


def _middles(edges_px: FloatArray) -> FloatArray:
    middles: FloatArray = (edges_px[:, :2] + edges_px[:, 2:]) / 2
    return middles


def _extents(edges_px: FloatArray) -> FloatArray:
    extents: FloatArray = edges_px[:, 2:] - edges_px[:, :2]
    return extents


def _px_per_m(places_m: FloatArray, lens: CameraModel) -> FloatArray:
    """(K, 2, 3) by central differences."""
    columns = []
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = STEP_M
        columns.append((lens.image_plane(places_m + step) - lens.image_plane(places_m - step)) / (2 * STEP_M))
    return np.stack(columns, axis=2)


def _comparable(drawn: Boxes2D, hulls: BoxProjection, frames: IntArray, lens: CameraModel) -> BoolArray:
    inside = _inside(drawn.edges_px, lens) & _inside(hulls.bounds_px, lens)
    with np.errstate(invalid="ignore"):
        large = (_extents(drawn.edges_px) >= MIN_SIDE_PX).all(axis=1) & (_extents(hulls.bounds_px) >= MIN_SIDE_PX).all(
            axis=1
        )
    return np.asarray(inside & large & hulls.visible & ~_said_hidden(drawn) & ~_covered(hulls, drawn.edges_px, frames))


def _said_hidden(drawn: Boxes2D) -> BoolArray:
    """(K,) bool: the labels say that something hides the object or that the picture cuts it off."""
    hidden = np.zeros(len(drawn), dtype=bool)
    for name in ("occluded", "truncated"):
        column = drawn.attributes.get(name)
        if column is not None:
            hidden |= ~is_nothing(column) & column.present
    return hidden


def _inside(edges_px: FloatArray, lens: CameraModel) -> BoolArray:
    with np.errstate(invalid="ignore"):
        low = (edges_px[:, :2] > BORDER_PX).all(axis=1)
        return np.asarray(low & (edges_px[:, 2:] < np.array([lens.width, lens.height]) - 1 - BORDER_PX).all(axis=1))


def _covered(hulls: BoxProjection, edges_px: FloatArray, frames: IntArray) -> BoolArray:
    """(K,) bool: the bounds of a nearer box of the same frame lie over this one's, and the drawn boxes don't deny it.

    What one object hides of another begins where its own drawn box ends: drawn boxes that stand apart hide nothing of
    each other, and a label that was moved before its neighbour's must not hide itself so.
    """
    covered = np.zeros(len(frames), dtype=bool)
    order = np.argsort(frames, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(frames[order])) + 1):
        bounds, drawn = hulls.bounds_px[group], edges_px[group]
        shared = np.maximum(_overlaps_px(bounds), 0).prod(axis=2)
        nearer = hulls.nearest_depth_m[group][None, :] < hulls.nearest_depth_m[group][:, None]
        area = _extents(bounds).prod(axis=1)
        with np.errstate(invalid="ignore"):
            over = np.where(nearer, shared, 0.0) > MAX_COVERED * area[:, None]
            over &= (_overlaps_px(drawn) > -TOUCHING_PX).all(axis=2)
        np.fill_diagonal(over, False)
        covered[group] = over.any(axis=1)
    return covered


def _overlaps_px(bounds: FloatArray) -> FloatArray:
    """(K, K, 2) by how much each rectangle lies over each other one, across and down; negative is a gap."""
    low = np.maximum(bounds[:, None, :2], bounds[None, :, :2])
    high = np.minimum(bounds[:, None, 2:], bounds[None, :, 2:])
    overlaps: FloatArray = high - low
    return overlaps
