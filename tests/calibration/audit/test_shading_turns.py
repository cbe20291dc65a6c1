"""A floor of patches as bright to the lidar as to the camera."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.depth_edges import depth_edges
from calibration.audit.extrinsic_outlines import BODY_FROM_CAMERA, FrameEdges, camera_from_camera_in_file
from calibration.audit.shading import shading_of
from calibration.audit.shading_turns import turns_by_shading
from calibration.cameras import camera_from_parameters
from calibration.image_features import edge_field
from calibration.transform import RigidTransform

LENS = camera_from_parameters("pinhole", 480, 300, 420.0, 420.0, 239.5, 149.5, 0.0, ())
FROM_EGO = RigidTransform.from_rotation("ego", "camera", BODY_FROM_CAMERA, np.array([0.0, 0.0, 1.5])).inverse()


def brightness(points: FloatArray, generator_seed: int) -> FloatArray:
    """(N,) 0 to 255, smooth patches some metres wide on a wall 15 m ahead."""
    random = np.random.default_rng(generator_seed)
    waves, phases = random.normal(0, 1.5, (12, 2)), random.uniform(0, 2 * np.pi, 12)
    level = np.cos(points[:, 1:] @ waves.T + phases).sum(axis=1)
    return np.asarray(np.clip(128 + 35 * level, 0, 255))


def frame(seed: int, turned_rad: FloatArray, lidar_sees: bool = True) -> FrameEdges:
    random = np.random.default_rng(seed)
    points = np.column_stack([np.full(6000, 15.0), random.uniform(-9, 9, 6000), random.uniform(-4, 7, 6000)])
    v, u = (grid.ravel() for grid in np.mgrid[0:300, 0:480])
    rays = LENS.unproject(np.stack([u, v], axis=1)) @ BODY_FROM_CAMERA.T
    wall = np.array([0.0, 0.0, 1.5]) + rays * (15.0 / rays[:, 0])[:, None]
    image = np.repeat(brightness(wall, seed).reshape(300, 480, 1), 3, axis=2).astype(np.uint8)
    intensity = brightness(points, seed) if lidar_sees else random.uniform(0, 255, len(points))
    rotation, _ = camera_from_camera_in_file(np.concatenate([np.zeros(3), turned_rad]))
    wrong = RigidTransform.from_rotation("camera", "camera", rotation.T, np.zeros(3))
    shading = shading_of(points, intensity.astype(np.float32), image)
    return FrameEdges(depth_edges(points[:0], np.zeros(3)), edge_field(image), wrong @ FROM_EGO, None, shading)


@pytest.mark.parametrize(
    "turn_deg", [(0, 0, 0), (0.5, 0, 0), (0, -0.25, 0), (0, 0, 0.25)], ids=["none", "roll", "pitch", "yaw"]
)
def test_the_turn_that_brings_brightness_together_is_found(turn_deg: tuple[float, float, float]) -> None:
    turned_rad = np.radians(turn_deg)
    found = turns_by_shading([frame(seed, turned_rad) for seed in range(5)], LENS, np.zeros(6))
    assert found is not None
    assert np.degrees(found.turns) == pytest.approx(turn_deg, abs=0.12)
    assert (np.linalg.eigvalsh(found.covariance) > 0).all()


def test_a_lidar_that_sees_other_things_gives_no_turn_or_a_wide_one() -> None:
    found = turns_by_shading([frame(seed, np.zeros(3), lidar_sees=False) for seed in range(3)], LENS, np.zeros(6))
    assert found is None or np.sqrt(np.diag(found.covariance)).max() > np.radians(0.1)


def test_without_reflectivity_there_is_nothing_to_compare() -> None:
    assert turns_by_shading([], LENS, np.zeros(6)) is None
