"""A street in memory for pictures: two cameras that look ahead, a cloud on flat ground, three objects, ten frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.cameras.fisheye import Fisheye
from calibration.cameras.model import CameraModel
from calibration.cameras.pinhole import Pinhole
from calibration.errors import ImageFileError
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.finding import Finding
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

PINHOLE = Pinhole(320, 240, 250.0, 250.0, 159.5, 119.5)
FISHEYE = Fisheye(400, 300, 120.0, 120.0, 199.5, 149.5, distortion=(0.02, -0.01, 0.0, 0.0))
CAMERA_FROM_EGO_AXES = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
CAMERA_PLACE_M = np.array([1.5, 0.0, 1.6])
PERIOD_NS = 500_000_000


def looking_ahead(name: str, lens: CameraModel | None) -> Sensor:
    ego_from_camera = RigidTransform.from_rotation("ego", name, CAMERA_FROM_EGO_AXES.T, CAMERA_PLACE_M)
    return Sensor(name, SensorKind.CAMERA, ego_from_camera, camera=lens)


def street_rig(**lenses: CameraModel | None) -> SensorRig:
    return SensorRig.of(*(looking_ahead(name, lens) for name, lens in (lenses or {"front": PINHOLE}).items()))


def lost_image(camera: str) -> CameraImage:
    def load() -> Any:
        raise ImageFileError(f"{camera}/000.jpg", "no such file")

    return CameraImage(camera, 0, load=load, path=f"{camera}/000.jpg")


def grey_image(lens: CameraModel, level: int = 60) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.full((lens.height, lens.width, 3), level, dtype=np.uint8)


def street_boxes(**columns: Any) -> Boxes3D:
    """A car ahead, a pedestrian to the right, and a truck behind the cameras."""
    named = {
        "category": ["vehicle.car", "human.pedestrian.adult", "vehicle.truck"],
        "track": ["17", "3", "9"],
        **columns,
    }
    centres = [[15.0, 2.0, 0.8], [12.0, -3.0, 0.9], [-20.0, 0.0, 1.5]]
    return Boxes3D.upright(centres, [[4.5, 1.9, 1.6], [0.6, 0.6, 1.8], [9.0, 2.5, 3.0]], [0.2, 0.0, 0.0], **named)


def street_points(seed: int = 5) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Flat ground at z = 0, and some points in the car."""
    random = np.random.default_rng(seed)
    ground = np.c_[random.uniform(-30, 30, (4000, 2)), np.zeros(4000)]
    car = np.array([15.0, 2.0, 0.8]) + random.uniform(-0.7, 0.7, (60, 3))
    return np.concatenate([ground, car]).astype(np.float32)


def street(rig: SensorRig | None = None, images: dict[str, Any] | None = None, **parts: Any) -> Scene:
    """One frame."""
    rig = rig or street_rig()
    if images is None:
        images = {name: grey_image(rig.sensor(name).camera or PINHOLE) for name in rig.cameras}
    boxes = parts.pop("boxes", street_boxes())
    points = parts.pop("points", street_points())
    builder = SceneBuilder(rig=rig, period_ns=PERIOD_NS).frame(points, boxes, images, world_from_ego=np.eye(4))
    return builder.build(**parts)


def drive(frames: int = 8, jump_at: int | None = 4, missing: int | None = None, standing: bool = False) -> Scene:
    """A car that drives along with ego, or stands; thrown aside in one frame, without a box in another."""
    rig = street_rig()
    builder = SceneBuilder(rig=rig, period_ns=PERIOD_NS)
    for index in range(frames):
        ego = np.eye(4)
        ego[0, 3] = 2.0 * index
        boxes = street_boxes()
        centres = boxes.centres_m.copy()
        centres[0, 1] += 3.0 if index == jump_at else 0.0
        centres[0, 0] -= 2.0 * index if standing else 0.0
        kept = [1, 2] if index == missing else [0, 1, 2]
        boxes = Boxes3D.upright(
            centres, boxes.sizes_m, boxes.yaws_rad, category=boxes.category, track=boxes.track
        ).take(kept)
        builder.frame(street_points(), boxes, {"front": grey_image(PINHOLE)}, world_from_ego=ego)
    return builder.build(name="drive")


def finding(scene: Scene, row: int | None = None, /, **values: Any) -> Finding:
    """A finding about a row of the scene's labels, or about what `values` say."""
    about: dict[str, Any] = {}
    if row is not None:
        boxes, frame = scene.labels.boxes, int(scene.labels.frame_index[row])
        key = scene.frame_table.keys[frame]
        label, track = str(boxes.label_ids[row]), boxes.track[row] or None
        about = {
            "frame": key,
            "timestamp_ns": int(boxes.timestamps_ns[row]),
            "label": label,
            "track": track,
            "category": boxes.category[row] or None,
            "labels": ({"label": label, "track": track, "scene": scene.name, "frame": key, "set": "labels"},),
        }
    plain: dict[str, Any] = {
        "id": "0f3a2b1c0f3a2b1c",
        "code": "BOX304",
        "name": "floating-box",
        "severity": "error",
        "score": 0.9,
        "subject": "box",
        "scene": scene.name,
        "frame": None,
        "timestamp_ns": None,
        "sensor": None,
        "label": None,
        "track": None,
        "category": None,
        "message": "bottom face is +0.50 m from the ground",
        "measured": 0.5,
        "limit": 0.3,
        "unit": "m",
        "evidence": {"ground_m": 0.0, "ground_points": 40},
        "evidence_hash": "0",
    }
    return Finding(**{**plain, **about, **values})


@pytest.fixture
def make_finding() -> Callable[..., Finding]:
    return finding


@pytest.fixture
def make_street() -> Callable[..., Scene]:
    return street


@pytest.fixture
def make_drive() -> Callable[..., Scene]:
    return drive


@pytest.fixture
def make_rig() -> Callable[..., SensorRig]:
    return street_rig


@pytest.fixture
def make_lost_image() -> Callable[[str], CameraImage]:
    return lost_image


@pytest.fixture
def pinhole() -> Pinhole:
    return PINHOLE


@pytest.fixture
def fisheye() -> Fisheye:
    return FISHEYE
