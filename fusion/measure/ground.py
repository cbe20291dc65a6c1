"""The ground: which returns are ground, and how high it is under each box.

In two steps, because far away most returns come from objects. First the lower envelope: a plane under the lowest
returns of the cells around a box, by expectile regression (Newey and Powell 1987, Econometrica 55(4)), which objects
standing on the ground can't lift. Then the height: a plane through the returns that lie on this envelope, near ones
weighing more, outliers trimmed. Slopes are expected to be small, which keeps a plane honest where returns lie on one
side only; how uncertain the height under the box is then says whether it is known at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from calibration.arrays import BoolArray, FloatArray, IntArray, as_rows
from fusion.scene.box_geometry import box_columns

CELL_M = 1.0
# Nobody labels beyond; keeps the grid small whatever strays there.
MAX_RANGE_M = 150.0
# Reflections from puddles and multiple paths end up below the road, alone in their neighbourhood.
BELOW_GROUND_M = 0.4

# The envelope looks around a box as far as a lorry is long, so that some cell holds ground.
ENVELOPE_REACH_M = 12.0
ENVELOPE_EXPECTILE = 0.02
ENVELOPE_ROUNDS = 12
# A cell further below the envelope than this pulls no harder: it may be a ditch, or a reflection.
PIT_M = 0.2
# A kerb and the noise of a return, over and under the envelope.
STEP_M = 0.20

# Ground within this distance of a footprint's edge tells of its height; further out where returns are sparse.
REACH_M = 2.5
REACH_PER_RANGE = 0.06
NEAR_M = 2.0
SLOPE_SIGMA = 0.06
STEEPEST_SLOPE = 0.18
POINT_SIGMA_M = 0.08
# No road is a plane: what its crown, joints and gutters leave, however many returns there are.
UNEVENNESS_M = 0.03
MAX_HEIGHT_SIGMA_M = 0.10
TRIM_ROUNDS = 3
MIN_POINTS = 3
MIN_CELLS = 4


@dataclass(frozen=True, eq=False)
class GroundModel:
    """Where ground may be: all returns (N, 3) and the lowest one of each cell (C, 3), in ego, with their indices."""

    points_m: FloatArray
    lowest_m: FloatArray
    points_tree: cKDTree | None
    lowest_tree: cKDTree | None


@dataclass(frozen=True, eq=False)
class GroundBelow:
    """Ground under boxes.

    height_m: (M,) at the middle of the footprint, NaN where it isn't known to 10 cm; point_count: (M,) returns that
    told it; spread_m: (M,) standard deviation of the height; slope: (M, 2) rise per metre along x and y.
    """

    height_m: FloatArray
    point_count: IntArray
    spread_m: FloatArray
    slope: FloatArray


def estimate_ground(points_in_ego: ArrayLike) -> GroundModel:
    """What a frame's returns can tell about the ground.

    Args:
        points_in_ego: (N, 3) metres; NaN rows are no returns.

    Raises:
        ShapeError: the points are not (N, 3).
    """
    points = as_rows(np.asarray(points_in_ego, dtype=np.float64), 3, "points_in_ego")
    with np.errstate(invalid="ignore"):
        near = np.isfinite(points).all(axis=1) & (np.abs(points[:, :2]) < MAX_RANGE_M).all(axis=1)
    points = points[near]
    if len(points) < MIN_POINTS:
        return GroundModel(np.zeros((0, 3)), np.zeros((0, 3)), None, None)
    lowest = _without_pits(_lowest_by_cell(points))
    low = points[_low_returns(points, lowest)]
    return GroundModel(low, lowest, cKDTree(low[:, :2]), cKDTree(lowest[:, :2]))


def _lowest_by_cell(points: FloatArray) -> FloatArray:
    """(C, 3) a low return of every cell that has any: of ten one may lie lower, and be a reflection."""
    cells = np.floor((points[:, :2] + MAX_RANGE_M) / CELL_M).astype(np.int64)
    flat = cells[:, 0] * int(2 * MAX_RANGE_M / CELL_M + 1) + cells[:, 1]
    order = np.lexsort((points[:, 2], flat))
    first = np.flatnonzero(np.diff(flat[order], prepend=-1))
    counts = np.diff(np.append(first, len(order)))
    lowest: FloatArray = points[order[first + counts // 10]]
    return lowest


def _without_pits(lowest: FloatArray) -> FloatArray:
    """Cells that are not far below all of their neighbours: what lies under the road is a reflection."""
    neighbours = min(9, len(lowest))
    _, around = cKDTree(lowest[:, :2]).query(lowest[:, :2], k=neighbours)
    heights = np.sort(lowest[np.reshape(around, (len(lowest), neighbours)), 2], axis=1)
    second_lowest = heights[:, min(2, neighbours - 1)]
    kept: FloatArray = lowest[lowest[:, 2] > second_lowest - BELOW_GROUND_M]
    return kept if len(kept) else lowest


def _low_returns(points: FloatArray, lowest: FloatArray) -> BoolArray:
    """(N,) bool: returns not far over the lowest ones nearby; the others can't be ground and need not be looked at."""
    _, nearest = cKDTree(lowest[:, :2]).query(points[:, :2])
    above_m = points[:, 2] - lowest[nearest, 2]
    low: BoolArray = (above_m > -BELOW_GROUND_M) & (above_m < 2 * STEP_M + STEEPEST_SLOPE * CELL_M)
    return low


def ground_below(model: GroundModel, centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike) -> GroundBelow:
    """Height of the ground under the middle of each box's footprint.

    Args:
        model: ground returns of the frame, from `estimate_ground`.
        centres_m, sizes_m, rotations: (M, 3), (M, 3), (M, 4) boxes in ego.

    Raises:
        ShapeError: columns of other shapes or lengths.
    """
    centres, sizes, _ = box_columns(centres_m, sizes_m, rotations)
    below = GroundBelow(
        height_m=np.full(len(centres), np.nan),
        point_count=np.zeros(len(centres), dtype=np.int64),
        spread_m=np.full(len(centres), np.nan),
        slope=np.full((len(centres), 2), np.nan),
    )
    if model.points_tree is None or model.lowest_tree is None or not len(centres):
        return below
    half_m = np.hypot(sizes[:, 0], sizes[:, 1]) / 2
    reach_m = half_m + REACH_M + REACH_PER_RANGE * np.hypot(centres[:, 0], centres[:, 1])
    usable = np.isfinite(centres).all(axis=1) & np.isfinite(reach_m)
    places = np.where(usable[:, None], centres[:, :2], 0.0)
    cells = model.lowest_tree.query_ball_point(places, np.where(usable, half_m + ENVELOPE_REACH_M, 0.0))
    returns = model.points_tree.query_ball_point(places, np.where(usable, reach_m, 0.0))
    for row in np.flatnonzero(usable):
        if len(cells[row]) >= MIN_CELLS and len(returns[row]) >= MIN_POINTS:
            middle = np.asarray([*places[row], 0.0])
            envelope = _envelope(model.lowest_m[cells[row]] - middle)
            _fit_plane(below, int(row), model.points_m[returns[row]] - middle, envelope)
    return below


def _design(points: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(points)), points[:, :2]])


_SLOPE_PRIOR: FloatArray = np.diag([0.0, 1.0, 1.0]) * (POINT_SIGMA_M / SLOPE_SIGMA) ** 2


def _envelope(lowest: FloatArray) -> FloatArray:
    """Plane (3,) z = c + a x + b y under the lowest returns of the cells.

    Expectile regression; cells a step above the plane are objects and let go, so that it sinks to where ground is.
    """
    design, kept = _design(lowest), np.ones(len(lowest), dtype=bool)
    plane = np.asarray([np.quantile(lowest[:, 2], 0.1), 0.0, 0.0])
    for _ in range(ENVELOPE_ROUNDS):
        off_m = lowest[:, 2] - design @ plane
        below = (1 - ENVELOPE_EXPECTILE) * np.minimum(1, PIT_M / np.maximum(-off_m, PIT_M))
        weights = np.where(off_m > 0, ENVELOPE_EXPECTILE, below) * kept
        information = (design * weights[:, None]).T @ design + _SLOPE_PRIOR
        plane = np.linalg.solve(information, (design * weights[:, None]).T @ lowest[:, 2])
        on_ground = lowest[:, 2] - design @ plane < 2 * STEP_M
        if on_ground.sum() < MIN_CELLS:
            break
        kept = on_ground
    return plane


def _fit_plane(below: GroundBelow, row: int, points: FloatArray, envelope: FloatArray) -> None:
    """Weighted plane z = c + a x + b y through the returns on the envelope; its c is the height under the box.

    The slope has a prior of `SLOPE_SIGMA`, a return a noise of `POINT_SIGMA_M`; the posterior's deviation of c tells
    whether the height is known.
    """
    design = _design(points)
    distance_m = np.hypot(points[:, 0], points[:, 1])
    weights = 1 / (1 + (distance_m / NEAR_M) ** 2)
    kept = np.abs(points[:, 2] - design @ envelope) < STEP_M
    if kept.sum() < MIN_POINTS:
        return
    plane, covariance = envelope, np.full((3, 3), np.nan)
    for _ in range(TRIM_ROUNDS):
        x, z, w = design[kept], points[kept, 2], weights[kept]
        information = (x * w[:, None]).T @ x + _SLOPE_PRIOR
        covariance = np.linalg.inv(information) * POINT_SIGMA_M**2
        plane = np.linalg.solve(information, (x * w[:, None]).T @ z)
        off_m = points[:, 2] - design @ plane
        trimmed = np.abs(off_m) < max(0.08, 2.5 * 1.4826 * float(np.median(np.abs(off_m[kept]))))
        if trimmed.sum() < MIN_POINTS or (trimmed == kept).all():
            break
        kept = trimmed
    spread_m = float(np.hypot(np.sqrt(covariance[0, 0]), UNEVENNESS_M))
    below.point_count[row] = int(kept.sum())
    below.spread_m[row] = spread_m
    known = spread_m <= MAX_HEIGHT_SIGMA_M and np.hypot(plane[1], plane[2]) <= STEEPEST_SLOPE
    if known and _widest_gap_rad(points[kept]) <= np.pi:
        below.height_m[row] = plane[0]
        below.slope[row] = plane[1:]


def _widest_gap_rad(points: FloatArray) -> float:
    """Widest angle, seen from the origin, in which no point lies; beyond half a turn all of them are on one side."""
    bearings = np.sort(np.arctan2(points[:, 1], points[:, 0]))
    return float(np.diff(bearings, append=bearings[0] + 2 * np.pi).max())
