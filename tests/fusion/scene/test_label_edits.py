from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fusion.errors import LabelEditError
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.label_edits import LabelEdit, edited, joined
from fusion.scene.label_set import LabelSet


def labels(**parts: Any) -> LabelSet:
    boxes = Boxes3D.upright(
        [[1, 0, 0], [2, 0, 0], [3, 0, 0]],
        [[4, 2, 1]] * 3,
        [0, 0, 0],
        category=["car", "car", "bus"],
        track=["a", "b", "a"],
        label_ids=np.asarray(["x", "y", "z"], dtype=object),
        recorded_point_counts=[10, 20, 30],
        attributes=Attributes(
            {
                "state": AttributeColumn(Coded.from_values(["parked", None, "moving"])),
                "occlusion": AttributeColumn(np.array([0.0, 1.0, np.nan])),
            }
        ),
    )
    return LabelSet("labels", boxes, "ego", np.array([0, 0, 1]), **parts)


def test_set_changes_what_is_given_and_nothing_else() -> None:
    after = edited(labels(), [LabelEdit("set", "s", "y", centre_m=(5.0, 6.0, 7.0), category="van")])
    assert after.boxes.centres_m.tolist() == [[1, 0, 0], [5, 6, 7], [3, 0, 0]]
    assert after.boxes.category.values.tolist() == ["car", "van", "bus"]
    assert after.boxes.track.values.tolist() == ["a", "b", "a"]
    assert after.boxes.sizes_m.tolist() == labels().boxes.sizes_m.tolist()


def test_points_of_a_moved_box_are_unknown_until_counted() -> None:
    moved = LabelEdit("set", "s", "x", size_m=(1.0, 1.0, 1.0))
    counted = LabelEdit("set", "s", "y", rotation=(0.0, 0.0, 0.0, 1.0), point_count=7)
    renamed = LabelEdit("set", "s", "z", track="c")
    counts = edited(labels(), [moved, counted, renamed]).boxes.recorded_point_counts
    assert counts is not None
    assert counts.tolist() == [-1, 7, 30]


def test_attributes_are_set_by_name_and_cleared_with_none() -> None:
    after = edited(labels(), [LabelEdit("set", "s", "z", attributes={"state": None, "occlusion": 2.0})])
    assert [after.boxes.attributes["state"][row] for row in range(3)] == ["parked", None, None]
    assert [after.boxes.attributes["occlusion"][row] for row in range(3)] == [0.0, 1.0, 2.0]


def test_an_added_label_is_like_another_but_for_what_is_given() -> None:
    new = LabelEdit("add", "s", "n", track="c", like="z", frame=0, timestamp_ns=9, centre_m=(0.0, 0.0, 0.0))
    after = edited(labels(), [new, LabelEdit("delete", "s", "x")])
    assert after.boxes.label_ids.tolist() == ["y", "z", "n"]
    assert after.frame_index.tolist() == [0, 1, 0]
    assert after.boxes.row(2).category == "bus"
    assert after.boxes.row(2).track == "c"
    assert after.boxes.row(2).timestamp_ns == 9


def test_a_2d_box_of_the_same_record_goes_with_its_label_and_a_linked_one_stays() -> None:
    flat = Boxes2D.from_columns(
        ["cam", "cam", "cam"],
        np.zeros((3, 4)),
        label_ids=np.asarray(["x", "other", "z"], dtype=object),
        box3d_rows=[0, 0, 2],
    )
    after = edited(labels(boxes_2d=flat), [LabelEdit("delete", "s", "x")]).boxes_2d
    assert after is not None
    assert after.label_ids.tolist() == ["other", "z"]
    assert after.box3d_rows.tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (LabelEdit("set", "s", "q", category="car"), "no such label"),
        (LabelEdit("delete", "s", "q"), "no such label"),
        (LabelEdit("add", "s", "x", like="y", frame=0, timestamp_ns=0), "one of that name"),
        (LabelEdit("add", "s", "n", like="y"), "needs a frame"),
        (LabelEdit("set", "s", "x", attributes={"colour": "red"}), "colour"),
    ],
)
def test_an_edit_that_fits_nothing_is_refused(edit: LabelEdit, says: str) -> None:
    with pytest.raises(LabelEditError, match=says):
        edited(labels(), [edit])


def test_edits_made_one_after_the_other_are_one_a_label() -> None:
    steps = [
        [LabelEdit("set", "s", "x", centre_m=(1.0, 2.0, 3.0), category="van")],
        [LabelEdit("add", "s", "n", track="c", like="x", frame=0, timestamp_ns=1, centre_m=(9.0, 9.0, 9.0))],
        [LabelEdit("set", "s", "n", category="bus"), LabelEdit("set", "s", "x", track="d")],
        [LabelEdit("add", "s", "m", like="n", frame=1, timestamp_ns=2, size_m=(1.0, 1.0, 1.0))],
        [LabelEdit("delete", "s", "n"), LabelEdit("delete", "s", "y")],
    ]
    one_by_one = labels()
    for step in steps:
        one_by_one = edited(one_by_one, step)
    at_once = edited(labels(), joined([edit for step in steps for edit in step]))
    assert at_once.boxes.label_ids.tolist() == one_by_one.boxes.label_ids.tolist() == ["x", "z", "m"]
    for row in range(3):
        assert at_once.boxes.row(row) == one_by_one.boxes.row(row)
    assert at_once.frame_index.tolist() == one_by_one.frame_index.tolist()
