from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_runs import runs_of
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(*lengths: int) -> Scene:
    """Tracks of so many boxes, ten a second."""
    frames = np.concatenate([np.arange(length) for length in lengths])
    boxes = Boxes3D.upright(
        np.zeros((len(frames), 3)),
        np.ones((len(frames), 3)),
        np.zeros(len(frames)),
        track=list(np.repeat([f"t{number}" for number in range(len(lengths))], lengths)),
        timestamps_ns=frames * 100_000_000,
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=np.arange(max(lengths)) * 100_000_000, box_frames=frames)


def test_runs_end_with_their_track() -> None:
    scene = scene_of(4, 3)
    runs = runs_of(scene, np.array([True, False, True, True, True, True, False]))
    assert (runs.track.tolist(), runs.boxes.tolist()) == ([0, 0, 1], [1, 2, 2])
    assert runs.seconds == pytest.approx([0.0, 0.1, 0.1])
    assert runs.sums(scene.labels.tracks, np.arange(7.0)) == pytest.approx([0, 5, 9])
    assert runs.of_each_track(np.array([2.0, 1.0, 0.0]), 2).tolist() == [0, -1]
    assert runs.tracks_with(runs.boxes > 1, 2).tolist() == [True, True]


def test_there_may_be_no_runs() -> None:
    runs = runs_of(scene_of(3), np.zeros(3, dtype=bool))
    assert len(runs) == 0
    assert runs.of_each_track(np.zeros(0), 1).tolist() == [-1]
