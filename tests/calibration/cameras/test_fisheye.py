"""The fisheye: as OpenCV in front of the lens, by hand beside and behind it."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from calibration.cameras import Fisheye

LENS = Fisheye(1280, 1080, 340.0, 341.0, 640.0, 540.0, distortion=(0.05, -0.01, 0.003, -0.0005))
EQUIDISTANT = Fisheye(2000, 2000, 300.0, 300.0, 999.5, 999.5, distortion=(0.0, 0.0, 0.0, 0.0))
FOLDING = Fisheye(1280, 1080, 340.0, 340.0, 640.0, 540.0, distortion=(-0.2, 0.0, 0.0, 0.0))


def point_at(off_axis_deg: float, turn_deg: float = 0.0, range_m: float = 10.0) -> list[float]:
    off_axis, turn = math.radians(off_axis_deg), math.radians(turn_deg)
    return [
        range_m * math.sin(off_axis) * math.cos(turn),
        range_m * math.sin(off_axis) * math.sin(turn),
        range_m * math.cos(off_axis),
    ]


@pytest.mark.parametrize("skew", [0.0, 3.4], ids=["square", "skewed"])
def test_points_in_front_are_imaged_as_opencv_does(skew: float) -> None:
    camera = Fisheye(1280, 1080, 340.0, 341.0, 640.0, 540.0, skew, LENS.distortion)
    points = np.random.default_rng(2).uniform([-60, -60, 0.1], [60, 60, 60], (5000, 3))
    imaged = camera.can_image(points)
    assert imaged.all()
    upright = np.array([[340.0, 0.0, 640.0], [0.0, 341.0, 540.0], [0.0, 0.0, 1.0]])
    expected, _ = cv2.fisheye.projectPoints(
        points[:, None], np.zeros(3), np.zeros(3), upright, np.array(LENS.distortion), alpha=skew / 340.0
    )
    np.testing.assert_allclose(camera.image_plane(points), expected[:, 0], atol=1e-6)


def test_points_beside_and_behind_the_lens_are_imaged_where_the_polynomial_grows() -> None:
    points = np.array([point_at(90.0), point_at(120.0), point_at(120.0, turn_deg=90.0), point_at(179.0)])
    radians_in_px = 300.0 * np.radians([90.0, 120.0, 120.0, 179.0])
    expected = np.full((4, 2), 999.5)
    expected[[0, 1, 3], 0] += radians_in_px[[0, 1, 3]]
    expected[2, 1] += radians_in_px[2]
    projection = EQUIDISTANT.project(points)
    np.testing.assert_allclose(projection.pixels, expected, atol=1e-9)
    assert projection.in_view.all()
    assert projection.depth_m[1] == pytest.approx(-5.0)


def test_a_ray_behind_the_lens_comes_back() -> None:
    ray = EQUIDISTANT.unproject(np.array([[999.5 - 300.0 * math.radians(120.0), 999.5]]))
    np.testing.assert_allclose(ray, [point_at(120.0, turn_deg=180.0, range_m=1.0)], atol=1e-12)


def test_a_point_exactly_behind_has_no_direction_and_no_pixel() -> None:
    assert EQUIDISTANT.valid_radius == math.pi
    assert not EQUIDISTANT.can_image(np.array([[0.0, 0.0, -3.0]]))[0]


def test_a_lens_that_folds_is_valid_up_to_its_turn() -> None:
    turn_rad = 1.0 / math.sqrt(0.6)  # 1 - 3 * 0.2 * angle^2 = 0
    assert FOLDING.valid_radius == pytest.approx(turn_rad)
    turn_deg = math.degrees(turn_rad)
    points = np.array([point_at(turn_deg - 0.01), point_at(turn_deg + 0.01), point_at(100.0), point_at(170.0, 30.0)])
    assert FOLDING.can_image(points).tolist() == [True, False, False, False]
    assert np.isnan(FOLDING.image_plane(points[1:])).all()


def test_pixels_beyond_the_image_circle_have_no_ray() -> None:
    reach_px = 340.0 * FOLDING.valid_radius * (1 - 0.2 * FOLDING.valid_radius**2)
    rays = FOLDING.unproject(np.array([[640.0 + reach_px - 0.01, 540.0], [640.0 + reach_px + 0.01, 540.0]]))
    assert np.isfinite(rays).all(axis=1).tolist() == [True, False]


def test_points_on_and_next_to_the_axis_are_imaged_alike() -> None:
    points = np.array([[0.0, 0.0, 5.0], [1e-12, 0.0, 5.0], [1e-300, -1e-300, 5.0]])
    np.testing.assert_allclose(LENS.image_plane(points), np.tile([640.0, 540.0], (3, 1)), atol=1e-9)


def test_a_point_in_the_lens_is_not_imaged() -> None:
    points = np.array([[0.0, 0.0, 0.0], [0.005, 0.0, 0.0], [0.02, 0.0, 0.0]])
    assert LENS.can_image(points).tolist() == [False, False, True]
