"""Where the vehicle was: recorded poses, and what lies between them.

A recorded pose wins: at its own time it comes back bit for bit. Between two poses the position is interpolated along
the line and the rotation along the shorter arc. Before the first pose, after the last one and inside a gap there is no
pose, and asking for one raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, FloatArray, IntArray, as_rows, frozen
from calibration.clock import SECOND_NS, as_timestamps_ns, milliseconds_text, seconds_text
from calibration.errors import OutsideTrajectoryError, PoseError, PoseGapError, ShapeError
from calibration.transform import (
    RigidTransform,
    interpolate_quaternions,
    matrices_from_quaternions,
    normalise_quaternions,
    wrap_angle_rad,
    yaws_from_quaternions,
)

# Six poses lost at 10 Hz: a braking car is then still within 0.2 m of a straight, even interpolation.
MAX_GAP_NS = 600_000_000
# Poses recorded per sensor can lie microseconds apart, where a difference would only magnify their noise.
RATE_WINDOW_NS = SECOND_NS // 10
# Two poses of one time are the same pose up to the rounding of six decimals.
SAME_POSE_WITHIN = 2e-6


@dataclass(frozen=True, eq=False)
class PoseColumns:
    """Poses of many instants, row by row.

    Attributes:
        translations_m: (N, 3) origin of the source frame seen in the target.
        rotations: (N, 3, 3) orthonormal.
    """

    translations_m: FloatArray
    rotations: FloatArray

    def __len__(self) -> int:
        return len(self.translations_m)

    def transform(self, row: int, target: str = "world", source: str = "ego") -> RigidTransform:
        """One row as a transform."""
        return RigidTransform(target, source, self.rotations[row], self.translations_m[row])

    def apply(self, points: ArrayLike) -> FloatArray:
        """Point i through pose i: (N, 3) metres in, (N, 3) out.

        Raises:
            ShapeError: the points are not (N, 3).
        """
        rows = self._rows(points)
        turned: FloatArray = np.einsum("nij,nj->ni", self.rotations, rows)
        return turned + self.translations_m

    def apply_inverse(self, points: ArrayLike) -> FloatArray:
        """Point i through the inverse of pose i, `apply` undone: (N, 3) metres in, (N, 3) out.

        Raises:
            ShapeError: the points are not (N, 3).
        """
        rows = self._rows(points)
        turned: FloatArray = np.einsum("nji,nj->ni", self.rotations, rows - self.translations_m)
        return turned

    def _rows(self, points: ArrayLike) -> FloatArray:
        rows = as_rows(points, 3, "points")
        if len(rows) != len(self):
            raise ShapeError(f"points must have one row for each of the {len(self)} poses, got {len(rows)}")
        return rows


@dataclass(frozen=True, eq=False)
class Trajectory:
    """`world_from_ego` over time. Make one with `from_poses`, which sorts and checks.

    Attributes:
        timestamps_ns: (P,) int64, strictly increasing, at least one.
        translations_m: (P, 3) ego origin in the world.
        quaternions: (P, 4) unit, w, x, y, z.
        max_gap_ns: poses further apart than this are not interpolated between.
        contradicted_ns: (C,) times for which two different poses were given; the first given one is kept.
    """

    timestamps_ns: IntArray
    translations_m: FloatArray
    quaternions: FloatArray
    max_gap_ns: int = MAX_GAP_NS
    contradicted_ns: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        timestamps_ns = as_timestamps_ns(self.timestamps_ns)
        if len(timestamps_ns) == 0:
            raise ShapeError("a trajectory needs at least one pose, got none")
        if not (timestamps_ns[1:] > timestamps_ns[:-1]).all():
            raise ShapeError("timestamps_ns must increase strictly; Trajectory.from_poses() sorts and merges")
        object.__setattr__(self, "timestamps_ns", frozen(timestamps_ns))
        object.__setattr__(self, "translations_m", frozen(_positions(self.translations_m, len(timestamps_ns))))
        object.__setattr__(self, "quaternions", frozen(_rotations(self.quaternions, len(timestamps_ns))))
        object.__setattr__(self, "contradicted_ns", frozen(self.contradicted_ns))

    @classmethod
    def from_poses(
        cls,
        timestamps_ns: ArrayLike,
        translations_m: ArrayLike,
        quaternions: ArrayLike,
        max_gap_ns: int = MAX_GAP_NS,
    ) -> Trajectory:
        """From poses in any order, some perhaps given twice.

        Poses given again with the same time are merged; if they differ the first one is kept and their time is told
        in `contradicted_ns`.

        Args:
            timestamps_ns: (P,) int64.
            translations_m: (P, 3) ego origin in the world.
            quaternions: (P, 4) w, x, y, z, of length 1 within 5 %.

        Raises:
            ShapeError: no pose, unequal lengths, or a position that is not finite.
            RotationError: a quaternion that is none.
        """
        times_ns = as_timestamps_ns(timestamps_ns)
        positions_m = _positions(translations_m, len(times_ns))
        rotations = _rotations(quaternions, len(times_ns))
        order = np.argsort(times_ns, kind="stable")
        times_ns, positions_m, rotations = times_ns[order], positions_m[order], rotations[order]
        unique_ns, first = np.unique(times_ns, return_index=True)
        kept = first[np.searchsorted(unique_ns, times_ns)]
        moved = np.abs(positions_m - positions_m[kept]).max(axis=1, initial=0) > SAME_POSE_WITHIN
        # the dot product of two quaternions is the cosine of half the angle between them
        turned = np.abs(np.sum(rotations * rotations[kept], axis=1)) < 1 - SAME_POSE_WITHIN**2
        return cls(unique_ns, positions_m[first], rotations[first], max_gap_ns, np.unique(times_ns[moved | turned]))

    def __len__(self) -> int:
        return len(self.timestamps_ns)

    def world_from_ego_at(self, timestamp_ns: int, subject: str = "ego") -> RigidTransform:
        """The pose at one time: the recorded one if there is one, else interpolated.

        Args:
            subject: who asks, for the error message: a sensor or label set.

        Raises:
            OutsideTrajectoryError: before the first or after the last pose.
            PoseGapError: between poses further apart than `max_gap_ns`.
        """
        return self.at(np.array([timestamp_ns], dtype=np.int64), subject).transform(0)

    def at(self, timestamps_ns: ArrayLike, subject: str = "ego") -> PoseColumns:
        """The poses at (N,) times in any order, see `world_from_ego_at`.

        Raises:
            OutsideTrajectoryError, PoseGapError: for the first time without a pose.
        """
        times_ns = as_timestamps_ns(timestamps_ns)
        covered = self.covers(times_ns)
        if not covered.all():
            raise self._no_pose(int(times_ns[np.argmin(covered)]), subject)
        positions_m, quaternions = self._interpolated(times_ns)
        return PoseColumns(positions_m, matrices_from_quaternions(quaternions))

    def covers(self, timestamps_ns: ArrayLike) -> BoolArray:
        """(N,) whether there is a pose at each of (N,) times: recorded, or between two that are close enough."""
        times_ns = as_timestamps_ns(timestamps_ns)
        before, after = self._neighbours(times_ns)
        inside = (times_ns >= self.timestamps_ns[0]) & (times_ns <= self.timestamps_ns[-1])
        covered: BoolArray = inside & (self.timestamps_ns[after] - self.timestamps_ns[before] <= self.max_gap_ns)
        return covered

    def gaps(self) -> IntArray:
        """(G, 2) start and end, in nanoseconds, of the stretches between poses longer than `max_gap_ns`."""
        after = np.flatnonzero(np.diff(self.timestamps_ns) > self.max_gap_ns)
        return np.stack([self.timestamps_ns[after], self.timestamps_ns[after + 1]], axis=1)

    def velocities_mps(self, timestamps_ns: ArrayLike) -> FloatArray:
        """Velocity of the ego origin in the world, (N, 3), at (N,) times.

        The mean over a tenth of a second about each time, over more where the poses lie further apart and over less
        at the ends of the trajectory. NaN where a single pose can't tell.

        Raises:
            OutsideTrajectoryError, PoseGapError: for the first time without a pose.
        """
        start_ns, end_ns = self._windows(timestamps_ns)
        shift_m = self._interpolated(end_ns)[0] - self._interpolated(start_ns)[0]
        return shift_m / _seconds_or_nan(end_ns - start_ns)[:, None]

    def yaw_rates_radps(self, timestamps_ns: ArrayLike) -> FloatArray:
        """Change of heading about world z, (N,), counter-clockwise positive; windows and errors as `velocities_mps`."""
        start_ns, end_ns = self._windows(timestamps_ns)
        start_rad = yaws_from_quaternions(self._interpolated(start_ns)[1])
        end_rad = yaws_from_quaternions(self._interpolated(end_ns)[1])
        return wrap_angle_rad(end_rad - start_rad) / _seconds_or_nan(end_ns - start_ns)

    def _neighbours(self, times_ns: IntArray) -> tuple[IntArray, IntArray]:
        """Rows of the poses around each time, kept inside the trajectory; both the recorded row where there is one."""
        last = len(self) - 1
        after = np.minimum(np.searchsorted(self.timestamps_ns, times_ns), last)
        recorded = self.timestamps_ns[after] == times_ns
        before = np.where(recorded, after, np.maximum(after - 1, 0))
        return before, after

    def _interpolated(self, times_ns: IntArray) -> tuple[FloatArray, FloatArray]:
        """Positions and quaternions at times inside the trajectory, through gaps as well."""
        before, after = self._neighbours(times_ns)
        positions_m, quaternions = self.translations_m[before], self.quaternions[before]
        between = np.flatnonzero(before != after)
        start, end = before[between], after[between]
        start_ns, end_ns = self.timestamps_ns[start], self.timestamps_ns[end]
        fraction = (times_ns[between] - start_ns) / (end_ns - start_ns)
        step_m = self.translations_m[end] - self.translations_m[start]
        positions_m[between] += fraction[:, None] * step_m
        quaternions[between] = interpolate_quaternions(quaternions[between], self.quaternions[end], fraction)
        return positions_m, quaternions

    def _windows(self, timestamps_ns: ArrayLike) -> tuple[IntArray, IntArray]:
        """Start and end of the stretch a rate is taken over, about each time; raises where there is no pose."""
        times_ns = as_timestamps_ns(timestamps_ns)
        covered = self.covers(times_ns)
        if not covered.all():
            raise self._no_pose(int(times_ns[np.argmin(covered)]), "ego")
        before, after = self._neighbours(times_ns)
        half_ns = np.maximum(RATE_WINDOW_NS // 2, self.timestamps_ns[after] - self.timestamps_ns[before])
        start_ns = np.maximum(times_ns - half_ns, self.timestamps_ns[0])
        end_ns = np.minimum(times_ns + half_ns, self.timestamps_ns[-1])
        return start_ns, end_ns

    def _no_pose(self, time_ns: int, subject: str) -> PoseError:
        """The worded error for a time that `covers` refuses."""
        first_ns, last_ns = int(self.timestamps_ns[0]), int(self.timestamps_ns[-1])
        if time_ns < first_ns or time_ns > last_ns:
            side, edge, far_ns = (
                ("before", "first", first_ns - time_ns) if time_ns < first_ns else ("after", "last", time_ns - last_ns)
            )
            return OutsideTrajectoryError(
                f"{subject} at {seconds_text(time_ns)} is {milliseconds_text(far_ns)} {side} the {edge} pose; "
                "poses are never extrapolated: leave it out or check its clock"
            )
        before, after = (int(rows[0]) for rows in self._neighbours(np.array([time_ns])))
        before_ns, after_ns = int(self.timestamps_ns[before]), int(self.timestamps_ns[after])
        return PoseGapError(
            f"{subject} at {seconds_text(time_ns)} lies between poses {milliseconds_text(after_ns - before_ns)} apart, "
            f"only {milliseconds_text(self.max_gap_ns)} are bridged "
            f"(nearest {milliseconds_text(min(time_ns - before_ns, after_ns - time_ns))}); "
            "raise max_gap_ns or check its clock"
        )


def _positions(values: ArrayLike, count: int) -> FloatArray:
    positions_m = as_rows(values, 3, "translations_m")
    if len(positions_m) != count:
        raise ShapeError(f"translations_m must have one row for each of {count} time stamps, got {len(positions_m)}")
    finite = np.isfinite(positions_m).all(axis=1)
    if not finite.all():
        raise ShapeError(f"translations_m must be finite, row {int(np.argmin(finite))} is not")
    return positions_m


def _rotations(values: ArrayLike, count: int) -> FloatArray:
    quaternions = normalise_quaternions(values)
    if len(quaternions) != count:
        raise ShapeError(f"quaternions must have one row for each of {count} time stamps, got {len(quaternions)}")
    return quaternions


def _seconds_or_nan(durations_ns: IntArray) -> FloatArray:
    seconds: FloatArray = np.where(durations_ns > 0, durations_ns / SECOND_NS, np.nan)
    return seconds
