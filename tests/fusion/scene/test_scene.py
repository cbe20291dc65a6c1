from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fusion.errors import DatasetError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

TIMES = [1_000_000_000, 1_100_000_000, 1_200_000_000]


def three_frames(**parts: Any) -> Scene:
    return scene_from_arrays(boxes=Boxes3D.empty(), timestamps_ns=TIMES, frame_keys=["a", "b", "c"], **parts)


def matrix(x_m: float) -> np.ndarray:
    pose = np.eye(4)
    pose[0, 3] = x_m
    return pose


def test_frames_are_handles_in_order() -> None:
    frames = three_frames().frames
    assert len(frames) == 3
    assert [frame.key for frame in frames] == ["a", "b", "c"]
    assert frames[-1].key == "c"
    assert [frame.key for frame in frames[1:]] == ["b", "c"]


@pytest.mark.parametrize("index", [3, -4])
def test_a_frame_that_is_not_there_is_an_index_error(index: int) -> None:
    with pytest.raises(IndexError, match="scene 'scene' has 3 frames"):
        three_frames().frames[index]


def test_the_pose_recorded_with_a_frame_wins_over_the_trajectory() -> None:
    scene = three_frames(poses=[matrix(0), matrix(1), matrix(2)])
    table = scene.frame_table
    recorded = replace(
        table, translations_m=np.array([[9.0, 0, 0], [np.nan] * 3, [np.nan] * 3]), quaternions=np.eye(4)[[0, 0, 0]]
    )
    scene.frame_table = recorded
    poses = [scene.world_from_ego_at_frame(frame) for frame in range(3)]
    assert [pose.translation[0] for pose in poses if pose is not None] == [9, 1, 2]


def test_a_frame_outside_the_trajectory_has_no_pose() -> None:
    scene = three_frames(poses=[matrix(0), matrix(1), matrix(2)])
    scene.frame_table = replace(scene.frame_table, timestamps_ns=np.asarray([0, *TIMES[1:]]))
    assert scene.world_from_ego_at_frame(0) is None
    assert scene.world_from_ego_at_frame(1) is not None
    assert three_frames().world_from_ego_at_frame(0) is None


def test_the_label_set_on_trial_must_be_there() -> None:
    with pytest.raises(DatasetError, match="no label set 'predictions'; there are labels"):
        replace(three_frames(), labels_on_trial="predictions")


def test_a_time_base_we_do_not_know_is_refused() -> None:
    with pytest.raises(DatasetError, match="time base must be one of utc, gps, sensor, synthetic, got 'tai'"):
        three_frames(time_base="tai")


def test_synthetic_times_are_no_real_times() -> None:
    assert three_frames().has_real_times
    assert three_frames(time_base="sensor").has_real_times
    assert not three_frames(time_base="synthetic").has_real_times


def test_streams_and_label_sets_cannot_be_swapped_behind_its_back() -> None:
    scene = three_frames()
    with pytest.raises(TypeError):
        scene.label_sets["labels"] = scene.labels  # type: ignore[index]


def test_scenes_come_from_arrays_by_its_own_name_too() -> None:
    assert len(Scene.from_arrays(boxes=Boxes3D.empty()).frames) == 1
