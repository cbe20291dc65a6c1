"""The plain projection kernel: the rows that hit, in their order."""

from __future__ import annotations

import numpy as np

from calibration.cameras import Fisheye, Pinhole
from calibration.kernels.project_points import project_points
from calibration.transform import RigidTransform

CAMERA_FROM_POINTS = RigidTransform.identity("camera", "lidar")
LENS = Pinhole(100, 80, 50.0, 50.0, 49.5, 39.5)


def test_hits_come_in_the_order_of_the_points() -> None:
    points = np.array([[0, 0, 5], [0, 0, -5], [np.nan, 0, 5], [50, 0, 5], [0.1, 0.2, 1.0], [0, 0, 0]], np.float32)
    hits = project_points(points, CAMERA_FROM_POINTS, LENS)
    assert hits.rows.tolist() == [0, 4]
    np.testing.assert_allclose(hits.pixels, [[49.5, 39.5], [54.5, 49.5]], atol=1e-5)
    np.testing.assert_allclose(hits.depth_m, [5.0, 1.0])


def test_points_move_into_the_camera_first() -> None:
    shifted = RigidTransform.from_rotation("camera", "lidar", np.eye(3), [0.0, 0.0, 10.0])
    assert project_points(np.array([[0.0, 0.0, -5.0]]), shifted, LENS).depth_m.tolist() == [5.0]


def test_a_fisheye_hits_behind_itself() -> None:
    lens = Fisheye(2000, 2000, 300.0, 300.0, 999.5, 999.5, distortion=(0.0, 0.0, 0.0, 0.0))
    hits = project_points(np.array([[5.0, 0.0, -1.0]]), CAMERA_FROM_POINTS, lens)
    assert hits.depth_m.tolist() == [-1.0]


def test_no_points_hit_nothing() -> None:
    hits = project_points(np.empty((0, 3)), CAMERA_FROM_POINTS, LENS)
    assert (len(hits), hits.pixels.shape) == (0, (0, 2))
