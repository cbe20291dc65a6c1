"""Where an object should be, by the boxes before and after: how far each box lies off its track's path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.clock import SECOND_NS
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene

# Neighbours further away than this in time predict nothing.
MAX_REACH_NS = 3 * SECOND_NS // 2

# Pairs of neighbours, counted in boxes along the track, whose straight line predicts a box: both sides, and each side
# alone. One wrong neighbour spoils at most three of them, so their median holds.
NEIGHBOUR_PAIRS = ((-1, 1), (-2, 2), (-2, -1), (1, 2), (-1, 2), (-2, 1))


@dataclass(frozen=True, eq=False)
class PathOffsets:
    """By row of the labels.

    offset_m: (M,) horizontal distance of the box from where its neighbours put it, NaN with too few of them;
    expected_m: (M, 3) that place; lever_s2: (M,) metres the place may be wrong by, per m/s2 of acceleration.
    """

    offset_m: FloatArray
    expected_m: FloatArray
    lever_s2: FloatArray


def path_offsets(scene: Scene) -> PathOffsets:
    """Offsets of all tracked boxes from their paths; in the world, or in ego where there are no poses."""
    return scene.measurements.get("path offsets", lambda: _path_offsets(scene))


def _path_offsets(scene: Scene) -> PathOffsets:
    boxes, tracks = track_motion(scene).boxes, scene.labels.tracks
    predictions, levers = zip(
        *(
            _predicted(boxes.centres_m, boxes.timestamps_ns, tracks.order, tracks.track_of_position, pair)
            for pair in NEIGHBOUR_PAIRS
        ),
        strict=True,
    )
    expected_of_order, lever_of_order = _medians(np.stack(predictions), np.stack(levers))
    expected_m = np.full((len(boxes), 3), np.nan)
    lever_s2 = np.full(len(boxes), np.nan)
    expected_m[tracks.order], lever_s2[tracks.order] = expected_of_order, lever_of_order
    offset_m = np.linalg.norm((boxes.centres_m - expected_m)[:, :2], axis=1)
    return PathOffsets(offset_m, expected_m, lever_s2)


def _predicted(
    centres_m: FloatArray, stamps_ns: IntArray, order: IntArray, track: IntArray, pair: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Place of every box on the line through two of its neighbours, NaN where it lacks one.

    A line through times a and b is off by acceleration/2 * |t - a| * |t - b| at t.
    """
    count = len(order)
    position = np.arange(count)
    first, second = position + pair[0], position + pair[1]
    inside = (first >= 0) & (second >= 0) & (first < count) & (second < count)
    first, second = np.where(inside, first, 0), np.where(inside, second, 0)
    usable = inside & (track[first] == track) & (track[second] == track)
    here_ns, first_ns, second_ns = stamps_ns[order], stamps_ns[order[first]], stamps_ns[order[second]]
    usable &= (np.abs(first_ns - here_ns) <= MAX_REACH_NS) & (np.abs(second_ns - here_ns) <= MAX_REACH_NS)
    usable &= first_ns != second_ns
    span_ns = np.where(usable, second_ns - first_ns, 1)
    share = np.where(usable, (here_ns - first_ns) / span_ns, np.nan)[:, None]
    place_m = centres_m[order[first]] * (1 - share) + centres_m[order[second]] * share
    lever_s2 = np.abs((here_ns - first_ns) / SECOND_NS) * np.abs((here_ns - second_ns) / SECOND_NS) / 2
    return place_m, np.where(usable, lever_s2, np.nan)


def _medians(predictions: FloatArray, levers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median over the predictions (P, K, 3) of each box; NaN with fewer than three, a majority needs as many."""
    enough = np.isfinite(levers).sum(axis=0) >= 3
    expected_m = np.full(predictions.shape[1:], np.nan)
    lever_s2 = np.full(predictions.shape[1], np.nan)
    expected_m[enough] = np.nanmedian(predictions[:, enough], axis=0)
    lever_s2[enough] = np.nanmedian(levers[:, enough], axis=0)
    return expected_m, lever_s2
