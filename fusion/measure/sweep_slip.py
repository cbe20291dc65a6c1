"""Whether the labels of a drive sit on their own sweeps, or better on those before or after.

What counts is how much of what lies in and closely around a box is inside it: a box on its object holds nearly all, one
that slipped leaves a side of it outside. Where labels are made in ego, a slip displaces whatever ego passes: boxes are
laid, where they stand in ego, over the sweeps of the frames beside their own. Where they are made in the world only
what moves is displaced: boxes of moving objects are pushed along their way, over their own sweep, until they fit.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom, t

from calibration.arrays import Float32Array, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from fusion.errors import NotMeasurableError
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_motion import velocities_in_ego
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

SLIPS = (-1, 1)
MOST_FRAMES = 16
# A shell around the sides of a box; its lowest part is left out, for the ground.
SHELL_M, ABOVE_GROUND_M = 0.4, 0.3
MIN_POINTS = 10
# A box must have moved so far between the sweeps to tell them apart.
MIN_MOVED_M = 0.10
MIN_TRACKS = 5
CHANCE = 1e-4
MIN_GAIN = 0.02
# Pushes along the way, in steps from frame to frame; an object must go this far in one to tell.
PUSHES = np.linspace(-1.5, 1.5, 13)
MIN_STEP_M = 0.2
# Movers are few. On right labels one in nine seems off by a frame to a given side, give or take half of one (seen on
# twenty drives); half of them at least must be, and more than that leaves to chance.
SEEMS_OFF, CHANCE_MOVERS, MIN_OFF, MIN_MOVERS = 0.12, 3e-3, 0.5, 4


@dataclass(frozen=True)
class SweepSlip:
    """How labels fit the sweep so many frames later (`frames`) rather than their own.

    way: they were carried over in "ego" or in the "world"; what is not told of all tracks is told of moving ones;
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
        if self.way == "world":
            by_chance = float(binom.sf(round(self.better * self.tracks) - 1, self.tracks, SEEMS_OFF))
            enough = self.tracks >= MIN_MOVERS and self.better >= MIN_OFF
            return enough and by_chance < CHANCE_MOVERS and self.gain > MIN_GAIN / 2
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
    found = [*_carried(scene), *_pushed(scene)]
    if not any(one.tracks >= (MIN_MOVERS if one.way == "world" else MIN_TRACKS) for one in found):
        raise NotMeasurableError("too few boxes with points move from one sweep to the next")
    return tuple(found)


def _carried(scene: Scene) -> list[SweepSlip]:
    """Boxes over the sweeps beside their own, where they stand in ego."""
    gains: dict[int, list[tuple[IntArray, FloatArray]]] = defaultdict(list)
    for frame, other, slip in _pairs(scene):
        gains[slip].append(_gains(scene, frame, other))
    return [
        _judged(slip, np.concatenate([gain for _, gain in parts]), np.concatenate([codes for codes, _ in parts]))
        for slip, parts in gains.items()
    ]


def _pushed(scene: Scene) -> list[SweepSlip]:
    """Boxes of moving objects over their own sweeps, pushed along their way."""
    if len(scene.frame_table) < 2 or not scene.has_real_times:
        return []
    step_s = float(np.median(np.diff(scene.frame_table.timestamps_ns))) / SECOND_NS
    steps_m = np.nan_to_num(velocities_in_ego(scene)) * step_s
    shares: dict[int, list[FloatArray]] = defaultdict(list)
    for frame in _swept_frames(scene):
        rows = scene.labels.rows_of_frame(frame)
        rows = rows[np.linalg.norm(steps_m[rows], axis=1) > MIN_STEP_M]
        if len(rows):
            for code, share in zip(*_shares_pushed(scene, frame, rows, steps_m[rows]), strict=True):
                shares[int(code)].append(share)
    if not shares:
        return []
    curves = np.stack([np.mean(parts, axis=0) for parts in shares.values()])
    return [_judged_pushes(slip, curves, sum(len(parts) for parts in shares.values())) for slip in SLIPS]


def _shares_pushed(scene: Scene, frame: int, rows: IntArray, steps_m: FloatArray) -> tuple[IntArray, FloatArray]:
    """Tracks of the boxes with points (K,), and what they hold at each push (K, P)."""
    boxes, points = boxes_in_ego(scene).take(rows), _points(scene, frame)
    pushed = [_shares(points, replace(boxes, centres_m=boxes.centres_m + push * steps_m)) for push in PUSHES]
    share = np.stack([np.where(around > 0, held, 0.0) for held, around in pushed], axis=1)
    telling = pushed[len(PUSHES) // 2][1] >= MIN_POINTS
    return _track_codes(scene, rows[telling]), share[telling]


def _judged_pushes(slip: int, curves: FloatArray, boxes: int) -> SweepSlip:
    """Labels that show a frame back are found a step ahead of where they stand, and the other way round."""
    # Of pushes that fit alike, the smallest.
    best = np.where(curves >= curves.max(axis=1, keepdims=True), np.abs(PUSHES), np.inf).argmin(axis=1)
    off = -slip * PUSHES[best]
    off_by_one = (off >= 0.5) & (off <= 1.5)
    gains = (curves.max(axis=1) - curves[:, len(PUSHES) // 2])[off_by_one]
    gain = float(np.mean(gains)) if len(gains) else 0.0
    sigma = float(np.std(gains, ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else np.inf
    better = float(np.mean(off_by_one))
    return SweepSlip(slip, "world", gain, sigma, len(curves), boxes, better)


def _swept_frames(scene: Scene) -> list[int]:
    """Frames with labels and a sweep, evenly spread where there are many."""
    lidar = scene.frame_table.reference_lidar
    if lidar is None or lidar not in scene.frame_table.measurements:
        return []
    swept = np.flatnonzero(scene.frame_table.measurements[lidar] >= 0).tolist()
    frames = [frame for frame in swept if len(scene.labels.rows_of_frame(frame))]
    spread_out = np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES))
    return [frames[place] for place in np.unique(spread_out.astype(np.int64)).tolist()] if frames else []


def _pairs(scene: Scene) -> list[tuple[int, int, int]]:
    """Frames with the one before or after, where that has a sweep too, and which of them it is."""
    lidar = scene.frame_table.reference_lidar
    if lidar is None or lidar not in scene.frame_table.measurements:
        return []
    swept = scene.frame_table.measurements[lidar] >= 0
    return [
        (frame, frame + slip, slip)
        for frame in _swept_frames(scene)
        for slip in SLIPS
        if 0 <= frame + slip < len(swept) and swept[frame + slip]
    ]


def _gains(scene: Scene, frame: int, other: int) -> tuple[IntArray, FloatArray]:
    """Tracks of a frame's boxes, and how much larger the share is that those hold of the other frame's sweep."""
    rows = scene.labels.rows_of_frame(frame)
    boxes = boxes_in_ego(scene).take(rows)
    moved_m = np.linalg.norm(_own_place_in(scene, rows, other) - boxes.centres_m, axis=1)
    here_share, here_points = _shares(_points(scene, frame), boxes)
    there_share, there_points = _shares(_points(scene, other), boxes)
    with np.errstate(invalid="ignore"):
        telling = (moved_m > MIN_MOVED_M) & (np.minimum(here_points, there_points) >= MIN_POINTS)
    return _track_codes(scene, rows[telling]), (there_share - here_share)[telling]


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


def _judged(slip: int, gains: FloatArray, tracks: IntArray) -> SweepSlip:
    """Means over tracks: the boxes of one share its shape, its error and what hides it."""
    found, which = np.unique(tracks, return_inverse=True)
    if not len(found):
        return SweepSlip(slip, "ego", 0.0, np.inf, 0, 0, 0.0)
    means = np.bincount(which, weights=gains) / np.bincount(which)
    sigma = float(np.std(means, ddof=1) / np.sqrt(len(means))) if len(means) > 1 else np.inf
    return SweepSlip(slip, "ego", float(np.mean(means)), sigma, len(means), len(gains), float(np.mean(means > 0)))
