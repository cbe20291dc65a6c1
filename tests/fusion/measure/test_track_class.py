from __future__ import annotations

import numpy as np

from fusion.measure.track_class import TrackClasses, track_classes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays


def classes_of(**tracks: list[str | None]) -> TrackClasses:
    """Tracks below each other, a box a frame."""
    category = [name for names in tracks.values() for name in names]
    frames = [frame for names in tracks.values() for frame in range(len(names))]
    rows = len(category)
    boxes = Boxes3D.upright(
        np.zeros((rows, 3)),
        np.ones((rows, 3)),
        np.zeros(rows),
        category=category,
        track=[track for track, names in tracks.items() for _ in names],
        timestamps_ns=np.asarray(frames),
    )
    return track_classes(scene_from_arrays(boxes=boxes, timestamps_ns=np.arange(max(frames) + 1)))


def test_most_boxes_decide_the_class_of_each_track() -> None:
    found = classes_of(a=["Car", "Van", "Van"], b=["Car", "Car"])
    assert found.usual_rows.tolist() == [1, 3]
    assert found.other.tolist() == [True, False, False, False, False]
    assert found.named.tolist() == [3, 2]
    assert found.changes.tolist() == [1, 0]
    assert found.tied.tolist() == [False, False]


def test_of_equally_frequent_classes_the_first_is_the_usual_one() -> None:
    found = classes_of(a=["Van", "Car", "Car", "Van"])
    assert (found.usual_rows.tolist(), found.tied.tolist(), found.changes.tolist()) == ([0], [True], [2])


def test_capitals_and_separators_make_no_other_class() -> None:
    found = classes_of(a=["traffic_cone", "TrafficCone", "Traffic Cone"])
    assert not found.other.any()
    assert found.changes.tolist() == [0]


def test_boxes_without_a_class_have_no_say() -> None:
    found = classes_of(a=[None, "Car", None, None], b=[None])
    assert found.usual_rows.tolist() == [1, -1]
    assert found.named.tolist() == [1, 0]
    assert not found.other.any()
