"""The pinhole: worked by hand, and as OpenCV has it."""

from __future__ import annotations

import math

import cv2
import numpy as np

from calibration.cameras import Pinhole

CAMERA = Pinhole(1600, 900, fx=1000.0, fy=1100.0, cx=800.0, cy=450.0)


def test_a_point_is_imaged_as_worked_out_by_hand() -> None:
    skewed = Pinhole(1600, 900, fx=1000.0, fy=1100.0, cx=800.0, cy=450.0, skew=10.0)
    # x/z = 0.2, y/z = -0.1: u = 1000 * 0.2 + 10 * -0.1 + 800, v = 1100 * -0.1 + 450
    np.testing.assert_allclose(skewed.image_plane(np.array([[1.0, -0.5, 5.0]])), [[999.0, 340.0]], atol=1e-9)


def test_points_in_front_are_imaged_as_opencv_does() -> None:
    points = np.random.default_rng(1).uniform([-20, -20, 0.1], [20, 20, 60], (2000, 3))
    expected, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), CAMERA.matrix, None)
    np.testing.assert_allclose(CAMERA.image_plane(points), expected[:, 0], atol=1e-6)


def test_a_pinhole_is_valid_everywhere_in_front() -> None:
    assert CAMERA.valid_radius == math.inf
    nearly_sideways = np.array([[1e6, 0.0, 0.02], [0.0, -1e6, 0.02]])
    assert CAMERA.can_image(nearly_sideways).all()


def test_the_near_limit_itself_is_not_imaged() -> None:
    depths = np.array([0.0101, CAMERA.min_depth_m, 0.0, -1.0])
    points = np.column_stack([np.zeros(4), np.zeros(4), depths])
    assert CAMERA.can_image(points).tolist() == [True, False, False, False]
