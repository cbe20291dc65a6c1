from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.errors import ShapeError
from calibration.transform import RigidTransform
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Box3D, Boxes3D, Provenance
from fusion.scene.coded import Coded


def two_boxes(**columns: Any) -> Boxes3D:
    return Boxes3D.upright([[10, 2, 0.8], [0, -5, 1]], [[4, 2, 1.6], [1, 1, 2]], [0.0, np.pi / 2], **columns)


def full_box() -> Boxes3D:
    return Boxes3D.upright(
        [[1, 2, 3]],
        [[4, 2, 1]],
        [0.5],
        category=["car"],
        track=["a"],
        label_ids=["7"],
        timestamps_ns=[9],
        velocities_mps=[[3, 0, 0]],
        confidences=[0.5],
        recorded_point_counts=[12],
        recorded_radar_counts=[1],
        attributes=Attributes({"occluded": AttributeColumn(np.array([2.0]))}),
        provenance=Provenance(
            Coded.from_values(["a.txt"]),
            np.array([3], dtype=np.int32),
            annotator=Coded.from_values(["Ada"]),
            vendor=Coded.from_values(["ACME"]),
            interpolated=np.array([1], dtype=np.int8),
        ),
    )


def test_a_row_as_an_object_says_what_the_columns_say() -> None:
    row = full_box().row(0)
    assert row == Box3D((1, 2, 3), (4, 2, 1), pytest.approx(0.5), "car", "a", "7", 9)


def test_a_box_stands_on_its_bottom_at_its_range() -> None:
    boxes = two_boxes()
    np.testing.assert_allclose(boxes.bottoms_m, [0, 0])
    np.testing.assert_allclose(boxes.ranges_m, [np.hypot(10, 2), 5])
    np.testing.assert_allclose(boxes.yaws_rad, [0, np.pi / 2])
    np.testing.assert_allclose(boxes.corners_m[0, 0], [12, 3, 0])


def test_headings_give_the_yaw_and_their_climb_is_dropped() -> None:
    boxes = Boxes3D.upright([[0, 0, 0]], [[4, 2, 1]], headings=[[0.0, -2.0, 0.7]])
    np.testing.assert_allclose(boxes.yaws_rad, [-np.pi / 2])
    with pytest.raises(ShapeError, match="yaws_rad or headings"):
        Boxes3D.upright([[0, 0, 0]], [[4, 2, 1]])


def test_what_is_left_out_is_absent() -> None:
    boxes = two_boxes()
    assert boxes.label_ids.tolist() == ["0", "1"]
    assert boxes.category.values.tolist() == boxes.track.values.tolist() == ["", ""]
    assert boxes.timestamps_ns.tolist() == [0, 0]
    assert boxes.velocities_mps is None
    assert boxes.provenance is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        pytest.param({"category": ["car"]}, "must have 2 rows", id="too few classes"),
        pytest.param({"label_ids": ["1", "2", "3"]}, "must have 2 rows", id="too many ids"),
        pytest.param({"velocities_mps": np.zeros((2, 2))}, r"must be \(N, 3\)", id="flat velocities"),
        pytest.param({"confidences": [0.5]}, "must have 2 rows", id="too few confidences"),
        pytest.param({"timestamps_ns": [0.1, 0.2]}, "integer nanoseconds", id="seconds for nanoseconds"),
        pytest.param(
            {"attributes": Attributes({"occluded": AttributeColumn(np.zeros(3))})}, "must have 2 rows", id="attributes"
        ),
        pytest.param(
            {"provenance": Provenance(Coded.absent(1), np.zeros(1, dtype=np.int32))},
            "must have 2 rows",
            id="provenance",
        ),
    ],
)
def test_columns_that_do_not_fit_together_are_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        two_boxes(**columns)


def test_columns_cannot_be_changed_behind_its_back() -> None:
    centres = np.zeros((1, 3))
    boxes = Boxes3D.upright(centres, [[4, 2, 1]], [0.0])
    centres[0, 0] = 99
    assert boxes.centres_m[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        boxes.centres_m[0, 0] = 99


def test_boxes_seen_from_another_frame_keep_shape_and_turn_velocity(rng: np.random.Generator) -> None:
    boxes = full_box()
    turn = Rotation.random(random_state=7)
    target_from_here = RigidTransform.from_rotation("world", "ego", turn.as_matrix(), [5, 6, 7])
    moved = boxes.moved(target_from_here)
    np.testing.assert_allclose(moved.corners_m[0], target_from_here.apply(boxes.corners_m[0]), atol=1e-9)
    assert moved.velocities_mps is not None
    np.testing.assert_allclose(moved.velocities_mps, turn.apply([[3, 0, 0]]), atol=1e-9)
    back = moved.moved(target_from_here.inverse())
    np.testing.assert_allclose(back.corners_m, boxes.corners_m, atol=1e-9)
    assert back.row(0).label_id == "7"


def test_taken_rows_take_every_column_along() -> None:
    both = Boxes3D.concatenate([full_box(), two_boxes()])
    taken = both.take([2, 0])
    assert taken.label_ids.tolist() == ["1", "7"]
    assert taken.category.values.tolist() == ["", "car"]
    assert taken.attributes["occluded"][1] == 2.0
    assert taken.provenance is not None
    assert taken.provenance.place(1) == "a.txt:3"
    assert both.take(np.array([False, False, False])).centres_m.shape == (0, 3)


def test_columns_only_some_parts_have_are_unknown_in_the_others() -> None:
    both = Boxes3D.concatenate([full_box(), two_boxes()])
    assert len(both) == 3
    assert both.velocities_mps is not None
    assert both.confidences is not None
    assert both.recorded_point_counts is not None
    assert np.isnan(both.velocities_mps[1:]).all()
    assert np.isnan(both.confidences[1:]).all()
    assert both.recorded_point_counts.tolist() == [12, -1, -1]
    assert both.provenance is not None
    assert both.provenance.interpolated is not None
    assert both.provenance.interpolated.tolist() == [1, -1, -1]
    assert [both.provenance.place(row) for row in range(3)] == ["a.txt:3", None, None]
    assert both.provenance.annotator is not None
    assert both.provenance.annotator.values.tolist() == ["Ada", "", ""]


def test_no_boxes_are_boxes_too() -> None:
    empty = Boxes3D.concatenate([])
    assert len(empty) == len(Boxes3D.empty()) == 0
    assert empty.corners_m.shape == (0, 8, 3)
    assert empty.yaws_rad.shape == (0,)
    assert len(Boxes3D.concatenate([empty, two_boxes()])) == 2


def test_a_file_without_lines_is_a_place() -> None:
    provenance = Provenance(Coded.from_values(["labels.json"]), np.zeros(1, dtype=np.int32))
    assert provenance.place(0) == "labels.json"
