from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_links import links, side_velocities
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(x_m: np.ndarray, rate_hz: float = 2.0) -> Scene:
    """One car at these places along x."""
    rows = len(x_m)
    stamps_ns = np.round(np.arange(rows) / rate_hz * 1e9).astype(np.int64)
    boxes = Boxes3D.upright(
        np.column_stack([x_m, np.zeros((rows, 2))]),
        np.tile([4.5, 1.9, 1.6], (rows, 1)),
        np.zeros(rows),
        category=["car"] * rows,
        track=["t"] * rows,
        timestamps_ns=stamps_ns,
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, reference="world")


def test_velocities_are_told_from_their_own_side_only() -> None:
    sides = side_velocities(scene_of(np.array([0, 5, 10, 50, 52, 54.0])))
    assert sides.before_mps[2] == pytest.approx([10, 0])
    assert sides.after_mps[3] == pytest.approx([4, 0])
    assert np.isnan(sides.before_mps[0]).all()
    assert np.isnan(sides.after_mps[5]).all()


def test_an_even_drive_links_and_a_leap_does_not() -> None:
    scene = scene_of(np.array([0, 5, 10, 15, 20, 25, 70, 75, 80.0]))
    found = links(scene, np.array([1, 5]), np.array([2, 6]))
    assert found.distance_m == pytest.approx([0, 40])
    assert found.misfit[0] < 1
    assert found.misfit[1] > 1000


def test_the_half_turn_of_a_heading_is_no_other_object() -> None:
    scene = scene_of(np.array([0, 5, 10.0]))
    assert links(scene, np.array([0]), np.array([1])).misfit[0] == pytest.approx(0, abs=1e-9)


def test_single_boxes_tell_nothing() -> None:
    boxes = Boxes3D.upright(
        np.zeros((2, 3)), np.ones((2, 3)), np.zeros(2), track=["a", "b"], timestamps_ns=[0, 500_000_000]
    )
    scene = scene_from_arrays(boxes=boxes, timestamps_ns=[0, 500_000_000], reference="world")
    assert np.isinf(links(scene, np.array([0]), np.array([1])).misfit[0])
