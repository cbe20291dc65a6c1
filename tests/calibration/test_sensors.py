from __future__ import annotations

import pytest

from calibration.cameras import camera_from_parameters
from calibration.clock import TimestampError
from calibration.errors import FrameMismatchError, LensError
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

LENS = camera_from_parameters("pinhole", 1600, 900, 1266.0, 1266.0, 800.0, 450.0, 0.0, ())


def test_a_camera_holds_its_place_its_lens_and_its_shutter() -> None:
    camera = Sensor(
        "camera_left", SensorKind.CAMERA, RigidTransform.identity("ego", "camera_left"), LENS, readout_ns=20_000_000
    )
    assert camera.camera is LENS
    assert camera.readout_ns == 20_000_000
    assert camera.exposure_ns is None
    assert camera.rows_top_to_bottom


def test_a_camera_without_known_intrinsics_is_a_camera() -> None:
    assert Sensor("front", SensorKind.CAMERA, RigidTransform.identity("ego", "front")).camera is None


@pytest.mark.parametrize(
    "placement",
    [RigidTransform.identity("lidar", "ego"), RigidTransform.identity("ego", "radar")],
    ids=["inverted", "of-another"],
)
def test_a_placement_must_be_ego_from_this_sensor(placement: RigidTransform) -> None:
    with pytest.raises(FrameMismatchError, match=rf"lidar needs 'ego_from_lidar', got '{placement.name}'"):
        Sensor("lidar", SensorKind.LIDAR, placement)


@pytest.mark.parametrize("name", ["ego", "world", ""], ids=["ego", "world", "empty"])
def test_a_sensor_cannot_be_called_like_a_frame(name: str) -> None:
    with pytest.raises(FrameMismatchError, match="can't be called"):
        Sensor(name, SensorKind.LIDAR, RigidTransform.identity("ego", name))


def test_a_lidar_has_no_lens() -> None:
    with pytest.raises(LensError, match="top is a lidar, it can't have a lens"):
        Sensor("top", SensorKind.LIDAR, RigidTransform.identity("ego", "top"), LENS)


@pytest.mark.parametrize("quantity", ["readout_ns", "exposure_ns"])
def test_no_duration_is_negative(quantity: str) -> None:
    with pytest.raises(TimestampError, match=f"front: {quantity} must not be negative, got -1"):
        Sensor("front", SensorKind.CAMERA, RigidTransform.identity("ego", "front"), **{quantity: -1})


def test_kinds_print_as_they_are_written_in_files() -> None:
    assert [str(kind) for kind in SensorKind] == ["lidar", "camera", "radar"]
    assert SensorKind("radar") is SensorKind.RADAR
