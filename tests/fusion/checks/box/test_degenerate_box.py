from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.box.degenerate_box import degenerate_box
from fusion.checks.finding import findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

SOUND = ([15.0, 2, 0.8], [4.5, 1.9, 1.6], [1.0, 0, 0, 0])


def scene_of(*boxes: tuple[list[float], list[float], list[float]]) -> Scene:
    return scene_from_arrays(boxes=Boxes3D.from_columns(*(np.array(column) for column in zip(*boxes, strict=True))))


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (([15, 2, 0.8], [4.5, 1.9, np.nan], [1, 0, 0, 0]), "1 numbers of its size are NaN or infinite"),
        (([np.inf, 2, 0.8], [4.5, 1.9, 1.6], [np.nan] * 4), "5 numbers of its place, rotation are NaN or infinite"),
    ],
    ids=["height", "place and rotation"],
)
def test_reports_numbers_that_are_none(box: tuple[list[float], list[float], list[float]], message: str) -> None:
    scene = scene_of(SOUND, box)
    (finding,) = findings_of(degenerate_box, degenerate_box(scene), ("arrays", "scene"), lambda s, e: 0.5)
    assert (finding.message, finding.severity, finding.label) == (message, "error", "1")


def test_is_quiet_on_sound_boxes() -> None:
    assert not degenerate_box(scene_of(SOUND, SOUND)).violated.any()


def test_a_scene_without_labels_can_not_be_judged() -> None:
    with pytest.raises(NotMeasurableError, match="nothing is labelled"):
        degenerate_box(scene_from_arrays(timestamps_ns=[0]))
