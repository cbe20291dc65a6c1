"""What became of the laser rays that point at a box: stopped before it, ended in it, or passed through it.

An empty box is no error, its object may be hidden. A box that rays cross without stopping is: there is nothing there.
Every ray is tested exactly against every box it could meet (slab test after Kay and Kajiya 1986, "Ray Tracing Complex
Scenes"), with rays sorted by their bearing, so that only those in a box's window are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray, IntArray, as_rows
from calibration.errors import ShapeError
from calibration.transform import wrap_angle_rad
from fusion.measure.kernels.ragged import spread
from fusion.scene.box_geometry import box_columns, corners_of_boxes

# Boxes are drawn a little larger than their objects; rays that only graze the drawn edge don't count as crossing.
SHRUNK_BY_M = 0.1
# A return this close to a face may be the object itself, drawn a little too small.
FACE_MARGIN_M = 0.3
# Candidates tested at a time; bounds the memory when a box stands right at the sensor.
PAIRS_AT_A_TIME = 1_000_000


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
    corners = corners_of_boxes(centres_m, sizes_m, rotations)
    half = np.maximum(sizes / 2 - shrunk_by_m, sizes / 4)
    counts = np.zeros((3, len(centres)), dtype=np.int64)
    finite = np.isfinite(ends).all(axis=1)
    for origin in _distinct(origins[finite]):
        rays = ends[finite & (origins == origin).all(axis=1)]
        for ray, box in _candidates(rays, origin, corners):
            counts += _verdicts(rays[ray], origin, box, centres, half, frame_from_box, margin_m)
    return RaySupport(counts.sum(axis=0), *counts)


def _origins(ray_origins: ArrayLike, rows: int) -> FloatArray:
    origins = np.asarray(ray_origins, dtype=np.float64)
    if origins.shape == (3,):
        return np.broadcast_to(origins, (rows, 3))
    if origins.shape != (rows, 3):
        raise ShapeError(f"ray_origins must be (3,) or ({rows}, 3), got {origins.shape}")
    return origins


def _distinct(origins: FloatArray) -> FloatArray:
    """The few places that rays start from; usually one, which is told without sorting."""
    alike = len(origins) > 0 and bool((origins == origins[0]).all())
    return origins[:1] if alike else np.unique(origins, axis=0)


def _candidates(rays: FloatArray, origin: FloatArray, corners: FloatArray) -> list[tuple[IntArray, IntArray]]:
    """Pairs of rays and boxes whose bearings agree, in portions."""
    bearings = np.arctan2(rays[:, 1] - origin[1], rays[:, 0] - origin[0])
    order = np.argsort(bearings)
    # Twice round, so that a window across the seam at 180 degrees is one stretch.
    ordered = np.concatenate([bearings[order], bearings[order] + 2 * np.pi])
    starts, stops = _windows(corners - origin, ordered)
    portions = []
    for boxes in _portions(stops - starts):
        owner, position = spread((stops - starts)[boxes])
        portions.append((order[(starts[boxes][owner] + position) % max(len(order), 1)], boxes[owner]))
    return portions


def _windows(corners_from_origin: FloatArray, ordered: FloatArray) -> tuple[IntArray, IntArray]:
    """Stretch of the ordered bearings that each box covers; all of them where the origin is in its footprint."""
    bearings = np.arctan2(corners_from_origin[..., 1], corners_from_origin[..., 0])
    middle = np.arctan2(corners_from_origin[..., 1].mean(axis=1), corners_from_origin[..., 0].mean(axis=1))
    aside = wrap_angle_rad((bearings - middle[:, None]).ravel()).reshape(bearings.shape)
    low, high = middle + aside.min(axis=1), middle + aside.max(axis=1)
    turns = np.where(low < -np.pi, 2 * np.pi, 0.0)
    known = np.isfinite(low)
    starts = np.searchsorted(ordered, np.where(known, low + turns, 0.0), side="left")
    stops = np.searchsorted(ordered, np.where(known, high + turns, 0.0), side="right")
    around = known & (high - low > np.pi)
    starts = np.where(around, 0, starts)
    stops = np.where(around, len(ordered) // 2, np.where(known, stops, starts))
    return starts, np.minimum(np.maximum(stops, starts), starts + len(ordered) // 2)


def _portions(counts: IntArray) -> list[IntArray]:
    """Boxes in groups whose candidates fit into memory."""
    groups = np.cumsum(counts) // PAIRS_AT_A_TIME
    return [np.flatnonzero(groups == group) for group in np.unique(groups)]


def _verdicts(
    ends: FloatArray,
    origin: FloatArray,
    box: IntArray,
    centres: FloatArray,
    half: FloatArray,
    frame_from_box: FloatArray,
    margin_m: float,
) -> IntArray:
    """(3, M) rays before, in and behind each box, of the pairs handed in."""
    into_box = frame_from_box[box]
    start = np.einsum("kji,kj->ki", into_box, origin - centres[box])
    along = np.einsum("kji,kj->ki", into_box, ends - origin)
    length_m = np.linalg.norm(along, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = (-np.copysign(half[box], along) - start) / along
        far = (np.copysign(half[box], along) - start) / along
    # A ray parallel to a pair of faces is between them all along, or never.
    parallel = along == 0
    between = np.abs(start) <= half[box]
    near = np.where(parallel, np.where(between, -np.inf, np.inf), near)
    far = np.where(parallel, np.where(between, np.inf, -np.inf), far)
    enters, leaves = near.max(axis=1), far.min(axis=1)
    crosses = (enters <= leaves) & (leaves > 0) & (length_m > 0)
    # Along the ray, 0 is the sensor and 1 the return.
    margin = np.divide(margin_m, length_m, out=np.zeros(len(length_m)), where=length_m > 0)
    in_front = crosses & (enters - margin > 1)
    behind = crosses & (leaves + margin < 1)
    inside = crosses & ~in_front & ~behind
    boxes = len(centres)
    return np.stack([np.bincount(box[chosen], minlength=boxes) for chosen in (in_front, inside, behind)])
