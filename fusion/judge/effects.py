"""One error of calibration, clock, pose or stamp, and the scene without it: what is measured again to find causes.

Putting the opposite of an effect into a scene plants it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.image import CameraImage
from calibration.rig import RigHistory, SensorRig
from calibration.transform import RigidTransform, multiply_quaternions, quaternions_from_matrices, quaternions_from_yaws
from fusion.measure.camera_fit import CAMERA_FROM_BODY
from fusion.measure.native_reference import native_from_ego
from fusion.measure.relative_motion import relative_velocities_in_ego
from fusion.measure.scene_boxes import boxes_in_ego, frame_poses
from fusion.measure.track_motion import velocities_in_ego
from fusion.measure.track_passing import moves_in_ego
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.measurement_cache import MeasurementCache
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream


@dataclass(frozen=True, eq=False)
class CameraEffect:
    """A camera against what the files say of it.

    It is turned by `turn_rad` (3,) and moved by `move_m` (3,) along its own forward, left and up axes, and exposed
    `late_s` after its stamps.
    """

    camera: str
    turn_rad: FloatArray
    move_m: FloatArray
    late_s: float = 0.0

    @classmethod
    def of(cls, camera: str, correction: FloatArray) -> CameraEffect:
        """From a correction (7,) in the order of `camera_fit.QUANTITIES`."""
        return cls(camera, correction[:3], correction[3:6], float(correction[6]))

    def opposite(self) -> CameraEffect:
        """What puts this error in."""
        return CameraEffect(self.camera, -self.turn_rad, -self.move_m, -self.late_s)

    def removed_from(self, scene: Scene) -> Scene:
        """The scene with this camera put right."""
        rigs = [(since_ns, self._put_right(rig)) for since_ns, rig in _dated(scene.rigs)]
        streams = dict(scene.streams)
        if self.late_s and self.camera in streams:
            streams[self.camera] = _later(streams[self.camera], round(self.late_s * SECOND_NS))
        return renewed(scene, rigs=RigHistory.from_rigs(rigs), streams=streams)

    def _put_right(self, rig: SensorRig) -> SensorRig:
        if self.camera not in rig.sensors:
            return rig
        sensor = rig.sensor(self.camera)
        turned = CAMERA_FROM_BODY @ _turn(self.turn_rad) @ CAMERA_FROM_BODY.T
        in_file_from_right = RigidTransform.from_rotation(
            self.camera, self.camera, turned, CAMERA_FROM_BODY @ self.move_m
        )
        return rig.with_sensor(replace(sensor, ego_from_sensor=sensor.ego_from_sensor @ in_file_from_right))


@dataclass(frozen=True, eq=False)
class StampEffect:
    """Labels of some frames show their objects `late_s` after the frame's time.

    over_ground: only what moves by itself is displaced, as where labels are made in the world; else everything by the
    speed that ego sees.
    """

    frames: IntArray
    late_s: FloatArray
    over_ground: bool

    def removed_from(self, scene: Scene) -> Scene:
        """The scene with these labels moved back in time: as their tracks pass elsewhere, else by speed."""
        seconds = np.zeros(len(scene.frame_table))
        seconds[self.frames] = self.late_s
        moved = np.isin(scene.labels.frame_index, self.frames)
        rows = np.flatnonzero(moved)
        late_s = seconds[scene.labels.frame_index[rows]]
        boxes = boxes_in_ego(scene)
        speeds = velocities_in_ego(scene) if self.over_ground else relative_velocities_in_ego(scene)
        ahead, turned = moves_in_ego(scene, rows, late_s, self.over_ground, moved)
        known = np.isfinite(turned)
        ahead = np.where(known[:, None], ahead, np.nan_to_num(speeds[rows]) * late_s[:, None])
        turns = quaternions_from_yaws(np.where(known, -turned, 0.0))
        rotations = multiply_quaternions(turns, boxes.rotations[rows])
        return with_boxes_in_ego(scene, rows, boxes.centres_m[rows] - ahead, rotations)


@dataclass(frozen=True, eq=False)
class PoseEffect:
    """Ego's pose of one frame, or of all from it on, is off.

    `recorded_from_true` takes the true ego frame of the first of them to the recorded one.
    """

    frame: int
    lasting: bool
    recorded_from_true: RigidTransform

    def removed_from(self, scene: Scene) -> Scene:
        """The scene with these poses put right, those of its measurements and of its trajectory too."""
        poses = frame_poses(scene)
        recorded = poses.columns.transform(self.frame)
        right_from_recorded = (recorded @ self.recorded_from_true @ recorded.inverse()).renamed("world", "world")
        start_ns, end_ns = self._span(scene.frame_table.timestamps_ns)
        quaternions = quaternions_from_matrices(poses.columns.rotations)
        unknown = ~poses.known[:, None]
        columns = _moved_within(
            scene.frame_table.timestamps_ns,
            np.where(unknown, np.nan, poses.columns.translations_m),
            np.where(unknown, np.nan, quaternions),
            (start_ns, end_ns),
            right_from_recorded,
        )
        streams = {}
        for name, stream in scene.streams.items():
            if stream.translations_m is None or stream.quaternions is None:
                streams[name] = stream
                continue
            places = (stream.timestamps_ns, stream.translations_m, stream.quaternions)
            moved = _moved_within(*places, (start_ns, end_ns), right_from_recorded)
            streams[name] = replace(stream, translations_m=moved[0], quaternions=moved[1])
        trajectory = scene.trajectory
        if trajectory is not None:
            way = (trajectory.timestamps_ns, trajectory.translations_m, trajectory.quaternions)
            moved = _moved_within(*way, (start_ns, end_ns), right_from_recorded)
            trajectory = replace(trajectory, translations_m=moved[0], quaternions=moved[1])
        table = replace(scene.frame_table, translations_m=columns[0], quaternions=columns[1])
        return renewed(scene, frame_table=table, streams=streams, trajectory=trajectory)

    def _span(self, stamps_ns: IntArray) -> tuple[int, int]:
        """From halfway to the frame before, to halfway to the frame after or the end of time."""
        first = self.frame
        start = int(stamps_ns[first]) - int(stamps_ns[first] - stamps_ns[max(first - 1, 0)]) // 2
        if self.lasting or first + 1 == len(stamps_ns):
            return start, int(np.iinfo(np.int64).max)
        return start, int(stamps_ns[first]) + int(stamps_ns[first + 1] - stamps_ns[first]) // 2


@dataclass(frozen=True, eq=False)
class PlaceEffect:
    """Some labels stand elsewhere than `centres_m` (K, 3), in the labels' own reference."""

    rows: IntArray
    centres_m: FloatArray

    def removed_from(self, scene: Scene) -> Scene:
        """The scene with these labels put there."""
        boxes = scene.labels.boxes
        centres = boxes.centres_m.copy()
        centres[self.rows] = self.centres_m
        return with_boxes(scene, replace(boxes, centres_m=centres))


@dataclass(frozen=True, eq=False)
class BoxesEffect:
    """Some labels are other boxes than `boxes` (K), in the labels' own reference."""

    rows: IntArray
    boxes: Boxes3D

    def removed_from(self, scene: Scene) -> Scene:
        """The scene with these boxes in their place."""
        boxes = scene.labels.boxes
        columns = {}
        for name in ("centres_m", "sizes_m", "rotations"):
            columns[name] = getattr(boxes, name).copy()
            columns[name][self.rows] = getattr(self.boxes, name)
        return with_boxes(scene, replace(boxes, **columns))


@dataclass(frozen=True, eq=False)
class LostEffect:
    """Measurements of a sensor at some frames are none."""

    sensor: str
    frames: IntArray

    def removed_from(self, scene: Scene) -> Scene:
        """The scene without them."""
        position = scene.frame_table.measurements[self.sensor].copy()
        position[self.frames] = -1
        measurements = {**scene.frame_table.measurements, self.sensor: position}
        return renewed(scene, frame_table=replace(scene.frame_table, measurements=measurements))


Effect = CameraEffect | StampEffect | PoseEffect | PlaceEffect | BoxesEffect | LostEffect


def with_boxes_in_ego(scene: Scene, rows: IntArray, centres_m: FloatArray, rotations: FloatArray) -> Scene:
    """The scene with some labels placed anew, told in ego of their frames."""
    in_ego = replace(boxes_in_ego(scene).take(rows), centres_m=centres_m, rotations=rotations)
    native = native_from_ego(scene, in_ego, scene.labels.frame_index[rows].astype(np.int64))
    boxes = scene.labels.boxes
    all_centres, all_rotations = boxes.centres_m.copy(), boxes.rotations.copy()
    all_centres[rows], all_rotations[rows] = native.centres_m, native.rotations
    return with_boxes(scene, replace(boxes, centres_m=all_centres, rotations=all_rotations))


def with_boxes(scene: Scene, boxes: Boxes3D) -> Scene:
    """The scene with other boxes on trial, row by row."""
    labels = replace(scene.labels, boxes=boxes)
    return renewed(scene, label_sets={**scene.label_sets, scene.labels_on_trial: labels})


def renewed(scene: Scene, **changes: Any) -> Scene:
    """The scene with parts of it replaced, nothing of it measured yet and no problem told."""
    return replace(scene, measurements=MeasurementCache(), problems=ProblemLog(), **changes)


def _moved_within(
    stamps_ns: IntArray,
    translations_m: FloatArray,
    quaternions: FloatArray,
    span_ns: tuple[int, int],
    right_from_recorded: RigidTransform,
) -> tuple[FloatArray, FloatArray]:
    """(P, 3) and (P, 4) poses, those of a span of time moved in the world."""
    within = (stamps_ns >= span_ns[0]) & (stamps_ns < span_ns[1])
    moved, turned = translations_m.copy(), quaternions.copy()
    moved[within] = right_from_recorded.apply(translations_m[within])
    turned[within] = multiply_quaternions(right_from_recorded.quaternion_wxyz, quaternions[within])
    return moved, turned


def _dated(rigs: RigHistory) -> list[tuple[int, SensorRig]]:
    return list(zip(rigs.valid_from_ns, rigs.rigs, strict=True))


def _turn(rotvec_rad: FloatArray) -> FloatArray:
    matrix: FloatArray = Rotation.from_rotvec(rotvec_rad).as_matrix()
    return matrix


def _later(stream: Stream[CameraImage], by_ns: int) -> Stream[CameraImage]:
    """The stream stamped later; poses recorded at the old stamps no longer hold, so the trajectory's are taken."""

    def load(index: int) -> CameraImage:
        image = stream.load(index)
        return replace(image, timestamp_ns=image.timestamp_ns + by_ns)

    return replace(stream, timestamps_ns=stream.timestamps_ns + by_ns, load=load, translations_m=None, quaternions=None)
