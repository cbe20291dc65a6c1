from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_motion import track_motion
from fusion.measure.track_tolerance import USUAL, PathTolerance, departures_beyond
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(reference: str) -> Scene:
    """A car and a pedestrian 10 m away, twice."""
    boxes = Boxes3D.upright(
        np.tile([10.0, 0, 0], (4, 1)),
        np.ones((4, 3)),
        np.zeros(4),
        category=["car", "pedestrian"] * 2,
        track=["a", "b"] * 2,
        timestamps_ns=[0, 0, 100_000_000, 100_000_000],
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=[0, 100_000_000], reference=reference)


def test_doubt_grows_with_range_and_depends_on_the_class() -> None:
    doubt = USUAL.doubt(track_motion(scene_of("world")))
    assert doubt.acceleration.tolist() == [8, 10, 8, 10]
    relative = USUAL.doubt(track_motion(scene_of("ego")))
    assert relative.jitter_m == pytest.approx(np.full(4, 0.12))
    assert relative.acceleration.tolist() == [24, 26, 24, 26]  # 6 of the ego vehicle's braking, 10 of its turning in


def test_the_same_tolerance_is_worked_out_once() -> None:
    scene = scene_of("world")
    assert departures_beyond(scene) is departures_beyond(scene, PathTolerance())
    assert departures_beyond(scene) is not departures_beyond(scene, PathTolerance(jitter_m=0.2))
