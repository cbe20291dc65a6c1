"""All boxes of a scene in one frame of reference, moved at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from calibration.trajectory import PoseColumns
from calibration.transform import matrices_from_quaternions, multiply_quaternions, quaternions_from_matrices
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import ABSENT
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class FramePoses:
    """world_from_ego by frame, or by row of the labels; `known` (F,) bool, identity where it is not."""

    columns: PoseColumns
    known: BoolArray

    def take(self, index: Any) -> FramePoses:
        """The poses of an index, in its order."""
        columns = PoseColumns(self.columns.translations_m[index], self.columns.rotations[index])
        return FramePoses(columns, self.known[index])


def frame_poses(scene: Scene) -> FramePoses:
    """Poses of all frames: recorded with the frame, else interpolated, else unknown."""
    return scene.measurements.get("frame poses", lambda: _frame_poses(scene))


def _frame_poses(scene: Scene) -> FramePoses:
    frames = scene.frame_table
    translations = np.zeros((len(frames), 3))
    rotations = np.tile(np.eye(3), (len(frames), 1, 1))
    known = np.zeros(len(frames), dtype=bool)
    if scene.trajectory is not None:
        covered = scene.trajectory.covers(frames.timestamps_ns)
        poses = scene.trajectory.at(frames.timestamps_ns[covered])
        translations[covered], rotations[covered] = poses.translations_m, poses.rotations
        known |= covered
    if frames.translations_m is not None and frames.quaternions is not None:
        recorded = np.isfinite(frames.translations_m).all(axis=1) & np.isfinite(frames.quaternions).all(axis=1)
        translations[recorded] = frames.translations_m[recorded]
        rotations[recorded] = matrices_from_quaternions(frames.quaternions[recorded])
        known |= recorded
    return FramePoses(PoseColumns(translations, rotations), known)


def label_poses(scene: Scene) -> FramePoses:
    """Poses of the labels' frames, by row of the labels on trial; a label of no frame has none."""
    frames = scene.labels.frame_index
    poses = frame_poses(scene).take(np.maximum(frames, 0))
    return FramePoses(poses.columns, poses.known & (frames >= 0))


def boxes_in_ego(scene: Scene) -> Boxes3D:
    """Every box of the labels on trial in the ego frame of its own frame.

    Boxes in the world at a frame without a pose become NaN; `SyncedFrame.boxes` refuses those frames.
    """
    return scene.measurements.get("boxes in ego", lambda: _boxes_in_ego(scene))


def boxes_in_world(scene: Scene) -> Boxes3D:
    """Every box of the labels on trial in the world.

    Raises:
        NotMeasurableError: the scene has no ego poses.
    """
    return scene.measurements.get("boxes in world", lambda: _boxes_in_world(scene))


def _boxes_in_ego(scene: Scene) -> Boxes3D:
    labels = scene.labels
    if labels.reference == "ego":
        return labels.boxes
    if labels.reference == "world":
        return _from_world(labels.boxes, label_poses(scene))
    return _from_sensor(scene, labels.reference)


def _boxes_in_world(scene: Scene) -> Boxes3D:
    if scene.labels.reference == "world":
        return scene.labels.boxes
    if not frame_poses(scene).known.any():
        raise NotMeasurableError("no ego poses")
    return _to_world(boxes_in_ego(scene), label_poses(scene))


def _from_world(boxes: Boxes3D, poses: FramePoses) -> Boxes3D:
    centres = poses.columns.apply_inverse(boxes.centres_m)
    turned = poses.columns.rotations.transpose(0, 2, 1)
    return _placed(boxes, centres, turned, poses.known)


def _to_world(boxes: Boxes3D, poses: FramePoses) -> Boxes3D:
    return _placed(boxes, poses.columns.apply(boxes.centres_m), poses.columns.rotations, poses.known)


def _placed(boxes: Boxes3D, centres_m: FloatArray, turned: FloatArray, known: BoolArray) -> Boxes3D:
    velocities = None if boxes.velocities_mps is None else with_vertical_speed(boxes.velocities_mps)
    return replace(
        boxes,
        centres_m=np.where(known[:, None], centres_m, np.nan),
        rotations=multiply_quaternions(quaternions_from_matrices(turned), boxes.rotations),
        velocities_mps=None if velocities is None else np.einsum("nij,nj->ni", turned, velocities),
    )


def with_vertical_speed(velocities_mps: FloatArray) -> FloatArray:
    """The same (M, 3), zero where only the vertical part is unknown: who gives no vertical speed means none."""
    level = np.isfinite(velocities_mps[:, :2]).all(axis=1) & np.isnan(velocities_mps[:, 2])
    return np.where(level[:, None] & (np.arange(3) == 2), 0.0, velocities_mps)


def _from_sensor(scene: Scene, sensor: str) -> Boxes3D:
    labels = scene.labels
    parts = [np.zeros(0, dtype=np.int64)]
    moved = []
    for frame, stamp in enumerate(scene.frame_table.timestamps_ns):
        rows = labels.rows_of_frame(frame)
        parts.append(rows)
        moved.append(labels.boxes.take(rows).moved(scene.rig_at(int(stamp)).transform("ego", sensor)))
    # Labels of no frame keep their rows, but nobody knows where their sensor was.
    lost = labels.boxes.take(labels.rows_of_frame(ABSENT))
    parts.append(labels.rows_of_frame(ABSENT))
    moved.append(replace(lost, centres_m=np.full_like(lost.centres_m, np.nan)))
    order = np.concatenate(parts)
    back = np.argsort(order, kind="stable")
    return Boxes3D.concatenate(moved).take(back)
