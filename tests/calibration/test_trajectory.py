from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from calibration.clock import MILLISECOND_NS, SECOND_NS
from calibration.errors import OutsideTrajectoryError, PoseGapError, RotationError, ShapeError
from calibration.trajectory import PoseColumns, Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws

EPOCH_NS = 1_532_402_927_647_951_000
PERIOD_NS = SECOND_NS // 10


def random_trajectory(seed: int = 7, poses: int = 50) -> Trajectory:
    rng = np.random.default_rng(seed)
    times_ns = EPOCH_NS + np.cumsum(rng.integers(1, 2 * PERIOD_NS, poses))
    return Trajectory.from_poses(times_ns, rng.normal(0, 1000, (poses, 3)), unit(rng, poses))


def unit(rng: np.random.Generator, count: int) -> np.ndarray:
    quaternions = rng.normal(size=(count, 4))
    return np.asarray(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True))


def driving(
    speed_mps: float = 10.0, yaw_rate_radps: float = 0.0, acceleration_mps2: float = 0.0, poses: int = 21
) -> Trajectory:
    """Ten poses a second along x, turning evenly on the spot meanwhile."""
    seconds = np.arange(poses) / 10
    travelled_m = speed_mps * seconds + acceleration_mps2 * seconds**2 / 2
    return Trajectory.from_poses(
        np.arange(poses) * PERIOD_NS,
        np.stack([travelled_m, 0 * seconds, 0 * seconds], axis=1),
        quaternions_from_yaws(yaw_rate_radps * seconds),
    )


def with_gap() -> Trajectory:
    """Poses every 100 ms for a second, none for 700 ms, then two more."""
    times_ms = np.array([*range(0, 1001, 100), 1700, 1800])
    return Trajectory.from_poses(
        times_ms * MILLISECOND_NS, np.zeros((len(times_ms), 3)), np.tile([1.0, 0, 0, 0], (len(times_ms), 1))
    )


class TestPoses:
    def test_recorded_poses_come_back_bit_for_bit(self, rng: np.random.Generator) -> None:
        times_ns = EPOCH_NS + np.cumsum(rng.integers(1, 2 * PERIOD_NS, 200))
        positions_m, quaternions = rng.normal(0, 1e6, (200, 3)), unit(rng, 200) * rng.uniform(0.97, 1.03, (200, 1))
        trajectory = Trajectory.from_poses(times_ns, positions_m, quaternions)
        poses = trajectory.at(times_ns)
        for row in range(200):
            recorded = RigidTransform.from_quaternion("world", "ego", quaternions[row], positions_m[row])
            asked = trajectory.world_from_ego_at(int(times_ns[row]))
            np.testing.assert_array_equal(asked.matrix, recorded.matrix)
            np.testing.assert_array_equal(poses.transform(row).matrix, recorded.matrix)
        assert (asked.target, asked.source) == ("world", "ego")

    def test_a_nanosecond_beside_a_recorded_pose_is_interpolated(self) -> None:
        trajectory = driving(speed_mps=1000.0)
        assert trajectory.world_from_ego_at(PERIOD_NS + 1).translation[0] == pytest.approx(100 + 1e-6, abs=1e-12)

    def test_half_way_is_half_the_distance_and_half_the_turn(self) -> None:
        trajectory = Trajectory.from_poses(
            [EPOCH_NS, EPOCH_NS + PERIOD_NS], [[0, 0, 0], [2, 4, -6]], quaternions_from_yaws([0, 0.2])
        )
        half_way = trajectory.world_from_ego_at(EPOCH_NS + PERIOD_NS // 2)
        np.testing.assert_allclose(half_way.translation, [1, 2, -3], atol=1e-15)
        assert half_way.yaw_rad == pytest.approx(0.1, abs=1e-15)

    def test_agrees_with_scipy_between_poses(self, rng: np.random.Generator) -> None:
        trajectory = random_trajectory()
        first_ns, last_ns = trajectory.timestamps_ns[[0, -1]]
        times_ns = rng.integers(first_ns, last_ns, 500, endpoint=True)
        poses = trajectory.at(times_ns)
        # scipy takes floats, so its clock starts at the first pose
        recorded_s, asked_s = (trajectory.timestamps_ns - first_ns) / SECOND_NS, (times_ns - first_ns) / SECOND_NS
        slerp = Slerp(recorded_s, Rotation.from_quat(trajectory.quaternions, scalar_first=True))
        np.testing.assert_allclose(poses.rotations, slerp(asked_s).as_matrix(), atol=1e-9)
        for axis in range(3):
            expected = np.interp(asked_s, recorded_s, trajectory.translations_m[:, axis])
            np.testing.assert_allclose(poses.translations_m[:, axis], expected, atol=1e-5)

    def test_one_and_many_agree_in_any_order(self, rng: np.random.Generator) -> None:
        trajectory = random_trajectory()
        times_ns = rng.integers(*trajectory.timestamps_ns[[0, -1]], 50)
        poses = trajectory.at(times_ns)
        for row, time_ns in enumerate(times_ns):
            np.testing.assert_array_equal(poses.transform(row).matrix, trajectory.world_from_ego_at(time_ns).matrix)

    def test_asking_for_no_time_gives_no_pose(self) -> None:
        assert len(driving().at(np.empty(0, dtype=np.int64))) == 0
        assert driving().at([]).rotations.shape == (0, 3, 3)

    def test_a_single_pose_answers_for_its_time_alone(self) -> None:
        trajectory = Trajectory.from_poses([EPOCH_NS], [[1, 2, 3]], [[1, 0, 0, 0]])
        np.testing.assert_array_equal(trajectory.world_from_ego_at(EPOCH_NS).translation, [1, 2, 3])
        assert trajectory.covers([EPOCH_NS - 1, EPOCH_NS, EPOCH_NS + 1]).tolist() == [False, True, False]

    @given(st.lists(st.integers(-3 * SECOND_NS, 5 * SECOND_NS), max_size=20))
    def test_covers_says_exactly_when_at_answers(self, times_ns: list[int]) -> None:
        trajectory = with_gap()
        for time_ns, covered in zip(times_ns, trajectory.covers(times_ns), strict=True):
            if covered:
                trajectory.world_from_ego_at(time_ns)
            else:
                with pytest.raises((OutsideTrajectoryError, PoseGapError)):
                    trajectory.world_from_ego_at(time_ns)


class TestWhereThereIsNoPose:
    @pytest.mark.parametrize(
        ("time_ms", "message"),
        [
            (-112, "camera_left at -0.112 s is 112 ms before the first pose; poses are never extrapolated"),
            (2050, "camera_left at 2.05 s is 50 ms after the last pose; poses are never extrapolated"),
        ],
        ids=["before", "after"],
    )
    def test_it_never_extrapolates(self, time_ms: int, message: str) -> None:
        with pytest.raises(OutsideTrajectoryError, match=message):
            driving().world_from_ego_at(time_ms * MILLISECOND_NS, "camera_left")

    def test_one_nanosecond_outside_is_outside(self) -> None:
        with pytest.raises(OutsideTrajectoryError, match="is 1 ns after the last pose"):
            driving().world_from_ego_at(2 * SECOND_NS + 1)

    def test_a_gap_is_not_bridged_and_says_what_to_do(self) -> None:
        with pytest.raises(PoseGapError) as refusal:
            with_gap().world_from_ego_at(1112 * MILLISECOND_NS, "camera_left")
        assert str(refusal.value) == (
            "camera_left at 1.112 s lies between poses 700 ms apart, only 600 ms are bridged (nearest 112 ms); "
            "raise max_gap_ns or check its clock"
        )

    def test_many_times_name_the_first_that_has_none(self) -> None:
        with pytest.raises(PoseGapError, match=r"lidar at 1\.2 s"):
            with_gap().at(np.array([0, 1200, -50]) * MILLISECOND_NS, "lidar")

    def test_the_edges_of_a_gap_are_recorded_and_stand(self) -> None:
        assert with_gap().covers(np.array([1000, 1001, 1699, 1700]) * MILLISECOND_NS).tolist() == [
            True,
            False,
            False,
            True,
        ]

    def test_a_gap_exactly_as_long_as_allowed_is_bridged(self) -> None:
        poses = ([0, 600 * MILLISECOND_NS], np.zeros((2, 3)), np.tile([1.0, 0, 0, 0], (2, 1)))
        assert Trajectory.from_poses(*poses, max_gap_ns=600 * MILLISECOND_NS).covers([1]).all()
        assert not Trajectory.from_poses(*poses, max_gap_ns=600 * MILLISECOND_NS - 1).covers([1]).any()

    def test_gaps_are_reported_with_start_and_end(self) -> None:
        assert with_gap().gaps().tolist() == [[1000 * MILLISECOND_NS, 1700 * MILLISECOND_NS]]
        assert driving().gaps().shape == (0, 2)


class TestMaking:
    def test_sorts_and_merges_what_was_given_twice(self) -> None:
        trajectory = Trajectory.from_poses(
            [300, 100, 200, 100], [[3, 0, 0], [1, 0, 0], [2, 0, 0], [1, 0, 0]], quaternions_from_yaws([3, 1, 2, 1])
        )
        assert trajectory.timestamps_ns.tolist() == [100, 200, 300]
        assert trajectory.translations_m[:, 0].tolist() == [1, 2, 3]
        assert len(trajectory.contradicted_ns) == 0

    def test_the_same_rotation_with_the_other_sign_is_no_contradiction(self) -> None:
        trajectory = Trajectory.from_poses([5, 5], np.zeros((2, 3)), [[0.6, 0.8, 0, 0], [-0.6, -0.8, 0, 0]])
        assert len(trajectory) == 1
        assert len(trajectory.contradicted_ns) == 0

    def test_two_poses_for_one_time_keep_the_first_and_are_told(self) -> None:
        moved = Trajectory.from_poses([7, 5, 7], [[1, 0, 0], [0, 0, 0], [2, 0, 0]], [[1, 0, 0, 0]] * 3)
        assert moved.contradicted_ns.tolist() == [7]
        assert moved.translations_m[1, 0] == 1
        turned = Trajectory.from_poses([5, 5], np.zeros((2, 3)), quaternions_from_yaws([0, 1e-4]))
        assert turned.contradicted_ns.tolist() == [5]

    @pytest.mark.parametrize(
        ("times_ns", "positions_m", "quaternions", "error", "message"),
        [
            ([], np.empty((0, 3)), np.empty((0, 4)), ShapeError, "at least one pose"),
            ([1, 2], np.zeros((3, 3)), np.eye(4)[:2], ShapeError, "translations_m must have one row for each of 2"),
            ([1, 2], np.zeros((2, 3)), np.eye(4)[:3], ShapeError, "quaternions must have one row for each of 2"),
            ([1, 2], [[0, 0, 0], [0, np.nan, 0]], np.eye(4)[:2], ShapeError, "row 1 is not"),
            ([1, 2], np.zeros((2, 3)), [[1, 0, 0, 0], [0, 0, 0, 0]], RotationError, "quaternion 1"),
            ([0.0, 0.1], np.zeros((2, 3)), np.eye(4)[:2], ShapeError, "integer nanoseconds, got float64"),
            ([[1, 2]], np.zeros((2, 3)), np.eye(4)[:2], ShapeError, r"must be \(N,\)"),
        ],
        ids=["empty", "positions", "rotations", "nan", "zero-quaternion", "float-seconds", "two-dimensional"],
    )
    def test_refuses_what_is_no_column_of_poses(
        self, times_ns: object, positions_m: object, quaternions: object, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            Trajectory.from_poses(times_ns, positions_m, quaternions)

    def test_unsorted_columns_need_from_poses(self) -> None:
        with pytest.raises(ShapeError, match="from_poses"):
            Trajectory(np.array([2, 1]), np.zeros((2, 3)), np.eye(4)[:2])

    def test_arrays_are_neither_shared_nor_changed(self) -> None:
        times_ns, positions_m, quaternions = np.array([0, 1]), np.zeros((2, 3)), np.array([[1.01, 0, 0, 0]] * 2)
        trajectory = Trajectory.from_poses(times_ns, positions_m, quaternions)
        positions_m[0] = 9
        assert quaternions[0, 0] == 1.01
        assert trajectory.translations_m[0, 0] == 0
        with pytest.raises(ValueError, match="read-only"):
            trajectory.timestamps_ns[0] = 5
        trajectory.at([0]).translations_m[0] = 7
        assert trajectory.translations_m[0, 0] == 0


class TestRates:
    @pytest.mark.parametrize("time_ms", [0, 3, 500, 1234, 2000], ids=str)
    def test_an_even_drive_has_an_even_velocity(self, time_ms: int) -> None:
        trajectory = driving(speed_mps=12.0, yaw_rate_radps=-0.4)
        times_ns = [time_ms * MILLISECOND_NS]
        np.testing.assert_allclose(trajectory.velocities_mps(times_ns), [[12, 0, 0]], atol=1e-9)
        np.testing.assert_allclose(trajectory.yaw_rates_radps(times_ns), [-0.4], atol=1e-9)

    def test_the_velocity_of_a_braking_car_is_that_of_the_moment(self) -> None:
        trajectory = driving(speed_mps=20.0, acceleration_mps2=-5.0)
        seconds = np.array([0.3, 0.35, 0.77, 1.5])
        velocities = trajectory.velocities_mps((seconds * SECOND_NS).astype(np.int64))
        np.testing.assert_allclose(velocities[:, 0], 20 - 5 * seconds, atol=1e-6)

    def test_jitter_of_poses_microseconds_apart_is_not_magnified(self) -> None:
        times_ns = np.sort(
            np.concatenate([np.arange(0, SECOND_NS, PERIOD_NS), np.arange(0, SECOND_NS, PERIOD_NS) + 1000])
        )
        positions_m = np.zeros((len(times_ns), 3))
        positions_m[:, 0] = 10 * times_ns / SECOND_NS
        positions_m[1::2, 1] = 0.001
        trajectory = Trajectory.from_poses(times_ns, positions_m, np.tile([1.0, 0, 0, 0], (len(times_ns), 1)))
        assert np.abs(trajectory.velocities_mps(times_ns[4:-4])[:, 1]).max() < 0.02

    def test_turning_through_the_seam_behind_is_no_jump(self) -> None:
        trajectory = Trajectory.from_poses([0, PERIOD_NS], np.zeros((2, 3)), quaternions_from_yaws([3.1, -3.1]))
        expected = (2 * np.pi - 6.2) * 10
        np.testing.assert_allclose(trajectory.yaw_rates_radps([PERIOD_NS // 2]), [expected], atol=1e-9)

    def test_a_single_pose_cannot_tell(self) -> None:
        trajectory = Trajectory.from_poses([5], [[0, 0, 0]], [[1, 0, 0, 0]])
        assert np.isnan(trajectory.velocities_mps([5])).all()
        assert np.isnan(trajectory.yaw_rates_radps([5])).all()

    def test_there_is_no_rate_where_there_is_no_pose(self) -> None:
        with pytest.raises(OutsideTrajectoryError):
            driving().velocities_mps([-1])
        with pytest.raises(PoseGapError):
            with_gap().yaw_rates_radps([1200 * MILLISECOND_NS])


class TestPoseColumns:
    def test_moves_point_i_by_pose_i_and_back(self, rng: np.random.Generator) -> None:
        poses = random_trajectory().at(random_trajectory().timestamps_ns)
        points = rng.normal(0, 10, (len(poses), 3))
        moved = poses.apply(points)
        expected = [poses.transform(row).apply(point[None])[0] for row, point in enumerate(points)]
        np.testing.assert_allclose(moved, expected, atol=1e-11)
        np.testing.assert_allclose(poses.apply_inverse(moved), points, atol=1e-11)

    def test_refuses_another_number_of_points(self) -> None:
        poses = PoseColumns(np.zeros((2, 3)), np.tile(np.eye(3), (2, 1, 1)))
        with pytest.raises(ShapeError, match="one row for each of the 2 poses, got 3"):
            poses.apply(np.zeros((3, 3)))

    def test_a_row_is_a_transform_between_the_frames_named(self) -> None:
        poses = PoseColumns(np.ones((1, 3)), np.eye(3)[None])
        assert poses.transform(0).name == "world_from_ego"
        assert poses.transform(0, "world", "car_17").name == "world_from_car_17"
