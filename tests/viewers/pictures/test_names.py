from __future__ import annotations

import pytest

from fusion.scene.boxes3d import Boxes3D
from viewers.pictures.names import box_name, brief_name, seconds, short_class, short_time, short_track


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("vehicle.car", "car"),
        ("human.pedestrian.adult", "pedestrian.adult"),
        ("Car", "Car"),
        ("odd.", "odd."),
        ("", "?"),
    ],
    ids=["group", "three parts", "plain", "nothing after the dot", "none"],
)
def test_the_group_of_a_class_is_left_out(name: str, short: str) -> None:
    assert short_class(name) == short


def test_long_track_ids_are_cut_and_marked() -> None:
    assert short_track("17") == "17"
    assert short_track("9ded7c2b4cf34cd8a14a5ab91d9f21ec") == "9ded7~"


def test_a_box_without_a_track_goes_by_its_own_id() -> None:
    boxes = Boxes3D.upright([[0, 0, 0]] * 2, [[1, 1, 1]] * 2, [0, 0], category=["Car", "Car"], track=["4", None])
    assert box_name(boxes, 0) == "Car 4"
    assert box_name(boxes, 1) == "Car 1"
    assert brief_name(boxes, 1) == "Car"


def test_times_carry_their_sign() -> None:
    assert seconds(500_000_000) == "+0.50 s"
    assert short_time(-38_400_000) == "-38 ms"
    assert short_time(12_500_000_000) == "+12.50 s"
