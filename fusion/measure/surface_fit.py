"""How a box would have to be moved and turned so that its visible sides lie on the object's own returns.

An object's outline (`outline`) should lie on the sides of its box that face the lidar: outside a box there should be
none of it, and a side in full view should not stand off. Where rays pass beside an object's end, the box should end
there too. Each place of the outline speaks with a robust cost, so that a share of strangers, such as a bush behind
a car, is outvoted. The size is taken from the label; what only a wrong size explains is left over as `after`.

The search goes over shift and turn of all boxes at once, in steps from coarse to fine (Hooke and Jeeves 1961, "Direct
search", all 26 neighbours a step).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import wrap_angle_rad
from fusion.measure.body_fit import body_fit
from fusion.measure.frame import SyncedFrame
from fusion.measure.outline import Outlines, outlines
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, VEHICLES, ObjectKind

# Noise of a return across a surface, and how far its cost grows with the distance: a stranger outside of the box costs
# what two and a half sigmas do, one within it less, as windows and bonnets lie there.
OUTSIDE_SIGMA_M, OUTSIDE_CAP = 0.08, 4.0
INSIDE_SIGMA_M, INSIDE_CAP = 0.10, 1.5
# Rounded corners end this much before their box does.
ROUNDED_M, END_SIGMA_M, END_CAP, END_WEIGHT = 0.08, 0.12, 4.0, 3.0
# Both ends together within one and a half sigmas.
END_FITS = 1.0
# How far off boxes are drawn at all: a weak pull towards the label where the returns don't tell.
PRIOR_SHIFT_M, PRIOR_TURN_RAD = 0.4, float(np.radians(12.0))
# Places of an outline further apart are on two surfaces; places this close to a box are in it.
TORN_M, JOINED_M = 0.5, 0.1
# Neighbouring returns err together, so many are not worth as much as they are.
SATURATION = 40.0
# A side seen under a smaller sine than this is only grazed.
MIN_FACING = 0.2
MIN_PLACES, MIN_RETURNS = 8, 12
# Of shorter vehicles too little is seen to tell shift from shape.
MIN_LENGTH_M = 2.2
STEPS = ((0.3, 8.0, 3), (0.15, 4.0, 3), (0.08, 2.0, 3), (0.04, 1.0, 2), (0.02, 0.5, 2))
_NEIGHBOURS = np.asarray(list(product((-1.0, 0.0, 1.0), repeat=3)))
# Wide enough to see past the noise of single returns.
CURVATURE_STEP: FloatArray = np.asarray([0.12, 0.12, np.radians(4.0)])
LEAST_CURVATURE = 1e-3
# Bodies like boxes; a working machine is arms and shovels.
BOX_SHAPED = VEHICLES - {ObjectKind.CONSTRUCTION}
BODIES = PEOPLE | TWO_WHEELERS


@dataclass(frozen=True, eq=False)
class SurfaceFit:
    """By box of a frame (M,).

    shift_m: (M, 2) along length and width of the box, what would have to be added to its centre; turn_rad: (M,) to its
    yaw; both NaN where there is no fit. before, after: (M,) mean cost of the outline at the label and at the fit,
    0 where every return lies on a side; gain: (M,) by how much the log-likelihood rises; information: (M, 3, 3) of
    shift and turn, small in directions in which the returns don't tell; sized: (M,) bool, both ends were in view and
    the box, put in its place, ends there too; returns: (M,) that told it.
    """

    shift_m: FloatArray
    turn_rad: FloatArray
    before: FloatArray
    after: FloatArray
    gain: FloatArray
    information: FloatArray
    sized: BoolArray
    returns: IntArray

    @property
    def known(self) -> BoolArray:
        """(M,) boxes with enough of an outline."""
        finite: BoolArray = np.isfinite(self.turn_rad)
        return finite


def surface_fit(frame: SyncedFrame) -> SurfaceFit:
    """The fit of each vehicle, person and two-wheeler of a frame that shows enough of itself.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured("surface fit", lambda: _surface_fit(frame))


def _surface_fit(frame: SyncedFrame) -> SurfaceFit:
    boxes, outline = frame.boxes, outlines(frame)
    rows = len(boxes)
    fit = SurfaceFit(
        shift_m=np.full((rows, 2), np.nan),
        turn_rad=np.full(rows, np.nan),
        before=np.full(rows, np.nan),
        after=np.full(rows, np.nan),
        gain=np.full(rows, np.nan),
        information=np.zeros((rows, 3, 3)),
        sized=np.zeros(rows, dtype=bool),
        returns=outline.returns,
    )
    _add_bodies(frame, fit)
    chosen = np.flatnonzero(
        frame.kinds.is_any(BOX_SHAPED)
        & (boxes.sizes_m[:, 0] >= MIN_LENGTH_M)
        & (boxes.sizes_m[:, 1] > 0)
        & (outline.returns >= MIN_RETURNS)
    )
    view = _View.of(outline, boxes.sizes_m[:, :2] / 2, chosen)
    _add_vehicles(view.take(view.enough), chosen[view.enough], fit)
    return fit


def _add_vehicles(view: _View, rows: IntArray, fit: SurfaceFit) -> None:
    """Boxes put onto the outlines of what is box-shaped."""
    if not len(rows):
        return
    moved, fit.gain[rows] = _search(view)
    fit.shift_m[rows], fit.turn_rad[rows] = moved[:, :2], moved[:, 2]
    fit.before[rows] = view.outline_cost(np.zeros((len(rows), 1, 3)))[:, 0]
    fit.after[rows] = view.outline_cost(moved[:, None])[:, 0]
    fit.information[rows] = _information(view, moved)
    fit.sized[rows] = view.free.all(axis=1) & (view.end_cost(moved[:, None])[:, 0] < END_FITS)


def _add_bodies(frame: SyncedFrame, fit: SurfaceFit) -> None:
    """People and two-wheelers: only where they are, not how they are turned."""
    rows = np.flatnonzero(frame.kinds.is_any(BODIES))
    body = body_fit(frame, rows)
    rows, known = rows[body.known], body.known
    fit.shift_m[rows], fit.turn_rad[rows] = body.shift_m[known], 0.0
    fit.before[rows], fit.after[rows], fit.gain[rows] = 0.0, 0.0, body.gain[known]
    fit.information[rows] = 0.0
    fit.information[rows, :2, :2] = body.information[known]


def _search(view: _View) -> tuple[FloatArray, FloatArray]:
    """Shift and turn (B, 3) of least cost, and how much less it is than the label's."""
    rows = np.arange(len(view.half_m))
    best = np.zeros((len(rows), 3))
    at_label = view.cost(best[:, None])[:, 0]
    least = at_label.copy()
    for step_m, step_deg, rounds in STEPS:
        steps = _NEIGHBOURS * np.asarray([step_m, step_m, np.radians(step_deg)])
        for _ in range(rounds):
            tried = best[:, None] + steps
            costs = view.cost(tried)
            winner = costs.argmin(axis=1)
            better = costs[rows, winner] < least - 1e-9
            if not better.any():
                break
            best[better], least[better] = tried[rows, winner][better], costs[rows, winner][better]
    return best, at_label - least


def _information(view: _View, moved: FloatArray) -> FloatArray:
    """(B, 3, 3) curvature of the cost about the fit, from a paraboloid through the neighbours at `CURVATURE_STEP`."""
    x, y, turn = _NEIGHBOURS.T
    design = np.column_stack(
        [np.ones(27), x, y, turn, x * x / 2, y * y / 2, turn * turn / 2, x * y, x * turn, y * turn]
    )
    costs = view.cost(moved[:, None] + _NEIGHBOURS * CURVATURE_STEP)
    xx, yy, tt, xy, xt, yt = (np.linalg.pinv(design) @ costs.T)[4:]
    curvature = np.stack([xx, xy, xt, xy, yy, yt, xt, yt, tt], axis=-1).reshape(-1, 3, 3)
    values, axes = np.linalg.eigh(curvature)
    convex = np.einsum("bij,bj,bkj->bik", axes, np.maximum(values, LEAST_CURVATURE), axes)
    information: FloatArray = convex / CURVATURE_STEP / CURVATURE_STEP[:, None]
    return information


@dataclass(frozen=True, eq=False)
class _View:
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
    def of(cls, outline: Outlines, half_m: FloatArray, rows: IntArray) -> _View:
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

    def take(self, rows: BoolArray) -> _View:
        """The boxes of a mask."""
        return _View(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def cost(self, tried: FloatArray) -> FloatArray:
        """(B, H) negative log-likelihood of shifts and turns (B, H, 3)."""
        places = self.weight.sum(axis=1)
        worth = places / (1 + places / SATURATION)
        prior = (tried[..., :2] ** 2).sum(axis=-1) / PRIOR_SHIFT_M**2 + (tried[..., 2] / PRIOR_TURN_RAD) ** 2
        total: FloatArray = worth[:, None] * self.outline_cost(tried) + END_WEIGHT * self.end_cost(tried) + prior / 2
        return total

    def outline_cost(self, tried: FloatArray) -> FloatArray:
        """(B, H) mean cost of the places of the outline."""
        cos, sin = np.cos(tried[..., 2, None]), np.sin(tried[..., 2, None])
        x = self.points_m[:, None, :, 0] - tried[..., 0, None]
        y = self.points_m[:, None, :, 1] - tried[..., 1, None]
        along, across = cos * x + sin * y, cos * y - sin * x
        half_length, half_width = self.half_m[:, 0, None, None], self.half_m[:, 1, None, None]
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

    def end_cost(self, tried: FloatArray) -> FloatArray:
        """(B, H) cost of reaching out where rays passed freely beside the object."""
        corners = np.asarray([[1, 1], [1, -1], [-1, -1], [-1, 1]]) * self.half_m[:, None]
        cos, sin = np.cos(tried[..., 2, None]), np.sin(tried[..., 2, None])
        u, v = corners[:, None, :, 0], corners[:, None, :, 1]
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
