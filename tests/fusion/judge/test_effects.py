from __future__ import annotations

import numpy as np
import pytest

from calibration.clock import SECOND_NS
from calibration.transform import RigidTransform
from fusion.judge.effects import CameraEffect, PlaceEffect, PoseEffect, StampEffect
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, frame_poses
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.scene.scene import Scene

CAMERA = "camera 0"
DRIVE = simulated_drive(1, DriveOptions(frames=10))


def place_of_camera(scene: Scene) -> np.ndarray:
    return scene.rig_at(0).sensor(CAMERA).ego_from_sensor.matrix


def test_a_camera_that_sits_further_left_and_looks_further_left_is_put_there() -> None:
    right = CameraEffect(CAMERA, np.radians([0.0, 0.0, 10.0]), np.array([0.0, 0.5, 0.0])).removed_from(DRIVE)
    moved = place_of_camera(right)[:3, 3] - place_of_camera(DRIVE)[:3, 3]
    assert moved == pytest.approx([0, 0.5, 0], abs=1e-9)
    forward = place_of_camera(right)[:3, 2]
    assert forward == pytest.approx([np.cos(np.radians(10)), np.sin(np.radians(10)), 0], abs=1e-9)


def test_the_opposite_puts_a_clock_error_in_and_the_effect_takes_it_out() -> None:
    effect = CameraEffect(CAMERA, np.zeros(3), np.zeros(3), late_s=0.05)
    wrong = effect.opposite().removed_from(DRIVE)
    stamps = DRIVE.streams[CAMERA].timestamps_ns
    assert (stamps - wrong.streams[CAMERA].timestamps_ns == 0.05 * SECOND_NS).all()
    assert (effect.removed_from(wrong).streams[CAMERA].timestamps_ns == stamps).all()
    assert wrong.streams[CAMERA].load(3).timestamp_ns == wrong.streams[CAMERA].timestamps_ns[3]


def test_labels_of_a_late_frame_go_back_by_their_speed() -> None:
    right = StampEffect(np.array([4]), np.array([0.1]), over_ground=False).removed_from(DRIVE)
    rows = DRIVE.labels.rows_of_frame(4)
    moved = boxes_in_ego(right).centres_m - boxes_in_ego(DRIVE).centres_m
    speed = np.linalg.norm(frame_poses(DRIVE).columns.translations_m[5] - frame_poses(DRIVE).columns.translations_m[3])
    standing = np.median(np.linalg.norm(moved[rows], axis=1))
    # What ego passes falls behind: of two frames a step, of one frame half of it.
    assert standing == pytest.approx(speed / 2, rel=0.3)
    assert np.count_nonzero(np.any(moved, axis=1)) <= len(rows)


@pytest.mark.parametrize("lasting", [False, True])
def test_a_pose_is_put_right_for_one_frame_or_from_it_on(lasting: bool) -> None:
    aside = RigidTransform("ego", "ego", np.eye(3), np.array([0.0, 1.0, 0.0]))
    right = PoseEffect(6, lasting, aside).removed_from(DRIVE)
    moved = frame_poses(right).columns.translations_m - frame_poses(DRIVE).columns.translations_m
    distance = np.linalg.norm(moved, axis=1)
    assert distance == pytest.approx([1.0 if frame == 6 or (lasting and frame > 6) else 0.0 for frame in range(10)])


def test_labels_are_put_where_they_belong() -> None:
    world = simulated_drive(1, DriveOptions(frames=4, reference="world"))
    right = PlaceEffect(np.array([3]), np.array([[1.0, 2.0, 3.0]])).removed_from(world)
    assert boxes_in_world(right).centres_m[3] == pytest.approx([1, 2, 3])
    assert (boxes_in_world(right).centres_m[4] == boxes_in_world(world).centres_m[4]).all()
