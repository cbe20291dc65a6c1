from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_size import size_strays
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(sizes_m: np.ndarray, tracks: list[str | None]) -> Scene:
    rows = len(sizes_m)
    boxes = Boxes3D.upright(np.zeros((rows, 3)), sizes_m, np.zeros(rows), track=tracks, timestamps_ns=np.arange(rows))
    return scene_from_arrays(boxes=boxes, timestamps_ns=np.arange(rows))


def test_each_dimension_is_held_against_the_median_of_its_track() -> None:
    strays = size_strays(scene_of(np.array([[4, 2, 1.5], [4, 2, 1.5], [5, 1, 1.5], [9, 3, 3]]), ["a", "a", "a", "b"]))
    assert strays.median_m[2].tolist() == [4, 2, 1.5]
    assert strays.change_m[2].tolist() == [1, 1, 0]
    assert strays.change_share[2].tolist() == [0.25, 0.5, 0]
    assert strays.change_m[3].tolist() == [0, 0, 0]


def test_boxes_without_a_track_stray_from_nothing() -> None:
    strays = size_strays(scene_of(np.array([[4, 2, 1.5], [8, 2, 1.5]]), [None, None]))
    assert strays.change_m.max() == 0
    assert strays.median_m.tolist() == [[4, 2, 1.5], [8, 2, 1.5]]


def test_spread_is_a_standard_deviation_that_outliers_don_t_move(rng) -> None:
    sizes_m = np.array([4.0, 2.0, 1.5]) + rng.normal(0, [0.10, 0.05, 0.0], (400, 3))
    sizes_m[:40] *= 2
    spread_m = size_strays(scene_of(sizes_m, ["a"] * 400)).spread_m[0]
    assert spread_m == pytest.approx([0.10, 0.05, 0.0], rel=0.25)


def test_a_short_track_is_as_shaky_as_the_scene(rng) -> None:
    sizes_m = np.array([4.0, 2.0, 1.5]) + rng.normal(0, 0.1, (203, 3))
    sizes_m[200:] = [4.0, 2.0, 1.5]
    strays = size_strays(scene_of(sizes_m, ["long"] * 200 + ["short"] * 3))
    assert strays.spread_m[201] == pytest.approx([0.1] * 3, rel=0.2)


def test_a_size_of_zero_divides_nothing() -> None:
    strays = size_strays(scene_of(np.zeros((3, 3)), ["a"] * 3))
    assert strays.change_share.max() == 0
