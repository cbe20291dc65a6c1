"""Deskewing against a wall that stands still while the vehicle drives and turns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.clock import SECOND_NS
from calibration.deskew import can_deskew, deskew, ray_origins
from calibration.errors import OutsideTrajectoryError, PoseGapError
from calibration.sweep import LidarSweep, Motion, MotionError
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, normalise_quaternions, quaternions_from_yaws

START_NS = 1_700_000_000 * SECOND_NS
SWEEP_NS = SECOND_NS // 10
POSE_STEP_NS = SECOND_NS // 1000
FAR_FROM_HOME_M = np.array([431_000.0, 5_410_000.0, 112.0])
EGO_FROM_LIDAR = RigidTransform.from_quaternion(
    "ego", "lidar", normalise_quaternions([[0.82, 0.05, -0.08, 0.56]])[0], [1.2, -0.3, 1.9]
)


def driving_and_turning(speed_mps: float = 18.0, yaw_rate_radps: float = 0.7) -> Trajectory:
    """An arc, recorded every millisecond from half a second before the sweep to half a second after it."""
    times_ns = START_NS + np.arange(-500, 601) * POSE_STEP_NS
    seconds = (times_ns - START_NS) / SECOND_NS
    yaws = 0.3 + yaw_rate_radps * seconds
    radius_m = speed_mps / yaw_rate_radps
    places = np.column_stack([radius_m * np.sin(yaws), -radius_m * np.cos(yaws), 0.1 * seconds])
    return Trajectory.from_poses(times_ns, FAR_FROM_HOME_M + places, quaternions_from_yaws(yaws))


def wall(count: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Points of a wall in the world, and the pose times at which the lidar fires at them, spread over the sweep."""
    rng = np.random.default_rng(11)
    along_m, up_m = rng.uniform(-30, 30, count), rng.uniform(0, 4, count)
    in_world = FAR_FROM_HOME_M + np.column_stack([40 + 0.2 * along_m, along_m, up_m])
    times_ns = START_NS + rng.integers(0, SWEEP_NS // POSE_STEP_NS + 1, count) * POSE_STEP_NS
    return in_world, times_ns


def seen_at(in_world: np.ndarray, trajectory: Trajectory, times_ns: np.ndarray | int) -> np.ndarray:
    """What the lidar measures of the world, one return after another."""
    times_ns = np.broadcast_to(times_ns, len(in_world))
    returns = [
        (trajectory.world_from_ego_at(int(when)) @ EGO_FROM_LIDAR).inverse().apply(place[None])[0]
        for place, when in zip(in_world, times_ns, strict=True)
    ]
    return np.array(returns)


def sweep_of(points: np.ndarray, **changes: Any) -> LidarSweep:
    columns: dict[str, Any] = {
        "sensor": "lidar",
        "points": points,
        "ego_from_points": EGO_FROM_LIDAR,
        "reference_ns": START_NS,
        "motion": Motion.RAW,
    }
    return LidarSweep.from_columns(**{**columns, **changes})


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    return driving_and_turning()


@pytest.fixture(scope="module")
def raw(trajectory: Trajectory) -> LidarSweep:
    in_world, times_ns = wall()
    return sweep_of(seen_at(in_world, trajectory, times_ns), times_ns=times_ns, intensity=np.arange(len(times_ns)))


@pytest.mark.parametrize(
    "after_ns", [0, SWEEP_NS // 2, SWEEP_NS, -3 * SWEEP_NS], ids=["start", "middle", "end", "past"]
)
def test_a_wall_is_where_a_lidar_would_see_it_at_one_instant(
    raw: LidarSweep, trajectory: Trajectory, after_ns: int
) -> None:
    in_world, _ = wall()
    straight = deskew(raw, trajectory, START_NS + after_ns)
    np.testing.assert_allclose(straight.points, seen_at(in_world, trajectory, START_NS + after_ns), atol=1e-5)


def test_the_raw_wall_was_metres_off(raw: LidarSweep, trajectory: Trajectory) -> None:
    in_world, _ = wall()
    assert np.abs(raw.points - seen_at(in_world, trajectory, START_NS)).max() > 2.0


def test_points_given_in_the_ego_frame_are_deskewed_alike(raw: LidarSweep, trajectory: Trajectory) -> None:
    in_ego = LidarSweep.from_columns(
        sensor="lidar",
        points=EGO_FROM_LIDAR.apply(raw.points),
        ego_from_points=RigidTransform.identity("ego", "ego"),
        ray_origin=EGO_FROM_LIDAR.translation,
        reference_ns=START_NS,
        motion=Motion.RAW,
        times_ns=raw.times_ns,
    )
    to_ns = START_NS + SWEEP_NS
    np.testing.assert_allclose(
        deskew(in_ego, trajectory, to_ns).points, deskew(raw, trajectory, to_ns).points_in_ego, atol=2e-5
    )


def test_poses_a_tenth_of_a_second_apart_are_good_to_centimetres(raw: LidarSweep, trajectory: Trajectory) -> None:
    every = slice(None, None, 100)
    sparse = Trajectory.from_poses(
        trajectory.timestamps_ns[every], trajectory.translations_m[every], trajectory.quaternions[every]
    )
    in_world, _ = wall()
    to_ns = START_NS + SWEEP_NS
    off_m = deskew(raw, sparse, to_ns).points - seen_at(in_world, trajectory, to_ns)
    assert 0 < np.abs(off_m).max() < 0.03


def test_times_between_two_poses_turn_half_way() -> None:
    times_ns = START_NS + np.array([0, SWEEP_NS])
    turning = Trajectory.from_poses(times_ns, np.zeros((2, 3)), quaternions_from_yaws(np.array([0.0, math.pi / 2])))
    upright = RigidTransform.identity("ego", "lidar")
    sweep = sweep_of(np.array([[1.0, 0, 0]]), ego_from_points=upright, times_ns=[START_NS + SWEEP_NS // 2])
    np.testing.assert_allclose(deskew(sweep, turning, START_NS).points, [[0.5**0.5, 0.5**0.5, 0.0]], atol=1e-7)


def test_what_was_done_is_written_on_the_sweep(raw: LidarSweep, trajectory: Trajectory) -> None:
    to_ns = START_NS + SWEEP_NS
    straight = deskew(raw, trajectory, to_ns)
    assert straight.motion is Motion.COMPENSATED
    assert (straight.compensated_to_ns, straight.reference_ns, straight.frame) == (to_ns, to_ns, "lidar")
    np.testing.assert_array_equal(straight.times_ns, raw.times_ns)
    np.testing.assert_array_equal(straight.intensity, raw.intensity)
    assert raw.motion is Motion.RAW


def test_a_sweep_is_never_deskewed_twice(raw: LidarSweep, trajectory: Trajectory) -> None:
    once = deskew(raw, trajectory, START_NS)
    assert (can_deskew(raw), can_deskew(once)) == (True, False)
    with pytest.raises(MotionError, match="sweep of lidar is already compensated to 1700000000000000000 ns"):
        deskew(once, trajectory, START_NS)


def test_unknown_motion_and_missing_times_are_refused(raw: LidarSweep, trajectory: Trajectory) -> None:
    with pytest.raises(MotionError, match="nobody declared"):
        deskew(replace(raw, motion=Motion.UNKNOWN), trajectory, START_NS)
    with pytest.raises(MotionError, match="no time per point"):
        deskew(replace(raw, times_ns=None), trajectory, START_NS)


def test_rows_without_numbers_stay_and_their_times_do_not_matter(raw: LidarSweep, trajectory: Trajectory) -> None:
    points, times_ns = raw.points.copy(), np.array(raw.times_ns)
    points[[3, 9]], times_ns[[3, 9]] = [[np.nan] * 3, [np.inf, 0, 0]], 0
    straight = deskew(replace(raw, points=points, times_ns=times_ns), trajectory, START_NS)
    np.testing.assert_array_equal(straight.points[[3, 9]], points[[3, 9]])
    others = np.setdiff1d(np.arange(len(raw)), [3, 9])
    np.testing.assert_array_equal(straight.points[others], deskew(raw, trajectory, START_NS).points[others])


def test_an_empty_sweep_stays_empty(trajectory: Trajectory) -> None:
    empty = sweep_of(np.empty((0, 3)), times_ns=np.empty(0, dtype=np.int64))
    assert len(deskew(empty, trajectory, START_NS)) == 0


def test_firings_without_a_pose_are_refused_by_name(raw: LidarSweep, trajectory: Trajectory) -> None:
    late = replace(raw, times_ns=np.array(raw.times_ns) + SECOND_NS)
    with pytest.raises(OutsideTrajectoryError, match=r"^lidar at "):
        deskew(late, trajectory, START_NS)
    ends = Trajectory.from_poses(trajectory.timestamps_ns[[0, -1]], np.zeros((2, 3)), np.eye(4)[[0, 0]])
    with pytest.raises(PoseGapError, match=r"^lidar at "):
        deskew(raw, ends, START_NS)


def test_each_ray_keeps_its_length_from_where_it_left(raw: LidarSweep, trajectory: Trajectory) -> None:
    still = deskew(raw, trajectory, raw.reference_ns)
    origins = ray_origins(still, trajectory)
    measured = np.linalg.norm(raw.points - raw.ray_origin, axis=1)
    assert np.linalg.norm(still.points - origins, axis=1) == pytest.approx(measured, abs=1e-4)
    assert np.abs(origins - still.ray_origin).max() > 0.5


def test_rays_of_a_raw_sweep_leave_from_one_place(raw: LidarSweep, trajectory: Trajectory) -> None:
    assert (ray_origins(raw, trajectory) == raw.ray_origin).all()
