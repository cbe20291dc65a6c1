"""Points of a moving lidar brought to one time: the plain version."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import Float32Array, FloatArray, IntArray, as_rows
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform


def deskew_points(
    points: ArrayLike,
    times_ns: IntArray,
    trajectory: Trajectory,
    ego_from_points: RigidTransform,
    to_ns: int,
    subject: str = "ego",
) -> Float32Array:
    """Points (N, 3), each seen at its own time, as they would be seen at `to_ns`, in the same moving frame.

        points_from_ego @ ego_from_world_at_to @ world_from_ego_at_point_time @ ego_from_points

    Many returns share a firing, so poses are calculated once per distinct time.

    Args:
        points: (N, 3) finite, metres, in the source frame of `ego_from_points`.
        times_ns: (N,).
        subject: who asks, for the error message.

    Raises:
        OutsideTrajectoryError, PoseGapError: no pose at `to_ns` or at the time of a point.
    """
    rows = as_rows(points, 3, "points")
    points_from_world = ego_from_points.inverse() @ trajectory.world_from_ego_at(to_ns, subject).inverse()
    distinct_ns, firing = np.unique(times_ns, return_inverse=True)
    world_from_ego = trajectory.at(distinct_ns, subject)
    rotations = points_from_world.rotation @ world_from_ego.rotations @ ego_from_points.rotation
    origins_in_world = world_from_ego.apply(np.tile(ego_from_points.translation, (len(distinct_ns), 1)))
    origins = points_from_world.apply(origins_in_world)
    brought: FloatArray = np.einsum("nij,nj->ni", rotations[firing], rows) + origins[firing]
    return brought.astype(np.float32)
