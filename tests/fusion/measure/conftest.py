"""Scenes that no reader should hand on, and that no measurement may stumble over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of_oddities(seed: int, kinds: Sequence[str]) -> Scene:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(0, 9))
    rotations = rng.normal(size=(rows, 4))
    rotations /= np.linalg.norm(rotations, axis=1, keepdims=True)
    rotations[rng.random(rows) < 0.1] = rng.choice([np.nan, 0.0])
    points = rng.normal(0, 8, (int(rng.integers(0, 3000)), 3))
    points[rng.random(len(points)) < 0.02] = np.nan
    sweep = LidarSweep.from_columns(
        sensor="lidar",
        points=points,
        ego_from_points=RigidTransform.identity("ego", "ego"),
        reference_ns=0,
        motion=Motion.UNKNOWN,
        ray_origin=[0, 0, 1.8],
    )
    boxes = Boxes3D.from_columns(
        rng.normal(0, 8, (rows, 3)) * rng.choice([1, 1e12], p=[0.95, 0.05]),
        rng.choice([0.0, -1.0, np.nan, 1e-9, 4.5, 1e9], (rows, 3)) if seed % 2 else rng.uniform(0.5, 8, (rows, 3)),
        rotations,
        category=rng.choice(np.asarray(kinds, dtype=object), rows).tolist(),
    )
    return scene_from_arrays(boxes=boxes, points=[sweep])


@pytest.fixture
def odd_scene() -> Callable[[int, Sequence[str]], Scene]:
    """`odd_scene(seed, kinds)`: boxes of any size and rotation, some no numbers, among scattered returns."""
    return scene_of_oddities
