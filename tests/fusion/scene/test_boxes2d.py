from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.errors import ShapeError
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes2d import Boxes2D

EDGES = [[0, 0, 10, 5], [20, 30, 10, 20]]


def test_what_is_left_out_is_absent() -> None:
    boxes = Boxes2D.from_columns(["left", "right"], EDGES)
    assert boxes.camera.values.tolist() == ["left", "right"]
    assert boxes.label_ids.tolist() == ["0", "1"]
    assert boxes.category.values.tolist() == ["", ""]
    assert boxes.box3d_rows.tolist() == [-1, -1]
    assert boxes.frame_index.tolist() == [0, 0]
    assert boxes.derived is None


def test_a_box_drawn_the_wrong_way_round_has_no_area() -> None:
    assert Boxes2D.from_columns(["left", "right"], EDGES).areas_px2.tolist() == [50, 0]


def test_taken_rows_take_every_column_along() -> None:
    boxes = Boxes2D.from_columns(
        ["left", "right"],
        EDGES,
        category=["car", "van"],
        track=[None, "7"],
        timestamps_ns=[1, 2],
        box3d_rows=np.array([4, 5]),
        attributes=Attributes({"occluded": AttributeColumn(np.array([0.0, 2.0]))}),
        derived=True,
    )
    taken = boxes.take([1])
    assert (taken.camera[0], taken.category[0], taken.track[0]) == ("right", "van", "7")
    assert (taken.timestamps_ns[0], taken.box3d_rows[0], taken.attributes["occluded"][0]) == (2, 5, 2.0)
    assert taken.derived is True


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"category": ["car"]}, id="too few classes"),
        pytest.param({"box3d_rows": [1]}, id="too few links"),
        pytest.param({"timestamps_ns": [0.5, 0.6]}, id="seconds for nanoseconds"),
        pytest.param({"attributes": Attributes({"occluded": AttributeColumn(np.zeros(3))})}, id="attributes"),
    ],
)
def test_columns_that_do_not_fit_together_are_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        Boxes2D.from_columns(["left", "right"], EDGES, **columns)


def test_no_boxes_are_boxes_too() -> None:
    assert Boxes2D.from_columns([], np.zeros((0, 4))).areas_px2.shape == (0,)
