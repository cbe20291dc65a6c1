from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.errors import FileProblemError
from calibration.transform import RigidTransform
from fusion.formats.kitti.oxts import COLUMNS, InertialMotion, inertial_row

LEVEL = RigidTransform.identity("imu", "ego")
MOUNTED = RigidTransform("imu", "ego", np.eye(3), np.array([0.8, -0.3, 0.8]))
METRES_PER_DEGREE = math.pi / 180 * 6_378_137.0


def row(**values: float) -> str:
    """A row of 30 numbers: zero but for those named."""
    return " ".join(repr(float(values.get(name, 0.0))) for name in COLUMNS)


def motion(*rows: str, step_ns: int = 100_000_000) -> InertialMotion:
    stamps = np.arange(len(rows)) * step_ns
    return InertialMotion.from_rows(stamps, [inertial_row(text, "oxts") for text in rows])


def test_a_row_is_read_by_the_places_of_its_columns() -> None:
    text = " ".join(str(place) for place in range(30))
    assert inertial_row(text, "oxts") == [0, 1, 2, 3, 4, 5, 7, 6, 10, 17, 18, 19]


def test_the_world_begins_at_the_first_row_and_has_east_north_up_for_axes() -> None:
    places = motion(row(lat=49, lon=8, alt=100), row(lat=49, lon=8.001, alt=100), row(lat=49.001, lon=8, alt=102))
    east_m = 0.001 * METRES_PER_DEGREE * math.cos(math.radians(49))
    np.testing.assert_allclose(places.translations_m[1], [east_m, 0, 0], atol=1e-6)
    np.testing.assert_allclose(places.translations_m[2], [0, 0.001 * METRES_PER_DEGREE, 2], atol=2e-3)


@pytest.mark.parametrize(
    ("angles", "forward", "left"),
    [
        ({"yaw": math.pi / 2}, (0, 1, 0), (-1, 0, 0)),
        ({"pitch": math.pi / 6}, (math.cos(math.pi / 6), 0, -0.5), (0, 1, 0)),
        ({"roll": math.pi / 6}, (1, 0, 0), (0, math.cos(math.pi / 6), 0.5)),
        ({"yaw": math.pi / 2, "pitch": math.pi / 6}, (0, math.cos(math.pi / 6), -0.5), (-1, 0, 0)),
    ],
    ids=["heading north", "front down", "left side up", "north and front down"],
)
def test_angles_turn_as_dataformat_says(
    angles: dict[str, float], forward: tuple[float, ...], left: tuple[float, ...]
) -> None:
    world_from_ego = motion(row(**angles)).trajectory(LEVEL).world_from_ego_at(0)
    np.testing.assert_allclose(world_from_ego.rotation[:, 0], forward, atol=1e-12)
    np.testing.assert_allclose(world_from_ego.rotation[:, 1], left, atol=1e-12)


def test_ego_is_where_the_lidar_sits_on_the_turned_vehicle() -> None:
    heading_north = motion(row(yaw=math.pi / 2)).trajectory(MOUNTED)
    np.testing.assert_allclose(heading_north.world_from_ego_at(0).translation, [0.3, 0.8, 0.8], atol=1e-12)


def test_a_pose_is_carried_to_the_measurements_before_and_after_it() -> None:
    rows = [row(yaw=math.pi / 2, ve=1, vn=10, vu=0.5, wz=0.2), row(yaw=math.pi / 2, ve=2)]
    trajectory = motion(*rows).reaching([150_000_000, -20_000_000, -10_000_000, 50_000_000]).trajectory(LEVEL)
    assert trajectory.timestamps_ns.tolist() == [-20_000_000, 0, 100_000_000, 150_000_000]
    first, last = trajectory.world_from_ego_at(-20_000_000), trajectory.world_from_ego_at(150_000_000)
    np.testing.assert_allclose(first.translation, [-0.02, -0.2, -0.01], atol=1e-12)
    assert first.yaw_rad == pytest.approx(math.pi / 2 - 0.004)
    np.testing.assert_allclose(last.translation, [0.1, 0, 0], atol=1e-12)


def test_a_pose_is_not_carried_far_nor_where_there_is_one() -> None:
    still = motion(row(), row())
    for times_ns in ([], [0, 100_000_000], [-100_000_001, 200_000_001]):
        assert still.reaching(times_ns).timestamps_ns.tolist() == [0, 100_000_000]


def test_a_stamp_far_off_does_not_keep_a_pose_from_the_near_ones() -> None:
    reaching = motion(row(), row()).reaching([-(10**18), -100_000_000, 10**18])
    assert reaching.trajectory(LEVEL).timestamps_ns.tolist() == [-100_000_000, 0, 100_000_000]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 2 3", "a row of the inertial unit needs 30 numbers, got 3"),
        ("", "a row of the inertial unit needs 30 numbers, got 0"),
        (row().replace("0.0", "nan", 1), r"column 1 \(lat\) must be a finite number, got 'nan'"),
        (row(lat=91), r"column 1 \(lat\) must be within 85 degrees, got 91"),
    ],
    ids=["cut", "empty", "nan", "beyond the pole"],
)
def test_a_broken_row_is_told_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(FileProblemError, match=f"oxts/0001.txt line 7: {reason}"):
        inertial_row(text, "oxts/0001.txt", 7)


def test_states_of_the_receiver_may_be_anything() -> None:
    words = row(lat=49, lon=8).split()
    words[-5:] = ["4", "nan", "-1", "x", "1e99"]
    assert inertial_row(" ".join(words), "oxts")[0] == 49
