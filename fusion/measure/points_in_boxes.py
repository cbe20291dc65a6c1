"""Points inside boxes: how many, and which.

Faces belong to the box. The arithmetic is float64 from the first difference on, whatever the points are stored in,
and boxes may be turned any way. A point may lie in several boxes and counts in each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.errors import ShapeError
from fusion.measure.kernels.points_in_boxes import points_inside
from fusion.measure.kernels.ragged import offsets_of
from fusion.scene.box_geometry import box_columns, is_measurable


@dataclass(frozen=True, eq=False)
class Membership:
    """The points of each box, box after box: those of row i are `point_index[offsets[i]:offsets[i + 1]]`, rising.

    point_index: (K,) rows of the cloud; offsets: (M + 1,).
    """

    point_index: IntArray
    offsets: IntArray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def of(self, row: int) -> IntArray:
        """The points in box `row`."""
        return self.point_index[self.offsets[row] : self.offsets[row + 1]]

    @property
    def counts(self) -> IntArray:
        """(M,) points in each box."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> IntArray:
        """(K,) the box each entry of `point_index` belongs to."""
        return np.repeat(np.arange(len(self)), self.counts)

    def in_any_box(self, point_count: int) -> BoolArray:
        """(point_count,) which points of the cloud lie in at least one box."""
        held = np.zeros(point_count, dtype=np.bool_)
        held[self.point_index] = True
        return held


def count_points_in_boxes(
    points: ArrayLike, centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike
) -> IntArray:
    """Points inside each box, faces included.

    Args:
        points: (N, 3) float32 or float64 metres, in the frame of the boxes; NaN is inside nothing.
        centres_m: (M, 3).
        sizes_m: (M, 3) length, width, height; zero is a box without volume, whose points lie exactly on it.
        rotations: (M, 4) quaternions w x y z.

    Returns:
        (M,) counts; 0 where a box is not finite, has a negative size or no rotation.

    Raises:
        ShapeError: an array has another shape, or the columns differ in length.
    """
    _, box, rows = _pairs(points, centres_m, sizes_m, rotations)
    return np.bincount(box, minlength=rows)


def points_in_boxes(points: ArrayLike, centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike) -> Membership:
    """Which points lie inside each box; arguments and errors as for `count_points_in_boxes`."""
    point, box, rows = _pairs(points, centres_m, sizes_m, rotations)
    by_box = np.argsort(box.astype(np.uint16) if rows < 2**16 else box, kind="stable")  # 16 bits sort by radix
    return Membership(point_index=point[by_box], offsets=offsets_of(np.bincount(box, minlength=rows)))


def _pairs(
    points: ArrayLike, centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike
) -> tuple[IntArray, IntArray, int]:
    """Points and the boxes they lie in, by point; and the number of boxes."""
    cloud = as_cloud(points)
    centres, sizes, frame_from_box = box_columns(centres_m, sizes_m, rotations)
    measurable = is_measurable(centres, sizes, frame_from_box)
    if measurable.all():
        return *points_inside(cloud, centres, sizes / 2, frame_from_box), len(centres)
    kept = np.flatnonzero(measurable)
    point, box = points_inside(cloud, centres[kept], sizes[kept] / 2, frame_from_box[kept])
    return point, kept[box], len(centres)


def as_cloud(points: ArrayLike) -> NDArray[Any]:
    """`points` as they are if float32 or float64 (N, 3), else as float64.

    Raises:
        ShapeError: they are not (N, 3).
    """
    cloud: NDArray[Any] = np.asarray(points)
    if cloud.dtype not in (np.float32, np.float64):
        cloud = np.asarray(points, dtype=np.float64)
    if cloud.ndim != 2 or cloud.shape[1] != 3:
        raise ShapeError(f"points must be (N, 3), got {cloud.shape}")
    return cloud


def box_sizes_grown(sizes_m: FloatArray, by_m: float) -> FloatArray:
    """Sizes (M, 3) with `by_m` added on every side; a box shrunk to nothing keeps size zero."""
    grown: FloatArray = np.maximum(sizes_m + 2 * by_m, 0.0)
    return grown
