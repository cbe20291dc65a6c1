"""The returns that may be an object's own: in its box or close around it, off the ground, in nobody else's box.

A box that is drawn beside its object holds half of it; so what lies close around belongs to the evidence. What it
can't tell is a bush that touches a car: whoever uses these returns has to expect a share of strangers among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.frame import SyncedFrame
from fusion.measure.ground import GroundBelow
from fusion.measure.kernels.ragged import offsets_of
from fusion.measure.points_in_boxes import box_sizes_grown, points_in_boxes
from fusion.scene.box_geometry import points_in_box_frames
from fusion.scene.boxes3d import Boxes3D

# Half as far again as the largest error worth telling from a box that is somewhere else altogether.
AROUND_M = 0.7
# Grass, kerbs, gutters and the noise of the road end here; sills and bumpers begin.
OFF_GROUND_M = 0.25


@dataclass(frozen=True, eq=False)
class OwnReturns:
    """K returns by box: those of row i are `offsets[i]:offsets[i + 1]`.

    box: (K,) row; point: (K,) row of the frame's points; in_box: (K, 3) metres along length, width, height from the
    box's centre; origin_in_box: (K, 3) where the ray started, likewise; lidar: (K,) number of the ray's origin among
    the frame's lidars; inside: (K,) bool, faces included; above_ground_m: (K,), over the box's own bottom face where
    the ground isn't known; offsets: (M + 1,).
    """

    box: IntArray
    point: IntArray
    in_box: FloatArray
    origin_in_box: FloatArray
    lidar: IntArray
    inside: BoolArray
    above_ground_m: FloatArray
    offsets: IntArray

    @property
    def counts(self) -> IntArray:
        """(M,) returns of each box."""
        return np.diff(self.offsets)


def own_returns(frame: SyncedFrame) -> OwnReturns:
    """Returns in and around each box of a frame.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured("own returns", lambda: _own_returns(frame))


def _own_returns(frame: SyncedFrame) -> OwnReturns:
    boxes, points = frame.boxes, frame.points_in_ego
    sizes_m = box_sizes_grown(boxes.sizes_m, AROUND_M)
    near = points_in_boxes(points, boxes.centres_m, sizes_m, boxes.rotations)
    box, point = near.rows, near.point_index
    holders = np.bincount(frame.membership.point_index, minlength=len(points))
    in_box = points_in_box_frames(points[point], box, boxes.centres_m, boxes.rotations)
    inside = np.asarray((np.abs(in_box) <= boxes.sizes_m[box] / 2).all(axis=1))
    above_m = _above_ground_m(points[point].astype(np.float64), box, boxes, frame.ground_below_boxes)
    kept = (above_m > OFF_GROUND_M) & (holders[point] == inside)
    box, point, origins = box[kept], point[kept], frame.ray_origins_in_ego
    return OwnReturns(
        box=box,
        point=point,
        in_box=in_box[kept],
        origin_in_box=points_in_box_frames(origins[point], box, boxes.centres_m, boxes.rotations),
        lidar=lidar_numbers(origins)[point],
        inside=inside[kept],
        above_ground_m=above_m[kept],
        offsets=offsets_of(np.bincount(box, minlength=len(boxes))),
    )


def _above_ground_m(points: FloatArray, box: IntArray, boxes: Boxes3D, ground: GroundBelow) -> FloatArray:
    known = np.isfinite(ground.height_m)
    base_m = np.where(known, ground.height_m, boxes.bottoms_m)[box]
    slope = np.where(known[:, None], ground.slope, 0.0)[box]
    away = points[:, :2] - boxes.centres_m[box, :2]
    above_m: FloatArray = points[:, 2] - base_m - (slope * away).sum(axis=1)
    return above_m


def lidar_numbers(origins: FloatArray) -> IntArray:
    """(N,) which of the lidars each ray came from, told by its origin: 0, 1 ... in the order of the rows."""
    changes: BoolArray = np.any(np.diff(origins, axis=0, prepend=origins[:1]) != 0, axis=1)
    numbers: IntArray = np.cumsum(changes, dtype=np.int64)
    return numbers
