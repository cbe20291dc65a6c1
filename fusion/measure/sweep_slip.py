"""Whether the labels of a drive sit on their own sweeps, or better on those before or after.

Boxes are laid over the sweep of another frame as if they had been drawn on it: where they stand in ego, and where they
stand in the world, which differs only for what moves. What counts is how much of what lies in and closely around a box
is inside it: a box on its object holds nearly all, one that slipped leaves a side of it outside.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from calibration.arrays import Float32Array, FloatArray, IntArray
from calibration.errors import FileProblemError
from fusion.errors import NotMeasurableError
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, label_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

SLIPS = (-1, 1)
WAYS = ("ego", "world")
MOST_FRAMES = 16
# A shell around the sides of a box; its lowest part is left out, for the ground.
SHELL_M, ABOVE_GROUND_M = 0.4, 0.3
MIN_POINTS = 10
# A box must have moved so far between the sweeps to tell them apart.
MIN_MOVED_M = 0.10
MIN_TRACKS = 5
CHANCE = 1e-4
MIN_GAIN = 0.02


@dataclass(frozen=True)
class SweepSlip:
    """How labels fit the sweep so many frames later (`frames`) rather than their own.

    way: they were carried over in "ego" or in the "world";
    gain: mean share of points that more boxes hold there, over tracks; sigma: its standard error; tracks, boxes: how
    many told; better: share of the tracks that fit better there.
    """

    frames: int
    way: str
    gain: float
    sigma: float
    tracks: int
    boxes: int
    better: float

    @property
    def is_slip(self) -> bool:
        """The labels belong to that sweep: nearly all tracks say so, and not by chance."""
        if self.tracks < MIN_TRACKS:
            return False
        surely = self.gain > float(t.isf(CHANCE, self.tracks - 1)) * self.sigma
        return surely and self.gain > MIN_GAIN and self.better > 0.7


def sweep_slips(scene: Scene) -> tuple[SweepSlip, ...]:
    """For one frame back and one ahead.

    Raises:
        NotMeasurableError: no two sweeps in a row, or nothing that moves between them.
    """
    return scene.measurements.get("sweep slips", lambda: _sweep_slips(scene))


def _sweep_slips(scene: Scene) -> tuple[SweepSlip, ...]:
    pairs = _pairs(scene)
    if not pairs:
        raise NotMeasurableError("no two frames in a row have sweeps and labels")
    gains: dict[tuple[int, str], list[tuple[IntArray, FloatArray]]] = defaultdict(list)
    for frame, other, slip in pairs:
        for way in WAYS:
            gains[slip, way].append(_gains(scene, frame, other, way))
    found = [
        _judged(slip, way, np.concatenate([gain for _, gain in parts]), np.concatenate([codes for codes, _ in parts]))
        for (slip, way), parts in gains.items()
    ]
    if max(one.tracks for one in found) < MIN_TRACKS:
        raise NotMeasurableError("too few boxes with points move between two sweeps")
    return tuple(found)


def _pairs(scene: Scene) -> list[tuple[int, int, int]]:
    """Frames, evenly spread, with a frame before or after that has a sweep too."""
    lidar = scene.frame_table.reference_lidar
    if lidar is None or lidar not in scene.frame_table.measurements:
        return []
    swept = scene.frame_table.measurements[lidar] >= 0
    frames = [
        frame
        for frame in np.flatnonzero(swept)
        if len(scene.labels.rows_of_frame(int(frame)))
        and any(0 <= frame + slip < len(swept) and swept[frame + slip] for slip in SLIPS)
    ]
    spread_out = np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES))
    chosen = [] if not frames else np.unique(spread_out.astype(np.int64)).tolist()
    return [
        (int(frames[at]), int(frames[at] + slip), slip)
        for at in chosen
        for slip in SLIPS
        if 0 <= frames[at] + slip < len(swept) and swept[frames[at] + slip]
    ]


def _gains(scene: Scene, frame: int, other: int, way: str) -> tuple[IntArray, FloatArray]:
    """Tracks of a frame's boxes, and how much larger the share is that those hold of the other frame's sweep."""
    rows = scene.labels.rows_of_frame(frame)
    own = boxes_in_ego(scene).take(rows)
    there = own if way == "ego" else _through_world(scene, rows, other)
    if there is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    moved_m = np.linalg.norm(_own_place_in(scene, rows, other) - there.centres_m, axis=1)
    here_share, here_points = _shares(_points(scene, frame), own)
    there_share, there_points = _shares(_points(scene, other), there)
    with np.errstate(invalid="ignore"):
        telling = (moved_m > MIN_MOVED_M) & (np.minimum(here_points, there_points) >= MIN_POINTS)
    return _track_codes(scene, rows[telling]), (there_share - here_share)[telling]


def _through_world(scene: Scene, rows: IntArray, other: int) -> Boxes3D | None:
    """The boxes, standing where they do in the world, in ego of the other frame; None without poses."""
    pose = scene.world_from_ego_at_frame(other)
    if pose is None or not label_poses(scene).known[rows].all():
        return None
    return boxes_in_world(scene).take(rows).moved(pose.inverse())


def _own_place_in(scene: Scene, rows: IntArray, other: int) -> FloatArray:
    """(K, 3) where the same tracks' boxes are in ego of the other frame; NaN for those without one there."""
    boxes, track = boxes_in_ego(scene), scene.labels.boxes.track.codes
    places = np.full((len(rows), 3), np.nan)
    later = scene.labels.rows_of_frame(other)
    row_of = {int(track[row]): int(row) for row in later if track[row] >= 0}
    for place, row in enumerate(rows):
        if int(track[row]) in row_of:
            places[place] = boxes.centres_m[row_of[int(track[row])]]
    return places


def _points(scene: Scene, frame: int) -> Float32Array:
    handle = scene.frames[frame]
    try:
        points: Float32Array = handle.points_in_ego
    except (FileProblemError, NotMeasurableError):  # told by the checks that need every sweep
        return np.zeros((0, 3), dtype=np.float32)
    return points


def _shares(points: Float32Array, boxes: Boxes3D) -> tuple[FloatArray, IntArray]:
    """(M,) share of what lies in and around each box that is inside, and how many points that are."""
    sizes, centres = boxes.sizes_m.copy(), boxes.centres_m.copy()
    sizes[:, 2] = np.maximum(sizes[:, 2] - ABOVE_GROUND_M, 0.2)
    centres[:, 2] += (boxes.sizes_m[:, 2] - sizes[:, 2]) / 2
    inside = count_points_in_boxes(points, centres, sizes, boxes.rotations)
    around = count_points_in_boxes(points, centres, sizes + 2 * SHELL_M * np.array([1, 1, 0]), boxes.rotations)
    return inside / np.maximum(around, 1), around


def _track_codes(scene: Scene, rows: IntArray) -> IntArray:
    codes = scene.labels.boxes.track.codes[rows].astype(np.int64)
    return np.where(codes < 0, -1 - rows, codes)


def _judged(slip: int, way: str, gains: FloatArray, tracks: IntArray) -> SweepSlip:
    """Means over tracks: the boxes of one share its shape, its error and what hides it."""
    found, which = np.unique(tracks, return_inverse=True)
    if not len(found):
        return SweepSlip(slip, way, 0.0, np.inf, 0, 0, 0.0)
    means = np.bincount(which, weights=gains) / np.bincount(which)
    sigma = float(np.std(means, ddof=1) / np.sqrt(len(means))) if len(means) > 1 else np.inf
    return SweepSlip(slip, way, float(np.mean(means)), sigma, len(means), len(gains), float(np.mean(means > 0)))
