"""What a camera and a lidar show of one instant, and the outlines of many instants as seen from the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.audit.depth_edges import DepthEdges
from calibration.audit.shading import Shading
from calibration.cameras import CameraModel
from calibration.image_features import EdgeField
from calibration.transform import RigidTransform

# The camera's own axes in the manner of a vehicle (forward, left, up), from its optical ones (right, down, forward).
BODY_FROM_CAMERA = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
MOVES = slice(0, 3)  # x, y, z of a correction, metres; after them roll, pitch, yaw, radians
TURNS = slice(3, 6)
MAX_OUTLINES = 8000
SPARE_PX = 40.0
FEW_OUTLINES = 1500
FEW_FRAMES = 5


@dataclass(frozen=True, eq=False)
class RowMotion:
    """How the camera moves while it reads its rows one after another, in its own optical frame.

    velocity_mps, turn_radps: (3,) of the camera; readout_s: from the first row to the last, negative from below.
    """

    velocity_mps: FloatArray
    turn_radps: FloatArray
    readout_s: float


@dataclass(frozen=True, eq=False)
class FrameEdges:
    """What one frame says: its outlines, its picture's edges, and the way between them as the files have it."""

    outlines: DepthEdges
    field: EdgeField
    camera_from_points: RigidTransform
    rows: RowMotion | None = None
    shading: Shading | None = None


@dataclass(frozen=True, eq=False)
class Outlines:
    """K outlines of all frames in the camera frame of the files.

    near, past (K, 3), weight (K,), upper (K,) as in `DepthEdges`; frame (K,) its number.
    """

    near: FloatArray
    past: FloatArray
    weight: FloatArray
    upper: BoolArray
    frame: IntArray

    def __len__(self) -> int:
        return len(self.weight)


def camera_from_camera_in_file(correction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rotation (3, 3) and translation (3,) taking points from the camera frame of the files to the corrected one."""
    turned = BODY_FROM_CAMERA.T @ Rotation.from_rotvec(correction[TURNS]).as_matrix() @ BODY_FROM_CAMERA
    moved = BODY_FROM_CAMERA.T @ correction[MOVES]
    return turned.T, -turned.T @ moved


def gather_outlines(frames: Sequence[FrameEdges], camera: CameraModel, seed: int = 0) -> Outlines:
    """The outlines that fall into or near the pictures, at most `MAX_OUTLINES` drawn by a seed.

    Under a rolling shutter points are moved to the time of the row that sees them. Tops of things are used only where
    there is little else: the lidar looks over a roof whose edge the camera, mounted lower, sees elsewhere.
    """
    parts = [_outlines_of(number, frame, camera) for number, frame in enumerate(frames)]
    if not parts:
        none = np.empty(0, np.bool_)
        return Outlines(np.empty((0, 3)), np.empty((0, 3)), np.empty(0), none, np.empty(0, np.int64))
    every = Outlines(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))
    if np.count_nonzero(~every.upper) > FEW_OUTLINES and len(frames) >= FEW_FRAMES:
        every = _take(every, ~every.upper)
    if len(every) <= MAX_OUTLINES:
        return every
    return _take(every, np.sort(np.random.default_rng(seed).choice(len(every), MAX_OUTLINES, replace=False)))


def thinned(outlines: Outlines, most: int) -> Outlines:
    """At most so many of them, evenly from the first to the last."""
    return _take(outlines, np.arange(0, len(outlines), max(-(-len(outlines) // most), 1)))


_COLUMNS = ("near", "past", "weight", "upper", "frame")


def _take(outlines: Outlines, rows: IntArray | BoolArray) -> Outlines:
    return Outlines(*(getattr(outlines, name)[rows] for name in _COLUMNS))


def _outlines_of(number: int, frame: FrameEdges, camera: CameraModel) -> Outlines:
    near = frame.camera_from_points.apply(frame.outlines.near)
    past = frame.camera_from_points.apply(frame.outlines.past)
    if frame.rows is not None and frame.rows.readout_s:
        near, past = (_at_own_row(points, frame.rows, camera) for points in (near, past))
    pixels = camera.image_plane((near + past) / 2)
    with np.errstate(invalid="ignore"):
        inside = (pixels > -SPARE_PX) & (pixels < np.array([camera.width, camera.height]) + SPARE_PX)
    numbers = np.full(len(near), number, dtype=np.int64)
    every = Outlines(near, past, frame.outlines.weight, frame.outlines.upper, numbers)
    return _take(every, np.asarray(inside.all(axis=1)))


def _at_own_row(points: FloatArray, rows: RowMotion, camera: CameraModel) -> FloatArray:
    moved = points
    for _ in range(2):
        share = np.nan_to_num(camera.image_plane(moved)[:, 1] / max(camera.height - 1, 1) - 0.5)
        delay_s = np.clip(share, -0.5, 0.5)[:, None] * rows.readout_s
        moved = points - delay_s * (rows.velocity_mps + np.cross(rows.turn_radps, points))
    return moved
