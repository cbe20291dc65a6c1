"""A street of a few frames, small enough to plant every fault in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.cameras.pinhole import Pinhole
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES = 12
PERIOD_NS = 100_000_000
EGO_STEP_M = 0.8
# name, class, x, y, metres a frame along x, size
THINGS = (
    ("parked", "car", 14.0, 6.0, 0.0, (4.5, 1.9, 1.6)),
    ("parked too", "car", 22.0, 6.0, 0.0, (4.4, 1.8, 1.5)),
    ("van", "car", -12.0, -6.0, 0.0, (4.8, 2.0, 2.0)),
    ("ahead", "car", 12.0, 0.0, 1.1, (4.6, 1.9, 1.5)),
    ("oncoming", "car", 30.0, 3.2, -1.0, (4.5, 1.8, 1.5)),
    ("walker", "pedestrian", 9.0, -7.0, 0.1, (0.7, 0.7, 1.8)),
)
CAMERA_AXES = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def street(reference: str = "world", tracks: bool = True, **parts: Any) -> Scene:
    """Frames of six things, each full of points; the vehicle drives along x."""
    stamps = np.arange(FRAMES) * PERIOD_NS + 1_600_000_000_000_000_000
    poses = [np.eye(4) for _ in range(FRAMES)]
    for frame, pose in enumerate(poses):
        pose[0, 3] = EGO_STEP_M * frame
    rows = [(frame, thing) for frame in range(FRAMES) for thing in THINGS]
    centres = np.array([(x + step * frame, y, size[2] / 2) for frame, (_, _, x, y, step, size) in rows])
    world_yaws = [np.pi if thing[4] < 0 else 0.1 for _, thing in rows]
    frames = np.array([frame for frame, _ in rows])
    seen = centres - np.outer(frames * EGO_STEP_M, [1.0, 0.0, 0.0])
    sizes = np.array([thing[5] for _, thing in rows])
    boxes = Boxes3D.upright(
        centres if reference == "world" else seen,
        sizes,
        world_yaws,
        category=[thing[1] for _, thing in rows],
        track=[thing[0] for _, thing in rows] if tracks else None,
        timestamps_ns=stamps[frames],
    )
    camera = Pinhole(320, 240, 200.0, 200.0, 160.0, 120.0)
    rig = SensorRig.of(
        Sensor(
            "camera", SensorKind.CAMERA, RigidTransform("ego", "camera", CAMERA_AXES, np.array([1.5, 0, 1.5])), camera
        )
    )
    arguments: dict[str, Any] = {
        "boxes": boxes,
        "box_frames": frames,
        "timestamps_ns": stamps,
        "points": [points_of(seen[frames == frame], sizes[frames == frame], frame) for frame in range(FRAMES)],
        "images": {"camera": [np.zeros((240, 320, 3), np.uint8)] * FRAMES},
        "rig": rig,
        "poses": poses,
        "reference": reference,
    }
    return scene_from_arrays(**{**arguments, **parts})


def points_of(centres: np.ndarray, sizes: np.ndarray, frame: int) -> np.ndarray:
    """Forty points in each thing and a ground around the vehicle."""
    rng = np.random.default_rng(frame)
    inside = [rng.uniform(-0.45, 0.45, (40, 3)) * size + centre for centre, size in zip(centres, sizes, strict=True)]
    x, y = np.meshgrid(np.arange(-36, 36, 1.2), np.arange(-36, 36, 1.2))
    ground = np.stack([x.ravel(), y.ravel(), rng.normal(0, 0.01, x.size)], axis=1)
    return np.concatenate([*inside, ground]).astype(np.float32)


@pytest.fixture(name="street", params=["world", "ego"], scope="session")
def street_in_both_references(request: pytest.FixtureRequest) -> Scene:
    return street(request.param)


@pytest.fixture
def make_street() -> Callable[..., Scene]:
    return street
