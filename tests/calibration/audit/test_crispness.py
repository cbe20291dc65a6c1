from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.crispness import AHEAD, LEFT, OFFSET, SMEAR, UNKNOWNS, YAW, Drive, blur_m, gaps_of
from calibration.audit.surface_patches import Patches
from calibration.clock import SECOND_NS
from calibration.errors import PoseError
from calibration.trajectory import Trajectory
from calibration.transform import quaternions_from_yaws

STEP_NS = SECOND_NS // 100


def winding_drive() -> Trajectory:
    """Speeds up from 5 m/s by 2 m/s every second, and turns faster and faster."""
    seconds = np.arange(0, 4, 0.01)
    yaw = 0.1 * seconds**2
    speed = 5 + 2 * seconds
    forward = np.column_stack([np.cos(yaw), np.sin(yaw), np.zeros(len(yaw))])
    return Trajectory.from_poses(
        np.rint(seconds * SECOND_NS).astype(np.int64),
        np.cumsum(speed[:, None] * forward * 0.01, axis=0),
        quaternions_from_yaws(yaw),
    )


def seen_at(trajectory: Trajectory, time_s: float, places_m: FloatArray, normals: FloatArray) -> Patches:
    """What a sweep of one instant sees of patches in the world."""
    time_ns = round(time_s * SECOND_NS)
    ego_from_world = trajectory.world_from_ego_at(time_ns).inverse()
    stands_ns, fired_s = np.full(len(places_m), time_ns), np.linspace(-0.1, 0.0, len(places_m))
    return Patches(ego_from_world.apply(places_m), ego_from_world.rotate(normals), stands_ns, fired_s)


def world(count: int = 60) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(4)
    angle = random.uniform(0, 2 * np.pi, count)
    places_m = np.column_stack([random.uniform(-15, 35, (count, 2)), random.uniform(0, 2, count)])
    return places_m, np.column_stack([np.cos(angle), np.sin(angle), np.zeros(count)])


def drive() -> Drive:
    trajectory = winding_drive()
    sweeps = tuple(seen_at(trajectory, time_s, *world()) for time_s in (1.0, 2.5))
    return Drive(sweeps, trajectory, np.array([[0, 1]]))


def test_the_same_surfaces_leave_no_gap() -> None:
    (gaps,) = gaps_of([drive()], np.zeros(UNKNOWNS))
    assert len(gaps.gap_m) == gaps.asked == 60
    assert np.abs(gaps.gap_m).max() < 1e-6
    assert blur_m([gaps], 0.4) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("unknown", "small"),
    [(OFFSET, 0.005), (SMEAR, 0.05), (AHEAD, 0.05), (LEFT, 0.05), (YAW, 0.003)],
    ids=["offset", "smear", "ahead", "left", "yaw"],
)
def test_columns_say_how_gaps_grow(unknown: int, small: float) -> None:
    held = drive()
    (still,) = gaps_of([held], np.zeros(UNKNOWNS))
    numbers = np.zeros(UNKNOWNS)
    numbers[unknown] = small
    (moved,) = gaps_of([held], numbers)
    assert len(moved.gap_m) == len(still.gap_m)
    assert np.ptp(moved.gap_m) > 0.002
    assert moved.gap_m == pytest.approx(still.columns[:, unknown] * small, abs=0.1 * np.ptp(moved.gap_m))


def test_a_sweep_held_against_itself_compares_its_beginning_with_its_end() -> None:
    trajectory = winding_drive()
    places_m, normals = world(10)
    twice = seen_at(trajectory, 2.0, np.tile(places_m, (2, 1)), np.tile(normals, (2, 1)))
    twice = Patches(twice.centres_m, twice.normals, twice.stands_ns, np.repeat([-0.1, 0.0], 10))
    (gaps,) = gaps_of([Drive((twice,), trajectory, np.array([[0, 0]]))], np.zeros(UNKNOWNS))
    assert len(gaps.gap_m) == gaps.asked == 10
    assert np.abs(gaps.columns[:, OFFSET]).max() == pytest.approx(0)
    assert np.abs(gaps.columns[:, SMEAR]).max() > 0.3  # 9 m/s for a tenth of a second
    untimed = Patches(twice.centres_m, twice.normals, twice.stands_ns, np.full(20, np.nan))
    (gaps,) = gaps_of([Drive((untimed,), trajectory, np.array([[0, 0]]))], np.zeros(UNKNOWNS))
    assert gaps.asked == 0


def test_blur_counts_what_has_no_counterpart_as_far_apart() -> None:
    trajectory = winding_drive()
    places_m, normals = world()
    apart = seen_at(trajectory, 2.5, places_m + np.array([500.0, 0.0, 0.0]), normals)
    empty = Patches(np.empty((0, 3)), np.empty((0, 3)), np.empty(0, dtype=np.int64), np.empty(0))
    one = seen_at(trajectory, 1.0, places_m, normals)
    for other in (apart, empty):
        found = gaps_of([Drive((one, other), trajectory, np.array([[0, 1]]))], np.zeros(UNKNOWNS))
        assert blur_m(found, 0.4) == pytest.approx(0.4)
    assert np.isnan(blur_m([], 0.4))


def test_no_pose_is_an_error() -> None:
    numbers = np.zeros(UNKNOWNS)
    numbers[OFFSET] = 5.0
    with pytest.raises(PoseError):
        gaps_of([drive()], numbers)
