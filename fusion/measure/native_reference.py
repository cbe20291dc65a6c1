"""Boxes moved back into the frame their labels were written in, for what writes labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.trajectory import PoseColumns
from calibration.transform import RigidTransform, multiply_quaternions, quaternions_from_matrices
from fusion.errors import NotMeasurableError
from fusion.measure.scene_boxes import frame_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene


def native_from_ego(scene: Scene, boxes: Boxes3D, frames: IntArray) -> Boxes3D:
    """Boxes in ego, each at its own frame, in the reference of the labels on trial.

    Args:
        frames: (M,) frame of the scene of each box.

    Raises:
        NotMeasurableError: the labels are in the world and a frame has no ego pose.
    """
    reference = scene.labels.reference
    if reference == "ego":
        return boxes
    if reference == "world":
        return world_from_ego(scene, boxes, frames)
    places = [_sensor_from_ego(scene, int(frame)) for frame in frames]
    return Boxes3D.concatenate([boxes.take([row]).moved(place) for row, place in enumerate(places)])


def native_from_world(scene: Scene, boxes: Boxes3D, frames: IntArray) -> Boxes3D:
    """Boxes in the world, each at its own frame, in the reference of the labels on trial; errors as above."""
    if scene.labels.reference == "world":
        return boxes
    return native_from_ego(scene, ego_from_world(scene, boxes, frames), frames)


def world_from_ego(scene: Scene, boxes: Boxes3D, frames: IntArray) -> Boxes3D:
    """Boxes in ego, each at its own frame, in the world.

    Raises:
        NotMeasurableError: a frame has no ego pose.
    """
    poses = _poses(scene, frames)
    return _turned(boxes, poses.apply(boxes.centres_m), poses)


def ego_from_world(scene: Scene, boxes: Boxes3D, frames: IntArray) -> Boxes3D:
    """Boxes in the world in ego, each at its own frame; errors as `world_from_ego`."""
    poses = _poses(scene, frames)
    back = PoseColumns(poses.translations_m, poses.rotations.transpose(0, 2, 1))
    return _turned(boxes, poses.apply_inverse(boxes.centres_m), back)


def _turned(boxes: Boxes3D, centres_m: FloatArray, poses: PoseColumns) -> Boxes3D:
    velocities = boxes.velocities_mps
    return replace(
        boxes,
        centres_m=centres_m,
        rotations=multiply_quaternions(quaternions_from_matrices(poses.rotations), boxes.rotations),
        velocities_mps=None if velocities is None else np.einsum("nij,nj->ni", poses.rotations, velocities),
    )


def _poses(scene: Scene, frames: IntArray) -> PoseColumns:
    poses = frame_poses(scene).take(frames)
    if not poses.known.all():
        raise NotMeasurableError("no ego pose at this frame")
    return poses.columns


def _sensor_from_ego(scene: Scene, frame: int) -> RigidTransform:
    rig = scene.rig_at(int(scene.frame_table.timestamps_ns[frame]))
    return rig.transform(scene.labels.reference, "ego")
