from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.rig import SensorRig
from calibration.sensors import SensorKind
from fusion.formats.argoverse2.layout import LogFolder
from fusion.formats.argoverse2.log_report import LogReport
from fusion.formats.argoverse2.sensors import ray_origin_of, read_rig
from fusion.scene.problems import Problem, ProblemKind

Write = Callable[..., Path]
Log = dict[str, dict[str, Any]]
EXTRINSICS = "calibration/egovehicle_SE3_sensor.feather"
INTRINSICS = "calibration/intrinsics.feather"


@pytest.fixture
def read(write: Write) -> Callable[[Log], tuple[SensorRig, LogReport]]:
    def written_and_read(log: Log) -> tuple[SensorRig, LogReport]:
        report = LogReport("some-log")
        return read_rig(LogFolder(write(log, images=False), "", "some-log"), report), report

    return written_and_read


Read = Callable[[Log], tuple[SensorRig, LogReport]]


def only(report: LogReport) -> Problem:
    (problem,) = report.problems
    return problem


def test_sensors_are_where_the_calibration_puts_them(log: Log, read: Read) -> None:
    rig, report = read(log)
    assert list(report.problems) == []
    assert (rig.cameras, rig.lidars) == (("ring_front_center",), ("up_lidar", "down_lidar"))
    camera = rig.sensor("ring_front_center")
    assert camera.ego_from_sensor.apply([[0, 0, 10]]).tolist() == [[11.5, 0, 1.5]]  # z looks ahead
    assert camera.ego_from_sensor.apply([[1, 0, 0]]).tolist() == [[1.5, -1, 1.5]]  # x to the right
    assert camera.readout_ns == 0
    down = rig.sensor("down_lidar").ego_from_sensor
    assert down.apply([[1, 1, 1]]).tolist() == pytest.approx(np.array([[2.35, -1, 0.54]]))


def test_images_are_undistorted_so_the_lens_is_a_pinhole(log: Log, read: Read) -> None:
    rig, report = read(log)
    camera = rig.sensor("ring_front_center").camera
    assert camera is not None
    assert (camera.kind, camera.width, camera.height) == ("pinhole", 160, 90)
    assert camera.project([[0.5, 0.25, 1]]).pixels.tolist() == [[130, 70]]
    assert "images are undistorted, so k1, k2 and k3 of the lenses are not applied" in report.assumptions


def test_without_distortion_nothing_is_assumed_of_it(log: Log, read: Read) -> None:
    for name in ("k1", "k2", "k3"):
        del log[INTRINSICS][name]
    assert read(log)[1].assumptions == []


def test_rays_start_at_the_upper_lidar(log: Log, read: Read) -> None:
    rig, report = read(log)
    assert ray_origin_of(rig, report).tolist() == [1.35, 0, 1.64]
    assert "those of down_lidar (sensor_index 1), 0.10 m from it" in report.assumptions[-1]


def test_without_the_upper_lidar_rays_start_at_its_usual_place(log: Log, read: Read) -> None:
    del log[EXTRINSICS]
    rig, report = read(log)
    assert rig.sensors == {}
    assert only(report).kind is ProblemKind.MISSING_FILE
    assert only(report).path == EXTRINSICS
    assert ray_origin_of(rig, report).tolist() == [1.35018, 0, 1.64042]
    assert "nothing tells where up_lidar sits" in report.assumptions[-1]


def test_without_intrinsics_cameras_have_a_place_and_no_lens(log: Log, read: Read) -> None:
    del log[INTRINSICS]
    rig, report = read(log)
    assert rig.sensor("ring_front_center").camera is None
    assert (only(report).kind, only(report).path) == (ProblemKind.MISSING_FILE, INTRINSICS)


def test_a_camera_that_one_table_lacks_is_told(log: Log, read: Read) -> None:
    log[INTRINSICS]["sensor_name"] = ["ring_front_left"]
    rig, report = read(log)
    assert rig.cameras == ("ring_front_center",)
    reasons = [(problem.kind, problem.path, problem.reason) for problem in report.problems]
    assert reasons == [
        (ProblemKind.BROKEN_REFERENCE, EXTRINSICS, f"ring_front_center has no usable row in {INTRINSICS}"),
        (ProblemKind.BROKEN_REFERENCE, INTRINSICS, f"ring_front_left has no usable row in {EXTRINSICS}"),
    ]


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("fx_px", np.nan, "has no usable lens: its numbers must be finite"),
        ("fx_px", -100.0, "has no usable lens"),
        ("width_px", 0, "has no usable lens"),
        ("sensor_name", "", "names no sensor (row 0)"),
    ],
)
def test_a_lens_that_is_none_is_told(column: str, value: Any, complaint: str, log: Log, read: Read) -> None:
    log[INTRINSICS][column] = [value]
    rig, report = read(log)
    assert rig.sensor("ring_front_center").camera is None
    problem = next(iter(report.problems))
    assert problem.kind is ProblemKind.MALFORMED_RECORD
    assert complaint in problem.reason


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("qw", 3.0, "can't be placed: "),
        ("tx_m", np.nan, "can't be placed: "),
        ("sensor_name", "ego", "can't be placed: a sensor can't be called 'ego'"),
        ("sensor_name", None, "names no sensor (row 2)"),
        ("sensor_name", "up_lidar", "has several rows, the first is used (up_lidar)"),
    ],
)
def test_a_sensor_that_can_not_be_placed_is_told(column: str, value: Any, complaint: str, log: Log, read: Read) -> None:
    log[EXTRINSICS][column][2] = value
    rig, report = read(log)
    assert rig.lidars == ("up_lidar",)
    assert rig.sensor("up_lidar").kind is SensorKind.LIDAR
    assert complaint in only(report).reason


def test_a_calibration_that_is_no_table_is_told(log: Log, write: Write) -> None:
    root = write(log, images=False)
    (root / EXTRINSICS).write_bytes(b"nothing")
    report = LogReport("some-log")
    assert read_rig(LogFolder(root, "", "some-log"), report).sensors == {}
    assert only(report).kind is ProblemKind.UNREADABLE_FILE
