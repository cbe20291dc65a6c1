"""Sweeps carried through the world fall together on what stands still."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.accumulate import accumulate
from calibration.clock import SECOND_NS
from calibration.errors import OutsideTrajectoryError
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws

EGO_FROM_LIDAR = RigidTransform.from_quaternion("ego", "lidar", [1, 0, 0, 0], [1.0, 0.0, 2.0])
TIMES_NS = np.arange(0, 21) * (SECOND_NS // 10)
YAWS = np.linspace(0, 1, 21)
TRAJECTORY = Trajectory.from_poses(
    TIMES_NS, np.column_stack([10 * YAWS, 3 * YAWS**2, 0 * YAWS]), quaternions_from_yaws(YAWS)
)
POSTS_IN_WORLD = np.random.default_rng(8).uniform([-20, -20, 0], [20, 20, 3], (40, 3))


def posts_seen(time_ns: int, motion: Motion = Motion.UNKNOWN, **columns: object) -> LidarSweep:
    lidar_from_world = (TRAJECTORY.world_from_ego_at(time_ns) @ EGO_FROM_LIDAR).inverse()
    return LidarSweep.from_columns(
        sensor="lidar",
        points=lidar_from_world.apply(POSTS_IN_WORLD),
        ego_from_points=EGO_FROM_LIDAR,
        motion=motion,
        **{"reference_ns": time_ns, **columns},  # type: ignore[arg-type]
    )


def posts_in_ego(time_ns: int) -> np.ndarray:
    return TRAJECTORY.world_from_ego_at(time_ns).inverse().apply(POSTS_IN_WORLD)


def test_posts_of_all_sweeps_fall_together() -> None:
    reference_ns = int(TIMES_NS[10])
    together = accumulate([posts_seen(int(when)) for when in TIMES_NS], TRAJECTORY, reference_ns)
    assert together.shape == (21 * 40, 3)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, np.tile(posts_in_ego(reference_ns), (21, 1)), atol=1e-5)


def test_a_raw_sweep_is_carried_point_by_point() -> None:
    times_ns = TIMES_NS[np.arange(40) % 21]
    points = np.stack([posts_seen(int(when)).points[row] for row, when in enumerate(times_ns)])
    raw = LidarSweep.from_columns(
        sensor="lidar",
        points=points,
        ego_from_points=EGO_FROM_LIDAR,
        motion=Motion.RAW,
        reference_ns=0,
        times_ns=times_ns,
    )
    np.testing.assert_allclose(accumulate([raw], TRAJECTORY, 0), posts_in_ego(0), atol=1e-5)


def test_a_compensated_sweep_goes_with_the_pose_it_was_compensated_to() -> None:
    seen_ns, stamped_ns = int(TIMES_NS[4]), int(TIMES_NS[5])
    sweep = posts_seen(seen_ns, Motion.COMPENSATED, reference_ns=stamped_ns, compensated_to_ns=seen_ns)
    np.testing.assert_allclose(accumulate([sweep], TRAJECTORY, 0), posts_in_ego(0), atol=1e-5)


def test_the_reference_sweep_itself_needs_no_pose_and_is_left_as_it_is() -> None:
    sweep = posts_seen(0)
    before = Trajectory.from_poses(TIMES_NS[5:], TRAJECTORY.translations_m[5:], TRAJECTORY.quaternions[5:])
    np.testing.assert_array_equal(accumulate([sweep], before, 0), sweep.points_in_ego)


def test_rows_without_numbers_are_kept_in_place() -> None:
    points = np.array([[1.0, 2.0, 3.0], [np.nan, 0.0, 0.0], [np.inf, 0.0, 0.0]])
    sweep = LidarSweep.from_columns(
        sensor="lidar", points=points, ego_from_points=EGO_FROM_LIDAR, reference_ns=0, motion=Motion.UNKNOWN
    )
    together = accumulate([sweep, sweep], TRAJECTORY, int(TIMES_NS[3]))
    assert np.isfinite(together).all(axis=1).tolist() == [True, False, False] * 2


def test_no_sweeps_give_no_points() -> None:
    assert accumulate([], TRAJECTORY, 0).shape == (0, 3)


def test_a_sweep_without_a_pose_is_refused_by_name() -> None:
    sweep = posts_seen(0, reference_ns=-SECOND_NS)
    with pytest.raises(OutsideTrajectoryError, match=r"^lidar at "):
        accumulate([sweep], TRAJECTORY, 0)
