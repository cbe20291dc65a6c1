"""2D boxes drawn in an image for the 3D boxes of its frame, and which of them show the whole object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, IntArray
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.scene.attributes import AttributeColumn
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene

# What labels say of an object that nothing hides, where they say it in words.
NOTHING = ("0", "none", "no", "false", "False", "visible", "fully visible", "fully_visible", "fully-visible")


@dataclass(frozen=True, eq=False)
class DrawnBoxes:
    """D 2D boxes that belong to a 3D box of the same frame.

    boxes: the 2D boxes; rows: (D,) positions among the frame's 3D boxes; in_full_view: (D,) bool, the labels say that
    nothing hides or cuts the object (False where they don't tell): of others only what is visible was drawn around.
    """

    boxes: Boxes2D
    rows: IntArray
    in_full_view: BoolArray

    def __len__(self) -> int:
        return len(self.rows)


def boxes_2d_of(scene: Scene, drawn_by_hand: bool = False) -> Boxes2D:
    """The 2D boxes of all images; `drawn_by_hand` where projections of the 3D boxes would prove nothing.

    Raises:
        NotMeasurableError: the labels have no 2D boxes, or none of their own.
    """
    boxes = scene.labels.boxes_2d
    if boxes is None:
        raise NotMeasurableError("the labels have no 2D boxes")
    if drawn_by_hand and boxes.derived:
        raise NotMeasurableError("2D boxes are projections of the 3D boxes")
    return boxes


def views_with_2d_boxes(frame: SyncedFrame, boxes: Boxes2D) -> list[CameraView]:
    """Images of the frame by cameras in which people drew, be it in other frames: an image without any counts too.

    Raises:
        NotMeasurableError: no camera of this frame has 2D boxes.
    """
    views = [view for name, view in frame.cameras.items() if boxes.camera.is_any([name]).any()]
    if not views:
        raise NotMeasurableError("no camera of this frame has 2D boxes")
    return views


def drawn_boxes(view: CameraView) -> DrawnBoxes:
    """The 2D boxes of an image that the labels link to 3D boxes of its frame.

    Raises:
        NotMeasurableError: the labels have no 2D boxes.
    """
    boxes = view.boxes_2d
    if boxes is None:
        raise NotMeasurableError("the labels have no 2D boxes")
    label_rows = view.frame.label_rows
    linked = boxes.take(np.flatnonzero(np.isin(boxes.box3d_rows, label_rows)))
    return DrawnBoxes(linked, np.searchsorted(label_rows, linked.box3d_rows), _in_full_view(linked))


def _in_full_view(boxes: Boxes2D) -> BoolArray:
    occluded, truncated = boxes.attributes.get("occluded"), boxes.attributes.get("truncated")
    if occluded is None:
        return np.zeros(len(boxes), dtype=bool)
    return is_nothing(occluded) if truncated is None else is_nothing(occluded) & is_nothing(truncated)


def is_nothing(column: AttributeColumn) -> BoolArray:
    """(D,) bool: the labels say that nothing of it is hidden, or cut off."""
    if isinstance(column.values, Coded):
        return column.values.is_any(NOTHING)
    return np.asarray(column.values == 0)
