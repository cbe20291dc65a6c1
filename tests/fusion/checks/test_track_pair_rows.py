from __future__ import annotations

import numpy as np

from fusion.checks.track_pair_rows import TrackPairRows
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays


def test_a_pair_is_the_same_pair_in_whichever_order() -> None:
    boxes = Boxes3D.upright(np.zeros((2, 3)), np.ones((2, 3)), np.zeros(2), track=["b", "a"])
    pairs = TrackPairRows(scene_from_arrays(boxes=boxes), np.array([0, 1]), np.array([1, 0]))
    one, other = pairs.describe(0), pairs.describe(1)
    assert len(pairs) == 2
    assert (one.kind, one.key, other.key) == ("track", ("a", "b"), ("a", "b"))
    assert [label["track"] for label in one.labels] == ["b", "a"]
    assert pairs.label_rows().tolist() == [0, 1]
