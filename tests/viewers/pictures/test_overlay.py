from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.cameras.fisheye import Fisheye
from calibration.cameras.pinhole import Pinhole
from calibration.image import CameraImage
from calibration.rig import SensorRig
from fusion.measure.camera_view import CameraView
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from viewers.pictures.emphasis import Emphasis
from viewers.pictures.overlay import Layers, camera_overlay, crop_around
from viewers.pictures.palette import Colour, class_colour, distance_shares, sequential_bgr
from viewers.pictures.viewport import Viewport

ONLY_BOXES = Layers(points=False, tags=False, legend=False)
ONLY_POINTS = Layers(boxes=False, legend=False)
GREY = 60
PURE_RED = Colour(255, 0, 0)


def view_of(scene: Scene, name: str = "front") -> CameraView:
    view: CameraView = scene.frames[0].cameras[name]
    return view


def drawn(picture: Any, background: int = GREY) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return (np.abs(picture.astype(int) - background) > 12).any(axis=2)


def is_near(mask: np.ndarray[Any, Any], pixel: Any) -> bool:
    u, v = (round(float(value)) for value in pixel)
    return bool(mask[max(v - 1, 0) : v + 2, max(u - 1, 0) : u + 2].any())


def on_edges(corners: np.ndarray[Any, Any], shares: Any) -> np.ndarray[Any, Any]:
    pairs = [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (0, 4)]
    return np.concatenate([corners[a] + np.multiply.outer(shares, corners[b] - corners[a]) for a, b in pairs])


def test_edges_are_drawn_where_the_lens_projects_them(make_street: Callable[..., Scene]) -> None:
    view = view_of(make_street())
    mask = drawn(camera_overlay(view, layers=ONLY_BOXES))
    pixels = view.camera.image_plane(on_edges(view.corners_in_camera[0], np.linspace(0, 1, 9)))
    inside = pixels[view.camera.shows(pixels)]
    assert len(inside) > 40
    assert all(is_near(mask, pixel) for pixel in inside)


def test_nothing_is_drawn_away_from_the_boxes(make_street: Callable[..., Scene]) -> None:
    view = view_of(make_street())
    mask = drawn(camera_overlay(view, layers=ONLY_BOXES))
    bounds = view.project_boxes().bounds_px
    for left, top, right, bottom in bounds[np.isfinite(bounds).all(axis=1)]:
        mask[max(int(top) - 6, 0) : int(bottom) + 7, max(int(left) - 6, 0) : int(right) + 7] = False
    assert not mask.any()


def test_under_a_fisheye_an_edge_is_drawn_along_its_curve_and_not_along_its_chord(
    make_street: Callable[..., Scene], make_rig: Callable[..., SensorRig], fisheye: Fisheye
) -> None:
    beam = Boxes3D.upright([[3.0, 0.0, 3.0]], [[0.1, 9.0, 0.1]], [0.0], category=["barrier"])
    view = view_of(make_street(make_rig(wide=fisheye), boxes=beam, points=np.zeros((1, 3), np.float32)), "wide")
    picture = camera_overlay(view, layers=ONLY_BOXES)
    corners = view.corners_in_camera[0]
    top_near_edge = corners[[5, 6]]
    middle = view.camera.image_plane(top_near_edge.mean(axis=0)[None])[0]
    chord_middle = view.camera.image_plane(top_near_edge).mean(axis=0)
    assert np.linalg.norm(middle - chord_middle) > 20
    assert is_near(drawn(picture), middle)
    assert not is_near(drawn(picture), chord_middle)


def test_what_is_behind_the_camera_draws_nothing(make_street: Callable[..., Scene]) -> None:
    behind = Boxes3D.upright([[-8.0, 0.0, 1.0]], [[4.0, 2.0, 1.5]], [0.0], category=["car"])
    points = np.array([[-5.0, 0.0, 1.6], [-9.0, 1.0, 0.5]], dtype=np.float32)
    picture = camera_overlay(view_of(make_street(boxes=behind, points=points)))
    assert (picture == GREY).all()


def test_a_box_that_reaches_through_the_camera_is_cut_and_drawn(make_street: Callable[..., Scene]) -> None:
    around = Boxes3D.upright([[2.0, 0.0, 0.3]], [[9.0, 3.0, 1.0]], [0.0], category=["car"])
    picture = camera_overlay(view_of(make_street(boxes=around)), layers=ONLY_BOXES)
    assert drawn(picture).any()


def test_the_nearer_point_lies_on_top_whatever_their_order(make_street: Callable[..., Scene]) -> None:
    near, far = [6.5, 0.0, 1.6], [31.5, 0.0, 1.6]
    for points in ([near, far], [far, near]):
        scene = make_street(points=np.array(points, dtype=np.float32), boxes=Boxes3D.empty())
        picture = camera_overlay(view_of(scene), layers=ONLY_POINTS, distances_m=(3, 80))
        expected = sequential_bgr(distance_shares([5.0], 3, 80))[0]
        centre = picture[119:121, 159:161].reshape(-1, 3).astype(int)
        assert (np.abs(centre - (0.8 * expected + 0.2 * GREY)) < 12).all(axis=1).any()


def test_points_are_drawn_where_they_project(make_street: Callable[..., Scene]) -> None:
    points = np.array([[20.0, 3.0, 0.5], [12.0, -2.0, 2.0], [9.0, 0.5, 0.1]], dtype=np.float32)
    view = view_of(make_street(points=points, boxes=Boxes3D.empty()))
    mask = drawn(camera_overlay(view, layers=ONLY_POINTS))
    assert all(is_near(mask, pixel) for pixel in view.project_points().pixels)
    assert np.count_nonzero(mask) < 3 * 40


def test_a_lost_image_leaves_a_dark_canvas_that_says_so(
    make_street: Callable[..., Scene], make_lost_image: Callable[[str], CameraImage]
) -> None:
    view = view_of(make_street(images={"front": make_lost_image("front")}))
    picture = camera_overlay(view)
    assert picture.shape == (240, 320, 3)
    pixels = view.camera.image_plane(view.corners_in_camera[0])
    assert all(is_near(drawn(picture, 14), pixel) for pixel in pixels[view.camera.shows(pixels)])
    assert drawn(picture, 14)[200:, :].any()


def test_a_camera_without_a_lens_shows_its_image_and_says_why_nothing_is_drawn(
    make_street: Callable[..., Scene], make_rig: Callable[..., SensorRig]
) -> None:
    picture = camera_overlay(view_of(make_street(make_rig(front=None))))
    assert picture.shape == (240, 320, 3)
    assert (picture[:100] == GREY).all()
    assert (picture[180:] != GREY).any()


def test_a_frame_without_points_says_so_and_still_draws_its_boxes(make_street: Callable[..., Scene]) -> None:
    view = view_of(make_street(points=None))
    picture = camera_overlay(view)
    corner = view.camera.image_plane(view.corners_in_camera[0])[0]
    assert is_near(drawn(picture), corner)


def test_an_image_of_another_size_than_calibrated_is_drawn_at_its_own_size(make_street: Callable[..., Scene]) -> None:
    odd = np.full((200, 300, 3), GREY, np.uint8)
    assert camera_overlay(view_of(make_street(images={"front": odd}))).shape == (200, 300, 3)


def test_an_accused_box_has_the_colour_of_the_accusation_and_the_others_keep_theirs(
    make_street: Callable[..., Scene],
) -> None:
    view = view_of(make_street())
    picture = camera_overlay(view, Emphasis.of([0], PURE_RED), layers=ONLY_BOXES)
    accused, other = (view.project_boxes().bounds_px[row] for row in (0, 1))

    def redness(bounds: Any) -> int:
        left, top, right, bottom = (int(value) for value in bounds)
        part = picture[top - 2 : bottom + 3, left - 2 : right + 3].astype(int)
        return int((part[..., 2] - part[..., 0]).max())

    assert redness(accused) > 200
    person = class_colour("human.pedestrian.adult")
    assert 0 < redness(other) < person.red - person.blue


def test_names_that_are_not_ascii_do_not_break_the_picture(make_street: Callable[..., Scene]) -> None:
    base = make_street().labels.boxes
    boxes = Boxes3D.upright(
        base.centres_m, base.sizes_m, base.yaws_rad, category=["voiture", "пешеход", "🚚"], track=["ñ", "王", "\x00"]
    )
    assert camera_overlay(view_of(make_street(boxes=boxes))).shape == (240, 320, 3)


def test_two_dimensional_boxes_are_drawn_dashed_at_their_edges(make_street: Callable[..., Scene]) -> None:
    boxes_2d = Boxes2D.from_columns(["front"], [[40.0, 60.0, 140.0, 160.0]], category=["vehicle.car"])
    view = view_of(make_street(boxes=Boxes3D.empty(), boxes_2d=boxes_2d))
    picture = camera_overlay(view, layers=replace(ONLY_BOXES, boxes_2d=True))
    colour = np.array(class_colour("vehicle.car").bgr)
    lit = (np.abs(picture[60, 41:139].astype(int) - colour) < 60).all(axis=1)
    assert 0.3 < lit.mean() < 0.7
    assert (picture[100:104, 60:120] == GREY).all()


def test_a_proposed_box_is_drawn_where_it_would_be(make_street: Callable[..., Scene]) -> None:
    view = view_of(make_street(boxes=Boxes3D.empty()))
    wished = Boxes3D.upright([[15.0, -2.0, 0.8]], [[4.5, 1.9, 1.6]], [0.0])
    picture = camera_overlay(view, layers=ONLY_BOXES, proposed=wished)
    corners = view.camera_from_ego.apply(wished.corners_m[0])
    pixels = view.camera.image_plane(on_edges(corners, np.linspace(0, 1, 30)))
    hits = [is_near(drawn(picture), pixel) for pixel in pixels[view.camera.shows(pixels)]]
    assert np.mean(hits) > 0.6


def test_a_crop_has_the_box_in_its_middle_and_draws_it_at_the_crops_own_scale(
    make_street: Callable[..., Scene],
) -> None:
    view = view_of(make_street())
    boxes = view.frame.boxes.take([1])
    crop = crop_around(view, boxes, 400, 300)
    assert crop is not None
    picture = camera_overlay(view, viewport=crop, layers=ONLY_BOXES)
    assert picture.shape == (300, 400, 3)
    placed = crop.place(view.camera.image_plane(view.corners_in_camera[1]))
    assert all(is_near(drawn(picture), pixel) for pixel in placed)
    assert np.ptp(placed[:, 1]) == pytest.approx(150, abs=5)


def test_a_crop_stays_inside_the_image_where_it_can(make_street: Callable[..., Scene]) -> None:
    boxes = Boxes3D.upright([[20.0, 11.0, 0.8]], [[2.0, 1.0, 1.0]], [0.0])
    view = view_of(make_street(boxes=boxes))
    crop = crop_around(view, view.frame.boxes, 200, 150)
    assert crop is not None
    assert (crop.left, crop.left < crop.right <= 319.5) == (-0.5, True)


def test_there_is_no_crop_of_what_the_camera_does_not_see(make_street: Callable[..., Scene]) -> None:
    view = view_of(make_street())
    assert crop_around(view, view.frame.boxes.take([2]), 200, 150) is None


def test_a_scaled_image_keeps_its_content_in_place(make_street: Callable[..., Scene], pinhole: Pinhole) -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    image[100:140, 80:160] = 200
    view = view_of(make_street(images={"front": image}, boxes=Boxes3D.empty(), points=None))
    for width in (160, 640):
        scale = width / 320
        picture = camera_overlay(view, viewport=Viewport.of_image(320, 240, width), layers=ONLY_BOXES)
        rows, columns = np.nonzero(picture[..., 0] > 100)
        assert rows.min() == pytest.approx(100 * scale, abs=1)
        assert columns.max() + 1 == pytest.approx(160 * scale, abs=1)
