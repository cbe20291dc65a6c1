from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fusion.formats.nuscenes.labels import track_velocities
from fusion.planting.velocities import with_velocities_renewed
from fusion.scene.label_edits import LabelEdit, edited
from fusion.scene.label_set import LabelSet
from fusion.scene.scene import Scene


def with_velocities(labels: LabelSet, velocities_mps: np.ndarray) -> LabelSet:
    return replace(labels, boxes=replace(labels.boxes, velocities_mps=velocities_mps))


def from_tracks(labels: LabelSet) -> np.ndarray:
    boxes = labels.boxes
    return track_velocities(boxes.track.codes.astype(np.int64), boxes.timestamps_ns, boxes.centres_m)


def moved(labels: LabelSet) -> LabelSet:
    return edited(labels, [LabelEdit("set", "scene", str(labels.boxes.label_ids[30]), centre_m=(5.0, 5.0, 1.0))])


def test_velocities_taken_from_places_are_taken_again(make_street: Callable[..., Scene]) -> None:
    before = make_street().labels
    before = with_velocities(before, from_tracks(before))
    after = with_velocities_renewed(before, moved(before))
    assert after.boxes.velocities_mps is not None
    np.testing.assert_array_equal(after.boxes.velocities_mps, from_tracks(after))
    assert not np.allclose(after.boxes.velocities_mps, before.boxes.velocities_mps)


def test_recorded_velocities_stay(make_street: Callable[..., Scene]) -> None:
    before = make_street().labels
    before = with_velocities(before, np.full((len(before), 3), 1.5))
    after = with_velocities_renewed(before, moved(before))
    np.testing.assert_array_equal(after.boxes.velocities_mps, before.boxes.velocities_mps)


def test_labels_without_velocities_get_none(make_street: Callable[..., Scene]) -> None:
    before = make_street().labels
    assert with_velocities_renewed(before, moved(before)).boxes.velocities_mps is None
