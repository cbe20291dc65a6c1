from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.deskew import deskew
from calibration.errors import FileProblemError
from calibration.sweep import LidarSweep, Motion, MotionError
from calibration.trajectory import Trajectory
from fusion.formats.argoverse2.layout import LogFolder, list_stamped
from fusion.formats.argoverse2.streams import camera_stream, lidar_stream

Write = Callable[..., Path]
Log = dict[str, dict[str, Any]]
Load = Callable[[Log], LidarSweep]
UP = np.array([1.35, 0, 1.64])


@pytest.fixture
def load(write: Write) -> Load:
    """Writes a log and reads its first sweep."""

    def first_sweep(log: Log) -> LidarSweep:
        root = write(log, images=False)
        files = list_stamped(LogFolder(root, "", "some-log"), "sensors/lidar", (".feather",))
        return lidar_stream(root, files, UP, None).load(0)

    return first_sweep


@pytest.fixture
def first(log: Log) -> dict[str, Any]:
    """Columns of the first sweep."""
    return log["sensors/lidar/315966253660357000.feather"]


def test_a_sweep_is_compensated_to_its_stamp_and_in_ego(log: Log, load: Load, start_ns: int) -> None:
    sweep = load(log)
    assert (sweep.sensor, sweep.frame) == ("lidar", "ego")
    assert (sweep.motion, sweep.compensated_to_ns, sweep.reference_ns) == (Motion.COMPENSATED, start_ns, start_ns)
    assert sweep.points.tolist() == [[9, -2, 1], [11, -2, 1], [20, -2, 1], [7, -1, 0.25]]
    assert sweep.points_in_ego is sweep.points
    assert sweep.ray_origin_in_ego.tolist() == UP.tolist()


def test_points_keep_their_own_times(log: Log, load: Load, start_ns: int) -> None:
    sweep = load(log)
    assert sweep.times_ns is not None
    assert (sweep.times_ns - start_ns).tolist() == [2_654_000, 3_654_000, 4_654_000, 5_654_000]
    assert (sweep.start_ns, sweep.end_ns) == (start_ns + 2_654_000, start_ns + 5_654_000)


def test_lasers_tell_the_two_lidars_apart(log: Log, load: Load) -> None:
    sweep = load(log)
    assert sweep.ring is not None
    assert sweep.sensor_index is not None
    assert sweep.ring.tolist() == [0, 31, 32, 63]
    assert sweep.sensor_index.tolist() == [0, 0, 1, 1]
    assert sweep.intensity is not None
    assert sweep.intensity.tolist() == [10, 11, 12, 13]


def test_lasers_beyond_those_of_the_two_lidars_tell_no_lidar(log: Log, load: Load, first: dict[str, Any]) -> None:
    first["laser_number"] = np.array([0, 31, 32, 64], np.uint8)
    sweep = load(log)
    assert sweep.ring is not None
    assert sweep.ring.tolist() == [0, 31, 32, 64]
    assert sweep.sensor_index is None


def test_halves_become_float32_before_anything_else(log: Log, load: Load, first: dict[str, Any]) -> None:
    first["x"] = np.array([60000, 60000, 0.1, -0.0], np.float16)
    points = load(log).points
    assert points.dtype == np.float32
    assert points[:2, 0].sum() == 120_000
    assert points[2, 0] == np.float32(np.float16(0.1))


def test_a_point_beyond_all_float32_is_infinitely_far(log: Log, load: Load, first: dict[str, Any]) -> None:
    first["x"] = np.array([1e300, 1, 2, 3])
    assert load(log).finite.tolist() == [False, True, True, True]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_wider_points_are_read_too(dtype: type[np.floating[Any]], log: Log, load: Load, first: dict[str, Any]) -> None:
    first["x"] = np.array([9.3, 1, 2, 3], dtype)
    assert load(log).points[0, 0] == np.float32(9.3)


def test_points_without_a_place_stay_rows(log: Log, load: Load, first: dict[str, Any]) -> None:
    first["y"] = np.array([-2, np.nan, np.inf, -1], np.float16)
    sweep = load(log)
    assert len(sweep) == 4
    assert sweep.finite.tolist() == [True, False, False, True]


def test_a_sweep_is_not_deskewed_a_second_time(log: Log, load: Load, start_ns: int) -> None:
    poses = Trajectory.from_poses([start_ns], [[0, 0, 0]], [[1, 0, 0, 0]])
    with pytest.raises(MotionError, match="is already compensated"):
        deskew(load(log), poses, start_ns)


def test_columns_besides_the_place_may_be_absent(log: Log, load: Load, first: dict[str, Any]) -> None:
    for name in ("intensity", "laser_number", "offset_ns"):
        del first[name]
    sweep = load(log)
    assert len(sweep) == 4
    assert (sweep.intensity, sweep.ring, sweep.times_ns, sweep.sensor_index) == (None, None, None, None)
    assert (sweep.start_ns, sweep.end_ns) == (None, None)


def test_a_sweep_without_points_is_empty(log: Log, load: Load, first: dict[str, Any]) -> None:
    for name in first:
        first[name] = first[name][:0]
    sweep = load(log)
    assert len(sweep) == 0
    assert sweep.start_ns is None


@pytest.mark.parametrize(
    ("column", "values", "complaint"),
    [
        ("z", None, "has no column 'z'; it has x, y, intensity"),
        ("x", ["1", "2", "3", "4"], "column 'x' must hold numbers, is string"),
        ("offset_ns", [0.5, 1, 2, 3], "column 'offset_ns' must hold whole numbers, is double"),
        ("offset_ns", [0, 1, 2, 2**40], "column 'offset_ns' does not fit int32"),
        ("offset_ns", [0, None, 2, None], r"has 2 points without a time \(offset_ns\)"),
    ],
    ids=["no z", "text", "half a nanosecond", "a minute late", "no time"],
)
def test_a_sweep_that_can_not_be_used_is_refused(
    column: str, values: Any, complaint: str, log: Log, load: Load, first: dict[str, Any]
) -> None:
    del first[column]
    if values is not None:
        first[column] = values
    with pytest.raises(FileProblemError, match=f"sensors/lidar/315966253660357000.feather: {complaint}"):
        load(log)


def test_an_image_says_when_it_was_taken_and_is_decoded_when_asked_for(log: Log, write: Write, start_ns: int) -> None:
    root = write(log)
    folder = "sensors/cameras/ring_front_center"
    files = list_stamped(LogFolder(root, "", "some-log"), folder, (".jpg",))
    stream = camera_stream(root, "ring_front_center", files, None)
    assert len(stream) == 5
    image = stream.load(0)
    assert (image.timestamp_ns, image.readout_ns) == (start_ns - 10_000_000, 0)
    assert (image.width, image.height) == (160, 90)
    assert image.pixels().shape == (90, 160, 3)
    (root / folder / f"{start_ns - 10_000_000}.jpg").unlink()
    with pytest.raises(FileProblemError, match="no such file"):
        stream.load(0).pixels()
