"""What became of the laser rays that point at a box: stopped before it, ended in it, or passed through it.

An empty box is no error, its object may be hidden. A box that rays cross without stopping is: there is nothing there.
Rays without a return are not recorded and say nothing. Every ray is tested exactly against every box it could meet
(slab test after Kay and Kajiya 1986, "Ray Tracing Complex Scenes"), with rays sorted by direction, so that only those
in a box's window are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray, IntArray, as_rows
from calibration.errors import ShapeError
from fusion.measure.kernels.ray_bins import RayBins
from fusion.scene.box_geometry import box_columns, corners_of_boxes, is_measurable

# Boxes are drawn a little larger than their objects; rays that only graze the drawn edge don't count as crossing.
SHRUNK_BY_M = 0.1
# A return this close to a face may be the object itself, drawn a little too small.
FACE_MARGIN_M = 0.3


@dataclass(frozen=True, eq=False)
class RaySupport:
    """Rays that cross each box, by where they returned.

    crossing: (M,) all of them; in_front: nearer than the near face; inside: between the faces, margin included;
    behind: beyond the far face.
    """

    crossing: IntArray
    in_front: IntArray
    inside: IntArray
    behind: IntArray

    @property
    def visible_share(self) -> FloatArray:
        """(M,) share of the crossing rays that nothing stopped before the box; NaN where none crosses it."""
        share = np.full(len(self.crossing), np.nan)
        crossed = self.crossing > 0
        share[crossed] = 1 - self.in_front[crossed] / self.crossing[crossed]
        return share


def ray_support(
    points: ArrayLike,
    ray_origins: ArrayLike,
    centres_m: ArrayLike,
    sizes_m: ArrayLike,
    rotations: ArrayLike,
    margin_m: float = FACE_MARGIN_M,
    shrunk_by_m: float = SHRUNK_BY_M,
) -> RaySupport:
    """Where the rays through each box returned.

    Args:
        points: (N, 3) returns, metres, in the frame of the boxes; NaN rows are no returns.
        ray_origins: (3,), or (N, 3) one for each point, such as several lidars' places.
        centres_m, sizes_m, rotations: (M, 3), (M, 3), (M, 4) the boxes.
        margin_m: how far from a face a return still counts as the object's own.
        shrunk_by_m: how much smaller than drawn a box is to a ray, at each face, but never below half its size.

    Raises:
        ShapeError: columns of other shapes or lengths.
    """
    ends = as_rows(np.asarray(points, dtype=np.float64), 3, "points")
    origins = _origins(ray_origins, len(ends))
    centres, sizes, frame_from_box = box_columns(centres_m, sizes_m, rotations)
    counts = np.zeros((3, len(centres)), dtype=np.int64)
    along = ends - origins
    returned = np.isfinite(along).all(axis=1) & (along != 0).any(axis=1)
    along = along[returned]
    origins = origins if len(origins) == 1 else origins[returned]
    usable = np.flatnonzero(is_measurable(centres, sizes, frame_from_box) & (sizes >= 0).all(axis=1))
    if len(along) and len(usable):
        half_m = np.maximum(sizes / 2 - shrunk_by_m, sizes / 4)
        slabs = _Slabs(centres[usable], half_m[usable], frame_from_box[usable])
        corners = corners_of_boxes(centres, sizes, rotations)[usable]
        for ray, box in RayBins.of(along).candidates(corners, np.stack([origins.min(axis=0), origins.max(axis=0)])):
            where, crossed = slabs.where_rays_end(ray, box, origins, along, margin_m)
            tally = np.bincount(where * len(usable) + crossed, minlength=3 * len(usable))
            counts[:, usable] += tally.reshape(3, -1)
    return RaySupport(counts.sum(axis=0), *counts)


def _origins(ray_origins: ArrayLike, rows: int) -> FloatArray:
    """(1, 3) where all rays start at one place, else (N, 3)."""
    origins: FloatArray = np.asarray(ray_origins, dtype=np.float64)
    if origins.shape == (3,):
        return origins[None]
    if origins.shape != (rows, 3):
        raise ShapeError(f"ray_origins must be (3,) or ({rows}, 3), got {origins.shape}")
    alike = rows > 0 and bool((origins == origins[0]).all())
    return origins[:1] if alike else origins


IN_FRONT, INSIDE, BEHIND = range(3)


@dataclass(frozen=True, eq=False)
class _Slabs:
    """Boxes as three pairs of parallel planes."""

    centres_m: FloatArray
    half_m: FloatArray
    frame_from_box: FloatArray

    def where_rays_end(
        self, ray: IntArray, box: IntArray, origins: FloatArray, directions: FloatArray, margin_m: float
    ) -> tuple[IntArray, IntArray]:
        """Of pairs (ray, box): IN_FRONT, INSIDE or BEHIND for those that cross, and their boxes.

        Distances count in lengths of the ray, so the return is at 1.

        Source: Kay and Kajiya 1986, "Ray Tracing Complex Scenes", the slab test.
        """
        x, y, z = directions.take(ray, axis=0).T.copy()
        enter, leave = np.zeros(len(ray)), np.full(len(ray), np.inf)
        one_origin = len(origins) == 1
        away = origins - self.centres_m if one_origin else origins.take(ray, axis=0) - self.centres_m.take(box, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            for axis in range(3):
                normal = self.frame_from_box[:, :, axis]
                if one_origin:
                    start = np.einsum("mi,mi->m", away, normal).take(box)
                else:
                    start = _dot_taken(away[:, 0], away[:, 1], away[:, 2], normal, box)
                speed, half = _dot_taken(x, y, z, normal, box), self.half_m[:, axis].take(box)
                one, other = (-half - start) / speed, (half - start) / speed
                enter = np.maximum(enter, np.minimum(one, other))
                leave = np.minimum(leave, np.maximum(one, other))
        crossing = np.flatnonzero(enter <= leave)  # False for NaN: a ray within the plane of a face
        margin = margin_m / np.sqrt(x * x + y * y + z * z).take(crossing)
        before = enter.take(crossing) - margin > 1
        beyond = leave.take(crossing) + margin < 1
        return np.where(before, IN_FRONT, np.where(beyond, BEHIND, INSIDE)), box.take(crossing)


def _dot_taken(x: FloatArray, y: FloatArray, z: FloatArray, vectors: FloatArray, rows: IntArray) -> FloatArray:
    """(K,) dot products of (x, y, z) with `vectors[rows]`, column by column: much faster than gathering rows."""
    dots: FloatArray = x * vectors[:, 0].take(rows)
    dots += y * vectors[:, 1].take(rows)
    dots += z * vectors[:, 2].take(rows)
    return dots
