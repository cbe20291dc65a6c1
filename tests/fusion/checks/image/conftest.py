"""Frames of a camera that looks ahead: three cars before a wall, with returns on both and 2D boxes of the cars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from calibration.cameras.pinhole import Pinhole
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.assessment import Assessment
from fusion.checks.check import Check
from fusion.checks.finding import Finding, findings_of
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

WIDTH, HEIGHT = 1242, 375
AHEAD = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
LENS = Pinhole(WIDTH, HEIGHT, 720.0, 720.0, 620.5, 187.0)
PICTURE = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
FRAMES = 10
CARS_M = np.array([[14.0, 4.0, 0.8], [18.0, 0.0, 0.8], [16.0, -5.0, 0.8]])
SIZE_M = np.array([4.5, 1.9, 1.6])
WALL_M = 60.0


def camera(name: str, y_m: float = 0.0) -> Sensor:
    return Sensor(name, SensorKind.CAMERA, RigidTransform("ego", name, AHEAD, np.array([0, y_m, 1.5])), LENS)


def grid(x_m: float, y_m: tuple[float, float], z_m: tuple[float, float], step_m: float) -> np.ndarray:
    """Returns on an upright plane that faces the camera."""
    y, z = np.meshgrid(np.arange(*y_m, step_m), np.arange(*z_m, step_m))
    return np.stack([np.full(y.size, x_m), y.ravel(), z.ravel()], axis=1)


def returns(screen_m: float | None = None, hidden: int | None = None) -> np.ndarray:
    """Of the cars' backs, the road and the wall behind; a screen stands before one car at some distance."""
    parts = [grid(WALL_M, (-60, 60), (0, 20), 0.5)]
    road_x, road_y = np.meshgrid(np.arange(4, 58, 1.0), np.arange(-15, 15, 1.0))
    parts.append(np.stack([road_x.ravel(), road_y.ravel(), np.zeros(road_x.size)], axis=1))
    for car, (x, y, z) in enumerate(CARS_M):
        parts.append(grid(x - SIZE_M[0] / 2 + 0.05, (y - 0.9, y + 0.9), (z - 0.7, z + 0.75), 0.08))
        if car == hidden and screen_m is not None:
            parts.append(grid(screen_m, (y * screen_m / x - 1.5, y * screen_m / x + 1.5), (0.0, 2.6), 0.05))
    return np.concatenate(parts).astype(np.float32)


def pictured(
    lost_2d: Sequence[tuple[int, int, str]] = (),
    lost_3d: Sequence[tuple[int, int]] = (),
    unlinked: Sequence[tuple[int, int]] = (),
    names_2d: dict[tuple[int, int], str] | None = None,
    edges: dict[tuple[int, int], Sequence[float]] | None = None,
    cameras: Sequence[str] = ("front",),
    points: np.ndarray | None = None,
    attributes: dict[str, Sequence[str]] | None = None,
    attributes_2d: dict[str, Sequence[float]] | None = None,
    derived: bool | None = None,
    frames: int = FRAMES,
) -> Scene:
    """`frames` times three cars; (frame, car) or (frame, car, camera) says which labels differ."""
    keys = [(frame, car) for frame in range(frames) for car in range(3) if (frame, car) not in lost_3d]
    count = len(keys)
    boxes = Boxes3D.upright(
        np.array([CARS_M[car] for _, car in keys]),
        np.tile(SIZE_M, (count, 1)),
        np.zeros(count),
        category=["Car"] * count,
        attributes=Attributes(
            {name: AttributeColumn(Coded.from_values(list(values))) for name, values in (attributes or {}).items()}
        ),
    )
    rig = SensorRig.of(*(camera(name, 0.5 * row) for row, name in enumerate(cameras)))
    parts: dict[str, Any] = {
        "boxes": boxes,
        "box_frames": [frame for frame, _ in keys],
        "timestamps_ns": np.arange(frames) * 100_000_000,
        "points": [returns() if points is None else points] * frames,
        "images": {name: [PICTURE] * frames for name in cameras},
        "rig": rig,
    }
    drawn = _drawn(rig, frames, lost_2d, edges or {})
    rows = {key: row for row, key in enumerate(keys) if key not in unlinked}
    boxes_2d = Boxes2D.from_columns(
        [name for _, _, name, _ in drawn],
        np.array([edge for *_, edge in drawn]),
        category=[(names_2d or {}).get((frame, car), "Car") for frame, car, _, _ in drawn],
        frame_index=np.array([frame for frame, *_ in drawn], dtype=np.int32),
        box3d_rows=np.array([rows.get((frame, car), -1) for frame, car, _, _ in drawn], dtype=np.int32),
        attributes=Attributes(
            {name: AttributeColumn(np.asarray(values, float)) for name, values in (attributes_2d or {}).items()}
        ),
        derived=derived,
    )
    return scene_from_arrays(**parts, boxes_2d=boxes_2d)


def _drawn(
    rig: SensorRig,
    frames: int,
    lost: Sequence[tuple[int, int, str]],
    edges: dict[tuple[int, int], Sequence[float]],
) -> list[tuple[int, int, str, Sequence[float]]]:
    """2D boxes round the outlines of all cars but the lost ones: frame, car, camera, edges."""
    boxes = Boxes3D.upright(CARS_M, np.tile(SIZE_M, (3, 1)), np.zeros(3))
    scene = scene_from_arrays(boxes=boxes, images={name: [PICTURE] for name in rig.sensors}, rig=rig)
    views = scene.frames[0].cameras
    return [
        (frame, car, name, edges.get((frame, car), view.project_boxes().bounds_px[car].tolist()))
        for frame in range(frames)
        for name, view in views.items()
        for car in range(3)
        if (frame, car, name) not in lost
    ]


def judged(check: Check[Any], scene: Scene, limits: Any = None) -> list[Finding]:
    return [
        finding
        for assessment in assessed(check, scene, limits)
        for finding in findings_of(check, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)
    ]


def assessed(check: Check[Any], scene: Scene, limits: Any = None) -> list[Assessment]:
    return [assessment for frame in scene.frames for assessment in check.assess(frame, limits)]


@pytest.fixture
def picture() -> Callable[..., Scene]:
    return pictured


@pytest.fixture
def screened() -> Callable[..., np.ndarray]:
    return returns


@pytest.fixture
def judge() -> Callable[..., list[Finding]]:
    return judged


@pytest.fixture
def assess() -> Callable[..., list[Assessment]]:
    return assessed
