"""Rays sorted by direction, so that those which may meet a box are found without trying all.

Directions are binned by azimuth and by steepness. A box asks for a window of azimuths and one of steepness; both hold
for every ray origin there is, so rays of several lidars, or of one that moved during the sweep, share one table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import FloatArray, IntArray
from fusion.measure.kernels.ragged import offsets_of, spread

AZIMUTH_BINS = 512
STEEPNESS_BINS = 128  # together they fit 16 bits, which sort by radix
BINS = AZIMUTH_BINS * STEEPNESS_BINS
# Above the rounding of float32 directions, below a beam's width.
MARGIN = 1e-5
FARTHEST_M = 1e30
PAIRS_AT_A_TIME = 2**15


@dataclass(frozen=True, eq=False)
class RayBins:
    """The bin (N,) of each ray's direction: `steepness * AZIMUTH_BINS + azimuth`."""

    bins: NDArray[np.uint16]

    @classmethod
    def of(cls, directions: FloatArray) -> RayBins:
        """Bins of rays (N, 3), none of length zero."""
        # A broken file holds points 1e38 m away, whose length is more than float32 can say: they get some bin.
        x, y, z = np.clip(directions, -FARTHEST_M, FARTHEST_M).astype(np.float32).T
        azimuth = (np.arctan2(y, x) + np.float32(math.pi)) * np.float32(AZIMUTH_BINS / (2 * math.pi))
        steep = (_steepness(z, np.hypot(x, y)) + np.float32(1)) * np.float32(STEEPNESS_BINS / 2)
        row = np.minimum(steep.astype(np.int32), STEEPNESS_BINS - 1)
        return cls((row * AZIMUTH_BINS + np.minimum(azimuth.astype(np.int32), AZIMUTH_BINS - 1)).astype(np.uint16))

    def candidates(self, corners: FloatArray, origins: FloatArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Blocks of pairs (ray, box): all rays that may meet each box, and some that don't.

        Args:
            corners: (M, 8, 3) of the boxes.
            origins: (O, 3) where rays start, or any points whose hull holds all starts.
        """
        azimuth_from, azimuth_count = _azimuth_windows(corners, origins)
        steep_from, steep_count = _steepness_windows(corners, origins)
        box, row = spread(steep_count)
        row += steep_from[box]
        # A window may run over the seam at pi: then it is two, the second from the first bin on.
        start, end = azimuth_from[box], azimuth_from[box] + azimuth_count[box]
        over = np.flatnonzero(end > AZIMUTH_BINS)
        box = np.concatenate([box, box[over]])
        row = np.concatenate([row, row[over]])
        start = np.concatenate([start, np.zeros(len(over), dtype=np.int64)])
        end = np.concatenate([np.minimum(end, AZIMUTH_BINS), end[over] - AZIMUTH_BINS])

        low, high = row * AZIMUTH_BINS + start, row * AZIMUTH_BINS + end
        order, first_of_bin = self._sorted(low, high)
        first = first_of_bin[low]
        count = first_of_bin[high] - first
        filled = np.flatnonzero(count)
        box, first, count = box[filled], first[filled], count[filled]
        blocks = np.cumsum(count) // PAIRS_AT_A_TIME
        for window in np.split(np.arange(len(box)), np.flatnonzero(np.diff(blocks)) + 1):
            if len(window):
                owner, position = spread(count[window])
                yield order.take(first[window].take(owner) + position), box[window].take(owner)

    def _sorted(self, low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
        """The rays of all bins in some window from `low` to before `high`, by bin, and where each bin begins."""
        opened = np.bincount(low, minlength=BINS + 1) - np.bincount(high, minlength=BINS + 1)
        wanted = np.flatnonzero((np.cumsum(opened)[:-1] > 0).take(self.bins))
        bins = self.bins.take(wanted)
        return wanted.take(np.argsort(bins, kind="stable")), offsets_of(np.bincount(bins, minlength=BINS))


def _steepness(rise: FloatArray, run: FloatArray) -> FloatArray:
    """From -1 straight down to 1 straight up, rising with the elevation angle; any float type."""
    steepness: FloatArray = rise / (np.abs(rise) + run)
    return steepness


def _azimuth_windows(corners: FloatArray, origins: FloatArray) -> tuple[IntArray, IntArray]:
    """First azimuth bin (M,) and number of bins (M,) that hold every horizontal direction from an origin to a box."""
    middle, spread_m = _middle_of(origins)
    around = corners[..., :2] - middle[:2]
    centre = around.mean(axis=1)
    centre_rad = np.arctan2(centre[:, 1], centre[:, 0])
    off_rad = np.arctan2(around[..., 1], around[..., 0]) - centre_rad[:, None]
    off_rad -= 2 * math.pi * np.round(off_rad / (2 * math.pi))
    nearest_m, _ = _distances_m(around)
    apart = nearest_m > spread_m
    # An origin off the middle turns a direction by no more than this.
    parallax_rad = np.arcsin(np.divide(spread_m, nearest_m, out=np.zeros_like(nearest_m), where=apart))
    low = centre_rad + off_rad.min(axis=1) - parallax_rad - MARGIN
    high = centre_rad + off_rad.max(axis=1) + parallax_rad + MARGIN
    bin_rad = 2 * math.pi / AZIMUTH_BINS
    first = np.floor((low + math.pi) / bin_rad).astype(np.int64)
    count = np.floor((high + math.pi) / bin_rad).astype(np.int64) - first + 1
    everywhere = ~apart | (count >= AZIMUTH_BINS)
    return np.where(everywhere, 0, first % AZIMUTH_BINS), np.where(everywhere, AZIMUTH_BINS, count)


def _steepness_windows(corners: FloatArray, origins: FloatArray) -> tuple[IntArray, IntArray]:
    """First steepness bin (M,) and number of bins (M,) that hold every direction from an origin to a box."""
    middle, spread_m = _middle_of(origins)
    nearest_m, farthest_m = _distances_m(corners[..., :2] - middle[:2])
    near_m, far_m = np.maximum(nearest_m - spread_m, 0.0), farthest_m + spread_m
    low_m = corners[..., 2].min(axis=1) - origins[:, 2].max()
    high_m = corners[..., 2].max(axis=1) - origins[:, 2].min()
    with np.errstate(invalid="ignore"):  # a box of no height level with an origin inside it: 0 / 0
        lowest = _steepness(low_m, np.where(low_m < 0, near_m, far_m))
        highest = _steepness(high_m, np.where(high_m > 0, near_m, far_m))
    first = _steepness_bin(np.nan_to_num(lowest, nan=-1.0) - MARGIN)
    return first, _steepness_bin(np.nan_to_num(highest, nan=1.0) + MARGIN) - first + 1


def _steepness_bin(steepness: FloatArray) -> IntArray:
    return np.clip((steepness + 1) * (STEEPNESS_BINS / 2), 0, STEEPNESS_BINS - 1).astype(np.int64)


def _middle_of(origins: FloatArray) -> tuple[FloatArray, float]:
    """A point (3,) amid the origins, and how far the farthest of them is from it horizontally."""
    middle = (origins.min(axis=0) + origins.max(axis=0)) / 2
    return middle, float(np.hypot(*(origins[:, :2] - middle[:2]).T).max())


def _distances_m(around: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest distance (M,) of the origin from what boxes cover seen from above, by corners (M, 8, 2).

    The least is that of the rectangle along the box's sides that holds all corners: exact for an upright box, and
    never too much.
    """
    farthest_m = np.hypot(around[..., 0], around[..., 1]).max(axis=1)
    side = around[:, 0] - around[:, 1]
    length_m = np.hypot(side[:, 0], side[:, 1])
    side = np.where(length_m[:, None] > 0, side, [1.0, 0.0]) / np.where(length_m > 0, length_m, 1.0)[:, None]
    beyond_m = []
    for direction in (side, np.stack([-side[:, 1], side[:, 0]], axis=1)):
        along = np.einsum("mki,mi->mk", around, direction)
        beyond_m.append(np.maximum(np.maximum(along.min(axis=1), -along.max(axis=1)), 0.0))
    return np.hypot(*beyond_m), farthest_m
