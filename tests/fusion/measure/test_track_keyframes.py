from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_keyframes import keyframes
from fusion.measure.track_sawtooth import sawteeth
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(xy_m: np.ndarray) -> Scene:
    rows = len(xy_m)
    stamps_ns = np.arange(rows) * 100_000_000
    boxes = Boxes3D.upright(
        np.column_stack([xy_m, np.zeros(rows)]),
        np.ones((rows, 3)),
        np.zeros(rows),
        track=["t"] * rows,
        timestamps_ns=stamps_ns,
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, reference="world")


def test_a_keyframe_is_where_two_straight_stretches_meet() -> None:
    x_m = np.arange(11.0)
    found = keyframes(scene_of(np.column_stack([x_m, np.maximum(x_m - 5, 0)])))
    assert (found.rows.tolist(), found.boxes.tolist()) == ([5], [11])
    assert (np.degrees(found.bend_rad[0]), found.leg_m[0]) == pytest.approx((45, 5))
    assert found.sag_m[0] == pytest.approx(5 * np.pi / 4 / 8)


def test_a_curve_has_none(rng: np.random.Generator) -> None:
    angles = np.linspace(0, 1, 20)
    assert len(keyframes(scene_of(10 * np.column_stack([np.sin(angles), np.cos(angles)]))).rows) == 0
    assert len(keyframes(scene_of(np.column_stack([np.arange(20.0), rng.normal(0, 0.05, 20)]))).rows) == 0


def test_teeth_are_counted_where_they_come_regularly() -> None:
    x_m = np.arange(30.0) + 0.5 * (np.arange(30) // 6)
    found = sawteeth(scene_of(np.column_stack([x_m, 0 * x_m])), 0.2, 6.0)
    assert (found.teeth.tolist(), found.first_rows.tolist(), found.every.tolist()) == ([4], [6], [6.0])
    assert found.size_m[0] == pytest.approx(0.5)
