from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.attribute_changes import attribute_changes
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene_builder import scene_from_arrays


def test_a_moment_has_a_value_around_it_a_time_and_its_rows() -> None:
    stamps_ns = np.arange(8) * 100_000_000
    doors = Coded.from_values(["shut", "shut", None, "open", "open", "shut", "shut", "open"])
    boxes = Boxes3D.upright(
        np.zeros((8, 3)),
        np.ones((8, 3)),
        np.zeros(8),
        track=["t"] * 8,
        timestamps_ns=stamps_ns,
        attributes=Attributes({"doors": AttributeColumn(doors)}),
    )
    (found,) = attribute_changes(scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns), 1.0)
    assert [rows.tolist() for rows in found.rows] == [[3, 4]]
    assert (found.usual, found.seconds.tolist()) == (("shut",), [pytest.approx(0.4)])
