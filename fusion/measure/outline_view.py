"""What it costs to say that an object's box is here: its outline against the sides, its ends against the corners.

An object's outline (`outline`) should lie on the sides of its box that face the lidar: outside a box there should be
none of it, and a side in full view should not stand off. Where rays pass beside an object's end, the box should end
there too. Each place of the outline speaks with a robust cost, so that a share of strangers, such as a bush behind
a car, is outvoted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import wrap_angle_rad
from fusion.measure.outline import Outlines

# Noise of a return across a surface, and how far its cost grows with the distance: a stranger outside of the box costs
# what two and a half sigmas do, one within it less, as windows and bonnets lie there.
OUTSIDE_SIGMA_M, OUTSIDE_CAP = 0.08, 4.0
INSIDE_SIGMA_M, INSIDE_CAP = 0.10, 1.5
# Rounded corners end this much before their box does.
ROUNDED_M, END_SIGMA_M, END_CAP, END_WEIGHT = 0.08, 0.12, 4.0, 3.0
# How far off boxes are drawn at all: a weak pull towards the label where the returns don't tell.
PRIOR_SHIFT_M, PRIOR_TURN_RAD = 0.4, float(np.radians(12.0))
# Places of an outline further apart are on two surfaces; places this close to a box are in it.
TORN_M, JOINED_M = 0.5, 0.1
# Neighbouring returns err together, so many are not worth as much as they are.
SATURATION = 40.0
# A side seen under a smaller sine than this is only grazed.
MIN_FACING = 0.2
MIN_PLACES = 8


@dataclass(frozen=True, eq=False)
class OutlineView:
    """B boxes to fit.

    points_m (B, D, 2), weight, low (B, D), facing (B, 4) front rear left right, half_m (B, 2); ends as in `Outlines`.
    """

    points_m: FloatArray
    weight: FloatArray
    low: BoolArray
    facing: BoolArray
    half_m: FloatArray
    origin_m: FloatArray
    ends_rad: FloatArray
    free: BoolArray

    @classmethod
    def of(cls, outline: Outlines, half_m: FloatArray, rows: IntArray) -> OutlineView:
        half, origin = half_m[rows], outline.origin_m[rows]
        distance_m = np.linalg.norm(origin, axis=1)
        beyond_m = np.stack([origin[:, 0], -origin[:, 0], origin[:, 1], -origin[:, 1]], axis=1) - half[:, [0, 0, 1, 1]]
        facing = beyond_m > MIN_FACING * distance_m[:, None]
        points = outline.points_m[rows]
        behind = _stands_behind(points, outline.seen[rows], facing, half)
        return cls(
            points_m=points,
            weight=(outline.seen[rows] & ~behind).astype(np.float64),
            low=outline.low[rows],
            facing=facing,
            half_m=half,
            origin_m=origin,
            ends_rad=outline.ends_rad[rows],
            free=outline.free[rows],
        )

    @property
    def enough(self) -> BoolArray:
        """(B,) bool: the outline has enough places to fit a box to."""
        enough: BoolArray = self.weight.sum(axis=1) >= MIN_PLACES
        return enough

    def take(self, rows: BoolArray) -> OutlineView:
        """The boxes of a mask."""
        return OutlineView(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def cost(self, tried: FloatArray, half_m: FloatArray | None = None) -> FloatArray:
        """(B, H) negative log-likelihood of shifts and turns (B, H, 3), with half lengths and widths (B, H, 2).

        Without sizes, those of the labels.
        """
        places = self.weight.sum(axis=1)
        worth = places / (1 + places / SATURATION)
        prior = (tried[..., :2] ** 2).sum(axis=-1) / PRIOR_SHIFT_M**2 + (tried[..., 2] / PRIOR_TURN_RAD) ** 2
        total: FloatArray = (
            worth[:, None] * self.outline_cost(tried, half_m) + END_WEIGHT * self.end_cost(tried, half_m) + prior / 2
        )
        return total

    def outline_cost(self, tried: FloatArray, half_m: FloatArray | None = None) -> FloatArray:
        """(B, H) mean cost of the places of the outline."""
        cos, sin = np.cos(tried[..., 2, None]), np.sin(tried[..., 2, None])
        x = self.points_m[:, None, :, 0] - tried[..., 0, None]
        y = self.points_m[:, None, :, 1] - tried[..., 1, None]
        along, across = cos * x + sin * y, cos * y - sin * x
        half = self.half_m[:, None] if half_m is None else half_m
        half_length, half_width = half[..., 0, None], half[..., 1, None]
        outside2 = np.maximum(np.abs(along) - half_length, 0) ** 2 + np.maximum(np.abs(across) - half_width, 0) ** 2
        depth_m = np.full(along.shape, np.inf)
        sides = (half_length - along, half_length + along, half_width - across, half_width + across)
        for side, gap_m in enumerate(sides):
            np.minimum(depth_m, np.where(self.facing[:, side, None, None], np.abs(gap_m), np.inf), out=depth_m)
        outside = _robust(outside2 / OUTSIDE_SIGMA_M**2, OUTSIDE_CAP)
        inside = _robust(np.minimum(depth_m, 9.0) ** 2 / INSIDE_SIGMA_M**2, INSIDE_CAP)
        costs = np.where(outside2 > 0, outside, inside * self.low[:, None]) * self.weight[:, None]
        mean: FloatArray = costs.sum(axis=-1) / np.maximum(self.weight.sum(axis=1), 1)[:, None]
        return mean

    def end_cost(self, tried: FloatArray, half_m: FloatArray | None = None) -> FloatArray:
        """(B, H) cost of reaching out where rays passed freely beside the object."""
        half = self.half_m[:, None] if half_m is None else half_m
        corners = np.asarray([[1, 1], [1, -1], [-1, -1], [-1, 1]]) * half[:, :, None]
        cos, sin = np.cos(tried[..., 2, None]), np.sin(tried[..., 2, None])
        u, v = corners[..., 0], corners[..., 1]
        x = cos * u - sin * v + tried[..., 0, None] - self.origin_m[:, None, 0, None]
        y = sin * u + cos * v + tried[..., 1, None] - self.origin_m[:, None, 1, None]
        middle_rad = np.arctan2(-self.origin_m[:, 1], -self.origin_m[:, 0])[:, None, None]
        corner_rad = wrap_angle_rad(np.arctan2(y, x) - middle_rad)
        out_rad = np.stack(
            [self.ends_rad[:, None, 0] - corner_rad.min(axis=-1), corner_rad.max(axis=-1) - self.ends_rad[:, None, 1]],
            axis=-1,
        )
        range_m = np.linalg.norm(self.origin_m, axis=1)[:, None, None]
        out_m = np.where(self.free[:, None], out_rad * range_m - ROUNDED_M, 0.0)
        total: FloatArray = _robust((np.maximum(out_m, 0) / END_SIGMA_M) ** 2, END_CAP).sum(axis=-1)
        return total


def _stands_behind(points: FloatArray, seen: BoolArray, facing: BoolArray, half_m: FloatArray) -> BoolArray:
    """(B, D) bool: places of a wall or hedge behind the object, that no surface joins with what is in the box.

    An object that sticks out of its box on the far side does so with a surface that begins within.
    """
    out_m = np.abs(points) - half_m[:, None]
    in_box = seen & (out_m <= JOINED_M).all(axis=2)
    behind_sides = np.where(points > 0, ~facing[:, None, [0, 2]], ~facing[:, None, [1, 3]])
    beyond = np.asarray(((out_m > JOINED_M) & behind_sides).any(axis=2))
    row, place = np.nonzero(seen)
    step_m = np.linalg.norm(np.diff(points[row, place], axis=0, prepend=np.nan), axis=1)
    surface = np.cumsum((np.diff(row, prepend=-1) > 0) | (step_m > TORN_M))
    with_inside: BoolArray = np.bincount(surface, weights=in_box[row, place]).astype(bool)
    behind = np.zeros(seen.shape, dtype=bool)
    behind[row, place] = beyond[row, place] & np.logical_not(with_inside[surface])
    return behind


def _robust(squared: FloatArray, cap: float) -> FloatArray:
    """Half the square for small residuals, at most `cap` for large ones.

    Source: Geman and McClure 1987, "Statistical methods for tomographic image reconstruction".
    """
    cost: FloatArray = cap * squared / (squared + 2 * cap)
    return cost
