"""Several sweeps seen from one place and time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from calibration.arrays import Float32Array
from calibration.deskew import can_deskew, deskew
from calibration.sweep import LidarSweep
from calibration.trajectory import Trajectory


def accumulate(sweeps: Iterable[LidarSweep], trajectory: Trajectory, reference_ns: int) -> Float32Array:
    """Points of all sweeps in the ego frame at one time, carried through the world.

    A raw sweep whose points have times is carried point by point. Any other goes as a whole, with the pose of the time
    it was compensated to or, where that is unknown, of its reference time.

    Returns:
        (N, 3) float32 metres, the sweeps one after another and all their rows, those without numbers too. What stands
        still falls together, what moves by itself leaves a trail.

    Raises:
        OutsideTrajectoryError, PoseGapError: no pose at `reference_ns`, or at the time of a sweep or point.
    """
    carried = [_carried(sweep, trajectory, reference_ns) for sweep in sweeps]
    return np.concatenate([np.empty((0, 3), dtype=np.float32), *carried])


def _carried(sweep: LidarSweep, trajectory: Trajectory, reference_ns: int) -> Float32Array:
    if can_deskew(sweep):
        return deskew(sweep, trajectory, reference_ns).points_in_ego
    seen_ns = sweep.reference_ns if sweep.compensated_to_ns is None else sweep.compensated_to_ns
    if seen_ns == reference_ns:
        return sweep.points_in_ego
    world_from_ego_at_reference = trajectory.world_from_ego_at(reference_ns, sweep.sensor)
    world_from_ego_at_sweep = trajectory.world_from_ego_at(seen_ns, sweep.sensor)
    reference_from_points = world_from_ego_at_reference.inverse() @ world_from_ego_at_sweep @ sweep.ego_from_points
    with np.errstate(invalid="ignore", over="ignore"):  # rows without a place
        return reference_from_points.apply(sweep.points).astype(np.float32)
