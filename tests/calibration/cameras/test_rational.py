"""The rational lens: as OpenCV inside the valid radius, nothing at or beyond its pole."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from calibration.cameras import BrownConrady, Rational

WIDE = Rational(1920, 1080, 900.0, 910.0, 960.0, 540.0, distortion=(0.5, -0.1, 0.001, -0.0005, 0.01, 0.6, -0.05, 0.02))
WITH_POLE = Rational(640, 480, 300.0, 300.0, 320.0, 240.0, distortion=(0.0, 0.0, 0.0, 0.0, 0.0, -0.25, 0.0, 0.0))


def test_points_within_the_valid_radius_are_imaged_as_opencv_does() -> None:
    points = np.random.default_rng(2).uniform([-60, -60, 0.1], [60, 60, 60], (5000, 3))
    imaged = WIDE.can_image(points)
    assert imaged.sum() > 1000
    expected, _ = cv2.projectPoints(points[imaged], np.zeros(3), np.zeros(3), WIDE.matrix, np.array(WIDE.distortion))
    np.testing.assert_allclose(WIDE.image_plane(points)[imaged], expected[:, 0], rtol=1e-12, atol=1e-6)


def test_a_lens_is_valid_up_to_the_pole_of_its_denominator() -> None:
    assert WITH_POLE.valid_radius == pytest.approx(2.0)  # 1 - 0.25 r^2 = 0
    points = np.array([[1.99, 0.0, 1.0], [2.0, 0.0, 1.0], [2.1, 0.0, 1.0], [-3.0, 0.0, 1.0]])
    assert WITH_POLE.can_image(points).tolist() == [True, False, False, False]


def test_a_lens_with_a_pole_has_a_ray_for_every_pixel() -> None:
    pixels = np.array([[320.0, 240.0], [321.0, 240.0], [639.0, 479.0], [1e6, 240.0]])
    rays = WITH_POLE.unproject(pixels)
    np.testing.assert_allclose(WITH_POLE.image_plane(rays), pixels, rtol=1e-9)


def test_a_lens_that_shrinks_again_is_valid_up_to_its_turn() -> None:
    shrinking = Rational(640, 480, 300.0, 300.0, 320.0, 240.0, distortion=(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0))
    assert shrinking.valid_radius == pytest.approx(1.0)  # r / (1 + r^2) turns at 1
    assert np.isnan(shrinking.unproject(np.array([[320.0 + 151.0, 240.0]]))).all()


def test_without_a_denominator_it_is_brown_conrady() -> None:
    five = (-0.369, 0.197, 0.0014, 0.0006, -0.068)
    plain = BrownConrady(1242, 375, 721.5, 719.0, 609.6, 172.9, distortion=five)
    rational = Rational(1242, 375, 721.5, 719.0, 609.6, 172.9, distortion=(*five, 0.0, 0.0, 0.0))
    points = np.random.default_rng(3).normal([0, 0, 5], 3, (500, 3))
    assert rational.valid_radius == pytest.approx(plain.valid_radius, rel=1e-12)
    np.testing.assert_array_equal(rational.image_plane(points), plain.image_plane(points))


def test_a_denominator_that_cancels_leaves_a_pinhole() -> None:
    cancelling = Rational(640, 480, 300.0, 300.0, 320.0, 240.0, distortion=(0.1, 0.02, 0.0, 0.0, 0.0, 0.1, 0.02, 0.0))
    assert cancelling.valid_radius == math.inf
    np.testing.assert_allclose(cancelling.image_plane(np.array([[2.0, 1.0, 2.0]])), [[620.0, 390.0]])
