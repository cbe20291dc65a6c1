from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays
from viewers.pictures.palette import Colour
from viewers.pictures.timeline import NAMES_PX, RIGHT_PX, step_plot, timeline

PURE_RED = Colour(255, 0, 0)
SIZE = (1000, 200)


def scene_at(stamps_ns: list[int]) -> Scene:
    points = [np.zeros((1, 3), np.float32)] * len(stamps_ns)
    return scene_from_arrays(boxes=Boxes3D.empty(), timestamps_ns=stamps_ns, points=points, box_frames=[])


def red_columns(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    red = picture[:, NAMES_PX:-RIGHT_PX, 2].astype(int) - picture[:, NAMES_PX:-RIGHT_PX, 0] > 150
    return np.flatnonzero(red.any(axis=0))


def groups(columns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    return int(np.count_nonzero(np.diff(columns) > 1)) + 1


def test_every_measurement_is_a_tick_of_the_accused_sensor() -> None:
    stamps = [int(step * 1e8) for step in range(11)]
    picture = timeline(scene_at(stamps), "lidar", PURE_RED, size=SIZE)
    assert groups(red_columns(picture)) == 11


def test_a_dropped_measurement_is_filled() -> None:
    stamps = [int(step * 1e8) for step in range(11) if step != 5]
    even = [int(step * 1e8) for step in range(10)]

    def faint(times: list[int]) -> int:
        picture = timeline(scene_at(times), "lidar", PURE_RED, size=SIZE)
        inner = picture[:, NAMES_PX:-RIGHT_PX].astype(int)
        return int(np.count_nonzero((inner[..., 2] - inner[..., 0] > 30) & (inner[..., 2] < 140)))

    assert faint(stamps) > faint(even) + 500


def test_a_long_scene_is_shown_about_the_moment() -> None:
    stamps = [int(step * 1e8) for step in range(1000)]
    picture = timeline(scene_at(stamps), "lidar", PURE_RED, moment_ns=stamps[500], size=SIZE)
    assert 35 <= groups(red_columns(picture)) <= 45


def test_a_scene_without_streams_or_with_a_single_stamp_is_drawn(make_street: Callable[..., Scene]) -> None:
    assert timeline(scene_at([5]), "lidar", PURE_RED, size=SIZE).shape == (200, 1000, 3)
    assert timeline(scene_at([]), None, PURE_RED, size=SIZE).shape == (200, 1000, 3)
    assert timeline(make_street(), "no such sensor", PURE_RED, size=SIZE).shape == (200, 1000, 3)


def test_steps_that_stand_still_or_go_back_are_pointed_out() -> None:
    even = np.arange(20, dtype=np.int64) * 100_000_000
    disordered = even.copy()
    disordered[[7, 8]] = disordered[[8, 7]]
    repeated = even.copy()
    repeated[10] = repeated[9]

    def red(stamps: np.ndarray[tuple[int], np.dtype[np.int64]]) -> bool:
        picture = step_plot(stamps, PURE_RED, SIZE)
        return bool((picture[..., 2].astype(int) - picture[..., 0] > 150).any())

    assert not red(even)
    assert red(disordered)
    assert red(repeated)
    assert step_plot(even[:1], PURE_RED, SIZE).shape == (200, 1000, 3)
