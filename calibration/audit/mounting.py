"""How a lidar is mounted over the ground: which way the road tilts as the files have it, and how far below it lies.

Under the wheels the road is level with the vehicle, but for its crown, the springs and the load: so a tilt of
less than two degrees says nothing and one of more, seen all the time, is a mounting. How high the vehicle's origin lies
over the ground is a convention of the data set (the road, a rear axle, the lidar itself), which no file declares:
the height is told, and held against an origin on the road where it looks like one, and against itself over time.

Turns are those that would level the road: roll about the vehicle's x axis, pitch about its y axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import Float32Array, FloatArray, as_rows
from calibration.audit.result import AuditResult
from calibration.clock import SIGMA_PER_MAD
from calibration.estimate import Estimate, Verdict
from calibration.sensors import Sensor

NINETY_FIVE = 1.96
NEAREST_M, FARTHEST_M = 2.5, 18.0
CELL_M = 1.0
FEWEST_CELLS = 40
ROUND_DRAWS = 400
STEEPEST_SLOPE = 0.27
ON_PLANE_M = 0.08
BELOW_PLANE_M = 0.15
TRIM_ROUNDS = 5


@dataclass(frozen=True)
class GroundSeen:
    """The road around a lidar as one frame shows it, in ego.

    slope_x, slope_y: rise per metre forward and to the left; height_m: z below the lidar; cells: square metres seen.
    """

    slope_x: float
    slope_y: float
    height_m: float
    cells: int


@dataclass(frozen=True)
class GroundLimits:
    """When to speak.

    Attributes:
        most_tilt_deg: a crowned road (1.5 degrees) and a loaded vehicle (0.5) stay below.
        road_deg: how far the roads of a whole drive may lean, as a standard deviation; they share their crown.
        frame_deg: at least, how much frames differ where there are few.
        on_road_m: an origin this near to the ground is taken for one on the road.
        most_change_m: between drives; load and tyre pressure move a vehicle by less.
        min_frames: of a drive, to hold it against another.
    """

    most_tilt_deg: float = 2.0
    road_deg: float = 0.4
    frame_deg: float = 0.5
    on_road_m: float = 0.15
    most_change_m: float = 0.10
    height_sigma_m: float = 0.02
    min_frames: int = 3


def ground_seen(points_in_ego: FloatArray | Float32Array, origin_in_ego: FloatArray) -> GroundSeen | None:
    """The plane most of the near, low returns lie on; None where there is too little road to see.

    Args:
        points_in_ego: (N, 3) metres, one lidar, as the files have it; rows without numbers are no returns.
        origin_in_ego: (3,) metres, the lidar's place.

    Raises:
        ShapeError: the points are not (N, 3).

    Source: Fischler and Bolles 1981, "Random sample consensus", for the first plane; trimmed least squares after.
    """
    points = as_rows(np.asarray(points_in_ego, dtype=np.float64), 3, "points_in_ego")
    points = points[np.isfinite(points).all(axis=1)] - origin_in_ego
    away_m = np.hypot(points[:, 0], points[:, 1])
    points = points[(away_m > NEAREST_M) & (away_m < FARTHEST_M)]
    lowest = _lowest_by_cell(points)
    plane = _first_plane(lowest)
    if plane is None:
        return None
    cells = lowest
    for _ in range(TRIM_ROUNDS):
        cells = _means_by_cell(points[np.abs(_above(points, plane)) < ON_PLANE_M])
        if len(cells) < FEWEST_CELLS:
            return None
        plane = np.asarray(np.linalg.lstsq(_design(cells), cells[:, 2], rcond=None)[0], dtype=np.float64)
    return GroundSeen(float(plane[1]), float(plane[2]), float(plane[0] + origin_in_ego[2]), len(cells))


def audit_ground(
    drives: Sequence[Sequence[GroundSeen]], sensor: Sensor, limits: GroundLimits | None = None
) -> list[AuditResult]:
    """`mounting.roll` and `mounting.pitch` against the ground, in degrees, and `mounting.height`, in metres.

    Args:
        drives: what the frames of each drive show.
        sensor: the lidar, as the files have it.
    """
    limits = limits or GroundLimits()
    frames = [seen for drive in drives for seen in drive]
    if not frames:
        reason = "no frame shows enough road around the lidar"
        height = Estimate.cannot_tell("m", reason)
        tilts = [Estimate.cannot_tell("deg", reason)] * 2
    else:
        tilts = [
            _tilt(np.degrees(-np.arctan([seen.slope_y for seen in frames])), limits),
            _tilt(np.degrees(np.arctan([seen.slope_x for seen in frames])), limits),
        ]
        height = _height(drives, float(sensor.ego_from_sensor.translation[2]), limits)
    in_file_m = float(sensor.ego_from_sensor.translation[2])
    return [
        AuditResult(sensor.name, "ground", "mounting.roll", "deg", 0.0, tilts[0]),
        AuditResult(sensor.name, "ground", "mounting.pitch", "deg", 0.0, tilts[1]),
        AuditResult(sensor.name, "ground", "mounting.height", "m", in_file_m, height),
    ]


def _tilt(turns_deg: FloatArray, limits: GroundLimits) -> Estimate:
    turn_deg = float(np.median(turns_deg))
    scatter_deg = max(_spread(turns_deg), limits.frame_deg)
    half = NINETY_FIVE * float(np.hypot(limits.road_deg, scatter_deg / np.sqrt(len(turns_deg))))
    interval = (turn_deg - half, turn_deg + half)
    return Estimate.of_correction(turn_deg, interval, "deg", limits.most_tilt_deg, len(turns_deg))


def _height(drives: Sequence[Sequence[GroundSeen]], in_file_m: float, limits: GroundLimits) -> Estimate:
    """Of the lidar over the ground."""
    ground_m = np.array([seen.height_m for drive in drives for seen in drive])
    origin_m = -float(np.median(ground_m))
    sigma_m = np.hypot(limits.height_sigma_m, _spread(ground_m) / np.sqrt(len(ground_m)))
    value, half = in_file_m + origin_m, NINETY_FIVE * float(sigma_m)
    interval = (value - half, value + half)
    changed = _change(drives, limits)
    told = f"the vehicle's origin lies {origin_m:+.2f} m over the ground"
    if changed:
        return Estimate(value, interval, "m", Verdict.OFF, f"{told}; {changed}", len(ground_m))
    if abs(origin_m) + half <= limits.on_road_m:
        return Estimate(value, interval, "m", Verdict.GOOD, f"{told}, as an origin on the road does", len(ground_m))
    told = f"{told}, and no file declares where it should lie"
    return Estimate(value, interval, "m", Verdict.CANNOT_TELL, told, len(ground_m))


def _change(drives: Sequence[Sequence[GroundSeen]], limits: GroundLimits) -> str:
    """What to say where the height differs between drives by more than it may; else nothing."""
    told = [np.array([seen.height_m for seen in drive]) for drive in drives if len(drive) >= limits.min_frames]
    if len(told) < 2:
        return ""
    middles = np.array([np.median(heights_m) for heights_m in told])
    sigmas = np.array([np.hypot(limits.height_sigma_m, _spread(h) / np.sqrt(len(h))) for h in told])
    low, high = int(middles.argmin()), int(middles.argmax())
    change_m = float(middles[high] - middles[low])
    if change_m - NINETY_FIVE * float(np.hypot(sigmas[low], sigmas[high])) <= limits.most_change_m:
        return ""
    return f"between drives the height changes by {change_m:.2f} m, {limits.most_change_m:g} m are the limit"


def _spread(values: FloatArray) -> float:
    return SIGMA_PER_MAD * float(np.median(np.abs(values - np.median(values))))


def _design(points: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(points)), points[:, :2]])


def _above(points: FloatArray, plane: FloatArray) -> FloatArray:
    above: FloatArray = points[:, 2] - _design(points) @ plane
    return above


def _cell_of(points: FloatArray) -> FloatArray:
    return np.floor(points[:, 0] / CELL_M) * 1000 + np.floor(points[:, 1] / CELL_M)


def _lowest_by_cell(points: FloatArray) -> FloatArray:
    """(C, 3) a low return of every square metre: of ten one may lie lower, and be a reflection."""
    cells = _cell_of(points)
    order = np.lexsort((points[:, 2], cells))
    first = np.flatnonzero(np.diff(cells[order], prepend=np.nan) != 0)
    counts = np.diff(np.append(first, len(order)))
    lowest: FloatArray = points[order[first + counts // 10]]
    return lowest


def _means_by_cell(points: FloatArray) -> FloatArray:
    """(C, 3) the middle of the returns of every square metre, so that near ground doesn't outweigh the rest."""
    _, rows = np.unique(_cell_of(points), return_inverse=True)
    counts = np.bincount(rows)
    return np.stack([np.bincount(rows, points[:, axis]) / counts for axis in range(3)], axis=1)


def _first_plane(lowest: FloatArray) -> FloatArray | None:
    """(3,) z = c + a x + b y through three low returns that most others lie on and few below."""
    if len(lowest) < FEWEST_CELLS:
        return None
    generator = np.random.default_rng(0)
    corners = lowest[generator.integers(0, len(lowest), (ROUND_DRAWS, 3))]
    design = np.concatenate([np.ones((ROUND_DRAWS, 3, 1)), corners[:, :, :2]], axis=2)
    spread = np.abs(np.linalg.det(design)) > FARTHEST_M
    planes = np.linalg.solve(design[spread], corners[spread][:, :, 2:])[:, :, 0]
    planes = planes[np.hypot(planes[:, 1], planes[:, 2]) < STEEPEST_SLOPE]
    if not len(planes):
        return None
    above = lowest[:, 2] - planes @ _design(lowest).T
    score = (np.abs(above) < ON_PLANE_M).sum(axis=1) - (above < -BELOW_PLANE_M).sum(axis=1)
    best: FloatArray = planes[int(score.argmax())]
    return best
