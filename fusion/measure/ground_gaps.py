"""How far the bottoms of boxes are from the ground, frame by frame and over whole tracks.

One sweep tells the height of the ground under a box to some centimetres, and what is wrong with it, such as the crown
of the road, stays much the same while an object stands or drives along. A track's median over its frames is therefore
better than any single one, but not by more than the root of a few independent views.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.errors import FileProblemError
from fusion.errors import NotMeasurableError
from fusion.measure.contact import carried_boxes
from fusion.measure.frame import SyncedFrame
from fusion.measure.overlap import overlapping_pairs
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import GROUNDED, VEHICLES, ObjectKind

CARRIERS = VEHICLES | {ObjectKind.MOVABLE, ObjectKind.OTHER}
# Neighbouring frames see the same ground from nearly the same place: more of them tell nothing new.
INDEPENDENT_VIEWS = 4
# Median absolute deviation of a normal distribution, as a share of its standard deviation.
MAD_SIGMAS = 0.6745


@dataclass(frozen=True, eq=False)
class GroundGaps:
    """By box of a frame (M,).

    gap_m: bottom face over the ground, negative below, NaN where the ground isn't known; ground_m, spread_m: its
    height and standard deviation; points: returns that told it; carried: bool, rides on another vehicle.
    """

    gap_m: FloatArray
    ground_m: FloatArray
    spread_m: FloatArray
    points: IntArray
    carried: BoolArray


@dataclass(frozen=True, eq=False)
class TrackGaps:
    """By track (T,).

    gap_m: median over the frames in which the ground is known, NaN without; sigma_m: its standard deviation;
    range_m: median distance; frames: how many told.
    """

    gap_m: FloatArray
    sigma_m: FloatArray
    range_m: FloatArray
    frames: IntArray


@dataclass(frozen=True, eq=False)
class _SceneGaps:
    """By row of the labels (L,), filled in frame by frame, whoever asks first; `done` (F,) frames."""

    gap_m: FloatArray
    spread_m: FloatArray
    range_m: FloatArray
    points: IntArray
    done: BoolArray


def ground_gaps(frame: SyncedFrame) -> GroundGaps:
    """Gaps of a frame's boxes, kept for `track_gaps_to_ground` while the sweeps are at hand.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    gaps, kept = frame.measured("ground gaps", lambda: _ground_gaps(frame)), _scene_gaps(frame.scene)
    if not kept.done[frame.index]:
        rows = frame.label_rows
        kept.gap_m[rows] = np.where(gaps.carried | ~frame.kinds.is_any(GROUNDED), np.nan, gaps.gap_m)
        kept.spread_m[rows], kept.points[rows] = gaps.spread_m, gaps.points
        kept.range_m[rows], kept.done[frame.index] = frame.boxes.ranges_m, True
    return gaps


def _ground_gaps(frame: SyncedFrame) -> GroundGaps:
    boxes, ground = frame.boxes, frame.ground_below_boxes
    gap_m = boxes.bottoms_m - ground.height_m
    return GroundGaps(gap_m, ground.height_m, ground.spread_m, ground.point_count, _carried(frame))


def _scene_gaps(scene: Scene) -> _SceneGaps:
    rows = len(scene.labels)
    return scene.measurements.get(
        "scene's ground gaps",
        lambda: _SceneGaps(
            gap_m=np.full(rows, np.nan),
            spread_m=np.full(rows, np.nan),
            range_m=np.full(rows, np.nan),
            points=np.zeros(rows, dtype=np.int64),
            done=np.zeros(len(scene.frame_table), dtype=bool),
        ),
    )


def track_gaps_to_ground(scene: Scene, min_points: int) -> TrackGaps:
    """Gaps of whole tracks, from boxes over at least `min_points` returns of ground."""
    kept, tracks = _complete(scene), scene.labels.tracks
    gap, sigma, distance = (np.full(len(tracks), np.nan) for _ in range(3))
    gaps = TrackGaps(gap, sigma, distance, np.zeros(len(tracks), dtype=np.int64))
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        told = rows[np.isfinite(kept.gap_m[rows]) & (kept.points[rows] >= min_points)]
        gaps.frames[track] = len(told)
        if len(told):
            gap_m = float(np.median(kept.gap_m[told]))
            scatter_m = float(np.median(np.abs(kept.gap_m[told] - gap_m))) / MAD_SIGMAS
            single_m = np.hypot(scatter_m, np.median(kept.spread_m[told]))
            gaps.gap_m[track], gaps.range_m[track] = gap_m, np.median(kept.range_m[told])
            gaps.sigma_m[track] = single_m / np.sqrt(min(len(told), INDEPENDENT_VIEWS))
    return gaps


def _complete(scene: Scene) -> _SceneGaps:
    """The gaps of all frames; those no check of frames has asked for yet are measured now."""
    kept = _scene_gaps(scene)
    for index in np.flatnonzero(~kept.done):
        try:
            ground_gaps(scene.frames[int(index)])
        except (NotMeasurableError, FileProblemError):  # no sweep, no ground; the checks of frames tell which file
            kept.done[index] = True
    return kept


def _carried(frame: SyncedFrame) -> BoolArray:
    """Boxes that stand on another vehicle: a car on a transporter, a worker on a truck's bed."""
    boxes = frame.boxes
    pairs = overlapping_pairs(boxes.centres_m, boxes.sizes_m, boxes.rotations, ignore_height=True)
    upper = carried_boxes(pairs, boxes)
    lower = np.where(upper == pairs.first, pairs.second, pairs.first)
    on_carrier = (upper >= 0) & frame.kinds.is_any(CARRIERS)[lower]
    carried = np.zeros(len(boxes), dtype=bool)
    carried[upper[on_carrier]] = True
    return carried
