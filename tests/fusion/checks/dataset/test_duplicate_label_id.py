from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.dataset.duplicate_label_id import duplicate_label_id
from fusion.checks.finding import findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def labelled(*ids: str) -> Scene:
    count = len(ids)
    boxes = Boxes3D.upright(
        np.arange(count * 3).reshape(count, 3), np.ones((count, 3)), np.zeros(count), label_ids=np.array(ids, object)
    )
    return scene_from_arrays(boxes=boxes)


def test_reports_an_id_that_two_labels_carry_once() -> None:
    found = findings_of(
        duplicate_label_id, duplicate_label_id(labelled("a", "b", "a")), ("arrays", "scene"), lambda s, e: 0.5
    )
    assert [(finding.label, finding.measured, finding.message) for finding in found] == [
        ("a", 2, "2 labels have this id")
    ]


def test_is_quiet_where_every_label_has_its_own() -> None:
    assessment = duplicate_label_id(labelled("a", "b", "c"))
    assert len(assessment) == 3
    assert not assessment.violated.any()


def test_a_scene_without_labels_can_not_be_judged() -> None:
    with pytest.raises(NotMeasurableError, match="nothing is labelled"):
        duplicate_label_id(scene_from_arrays(timestamps_ns=[0]))
