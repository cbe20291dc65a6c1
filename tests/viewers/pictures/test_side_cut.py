from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fusion.measure.ground import GroundBelow
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from viewers.pictures.palette import GROUND, Colour
from viewers.pictures.side_cut import Cut, side_cut

PURE_RED = Colour(255, 0, 0)
SIZE = (400, 300)


def ground_at(height_m: float) -> Callable[..., GroundBelow]:
    def below(model: object, centres_m: Any, sizes_m: Any, rotations: Any) -> GroundBelow:
        column = np.full(len(centres_m), height_m)
        return GroundBelow(column, np.full(len(centres_m), 50), column * 0, column * 0)

    return below


@pytest.fixture
def flat_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ground at z = 0 below every box."""
    monkeypatch.setattr("viewers.pictures.side_cut.ground_below", ground_at(0.0))


@pytest.fixture
def unseen_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few points below every box."""
    monkeypatch.setattr("viewers.pictures.side_cut.ground_below", ground_at(np.nan))


def lifted_car(make_street: Callable[..., Scene], by_m: float) -> Any:
    car = Boxes3D.upright([[12.0, 0.0, 0.8 + by_m]], [[4.0, 2.0, 1.6]], [0.7], category=["car"])
    return make_street(boxes=car).frames[0]


def cut_of(frame: Any, *arguments: Any) -> Any:
    return side_cut(frame, frame.boxes.take([0]), *arguments)


def outline_rows(picture: Any) -> np.ndarray[Any, Any]:
    red = (picture[..., 2].astype(int) - picture[..., 0]) > 150
    return np.flatnonzero(red.sum(axis=1) > 60)


def ground_row(picture: Any) -> int:
    near_ground_colour = (np.abs(picture.astype(int) - GROUND.bgr) < 30).all(axis=2)
    return int(np.argmax(near_ground_colour.sum(axis=1)))


@pytest.mark.usefixtures("flat_ground")
@pytest.mark.parametrize("cut", Cut, ids=[cut.value for cut in Cut])
def test_a_lifted_box_hangs_above_the_ground_by_as_much(make_street: Callable[..., Scene], cut: Cut) -> None:
    picture = cut_of(lifted_car(make_street, 0.5), PURE_RED, SIZE, cut)
    rows = outline_rows(picture)
    height_px = rows.max() - rows.min()
    gap_px = ground_row(picture) - rows.max()
    assert gap_px / height_px == pytest.approx(0.5 / 1.6, abs=0.05)


@pytest.mark.usefixtures("flat_ground")
def test_a_box_on_the_ground_stands_on_it(make_street: Callable[..., Scene]) -> None:
    picture = cut_of(lifted_car(make_street, 0.0), PURE_RED, SIZE)
    assert abs(ground_row(picture) - outline_rows(picture).max()) <= 3


@pytest.mark.usefixtures("flat_ground")
def test_the_side_shows_the_length_and_the_rear_the_width(make_street: Callable[..., Scene]) -> None:
    frame = lifted_car(make_street, 0.0)
    shape = {}
    for cut in Cut:
        picture = side_cut(frame, frame.boxes.take([0]), PURE_RED, SIZE, cut)
        red = (picture[..., 2].astype(int) - picture[..., 0]) > 150
        rows = outline_rows(picture)
        columns = np.flatnonzero(red[rows.min() + 5 : rows.max() - 5].sum(axis=0) > 40)
        shape[cut] = np.ptp(columns) / np.ptp(rows)
    assert shape[Cut.SIDE] == pytest.approx(4.0 / 1.6, rel=0.08)
    assert shape[Cut.REAR] == pytest.approx(2.0 / 1.6, rel=0.08)


@pytest.mark.usefixtures("unseen_ground")
def test_unknown_ground_is_said_and_not_drawn(make_street: Callable[..., Scene]) -> None:
    picture = cut_of(lifted_car(make_street, 0.5), PURE_RED, SIZE)
    assert not (np.abs(picture.astype(int) - GROUND.bgr) < 10).all(axis=2).any()
    assert picture[8:24, 8:120].max() > 120


@pytest.mark.usefixtures("unseen_ground")
def test_a_frame_without_points_is_cut_all_the_same(make_street: Callable[..., Scene]) -> None:
    frame = make_street(points=None).frames[0]
    assert len(outline_rows(side_cut(frame, frame.boxes.take([0]), PURE_RED, SIZE)))


@pytest.mark.usefixtures("flat_ground")
def test_only_points_of_the_slab_are_shown(make_street: Callable[..., Scene]) -> None:
    car = Boxes3D.upright([[12.0, 0.0, 0.8]], [[4.0, 2.0, 1.6]], [0.0], category=["car"])
    beside = np.array([[12.0, 1.6, 1.2]], dtype=np.float32)
    within = np.array([[12.0, 0.4, 1.2]], dtype=np.float32)
    far = np.array([[90.0, 50.0, 1.2]], dtype=np.float32)
    empty = cut_of(make_street(boxes=car, points=far).frames[0], PURE_RED, SIZE)[40:]
    alone = cut_of(make_street(boxes=car, points=beside).frames[0], PURE_RED, SIZE)[40:]
    inside = cut_of(make_street(boxes=car, points=within).frames[0], PURE_RED, SIZE)[40:]
    assert (alone == empty).all()
    assert (inside != empty).any()
