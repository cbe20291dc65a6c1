from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.proposal import boxes_added, boxes_set
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_set import LabelSet

STAMPS_NS = (100, 200, 300)


@pytest.fixture
def labels() -> LabelSet:
    boxes = Boxes3D.upright(
        np.zeros((3, 3)),
        np.ones((3, 3)),
        np.zeros(3),
        track=["car", "car", "car"],
        label_ids=["one", "two", "three"],
        timestamps_ns=np.asarray(STAMPS_NS),
    )
    return LabelSet("labels", boxes, "world", np.arange(3))


def test_one_box_goes_by_its_own_id(labels: LabelSet) -> None:
    proposal = boxes_set(labels, np.asarray([1]), {"category": "van"})
    assert (proposal.action, proposal.target, proposal.timestamps_ns) == ("set", "two", (200,))


def test_several_boxes_go_by_their_track_and_times(labels: LabelSet) -> None:
    proposal = boxes_set(labels, np.asarray([0, 2]), {"yaw_rad": np.asarray([0.1234567, np.pi])})
    assert (proposal.target, proposal.timestamps_ns, proposal.reference) == ("car", (100, 300), "world")
    assert proposal.values == {"yaw_rad": [0.12346, 3.14159]}


def test_added_boxes_have_places_and_headings_each_and_one_size(labels: LabelSet) -> None:
    boxes = Boxes3D.upright(
        np.asarray([[1.0, 2.0, 3.0], [4.00004, 5.0, 6.0]]),
        np.tile([4.0, 2.0, 1.5], (2, 1)),
        np.asarray([0.5, -0.5]),
        timestamps_ns=np.asarray([150, 250]),
    )
    proposal = boxes_added(labels, 2, boxes)
    assert (proposal.action, proposal.target, proposal.timestamps_ns) == ("add", "car", (150, 250))
    assert proposal.values == {
        "centre_m": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        "size_m": [4.0, 2.0, 1.5],
        "yaw_rad": [0.5, -0.5],
    }
