"""Taking the vehicle's motion out of a sweep: explicitly, and never twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.kernels.choice import kernel
from calibration.sweep import LidarSweep, Motion, MotionError
from calibration.trajectory import Trajectory


def deskew(sweep: LidarSweep, trajectory: Trajectory, to_ns: int) -> LidarSweep:
    """The sweep as it would look had the lidar fired all its lasers at `to_ns`.

    Columns other than the points stay as they are, rows without numbers too. What moves by itself is smeared as before.

    Returns:
        A sweep in the same frame, its motion compensated to `to_ns` and referring to that time.

    Raises:
        MotionError: the motion is not known to be raw, or points have no times.
        OutsideTrajectoryError, PoseGapError: no pose at `to_ns` or at the time of a point.
    """
    times_ns = _firing_times_ns(sweep)
    points = sweep.points.copy()
    seen = sweep.finite
    points[seen] = kernel("deskew_points")(
        sweep.points[seen], times_ns[seen], trajectory, sweep.ego_from_points, to_ns, sweep.sensor
    )
    points.flags.writeable = False
    return replace(
        sweep, points=points, motion=Motion.COMPENSATED, compensated_to_ns=int(to_ns), reference_ns=int(to_ns)
    )


def can_deskew(sweep: LidarSweep) -> bool:
    """Whether `deskew` has what it needs: points known to be raw, and a time for each."""
    return sweep.motion is Motion.RAW and sweep.times_ns is not None


def ray_origins(sweep: LidarSweep, trajectory: Trajectory) -> FloatArray:
    """Where each ray left the lidar, in the frame of the points.

    One place for all of them unless the motion was taken out: then rays that were fired earlier left from where the
    lidar was then. At 10 m/s a sweep begins a metre away from where it ends.

    Returns:
        (N, 3) metres; the sweep's `ray_origin` throughout where points have no times or nobody knows to which time
        they were brought.

    Raises:
        OutsideTrajectoryError, PoseGapError: no pose at the time of a point.
    """
    origins = np.tile(sweep.ray_origin, (len(sweep), 1))
    to_ns, times_ns = sweep.compensated_to_ns, sweep.times_ns
    if sweep.motion is not Motion.COMPENSATED or to_ns is None or times_ns is None:
        return origins
    seen = sweep.finite
    origins[seen] = kernel("deskew_points")(
        origins[seen], times_ns[seen], trajectory, sweep.ego_from_points, to_ns, sweep.sensor
    )
    return origins


def _firing_times_ns(sweep: LidarSweep) -> IntArray:
    if sweep.motion is Motion.COMPENSATED:
        when = "" if sweep.compensated_to_ns is None else f" to {sweep.compensated_to_ns} ns"
        raise MotionError(f"sweep of {sweep.sensor} is already compensated{when}; deskewing it again would bend it")
    if sweep.motion is not Motion.RAW:
        raise MotionError(
            f"sweep of {sweep.sensor}: nobody declared whether its motion was compensated; "
            "only a sweep that is Motion.RAW can be deskewed"
        )
    if sweep.times_ns is None:
        raise MotionError(f"sweep of {sweep.sensor} has no time per point (times_ns), which deskewing needs")
    return sweep.times_ns
