"""A wall of dark and bright plates, seen by a lidar and a camera at one place."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import Float32Array, FloatArray
from calibration.audit.extrinsic_outlines import BODY_FROM_CAMERA, camera_from_camera_in_file
from calibration.audit.shading import Shading, information_distance, shading_of
from calibration.cameras import CameraModel, camera_from_parameters
from calibration.transform import RigidTransform

LENS = camera_from_parameters("pinhole", 400, 300, 300.0, 300.0, 199.5, 149.5, 0.0, ())
CAMERA_FROM_LIDAR = RigidTransform.from_rotation("camera", "lidar", BODY_FROM_CAMERA.T, np.zeros(3))
WALL_M = 10.0


def brightness(y: FloatArray, z: FloatArray) -> FloatArray:
    plates = np.random.default_rng(3).permutation(96).reshape(8, 12)
    return np.asarray(plates[np.floor(z + 4).astype(int) % 8, np.floor(y + 6).astype(int) % 12], dtype=np.float64)


def seen() -> tuple[FloatArray, Float32Array, np.ndarray]:
    random = np.random.default_rng(0)
    y, z = random.uniform(-6, 6, 6000), random.uniform(-4, 4, 6000)
    points = np.column_stack([np.full(6000, WALL_M), y, z])
    rows, columns = np.mgrid[0:300, 0:400]
    grey = 255 - 2 * brightness(-(columns - 199.5) / 300 * WALL_M, -(rows - 149.5) / 300 * WALL_M)
    return points, brightness(y, z).astype(np.float32), np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)


def distance(shading: Shading, row: int, amount: float, lens: CameraModel = LENS) -> float:
    correction = np.zeros(6)
    correction[row] = amount
    return information_distance([(shading, CAMERA_FROM_LIDAR)], lens, camera_from_camera_in_file(correction))


@pytest.mark.parametrize(
    ("row", "amount"),
    [(1, 0.2), (2, -0.2), (3, 0.02), (4, -0.02), (5, 0.02)],
    ids=["left", "down", "roll", "pitch", "yaw"],
)
def test_the_true_pose_has_the_smallest_distance_though_dark_is_bright_to_the_lidar(row: int, amount: float) -> None:
    shading = shading_of(*seen())
    assert shading is not None
    assert distance(shading, row, 0.0) < 0.6
    assert distance(shading, row, amount) > distance(shading, row, 0.0) + 0.02


def test_a_picture_of_something_else_has_nothing_in_common() -> None:
    points, intensity, image = seen()
    noise = np.random.default_rng(1).integers(0, 256, image.shape, dtype=np.uint8)
    shading = shading_of(points, intensity, noise)
    assert shading is not None
    assert distance(shading, 5, 0.0) > 0.95


def test_without_reflectivity_there_is_no_shading() -> None:
    points, intensity, image = seen()
    assert shading_of(points, None, image) is None
    assert shading_of(points, np.zeros_like(intensity), image) is None


def test_too_few_points_in_view_give_no_number() -> None:
    points, intensity, image = seen()
    shading = shading_of(points[:500], intensity[:500], image)
    assert shading is not None
    assert np.isnan(distance(shading, 5, 0.0))


def test_wide_pictures_are_thinned_out_at_the_same_place() -> None:
    points, intensity, image = seen()
    wide = camera_from_parameters("pinhole", 1200, 900, 900.0, 900.0, 599.5, 449.5, 0.0, ())
    shading = shading_of(points, intensity, image.repeat(3, axis=0).repeat(3, axis=1))
    assert shading is not None
    assert shading.step == 2
    assert distance(shading, 5, 0.0, wide) < 0.6
