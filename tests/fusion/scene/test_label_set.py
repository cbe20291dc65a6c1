from __future__ import annotations

import numpy as np
import pytest

from calibration.errors import ShapeError
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_set import LabelSet


def boxes(rows: int, **columns: object) -> Boxes3D:
    return Boxes3D.upright(np.zeros((rows, 3)), np.ones((rows, 3)), np.zeros(rows), **columns)


def test_rows_of_a_frame_rise_wherever_they_stand() -> None:
    labels = LabelSet("labels", boxes(5), "ego", np.array([1, 0, 1, 3, 1]))
    assert [labels.rows_of_frame(frame).tolist() for frame in range(4)] == [[1], [0, 2, 4], [], [3]]


def test_boxes_of_no_frame_belong_to_none() -> None:
    labels = LabelSet("labels", boxes(2), "ego", np.array([-1, 0]))
    assert labels.rows_of_frame(0).tolist() == [1]


def test_2d_boxes_have_frames_of_their_own() -> None:
    drawn = Boxes2D.from_columns(["left"] * 3, np.zeros((3, 4)), frame_index=np.array([1, 0, 1]))
    labels = LabelSet("labels", boxes(1), "ego", np.array([0]), boxes_2d=drawn)
    assert labels.rows_2d_of_frame(1).tolist() == [0, 2]
    assert LabelSet("labels", boxes(1), "ego", np.array([0])).rows_2d_of_frame(0).tolist() == []


def test_tracks_are_indexed_by_name_and_time() -> None:
    labels = LabelSet("labels", boxes(2, track=["a", "a"], timestamps_ns=[2, 1]), "ego", np.array([1, 0]))
    assert labels.tracks.rows(0).tolist() == [1, 0]


def test_a_frame_is_needed_for_each_box() -> None:
    with pytest.raises(ShapeError, match="frame_index must have 2 rows, got 1"):
        LabelSet("labels", boxes(2), "ego", np.array([0]))


def test_a_2d_box_of_a_3d_box_that_is_not_there_is_refused() -> None:
    drawn = Boxes2D.from_columns(["left"], np.zeros((1, 4)), box3d_rows=np.array([2]))
    with pytest.raises(ShapeError, match="must lie below 2, got 2"):
        LabelSet("labels", boxes(2), "ego", np.array([0, 0]), boxes_2d=drawn)
