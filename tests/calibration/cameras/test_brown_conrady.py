"""Radial and tangential distortion: as OpenCV inside the valid radius, nothing outside it."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from calibration.cameras import BrownConrady, Pinhole

KITTI_LIKE = BrownConrady(
    1242, 375, fx=721.5, fy=719.0, cx=609.6, cy=172.9, distortion=(-0.369, 0.197, 0.0014, 0.0006, -0.068)
)
GROWING = BrownConrady(1920, 1280, 2059.0, 2055.0, 935.0, 635.0, distortion=(0.1, 0.05, -0.002, 0.001, 0.02))


def points_at(off_axis_deg: np.ndarray | list[float], turn_deg: float = 0.0, range_m: float = 10.0) -> np.ndarray:
    off_axis, turn = np.radians(off_axis_deg), np.radians(turn_deg)
    return range_m * np.column_stack(
        [np.sin(off_axis) * np.cos(turn), np.sin(off_axis) * np.sin(turn), np.cos(off_axis)]
    )


def opencv_pixels(camera: BrownConrady, points: np.ndarray) -> np.ndarray:
    pixels, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), camera.matrix, np.array(camera.distortion))
    return np.asarray(pixels[:, 0])


@pytest.mark.parametrize("camera", [KITTI_LIKE, GROWING], ids=["folding", "growing"])
def test_points_within_the_valid_radius_are_imaged_as_opencv_does(camera: BrownConrady) -> None:
    points = np.random.default_rng(2).uniform([-60, -60, 0.1], [60, 60, 60], (5000, 3))
    imaged = camera.can_image(points)
    assert imaged.sum() > 1000
    expected = opencv_pixels(camera, points[imaged])
    np.testing.assert_allclose(camera.image_plane(points)[imaged], expected, rtol=1e-12, atol=1e-6)


def test_kitti_coefficients_are_valid_up_to_50_degrees() -> None:
    assert math.degrees(math.atan(KITTI_LIKE.valid_radius)) == pytest.approx(50.404, abs=1e-3)


@pytest.mark.parametrize("turn_deg", [0, 45, 180, 270])
def test_points_beyond_the_valid_radius_never_fold_back_into_the_image(turn_deg: float) -> None:
    beyond = points_at(np.linspace(50.5, 89.9, 200), turn_deg)
    assert not KITTI_LIKE.can_image(beyond).any()
    assert np.isnan(KITTI_LIKE.image_plane(beyond)).all()


def test_opencv_folds_the_points_that_we_refuse() -> None:
    folded = opencv_pixels(KITTI_LIKE, points_at([55.0, 58.0, 60.0]))
    assert KITTI_LIKE.shows(folded).any()
    assert not KITTI_LIKE.project(points_at([55.0, 58.0, 60.0])).in_view.any()


def test_points_behind_are_refused_that_opencv_images() -> None:
    behind = -points_at([0.0, 10.0, 20.0])
    assert KITTI_LIKE.shows(opencv_pixels(KITTI_LIKE, behind)).any()
    assert not KITTI_LIKE.project(behind).in_view.any()


def test_the_radius_grows_right_up_to_the_limit() -> None:
    radial_only = BrownConrady(1242, 375, 721.5, 721.5, 609.6, 172.9, distortion=(-0.369, 0.197, 0.0, 0.0, -0.068))
    limit_deg = math.degrees(math.atan(radial_only.valid_radius))
    u = radial_only.image_plane(points_at(np.linspace(0, limit_deg - 1e-6, 1000)))[:, 0]
    assert (np.diff(u) > 0).all()


def test_pixels_beyond_the_image_of_the_lens_have_no_ray() -> None:
    edge_u = KITTI_LIKE.image_plane(points_at([50.4]))[0, 0]
    rays = KITTI_LIKE.unproject(np.array([[edge_u - 1.0, 173.0], [edge_u + 2.0, 173.0], [1e5, 1e5]]))
    assert np.isfinite(rays).all(axis=1).tolist() == [True, False, False]


def test_strong_tangential_terms_are_undone() -> None:
    decentred = BrownConrady(800, 600, 400.0, 410.0, 399.5, 299.5, distortion=(-0.2, 0.05, 0.02, -0.03, 0.0))
    pixels = np.random.default_rng(4).uniform([50, 50], [750, 550], (3000, 2))
    rays = decentred.unproject(pixels)
    assert np.isfinite(rays).all()
    np.testing.assert_allclose(decentred.image_plane(rays), pixels, atol=1e-6)


def test_rays_agree_with_opencv_well_inside_the_image() -> None:
    pixels = np.random.default_rng(5).uniform([300, 60], [900, 300], (500, 2))
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 100, 1e-12)
    expected = cv2.undistortPoints(
        pixels[:, None], KITTI_LIKE.matrix, np.array(KITTI_LIKE.distortion), None, None, None, criteria
    )[:, 0]
    rays = KITTI_LIKE.unproject(pixels)
    np.testing.assert_allclose(rays[:, :2] / rays[:, 2:], expected, atol=1e-8)


def test_without_coefficients_it_is_a_pinhole() -> None:
    straight = BrownConrady(640, 480, 500.0, 510.0, 320.0, 240.0, distortion=(0.0, 0.0, 0.0, 0.0, 0.0))
    pinhole = Pinhole(640, 480, 500.0, 510.0, 320.0, 240.0)
    points = np.random.default_rng(6).normal([0, 0, 5], 3, (500, 3))
    assert straight.valid_radius == math.inf
    np.testing.assert_allclose(straight.image_plane(points), pinhole.image_plane(points), atol=1e-9)
