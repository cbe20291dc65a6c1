from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from fusion.errors import NotMeasurableError
from fusion.judge.effects import CameraEffect, renewed
from fusion.measure.frame_steps import POSE, SLIP
from fusion.planting.confusion import CAUSES, LABEL, NOTHING, ConfusionTable, confusion_table, named_cause
from fusion.planting.confusion import with_drawn_boxes as drawn
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.scene.scene import Scene

LONG = DriveOptions(frames=40, objects=60)


def test_each_planted_cause_is_named_or_cannot_be_shown() -> None:
    table = confusion_table(simulated_drive(5, LONG), range(2))
    assert {cause for cause in CAUSES if table.trials(cause)} >= {"rotation", "time", POSE, SLIP}
    for cause in CAUSES:
        assert table.wrong(cause) == 0
        assert not table.trials(cause) or table.right(cause) == 1


def test_a_right_drive_names_nothing() -> None:
    assert [named_cause(simulated_drive(seed, LONG)) for seed in range(3)] == [NOTHING] * 3


def test_without_2d_boxes_some_are_drawn() -> None:
    scene = simulated_drive(6, LONG)
    bare = renewed(scene, label_sets={"labels": replace(scene.labels, boxes_2d=None)})
    told = drawn(bare, np.random.default_rng(1))
    assert told.labels.boxes_2d is not None
    assert len(told.labels.boxes_2d) > 100
    assert named_cause(told) == NOTHING
    assert named_cause(confused(told)) == "rotation"


def confused(scene: Scene) -> Scene:
    """Its camera a degree to the right of what its file says."""
    return CameraEffect("camera 0", np.radians([0.0, 0.0, 1.0]), np.zeros(3)).removed_from(scene)


def test_inseparable_counts_as_right_and_other_causes_as_wrong() -> None:
    named = Counter({("time", "time or rotation"): 2, ("time", "rotation"): 1, ("time", NOTHING): 1})
    table = ConfusionTable(named, Counter({("time", LABEL): 1}))
    assert (table.trials("time"), table.right("time"), table.wrong("time")) == (4, 0.5, 0.4)
    assert np.isnan(table.right("rotation"))


def test_a_drive_that_shows_nothing_is_refused() -> None:
    with pytest.raises(NotMeasurableError, match="labelled objects"):
        confusion_table(simulated_drive(1, DriveOptions(objects=2, frames=10)), [0], ["rotation"])
