"""The outline of objects as a lidar sees it from above: in each direction the first of their own returns.

Doors, sills and bumpers are what stands out furthest, and what a box is drawn around; windows, roofs and bonnets lie
behind. Of all returns in one direction the nearest ones are therefore the object's outline, whatever its shape above.
Where rays pass close beside it and go on, it is also known where the object ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import wrap_angle_rad
from fusion.measure.frame import SyncedFrame
from fusion.measure.own_returns import OwnReturns, lidar_numbers, own_returns

# Directions in which the outline is looked at, across the whole object.
DIRECTIONS = 32
# Of several returns in one direction this share may stand before the object: a mirror, a blade of grass, a stray.
BEFORE_SHARE = 1 / 6
MOST_BEFORE = 3
# Beside the box further than this there is somebody else's end.
END_WITHIN_M = 0.35
# Rays that pass as close beside the object tell where it ends.
BESIDE_M = (0.035, 0.35)
# Heights over the box's bottom, as shares of its own, at which every object is as long as it is.
BAND = (0.25, 0.70)
# Windows begin about here, as a share of the height.
LOW_SHARE = 0.55
MIN_PASSING = 2
# A return this far before or behind the box is on something else.
OCCLUDER_M, BACKGROUND_M = 0.5, 0.3
MIN_RETURNS = 10


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines of M boxes, `DIRECTIONS` places each, seen from above in the frame of each box.

    points_m: (M, D, 2) along length and width from the centre; seen: (M, D) bool, which places hold a return;
    low: (M, D) bool, in which doors and bumpers would be seen, and not only what rises over a hedge or another car;
    origin_m: (M, 2) where the rays came from; ends_rad: (M, 2) directions of the right and left end, counter-clockwise
    from the direction of the box's centre; free: (M, 2) bool, rays pass close beside that end and go on;
    returns: (M,) own returns of the lidar that sees most of the box.
    """

    points_m: FloatArray
    seen: BoolArray
    low: BoolArray
    origin_m: FloatArray
    ends_rad: FloatArray
    free: BoolArray
    returns: IntArray

    def __len__(self) -> int:
        return len(self.points_m)


def outlines(frame: SyncedFrame) -> Outlines:
    """Outlines of the boxes of a frame.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured("outlines", lambda: _outlines(frame))


def _outlines(frame: SyncedFrame) -> Outlines:
    own, boxes = own_returns(frame), frame.boxes
    rows = len(boxes)
    kept = _of_main_lidar(own, rows)
    box, points, origins = own.box[kept], own.in_box[kept, :2], own.origin_in_box[kept, :2]
    origin_m = np.full((rows, 2), np.nan)
    origin_m[box] = origins
    away = points - origins
    direction_rad = wrap_angle_rad(np.arctan2(away[:, 1], away[:, 0]) - np.arctan2(-origins[:, 1], -origins[:, 0]))
    close = (np.abs(points) <= boxes.sizes_m[box, :2] / 2 + END_WITHIN_M).all(axis=1)
    ends_rad = np.stack([np.full(rows, np.inf), np.full(rows, -np.inf)], axis=1)
    np.minimum.at(ends_rad[:, 0], box[close], direction_rad[close])
    np.maximum.at(ends_rad[:, 1], box[close], direction_rad[close])
    up = own.in_box[kept, 2] / np.maximum(boxes.sizes_m[box, 2], np.finfo(np.float32).tiny) + 0.5
    places = _places(box, direction_rad, rows)
    points_m, seen = _nearest_by_place(places, points, np.hypot(*away.T), rows)
    low = np.zeros(rows * DIRECTIONS, dtype=bool)
    low[places[up < LOW_SHARE]] = True
    lidar = np.zeros(rows, dtype=np.int64)
    lidar[box] = own.lidar[kept]
    returns = np.bincount(box, minlength=rows)
    free = _free_ends(frame, ends_rad, lidar, returns)
    return Outlines(points_m, seen, low.reshape(rows, DIRECTIONS), origin_m, ends_rad, free, returns)


def _of_main_lidar(own: OwnReturns, rows: int) -> BoolArray:
    """(K,) bool: returns of the lidar that sees most of their box, so that all rays start at one place."""
    if not len(own.lidar) or own.lidar.max() == own.lidar.min():
        return np.ones(len(own.lidar), dtype=bool)
    lidars = int(own.lidar.max()) + 1
    main = np.bincount(own.box * lidars + own.lidar, minlength=rows * lidars).reshape(rows, lidars).argmax(axis=1)
    chosen: BoolArray = main[own.box] == own.lidar
    return chosen


def _places(box: IntArray, direction_rad: FloatArray, rows: int) -> IntArray:
    """(K,) place of each return in the outline of its box, counted over all boxes."""
    first_rad, last_rad = np.full(rows, np.inf), np.full(rows, -np.inf)
    np.minimum.at(first_rad, box, direction_rad)
    np.maximum.at(last_rad, box, direction_rad)
    width_rad = np.maximum(last_rad[box] - first_rad[box], np.finfo(np.float32).tiny)
    share = (direction_rad - first_rad[box]) / width_rad
    places: IntArray = box * DIRECTIONS + np.minimum((share * DIRECTIONS).astype(np.int64), DIRECTIONS - 1)
    return places


def _nearest_by_place(
    place: IntArray, points: FloatArray, distance_m: FloatArray, rows: int
) -> tuple[FloatArray, BoolArray]:
    """In each place the nearest return but for strays; and where there is one."""
    order = np.lexsort((distance_m, place))
    begins = np.flatnonzero(np.diff(place[order], prepend=-1))
    counts = np.diff(np.append(begins, len(order)))
    before = np.minimum((counts * BEFORE_SHARE).astype(np.int64), MOST_BEFORE)
    chosen = order[begins + before]
    nearest, seen = np.zeros((rows * DIRECTIONS, 2)), np.zeros(rows * DIRECTIONS, dtype=bool)
    nearest[place[chosen]], seen[place[chosen]] = points[chosen], True
    return nearest.reshape(rows, DIRECTIONS, 2), seen.reshape(rows, DIRECTIONS)


def _free_ends(frame: SyncedFrame, ends_rad: FloatArray, lidar: IntArray, returns: IntArray) -> BoolArray:
    """(M, 2) bool: rays pass beside the right and the left end of an object at its height, and nothing stops them."""
    boxes, origins = frame.boxes, frame.ray_origins_in_ego
    free = np.zeros((len(boxes), 2), dtype=bool)
    numbers = lidar_numbers(origins)
    for number in np.unique(lidar[returns >= MIN_RETURNS]):
        rays = np.flatnonzero(numbers == number)
        passing = _Passing.of(frame.points_in_ego[rays].astype(np.float64), origins[rays[0]])
        for row in np.flatnonzero((returns >= MIN_RETURNS) & (lidar == number)):
            half_m = float(boxes.sizes_m[row, :2].max()) / 2
            low_m, height_m = float(boxes.bottoms_m[row]), float(boxes.sizes_m[row, 2])
            band_m = (low_m + BAND[0] * height_m, low_m + BAND[1] * height_m)
            for side, (end_rad, outwards) in enumerate(zip(ends_rad[row], (-1, 1), strict=True)):
                free[row, side] = passing.beside(boxes.centres_m[row], float(end_rad), outwards, half_m, band_m)
    return free


@dataclass(frozen=True, eq=False)
class _Passing:
    """Rays of one lidar by direction: direction_rad (N,) rising, level_m (N,) how far they got, rise (N,) per metre."""

    origin_m: FloatArray
    direction_rad: FloatArray
    level_m: FloatArray
    rise: FloatArray

    @classmethod
    def of(cls, points: FloatArray, origin_m: FloatArray) -> _Passing:
        with np.errstate(invalid="ignore"):
            x, y, z = (points - origin_m).T
            level_m = np.hypot(x, y)
            usable = np.isfinite(level_m + z) & (level_m > 0)
        direction_rad = np.arctan2(y[usable], x[usable])
        order = np.argsort(direction_rad)
        rise = (z[usable] / level_m[usable])[order]
        return cls(origin_m, direction_rad[order], level_m[usable][order], rise)

    def beside(
        self, centre_m: FloatArray, end_rad: float, outwards: int, half_m: float, band_m: tuple[float, float]
    ) -> bool:
        """Whether rays pass just outside an end and nothing before it hides more of the object."""
        x, y, _ = centre_m - self.origin_m
        range_m = float(np.hypot(x, y))
        if range_m <= half_m or not np.isfinite(end_rad):
            return False
        gaps_rad = np.asarray(BESIDE_M) / range_m
        first, last = np.sort(wrap_angle_rad(np.arctan2(y, x) + end_rad + outwards * gaps_rad))
        if last - first > np.pi:  # the seam of the circle lies between; rare enough to leave
            return False
        begin, end = np.searchsorted(self.direction_rad, (first, last))
        level_m, height_m = self.level_m[begin:end], self.origin_m[2] + self.rise[begin:end] * range_m
        level_m = level_m[(height_m > band_m[0]) & (height_m < band_m[1])]
        hidden = (level_m < range_m - half_m - OCCLUDER_M).any()
        return not hidden and int((level_m > range_m + half_m + BACKGROUND_M).sum()) >= MIN_PASSING
