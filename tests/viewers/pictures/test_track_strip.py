from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.scene.scene import Scene
from viewers.pictures.palette import Colour
from viewers.pictures.panel import columns
from viewers.pictures.track_strip import track_strip, unbroken_yaws_rad

PURE_RED = Colour(255, 0, 0)
SIZE = (1200, 180)


def row_of(scene: Scene, track: str, frame: int) -> int:
    labels = scene.labels
    return next(r for r in range(len(labels)) if labels.boxes.track[r] == track and labels.frame_index[r] == frame)


def test_three_curves_each_point_out_the_moment(make_drive: Callable[..., Scene]) -> None:
    scene = make_drive()
    picture = track_strip(scene, "17", [row_of(scene, "17", 4)], PURE_RED, SIZE, scene.frames[4].timestamp_ns)
    assert picture.shape == (180, 1200, 3)
    red = ((picture[..., 2] > 200) & (picture[..., 1] < 60)).any(axis=0)
    third = columns(1200, 3)[0]
    places = [np.flatnonzero(part).mean() for part in (red[:third], red[-third:])]
    assert abs(places[0] - places[1]) < 6


def test_a_jump_is_a_peak_of_the_speed(make_drive: Callable[..., Scene]) -> None:
    calm = track_strip(make_drive(jump_at=None), "17", [], PURE_RED, SIZE)
    jumping = track_strip(make_drive(jump_at=4), "17", [], PURE_RED, SIZE)
    third = columns(1200, 3)[0]
    assert (calm[:, :third] != jumping[:, :third]).any()
    assert (calm[:, -third:] == jumping[:, -third:]).all()


def test_missing_boxes_leave_a_gap_in_the_line(make_drive: Callable[..., Scene]) -> None:
    whole = track_strip(make_drive(jump_at=None), "17", [], PURE_RED, SIZE)
    broken = track_strip(make_drive(jump_at=None, missing=3), "17", [], PURE_RED, SIZE)
    third = columns(1200, 3)[0]
    lit = [np.count_nonzero(picture[30:150, -third + 60 :].max(axis=2) > 120) for picture in (whole, broken)]
    assert lit[1] < 0.9 * lit[0]


def test_an_unknown_track_and_one_of_a_single_box_are_drawn(
    make_drive: Callable[..., Scene], make_street: Callable[..., Scene]
) -> None:
    assert track_strip(make_drive(), "no such track", [], PURE_RED, SIZE).shape == (180, 1200, 3)
    assert track_strip(make_street(), "17", [0], PURE_RED, SIZE).shape == (180, 1200, 3)
    assert track_strip(make_street(time_base="synthetic"), "17", [0], PURE_RED, SIZE).shape == (180, 1200, 3)


def test_a_flip_is_a_step_of_half_a_turn_and_back() -> None:
    yaws = np.deg2rad([175.0, 179.0, -177.0, 8.0, -169.0, -165.0])  # turns on, but for one frame the wrong way round
    assert np.rad2deg(unbroken_yaws_rad(yaws)) == pytest.approx([175, 179, 183, 188 + 180, 191, 195])


def test_a_turn_of_more_than_a_round_goes_on_and_on() -> None:
    turning = np.linspace(0, 3 * np.pi, 40)
    wrapped = np.arctan2(np.sin(turning), np.cos(turning))
    assert unbroken_yaws_rad(wrapped) == pytest.approx(turning)


def test_an_unknown_heading_stays_unknown() -> None:
    assert np.isnan(unbroken_yaws_rad(np.array([0.1, np.nan, 0.2]))).tolist() == [False, True, False]
