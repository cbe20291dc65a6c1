"""What holds for every camera model: the gate, the image's edges, the way there and back, the errors."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.cameras import CAMERA_MODELS, CameraModel, camera_from_parameters
from calibration.errors import LensError, ShapeError

CAMERAS = {
    "pinhole": camera_from_parameters("pinhole", 1600, 900, 1260.0, 1275.0, 812.5, 447.0, 2.5),
    "kitti-like": camera_from_parameters(
        "brown-conrady", 1392, 512, 959.8, 956.9, 696.0, 224.2, 0.0, [-0.369, 0.197, 0.0014, 0.0006, -0.068]
    ),
    "skewed brown-conrady": camera_from_parameters(
        "brown-conrady", 1920, 1280, 2059.0, 2055.0, 935.0, 635.0, 3.0, [0.042, -0.34, 0.001, 0.0005, 0.1]
    ),
    "rational": camera_from_parameters(
        "rational", 1920, 1080, 900.0, 910.0, 960.0, 540.0, 0.0, [0.5, -0.1, 0.001, -0.0005, 0.01, 0.6, -0.05, 0.02]
    ),
    "fisheye": camera_from_parameters(
        "fisheye", 1280, 1080, 340.0, 341.0, 640.0, 540.0, 0.0, [0.05, -0.01, 0.003, -0.0005]
    ),
    "skewed fisheye": camera_from_parameters("fisheye", 1280, 1080, 340.0, 345.0, 630.0, 541.0, -2.0, [0, 0, 0, 0]),
}
every_camera = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())
any_camera = st.sampled_from(list(CAMERAS.values()))
coordinates = st.floats(-1e3, 1e3)


@every_camera
def test_every_pixel_with_a_ray_comes_back(camera: CameraModel) -> None:
    rng = np.random.default_rng(3)
    pixels = rng.uniform([-0.5, -0.5], [camera.width - 0.5, camera.height - 0.5], (5000, 2))
    rays = camera.unproject(pixels)
    seen = np.isfinite(rays).all(axis=1)
    assert seen.mean() > 0.9
    np.testing.assert_allclose(np.linalg.norm(rays[seen], axis=1), 1.0, atol=1e-12)
    projection = camera.project(rays[seen] * rng.uniform(0.5, 100, (seen.sum(), 1)))
    assert projection.in_view.all()
    np.testing.assert_allclose(projection.pixels, pixels[seen], atol=1e-9 * camera.fx)


@given(camera=any_camera, share=st.floats(0, 0.98), turn_rad=st.floats(-math.pi, math.pi), range_m=st.floats(0.1, 500))
@settings(max_examples=200, deadline=None)
def test_every_ray_within_the_lens_comes_back(
    camera: CameraModel, share: float, turn_rad: float, range_m: float
) -> None:
    if camera.kind == "fisheye":
        off_axis_rad = share * camera.valid_radius
    else:
        off_axis_rad = share * math.atan(camera.valid_radius)
    ray = np.array(
        [
            math.sin(off_axis_rad) * math.cos(turn_rad),
            math.sin(off_axis_rad) * math.sin(turn_rad),
            math.cos(off_axis_rad),
        ]
    )
    points = range_m * ray[None]
    if not camera.can_image(points)[0]:
        assert points[0, 2] <= camera.min_depth_m
        return
    np.testing.assert_allclose(camera.unproject(camera.image_plane(points))[0], ray, atol=1e-6)


@given(camera=any_camera, point=st.tuples(coordinates, coordinates, coordinates))
@settings(max_examples=300, deadline=None)
def test_whatever_is_imaged_lies_on_the_ray_of_its_pixel(camera: CameraModel, point: tuple[float, ...]) -> None:
    projection = camera.project(np.array([point]))
    if not projection.in_view[0]:
        return
    ray = camera.unproject(projection.pixels)[0]
    cross = np.cross(ray, np.array(point) / np.linalg.norm(point))
    assert np.linalg.norm(cross) < 1e-5
    assert ray @ np.array(point) > 0


@every_camera
def test_points_that_are_no_place_are_never_imaged(camera: CameraModel) -> None:
    nowhere = np.array(
        [
            [np.nan, 0, 5],
            [0, np.nan, 5],
            [0, 0, np.nan],
            [np.inf, 0, 5],
            [0, 0, np.inf],
            [0, 0, -np.inf],
            [np.inf, np.inf, np.inf],
            [0, 0, 0],
            [0, 0, -5],
            [0, 0, 1e-3],
        ]
    )
    assert not camera.can_image(nowhere).any()
    projection = camera.project(nowhere)
    assert not projection.in_view.any()
    assert np.isnan(projection.pixels).all()
    np.testing.assert_array_equal(projection.depth_m, nowhere[:, 2])


@every_camera
def test_the_axis_meets_the_principal_point(camera: CameraModel) -> None:
    np.testing.assert_array_equal(camera.image_plane(np.array([[0.0, 0.0, 7.0]])), [[camera.cx, camera.cy]])
    np.testing.assert_array_equal(camera.unproject(np.array([[camera.cx, camera.cy]])), [[0.0, 0.0, 1.0]])


@every_camera
def test_float32_points_are_calculated_in_float64(camera: CameraModel) -> None:
    points = np.random.default_rng(5).normal([0, 0, 8], 2, (100, 3)).astype(np.float32)
    np.testing.assert_array_equal(camera.image_plane(points), camera.image_plane(points.astype(np.float64)))


@every_camera
def test_no_points_give_no_rows(camera: CameraModel) -> None:
    nothing = camera.project(np.empty((0, 3)))
    assert (len(nothing), nothing.pixels.shape, nothing.in_view.shape) == (0, (0, 2), (0,))
    assert camera.unproject(np.empty((0, 2))).shape == (0, 3)


@every_camera
def test_pixels_that_are_no_place_have_no_ray(camera: CameraModel) -> None:
    assert np.isnan(camera.unproject(np.array([[np.nan, 3.0], [3.0, np.inf]]))).all()


@pytest.mark.parametrize(
    ("u", "v", "inside"),
    [
        pytest.param(-0.5, -0.5, True, id="outer corner of the first pixel"),
        pytest.param(-0.5001, 0, False, id="left of it"),
        pytest.param(99.4999, 49.4999, True, id="just inside the last pixel"),
        pytest.param(99.5, 10, False, id="outer edge on the right"),
        pytest.param(10, 49.5, False, id="outer edge below"),
        pytest.param(np.nan, 10, False, id="nowhere"),
    ],
)
def test_the_image_reaches_to_the_outer_edges_of_its_pixels(u: float, v: float, inside: bool) -> None:
    camera = camera_from_parameters("pinhole", 100, 50, 80.0, 80.0, 49.5, 24.5)
    assert camera.shows(np.array([[u, v]]))[0] == inside


def test_in_view_is_the_image_while_pixels_go_beyond_it() -> None:
    camera = camera_from_parameters("pinhole", 100, 50, 80.0, 80.0, 49.5, 24.5)
    projection = camera.project(np.array([[0.0, 0.0, 2.0], [4.0, 0.0, 2.0]]))
    assert projection.in_view.tolist() == [True, False]
    np.testing.assert_allclose(projection.pixels, [[49.5, 24.5], [209.5, 24.5]])


@every_camera
def test_edges_cut_as_told_stay_within_half_a_pixel(camera: CameraModel) -> None:
    rays = camera.unproject(
        np.array([[camera.width * 0.25, camera.height * 0.3], [camera.width * 0.6, camera.height * 0.7]])
    )
    ends = rays * [[4.0], [7.0]]
    shares = np.linspace(0, 1, 2 * camera.edge_step * 8 + 1)[:, None]
    fine = camera.image_plane((1 - shares) * ends[0] + shares * ends[1])
    corners = fine[::16]
    for start, end, between in zip(corners[:-1], corners[1:], fine[:-1].reshape(-1, 16, 2), strict=True):
        normal = np.array([start[1] - end[1], end[0] - start[0]]) / np.linalg.norm(end - start)
        assert np.abs((between - start) @ normal).max() < 0.5


def test_only_a_bending_lens_needs_its_edges_cut() -> None:
    assert CAMERAS["pinhole"].edge_step == 1
    assert camera_from_parameters("brown-conrady", 640, 480, 500, 500, 320, 240, 0, [0.0] * 5).edge_step == 1
    assert 1 < CAMERAS["kitti-like"].edge_step <= 64


def test_a_lens_that_images_nothing_still_has_an_edge_step() -> None:
    folded = camera_from_parameters("brown-conrady", 640, 480, 50, 50, 9000, 240, 0, [-300.0, 0, 0, 0, 0])
    assert folded.edge_step == 1


@every_camera
def test_cameras_are_values(camera: CameraModel) -> None:
    copy = pickle.loads(pickle.dumps(camera))  # noqa: S301  # our own bytes
    assert copy == camera
    assert hash(copy) == hash(camera)
    assert copy.valid_radius == camera.valid_radius
    assert replace(camera, fx=camera.fx + 1) != camera


def test_the_matrix_holds_the_intrinsics() -> None:
    np.testing.assert_array_equal(
        CAMERAS["pinhole"].matrix, [[1260.0, 2.5, 812.5], [0.0, 1275.0, 447.0], [0.0, 0.0, 1.0]]
    )


def test_four_brown_conrady_coefficients_have_no_k3() -> None:
    camera = camera_from_parameters("brown-conrady", 640, 480, 500, 500, 320, 240, 0, [-0.1, 0.01, 0.001, 0.002])
    assert camera.distortion == (-0.1, 0.01, 0.001, 0.002, 0.0)


def test_parameters_may_be_numpy_numbers() -> None:
    numbers: dict[str, Any] = {"width": np.int64(640), "height": np.int32(480), "fx": np.float32(500)}
    camera = camera_from_parameters(**{**GOOD, **numbers, "kind": "fisheye", "distortion": np.zeros(4)})
    assert (type(camera.width), type(camera.fx), camera.distortion) == (int, float, (0.0, 0.0, 0.0, 0.0))


def test_a_point_too_far_out_for_floats_is_not_imaged() -> None:
    growing = camera_from_parameters("brown-conrady", 640, 480, 500, 500, 320, 240, 0, [0.1, 0.1, 0.0, 0.0, 0.1])
    assert np.isnan(growing.image_plane([[1e300, 1e300, 1.0]])).all()


GOOD: dict[str, Any] = {"kind": "pinhole", "width": 640, "height": 480, "fx": 500, "fy": 501, "cx": 320, "cy": 240}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"kind": "omni"}, "unknown camera model 'omni'; there are pinhole, brown-conrady", id="kind"),
        pytest.param({"fx": 0}, "pinhole camera: fx must be above 0 px, got 0", id="no focal length"),
        pytest.param({"fy": -500}, "fy must be above 0 px, got -500", id="negative focal length"),
        pytest.param({"fx": math.nan}, "fx must be finite, got nan", id="nan"),
        pytest.param({"cx": math.inf}, "cx must be finite, got inf", id="infinite"),
        pytest.param({"cy": None}, "cy must be a number, got None", id="none"),
        pytest.param({"width": 0}, "width must be a whole number of pixels above 0, got 0", id="no pixels"),
        pytest.param({"height": 480.5}, "height must be a whole number of pixels", id="half a pixel"),
        pytest.param({"distortion": [0.1]}, "distortion needs 0 coefficients, got 1", id="pinhole with distortion"),
        pytest.param(
            {"kind": "rational", "distortion": [0.1] * 5},
            r"rational camera: distortion needs 8 coefficients \(k1 k2 p1 p2 k3 k4 k5 k6\), got 5",
            id="too few coefficients",
        ),
        pytest.param({"kind": "fisheye", "distortion": [0, math.nan, 0, 0]}, "k2 must be finite", id="nan coefficient"),
        pytest.param({"kind": "rational", "distortion": [1e200] * 8}, "coefficients overflow", id="overflow"),
    ],
)
def test_what_describes_no_lens_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(LensError, match=message):
        camera_from_parameters(**{**GOOD, **changes})


@every_camera
def test_rows_of_another_width_are_refused(camera: CameraModel) -> None:
    with pytest.raises(ShapeError, match=r"points_in_camera must be \(N, 3\), got \(2, 4\)"):
        camera.project(np.zeros((2, 4)))
    with pytest.raises(ShapeError, match=r"pixels must be \(N, 2\)"):
        camera.unproject(np.zeros((2, 3)))


def test_the_catalogue_lists_every_kind() -> None:
    assert list(CAMERA_MODELS) == ["pinhole", "brown-conrady", "rational", "fisheye"]
