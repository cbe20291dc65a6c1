"""How high people and two-wheelers really are: their highest return, and the lowest ray that passes over them.

An object ends somewhere between the two. Of vehicles neither tells: rays pass through their windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from fusion.measure.frame import SyncedFrame
from fusion.measure.kernels.ray_bins import RayBins
from fusion.measure.own_returns import own_returns
from fusion.measure.surface_fit import BODIES
from fusion.scene.box_geometry import corners_of_boxes
from fusion.scene.taxonomy import ObjectKind

TOPPED = BODIES | {ObjectKind.BARRIER}
MIN_RETURNS = 12
# Of the highest returns one may be a twig or a wire; of the rays over the object two may slip by an ear.
STRAYS, SLIPS = 1, 2
# Returns above a gap this much wider than those between the beams on its lower part are of what hangs over the object.
TORN_M, TORN_TIMES = 0.15, 1.2
BESIDE_M = 0.10
# A ray that ends so far behind the box ends on something else.
BEHIND_M = 0.3
# The head is over the highest returns, so many of them; rays that pass this near to that place pass over the head.
HIGHEST, HEAD_M = 5, 0.12
# Over the highest return by the width of a beam at least.
OVER_M = 0.03


@dataclass(frozen=True, eq=False)
class TopFit:
    """By box of a frame (M,), metres over the box's top face, negative below it; NaN where it isn't known.

    at_least_m: the object reaches up to here; at_most_m: rays pass over it here; returns: (M,) that told it.
    """

    at_least_m: FloatArray
    at_most_m: FloatArray
    returns: IntArray


def top_fit(frame: SyncedFrame) -> TopFit:
    """The tops of the people and two-wheelers of a frame.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured("top fit", lambda: _top_fit(frame))


def _top_fit(frame: SyncedFrame) -> TopFit:
    boxes, own = frame.boxes, own_returns(frame)
    fit = TopFit(np.full(len(boxes), np.nan), np.full(len(boxes), np.nan), own.counts)
    rows = np.flatnonzero(frame.kinds.is_any(TOPPED) & (own.counts >= MIN_RETURNS) & (boxes.sizes_m > 0).all(axis=1))
    if not len(rows):
        return fit
    passing = _Passing.of(frame, rows)
    for one in rows.tolist():
        returns = slice(own.offsets[one], own.offsets[one + 1])
        half_m = boxes.sizes_m[one] / 2
        places = own.in_box[returns]
        beside = (np.abs(places[:, :2]) <= half_m[:2] + BESIDE_M).all(axis=1)
        rising = np.flatnonzero(beside)[np.argsort(places[beside, 2], kind="stable")]
        rising = rising[_joined(places[rising, 2])]
        if len(rising) < MIN_RETURNS:
            continue
        highest_m = float(places[rising[-1 - STRAYS], 2] - half_m[2])
        fit.at_least_m[one] = highest_m
        sight = -own.origin_in_box[returns][rising[-1], :2]
        across = np.asarray([-sight[1], sight[0]]) / max(float(np.hypot(*sight)), 1e-6)
        head_m = float(np.median(places[rising[-HIGHEST:], :2] @ across))
        above = np.sort(passing.heights_m(one, head_m, highest_m + OVER_M))
        if len(above) > SLIPS:
            fit.at_most_m[one] = above[SLIPS]
    return fit


def _joined(heights_m: FloatArray) -> slice:
    """Of rising heights those up to the first gap above their median."""
    gaps_m, half = np.diff(heights_m), len(heights_m) // 2
    torn = np.flatnonzero(gaps_m[half:] > TORN_M + TORN_TIMES * gaps_m[:half].max(initial=0.0))
    return slice(half + int(torn[0]) + 1) if len(torn) else slice(None)


@dataclass(frozen=True, eq=False)
class _Passing:
    """K rays that pass a box's middle and go on.

    row: (K,) of the box; over_m: (K,) how high over its top they pass; left_m: (K,) how far to the left of its middle,
    as seen from the lidar.
    """

    row: IntArray
    over_m: FloatArray
    left_m: FloatArray

    def heights_m(self, row: int, head_m: float, from_m: float) -> FloatArray:
        """Of rays over the head of a box's object, from a height on."""
        over = (self.row == row) & (np.abs(self.left_m - head_m) < HEAD_M) & (self.over_m > from_m)
        heights: FloatArray = self.over_m[over]
        return heights

    @classmethod
    def of(cls, frame: SyncedFrame, rows: IntArray) -> _Passing:
        boxes = frame.boxes.take(rows)
        ends, origins = frame.points_in_ego.astype(np.float64), frame.ray_origins_in_ego
        finite = np.isfinite(ends).all(axis=1)
        origins = origins[finite]
        along = ends[finite] - origins
        corners = corners_of_boxes(boxes.centres_m, boxes.sizes_m, boxes.rotations)
        bounds = np.stack([origins.min(axis=0), origins.max(axis=0)])
        pairs = [np.zeros((2, 0), dtype=np.int64), *map(np.stack, RayBins.of(along).candidates(corners, bounds))]
        ray, box = np.concatenate(pairs, axis=1)
        start, step = origins[ray] - boxes.centres_m[box], along[ray]
        level2 = np.maximum((step[:, :2] ** 2).sum(axis=1), np.finfo(np.float32).tiny)
        nearest = -(start[:, :2] * step[:, :2]).sum(axis=1) / level2
        left_m = (start[:, 1] * step[:, 0] - start[:, 0] * step[:, 1]) / np.sqrt(level2)
        ahead = np.arctan2(step[:, 1], step[:, 0]) - boxes.yaws_rad[box]
        half_m = boxes.sizes_m[box, :2] / 2
        reach_m = np.abs(np.cos(ahead)) * half_m[:, 0] + np.abs(np.sin(ahead)) * half_m[:, 1] + BEHIND_M
        goes_on = nearest + reach_m / np.sqrt(level2) < 1
        kept = (nearest > 0) & goes_on
        over_m = start[:, 2] + nearest * step[:, 2] - boxes.sizes_m[box, 2] / 2
        return cls(rows[box[kept]], over_m[kept], left_m[kept])
