from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_freezes import freezes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(x_m: np.ndarray) -> Scene:
    rows = len(x_m)
    stamps_ns = np.arange(rows) * 100_000_000
    boxes = Boxes3D.upright(
        np.column_stack([x_m, np.zeros((rows, 2))]),
        np.ones((rows, 3)),
        np.zeros(rows),
        track=["t"] * rows,
        timestamps_ns=stamps_ns,
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, reference="world")


def test_a_freeze_has_the_rows_that_repeat_and_the_way_that_is_lost() -> None:
    x_m = np.arange(20.0)
    x_m[8:13] = x_m[8]
    found = freezes(scene_of(x_m))
    assert [rows.tolist() for rows in found.rows] == [[8, 9, 10, 11, 12]]
    assert (found.lost_m[0], found.seconds[0], bool(found.abrupt[0])) == (pytest.approx(4.0), pytest.approx(0.4), True)


def test_two_equal_boxes_are_no_freeze() -> None:
    assert len(freezes(scene_of(np.array([0, 1, 2, 2, 4, 5.0]))).track) == 0


def test_what_stands_before_and_after_is_not_abrupt() -> None:
    assert not freezes(scene_of(np.zeros(20))).abrupt.any()
