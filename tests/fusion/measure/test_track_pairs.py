from __future__ import annotations

import numpy as np
import pytest

from fusion.errors import NotMeasurableError
from fusion.measure.track_pairs import track_pairs
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

STAMPS_NS = np.arange(3) * 100_000_000


def test_pairs_are_counted_over_all_frames_whichever_comes_first() -> None:
    boxes = Boxes3D.upright(
        [[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 0], [0, 0, 0], [9, 0, 0]],
        np.tile([4.0, 2.0, 1.0], (6, 1)),
        np.zeros(6),
        track=["a", "b", "b", "a", "a", "b"],
    )
    scene = scene_from_arrays(boxes=boxes, timestamps_ns=STAMPS_NS, box_frames=[0, 0, 1, 1, 2, 2])
    pairs = track_pairs(scene)
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0], [1])
    assert (pairs.frames.tolist(), pairs.both_frames.tolist()) == ([2], [3])
    assert pairs.iou[0] == pytest.approx(2 / 6)  # the lower middle of 3/5 and 2/6
    assert (pairs.worst_first.tolist(), pairs.worst_second.tolist()) == ([0], [1])


def test_there_may_be_no_pairs_and_no_tracks() -> None:
    boxes = Boxes3D.upright([[0, 0, 0]], [[4.0, 2, 1]], [0.0], track=["a"])
    assert len(track_pairs(scene_from_arrays(boxes=boxes)).first) == 0
    with pytest.raises(NotMeasurableError, match="no track ids"):
        track_pairs(scene_from_arrays(boxes=Boxes3D.empty()))
