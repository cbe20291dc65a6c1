"""Which points lie in which boxes, without asking every point about every box.

A grid is laid over the boxes, seen from above; each cell lists the boxes that may reach into it. A point looks into
its one cell and is tested exactly against the few boxes listed there. The grid only ever saves work: its cells take in
a little more than each box, and what it does in float32 stays well inside that margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import FloatArray, IntArray
from fusion.measure.kernels.ragged import spread, starts_of

CELLS_ACROSS = 256
SMALLEST_CELL_M = 0.25
# A grid wider than this is looked at twice: one box astray would make the cells too coarse for all others.
WIDE_GRID_M = 2_000.0
# Far above the rounding of a float32 coordinate counted in cells, far below a cell.
MARGIN_CELLS = 1e-2
# Whole metres up to here are exact in float32.
EXACT_IN_FLOAT32 = 2.0**24
# Small enough for the scratch arrays to stay in the processor's cache: twice as fast as all points at once.
POINTS_AT_A_TIME = 2**15
# Bounds the memory when all points crowd into a cell that lists all boxes.
PAIRS_AT_A_TIME = 2_000_000


def points_inside(
    points: NDArray[Any], centres_m: FloatArray, half_sizes_m: FloatArray, frame_from_box: FloatArray
) -> tuple[IntArray, IntArray]:
    """All pairs (point, box) with the point in the box or on its surface, by point and then by box.

    Args:
        points: (N, 3) float32 or float64 in the frame of the boxes; NaN is in no box.
        centres_m: (M, 3) finite.
        half_sizes_m: (M, 3) finite; a negative one makes a box that holds nothing.
        frame_from_box: (M, 3, 3) rotation matrices, finite.

    Returns:
        point, box: (K,) row numbers.
    """
    if len(points) == 0 or len(centres_m) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    grid = _Grid.over(points, centres_m, half_sizes_m, frame_from_box)
    found = []
    for start in range(0, len(points), POINTS_AT_A_TIME):
        block = points[start : start + POINTS_AT_A_TIME]
        with np.errstate(invalid="ignore", over="ignore"):  # what infinite and enormous coordinates become
            near, cells = grid.look_up(block)
            for candidate, box in grid.candidates(near, cells):
                inside, held_by = _test(block, candidate, box, centres_m, half_sizes_m, frame_from_box)
                found.append((inside + start, held_by))
    return np.concatenate([point for point, _ in found]), np.concatenate([box for _, box in found])


def _test(
    points: NDArray[Any],
    point: IntArray,
    box: IntArray,
    centres_m: FloatArray,
    half_sizes_m: FloatArray,
    frame_from_box: FloatArray,
) -> tuple[IntArray, IntArray]:
    """The candidates that hold, in float64; each axis only looks at what the one before it kept."""
    x, y, z = (points.take(point, axis=0) - centres_m.take(box, axis=0)).T
    for axis in range(3):
        along = x * frame_from_box[:, 0, axis].take(box)
        along += y * frame_from_box[:, 1, axis].take(box)
        along += z * frame_from_box[:, 2, axis].take(box)
        kept = np.flatnonzero(np.abs(along) <= half_sizes_m[:, axis].take(box))
        point, box = point.take(kept), box.take(kept)
        x, y, z = x.take(kept), y.take(kept), z.take(kept)
    return point, box


@dataclass(frozen=True)
class _Grid:
    """Square cells seen from above, `shape` columns and rows of them, and the boxes that may reach into each."""

    origin_m: FloatArray
    cell_m: float
    shape: IntArray
    first: IntArray  # where the boxes of each cell begin in `boxes`
    count: IntArray  # how many there are
    boxes: IntArray

    @classmethod
    def over(
        cls, points: NDArray[Any], centres_m: FloatArray, half_sizes_m: FloatArray, frame_from_box: FloatArray
    ) -> _Grid:
        reach_m = np.einsum("mij,mj->mi", np.abs(frame_from_box[:, :2]), np.abs(half_sizes_m))
        low_m, high_m = centres_m[:, :2] - reach_m, centres_m[:, :2] + reach_m
        origin_m, extent_m = _area(points, low_m.min(axis=0), high_m.max(axis=0))
        cell_m = max(float(extent_m.max()) / CELLS_ACROSS, SMALLEST_CELL_M)
        shape = (extent_m / cell_m + MARGIN_CELLS).astype(np.int64) + 1

        from_cell = np.clip(np.floor((low_m - origin_m) / cell_m - MARGIN_CELLS), 0, shape).astype(np.int64)
        to_cell = np.clip(np.floor((high_m - origin_m) / cell_m + MARGIN_CELLS), -1, shape - 1).astype(np.int64)
        span = np.maximum(to_cell - from_cell + 1, 0)
        box, position = spread(span[:, 0] * span[:, 1])
        place = from_cell[box] + np.stack(np.divmod(position, span[box, 1]), axis=1)

        middles_m = origin_m + (place + 0.5) * cell_m
        touched = _touches_heading_rectangle(middles_m, box, cell_m, centres_m, half_sizes_m, frame_from_box)
        box, cell = box[touched], (place[:, 0] * shape[1] + place[:, 1])[touched]
        count = np.bincount(cell, minlength=int(shape.prod()))
        return cls(origin_m, cell_m, shape, starts_of(count), count, box[np.argsort(cell, kind="stable")])

    def look_up(self, points: NDArray[Any]) -> tuple[IntArray, IntArray]:
        """The points whose cell lists a box, and their cells."""
        kind = points.dtype if np.abs(self.origin_m).max() < EXACT_IN_FLOAT32 else np.dtype(np.float64)
        across = points[:, 0].astype(kind)  # a copy: no longer strided
        along = points[:, 1].astype(kind)
        for coordinate, origin_m in ((across, self.origin_m[0]), (along, self.origin_m[1])):
            coordinate -= kind.type(origin_m)
            coordinate *= kind.type(1 / self.cell_m)
        columns, rows = self.shape
        covered = (across >= 0) & (across < columns) & (along >= 0) & (along < rows)  # False for NaN
        near = np.flatnonzero(covered)
        cells = across.take(near).astype(np.int64) * rows + along.take(near).astype(np.int64)
        listed = np.flatnonzero(self.count.take(cells))
        return near.take(listed), cells.take(listed)

    def candidates(self, near: IntArray, cells: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Blocks of pairs (point, box), each point with the boxes of its cell."""
        count, first = self.count.take(cells), self.first.take(cells)
        ends = np.cumsum(count)
        total = int(ends[-1]) if len(ends) else 0
        cuts = np.searchsorted(ends, np.arange(PAIRS_AT_A_TIME, total, PAIRS_AT_A_TIME))
        for block in np.split(np.arange(len(near)), cuts) if len(cuts) else [slice(None)]:
            pair_of, position = spread(count[block])
            yield near[block].take(pair_of), self.boxes.take(first[block].take(pair_of) + position)


def _area(points: NDArray[Any], low_m: FloatArray, high_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Origin and extent (2,) of the grid: that of the boxes, and where they lie astray also that of the points."""
    if (high_m - low_m).max() > WIDE_GRID_M:
        low_m = np.fmax(low_m, np.fmin.reduce(points[:, :2], axis=0))
        high_m = np.fmin(high_m, np.fmax.reduce(points[:, :2], axis=0))
    origin_m = np.floor(low_m)
    return origin_m, np.maximum(high_m - origin_m, 0.0)


def _touches_heading_rectangle(
    places_m: FloatArray,
    box: IntArray,
    cell_m: float,
    centres_m: FloatArray,
    half_sizes_m: FloatArray,
    frame_from_box: FloatArray,
) -> NDArray[np.bool_]:
    """Whether cells round `places_m` may touch the rectangle that holds their box, seen from above."""
    heading = frame_from_box[:, :2, 0]
    length = np.hypot(heading[:, 0], heading[:, 1])
    heading = np.where(length[:, None] > 0, heading / np.where(length > 0, length, 1.0)[:, None], [1.0, 0.0])
    leftward = np.stack([-heading[:, 1], heading[:, 0]], axis=1)
    offsets_m = places_m - centres_m[box, :2]
    touched = np.ones(len(box), dtype=np.bool_)
    for direction in (heading, leftward):
        reach_m = (np.abs(np.einsum("mi,mij->mj", direction, frame_from_box[:, :2])) * np.abs(half_sizes_m)).sum(axis=1)
        cell_reach_m = cell_m * (0.5 + MARGIN_CELLS) * np.abs(direction).sum(axis=1)
        distance_m = np.abs(np.einsum("ki,ki->k", offsets_m, direction[box]))
        touched &= distance_m <= (reach_m + cell_reach_m)[box]
    return touched
