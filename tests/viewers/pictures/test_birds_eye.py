from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from viewers.pictures.birds_eye import Ghost, birds_eye, birds_eye_around, from_above, round_step
from viewers.pictures.emphasis import Emphasis
from viewers.pictures.palette import BACKGROUND, Colour

PURE_RED = Colour(255, 0, 0)
DARK = np.array(BACKGROUND.bgr)


def lit_at(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], x: float, y: float, radius: int = 2) -> bool:
    column, row = round(x), round(y)
    part = picture[max(row - radius, 0) : row + radius + 1, max(column - radius, 0) : column + radius + 1]
    return bool((np.abs(part.astype(int) - DARK) > 40).any())


def test_ahead_is_up_and_left_is_left() -> None:
    assert from_above([10.0, 0.0]).tolist() == [0.0, -10.0]
    assert from_above([0.0, 4.0]).tolist() == [-4.0, 0.0]


def test_a_point_ahead_and_to_the_left_is_drawn_up_and_left_of_the_middle(make_street: Callable[..., Scene]) -> None:
    scene = make_street(points=np.array([[20.0, 10.0, 1.0]], np.float32), boxes=Boxes3D.empty())
    picture = birds_eye(scene.frames[0], half_extent_m=40, size=(800, 800))
    assert lit_at(picture, 400 - 10 * 10, 400 - 20 * 10, radius=1)
    assert not lit_at(picture, 400 + 100, 400 - 205, radius=1)


def test_a_box_is_drawn_round_its_place_with_its_front_marked(make_street: Callable[..., Scene]) -> None:
    box = Boxes3D.upright([[20.0, 0.0, 1.0]], [[10.0, 4.0, 2.0]], [0.0], category=["car"])
    frame = make_street(points=None, boxes=box).frames[0]
    picture = birds_eye(frame, Emphasis.of([0], PURE_RED), half_extent_m=40, size=(800, 800), tags=False)
    red = (picture[..., 2].astype(int) - picture[..., 0]) > 80
    rows, columns = np.nonzero(red)
    assert columns.min() == pytest.approx(400 - 20, abs=3)
    assert columns.max() == pytest.approx(400 + 20, abs=3)
    assert rows.max() == pytest.approx(400 - 150, abs=3)
    assert rows.min() < 400 - 250  # the arrow goes on beyond the front


def test_a_close_look_has_the_object_in_its_middle(make_street: Callable[..., Scene]) -> None:
    frame = make_street().frames[0]
    picture = birds_eye_around(frame, [0], Emphasis.of([0], PURE_RED), size=(300, 300))
    red = (picture[..., 2].astype(int) - picture[..., 0]) > 120
    rows, columns = np.nonzero(red)
    assert columns.mean() == pytest.approx(150, abs=25)
    assert rows.mean() == pytest.approx(150, abs=40)


def test_ghosts_are_drawn_and_kept_in_the_picture(make_street: Callable[..., Scene]) -> None:
    frame = make_street(points=None).frames[0]
    footprint = np.array([[40.0, 3.0], [36.0, 3.0], [36.0, 1.0], [40.0, 1.0]])
    with_ghost = birds_eye_around(frame, [0], size=(300, 300), ghosts=[Ghost(footprint, "+0.50 s", PURE_RED)])
    assert ((with_ghost[..., 2].astype(int) - with_ghost[..., 0]) > 120).any()


def test_a_frame_without_points_or_boxes_says_what_is_missing(make_street: Callable[..., Scene]) -> None:
    bare = birds_eye(make_street(points=None, boxes=Boxes3D.empty()).frames[0], size=(400, 300))
    assert bare.shape == (300, 400, 3)
    assert lit_at(bare, 40, 20, radius=12)


def test_boxes_that_are_nan_and_points_that_are_nan_are_left_out(make_street: Callable[..., Scene]) -> None:
    boxes = Boxes3D.upright([[np.nan, 0, 0], [9, 0, 0.5]], [[4, 2, 1.5]] * 2, [0.0, 0.0])
    points = np.array([[np.nan, 1, 1], [3, np.inf, 1], [9, 0, 0.5]], dtype=np.float32)
    assert birds_eye(make_street(points=points, boxes=boxes).frames[0], size=(200, 200)).shape == (200, 200, 3)


@pytest.mark.parametrize(("length", "step"), [(0.01, 0.1), (3.0, 2.0), (5.0, 5.0), (49.0, 20.0), (9e9, 500.0)])
def test_steps_are_round(length: float, step: float) -> None:
    assert round_step(length) == step
