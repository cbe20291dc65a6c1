from __future__ import annotations

import numpy as np
import pytest

from calibration.cameras.pinhole import Pinhole
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.drawn_boxes import drawn_boxes
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene_builder import scene_from_arrays

FRONT = Sensor("front", SensorKind.CAMERA, RigidTransform.identity("ego", "front"), Pinhole(60, 40, 50, 50, 29.5, 19.5))
PICTURE = np.zeros((40, 60, 3), dtype=np.uint8)
# Rows 1 and 3 of the labels are in frame 1, the others in frame 0.
BOX_FRAMES = [0, 1, 0, 1]


def view_of(frame: int, boxes_2d: Boxes2D | None) -> CameraView:
    boxes = Boxes3D.upright(np.zeros((4, 3)), np.ones((4, 3)), np.zeros(4))
    scene = scene_from_arrays(
        boxes=boxes,
        box_frames=BOX_FRAMES,
        timestamps_ns=[100, 200],
        images={"front": [PICTURE, PICTURE]},
        rig=SensorRig({"front": FRONT}),
        boxes_2d=boxes_2d,
    )
    view: CameraView = scene.frames[frame].cameras["front"]
    return view


def drawn_for(rows_3d: list[int], frame: int = 1, **attributes: AttributeColumn) -> Boxes2D:
    count = len(rows_3d)
    return Boxes2D.from_columns(
        ["front"] * count,
        np.zeros((count, 4)),
        box3d_rows=np.asarray(rows_3d),
        frame_index=np.full(count, frame),
        attributes=Attributes(attributes),
    )


def test_2d_boxes_know_the_place_of_their_3d_box_in_the_frame() -> None:
    drawn = drawn_boxes(view_of(1, drawn_for([3, 1, 3])))
    assert drawn.rows.tolist() == [1, 0, 1]
    assert len(drawn) == len(drawn.boxes) == 3


def test_links_to_nothing_or_to_another_frame_are_left_out() -> None:
    drawn = drawn_boxes(view_of(1, drawn_for([-1, 2, 3])))
    assert drawn.rows.tolist() == [1]
    assert drawn.boxes.box3d_rows.tolist() == [3]


@pytest.mark.parametrize(
    ("attributes", "in_full_view"),
    [
        pytest.param({}, [False, False], id="nothing told"),
        pytest.param({"occluded": AttributeColumn(np.array([0.0, 1.0]))}, [True, False], id="numbers"),
        pytest.param({"occluded": AttributeColumn(np.array([0.0, np.nan]))}, [True, False], id="one not told"),
        pytest.param({"occluded": AttributeColumn(Coded.from_values(["none", "heavily"]))}, [True, False], id="words"),
        pytest.param(
            {"occluded": AttributeColumn(np.zeros(2)), "truncated": AttributeColumn(np.array([0.2, 0.0]))},
            [False, True],
            id="cut by the image",
        ),
    ],
)
def test_an_object_is_in_full_view_where_the_labels_say_so(
    attributes: dict[str, AttributeColumn], in_full_view: list[bool]
) -> None:
    drawn = drawn_boxes(view_of(1, drawn_for([1, 3], **attributes)))
    assert drawn.in_full_view.tolist() == in_full_view


def test_no_2d_boxes_in_this_image_are_none() -> None:
    assert len(drawn_boxes(view_of(0, drawn_for([1, 3])))) == 0


def test_labels_without_2d_boxes_cannot_tell() -> None:
    with pytest.raises(NotMeasurableError, match="the labels have no 2D boxes"):
        drawn_boxes(view_of(0, None))
