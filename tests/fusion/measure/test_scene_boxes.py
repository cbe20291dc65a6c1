from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.rig import RigHistory, SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.errors import NotMeasurableError
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, frame_poses, label_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

LEFT = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=float)
# Ego stands at (10, 0), (10, 1), (10, 2) and looks along world y.
POSES = [RigidTransform.from_rotation("world", "ego", LEFT, [10.0, float(frame), 0.5]) for frame in range(3)]


def scene_of(reference: str, **parts: Any) -> Scene:
    """Two boxes in frame 0, one in frame 2, the rows out of order."""
    boxes = Boxes3D.upright(
        [[3.0, 1.0, 0.0], [7.0, -2.0, 1.0], [4.0, 0.0, 0.0]],
        np.ones((3, 3)),
        [0.1, 0.2, 0.3],
        timestamps_ns=[3, 1, 1],
        velocities_mps=[[1.0, 0.0, 0.0], [np.nan] * 3, [0.0, 2.0, 0.0]],
    )
    usual = {"timestamps_ns": [1, 2, 3], "poses": [pose.matrix for pose in POSES]}
    return scene_from_arrays(boxes=boxes, box_frames=[2, 0, 0], reference=reference, **{**usual, **parts})


def test_boxes_in_ego_are_what_they_are() -> None:
    scene = scene_of("ego")
    assert boxes_in_ego(scene) is scene.labels.boxes


def test_boxes_in_the_world_stay_there() -> None:
    scene = scene_of("world", poses=None)
    assert boxes_in_world(scene) is scene.labels.boxes


def test_to_the_world_each_row_goes_through_the_pose_of_its_own_frame() -> None:
    moved = boxes_in_world(scene_of("ego"))
    assert moved.centres_m == pytest.approx(np.array([[9.0, 5.0, 0.5], [12.0, 7.0, 1.5], [10.0, 4.0, 0.5]]))
    assert moved.yaws_rad == pytest.approx(np.pi / 2 + np.array([0.1, 0.2, 0.3]))
    assert moved.velocities_mps is not None
    assert moved.velocities_mps[[0, 2]] == pytest.approx(np.array([[0, 1, 0], [-2, 0, 0]]), abs=1e-12)
    assert np.isnan(moved.velocities_mps[1]).all()


def test_there_and_back_is_where_it_was() -> None:
    scene = scene_of("ego")
    there = boxes_in_world(scene)
    returned = scene_of("world")
    returned.label_sets = {"labels": replace(returned.labels, boxes=there)}
    back = boxes_in_ego(returned)
    assert back.centres_m == pytest.approx(scene.labels.boxes.centres_m)
    assert back.yaws_rad == pytest.approx(scene.labels.boxes.yaws_rad)


def test_boxes_of_a_sensor_go_through_the_rig_of_their_time() -> None:
    def rig(x_m: float) -> SensorRig:
        ego_from_roof = RigidTransform.from_rotation("ego", "roof", LEFT, [x_m, 0.0, 2.0])
        return SensorRig({"roof": Sensor("roof", SensorKind.LIDAR, ego_from_roof)})

    scene = scene_of("roof", rig=rig(1.0))
    scene.rigs = RigHistory.from_rigs([(0, rig(1.0)), (3, rig(5.0))])
    assert boxes_in_ego(scene).centres_m == pytest.approx(np.array([[4.0, 3.0, 2.0], [3.0, 7.0, 3.0], [1.0, 4.0, 2.0]]))


def test_a_recorded_pose_wins_over_the_trajectory() -> None:
    scene = scene_of("ego")
    translations_m = np.array([[99.0, 0, 0], [np.nan] * 3, [np.nan] * 3])
    scene.frame_table = replace(
        scene.frame_table, translations_m=translations_m, quaternions=np.tile([1.0, 0, 0, 0], (3, 1))
    )
    poses = frame_poses(scene)
    assert poses.known.all()
    assert poses.columns.translations_m == pytest.approx(np.array([[99, 0, 0], [10, 1, 0.5], [10, 2, 0.5]]))
    assert label_poses(scene).columns.translations_m[:, 0].tolist() == pytest.approx([10, 99, 99])


def test_frames_without_a_pose_are_unknown_and_their_boxes_nowhere() -> None:
    late = Trajectory.from_poses([2, 3], np.zeros((2, 3)), np.tile([1.0, 0, 0, 0], (2, 1)))
    scene = scene_of("world", poses=late)
    assert frame_poses(scene).known.tolist() == [False, True, True]
    assert np.isnan(boxes_in_ego(scene).centres_m).all(axis=1).tolist() == [False, True, True]


def test_without_any_pose_there_is_no_world() -> None:
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        boxes_in_world(scene_of("ego", poses=None))


def test_a_speed_without_its_vertical_part_survives_a_turn() -> None:
    scene = scene_of("ego")
    level = replace(scene.labels.boxes, velocities_mps=[[1.0, 0.0, np.nan], [np.nan] * 3, [0.0, 2.0, 1.0]])
    scene.label_sets = {"labels": replace(scene.labels, boxes=level)}
    velocities_mps = boxes_in_world(scene).velocities_mps
    assert velocities_mps is not None
    assert velocities_mps[[0, 2]] == pytest.approx(np.array([[0, 1, 0], [-2, 0, 1]]), abs=1e-12)
    assert np.isnan(velocities_mps[1]).all()


@pytest.mark.parametrize("reference", ["world", "mast"])
def test_a_label_of_no_frame_keeps_its_row_and_has_no_place(reference: str) -> None:
    mast = Sensor("mast", SensorKind.LIDAR, RigidTransform.from_rotation("ego", "mast", np.eye(3), [1.0, 0.0, 2.0]))
    scene = scene_from_arrays(
        boxes=Boxes3D.upright([[1, 0, 0], [2, 0, 0], [3, 0, 0]], np.ones((3, 3)), [0, 0, 0]),
        box_frames=[0, 0, 1],
        timestamps_ns=[10**9, 2 * 10**9],
        poses=[np.eye(4), np.eye(4)],
        rig=SensorRig.of(mast),
        reference=reference,
    )
    labels = replace(scene.labels, frame_index=np.array([0, -1, 1], dtype=np.int32))
    scene.label_sets = {"labels": labels}
    placed = boxes_in_ego(scene).centres_m
    assert np.isnan(placed[1]).all()
    assert placed[[0, 2], 0].tolist() == ([1.0, 3.0] if reference == "world" else [2.0, 4.0])
