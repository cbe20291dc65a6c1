from __future__ import annotations

from typing import Any

import numpy as np

from calibration.cameras.pinhole import Pinhole
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.measure.camera_view import CameraView
from fusion.measure.unknown_shift import ROAD_SPEED_MPS, unknown_shifts_m
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

FRONT = Sensor("front", SensorKind.CAMERA, RigidTransform.identity("ego", "front"), Pinhole(60, 40, 50, 50, 29.5, 19.5))
CLASSES = ["Car", "Pedestrian", "Bicycle", "TrafficCone", "vehicle.cra"]


def view_after(gap_ns: int, velocities_mps: np.ndarray | None = None, **parts: Any) -> CameraView:
    rows = len(CLASSES)
    boxes = Boxes3D.upright(
        np.zeros((rows, 3)), np.ones((rows, 3)), np.zeros(rows), category=CLASSES, velocities_mps=velocities_mps
    )
    image = CameraImage("front", 10**9 + gap_ns, load=lambda: np.zeros((40, 60, 3), dtype=np.uint8))
    scene = scene_from_arrays(
        boxes=boxes, timestamps_ns=[10**9], images={"front": [image]}, rig=SensorRig({"front": FRONT}), **parts
    )
    view: CameraView = scene.frames[0].cameras["front"]
    return view


def test_what_is_of_unknown_speed_moves_as_its_kind_usually_does() -> None:
    for gap_ns in (100_000_000, -100_000_000):
        np.testing.assert_allclose(unknown_shifts_m(view_after(gap_ns)), [1.5, 0.2, 0.8, 0.0, 0.1 * ROAD_SPEED_MPS])


def test_a_known_speed_leaves_no_doubt() -> None:
    velocities = np.full((len(CLASSES), 3), np.nan)
    velocities[0] = [20, 0, 0]
    np.testing.assert_allclose(unknown_shifts_m(view_after(100_000_000, velocities)), [0, 0.2, 0.8, 0, 1.5])


def test_synthetic_times_tell_of_no_gap() -> None:
    assert not unknown_shifts_m(view_after(100_000_000, time_base="synthetic")).any()
