"""The plain deskewing kernel against the chain written out point by point."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.errors import ShapeError
from calibration.kernels.deskew import deskew_points
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform

RNG = np.random.default_rng(21)


def unit(quaternions: np.ndarray) -> np.ndarray:
    return np.asarray(quaternions / np.linalg.norm(quaternions, axis=-1, keepdims=True))


POSES = 6
TRAJECTORY = Trajectory.from_poses(
    np.arange(POSES) * 50_000_000,
    RNG.normal([4e5, 5e6, 100], 2, (POSES, 3)),
    unit([1, 0, 0, 0] + 0.1 * RNG.normal(size=(POSES, 4))),
)
EGO_FROM_LIDAR = RigidTransform.from_quaternion("ego", "lidar", unit(np.array([0.3, 0.2, -0.5, 0.7])), [1.0, 0.2, 1.8])


def test_points_follow_the_chain_through_the_world() -> None:
    points = RNG.uniform(-80, 80, (300, 3)).astype(np.float32)
    times_ns = RNG.integers(0, 250_000_000, 300)
    to_ns = 120_000_000
    brought = deskew_points(points, times_ns, TRAJECTORY, EGO_FROM_LIDAR, to_ns)
    ego_at_to_from_world = TRAJECTORY.world_from_ego_at(to_ns).inverse()
    for point, time_ns, found in zip(points, times_ns, brought, strict=True):
        chain = (
            EGO_FROM_LIDAR.inverse()
            @ ego_at_to_from_world
            @ TRAJECTORY.world_from_ego_at(int(time_ns))
            @ EGO_FROM_LIDAR
        )
        np.testing.assert_allclose(found, chain.apply(point[None])[0], atol=2e-5)
    assert brought.dtype == np.float32


def test_points_of_that_very_time_stay() -> None:
    points = RNG.uniform(-80, 80, (50, 3)).astype(np.float32)
    brought = deskew_points(points, np.full(50, 70_000_000), TRAJECTORY, EGO_FROM_LIDAR, 70_000_000)
    np.testing.assert_allclose(brought, points, atol=1e-5)


def test_points_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError):
        deskew_points(np.zeros((2, 4)), np.zeros(2, np.int64), TRAJECTORY, EGO_FROM_LIDAR, 0)
