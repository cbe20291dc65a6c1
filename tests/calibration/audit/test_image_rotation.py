from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.audit.image_rotation import FollowedCorners, rotations_between

NOISE_RAD = 3e-4


def street(rng: np.random.Generator, count: int = 150) -> FloatArray:
    """Points ahead of the camera, 4 to 60 m away."""
    depth_m = rng.uniform(4, 60, count)
    return (
        np.column_stack([rng.uniform(-0.7, 0.7, count), rng.uniform(-0.4, 0.4, count), np.ones(count)])
        * (depth_m[:, None])
    )


def seen(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    rays = points / np.linalg.norm(points, axis=1, keepdims=True) + rng.normal(0, NOISE_RAD, points.shape)
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def rotation_between(rays: FloatArray, after: FloatArray, step_m: FloatArray, noise_rad: float) -> FloatArray:
    """Of one pair of images."""
    stamps, offsets = np.array([0, 50_000_000]), np.array([0, len(rays)])
    both = rays.astype(np.float32), after.astype(np.float32)
    late = np.zeros(len(rays), dtype=np.float32)
    corners = FollowedCorners(stamps[:1], stamps[1:], offsets, *both, late, noise_rad, True, 2)
    (turned,) = rotations_between(corners, np.array([0]), step_m[None], np.zeros((1, 3)))
    return np.asarray(turned)


@pytest.mark.parametrize(
    "step_m", [(0.0, 0.0, 0.0), (0.0, 0.0, 0.8), (0.8, 0.0, 0.0)], ids=["turning on the spot", "ahead", "sideways"]
)
def test_a_turn_is_told_from_driving(rng: np.random.Generator, step_m: tuple[float, float, float]) -> None:
    turn = np.array([0.002, 0.02, -0.001])
    points = street(rng)
    after = Rotation.from_rotvec(turn).inv().apply(points - np.array(step_m))
    found = rotation_between(seen(points, rng), seen(after, rng), np.array(step_m), NOISE_RAD)
    assert found == pytest.approx(turn, abs=1.5e-3)


def test_a_third_of_things_that_move_by_themselves_is_outvoted(rng: np.random.Generator) -> None:
    turn = np.array([0.0, 0.015, 0.0])
    points = street(rng)
    moved = points.copy()
    moved[:50, 0] += 0.05 * moved[:50, 2]
    after = Rotation.from_rotvec(turn).inv().apply(moved)
    found = rotation_between(seen(points, rng), seen(after, rng), np.zeros(3), NOISE_RAD)
    assert found == pytest.approx(turn, abs=5e-4)


def test_few_corners_or_rays_that_do_not_exist_give_no_turn(rng: np.random.Generator) -> None:
    rays = seen(street(rng, 11), rng)
    assert np.isnan(rotation_between(rays, rays, np.zeros(3), NOISE_RAD)).all()
    nowhere = np.full((50, 3), np.nan)
    assert np.isnan(rotation_between(nowhere, nowhere, np.zeros(3), NOISE_RAD)).all()
