"""Scenes with other stamps, poses or files than were recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sweep import LidarSweep
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_matrices
from fusion.scene.measurement_cache import MeasurementCache
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream


def changed(scene: Scene, **parts: Any) -> Scene:
    """The scene with other parts and nothing measured yet."""
    return replace(scene, measurements=MeasurementCache(), problems=ProblemLog(scene.problems), **parts)


def with_stream(scene: Scene, stream: Stream[Any]) -> Scene:
    """The scene with this stream in place of the one of its name."""
    return changed(scene, streams={**scene.streams, stream.name: stream})


def restamped(scene: Scene, sensor: str, late_ns: IntArray) -> Scene:
    """A sensor's stamps moved by (S,) nanoseconds, and with them the poses recorded at those stamps."""
    stream = scene.streams[sensor]
    stamps_ns = stream.timestamps_ns + late_ns
    poses: dict[str, Any] = {}
    if stream.translations_m is not None and stream.quaternions is not None and scene.trajectory is not None:
        covered = scene.trajectory.covers(stamps_ns)
        at = scene.trajectory.at(stamps_ns[covered])
        translations_m, quaternions = stream.translations_m.copy(), stream.quaternions.copy()
        translations_m[covered] = at.translations_m
        quaternions[covered] = quaternions_from_matrices(at.rotations)
        poses = {"translations_m": translations_m, "quaternions": quaternions}

    def load(index: int) -> Any:
        return _at_time(stream.load(index), int(stamps_ns[index]))

    return with_stream(scene, replace(stream, timestamps_ns=stamps_ns, load=load, **poses))


def with_measurement_repeated(scene: Scene, sensor: str, frame: int) -> Scene:
    """A sensor's file of a frame is a copy of that of the frame before."""
    stream, places = scene.streams[sensor], scene.frame_table.measurements[sensor]
    here, before = int(places[frame]), int(places[frame - 1])

    def load(index: int) -> Any:
        if index != here:
            return stream.load(index)
        return _at_time(stream.load(before), int(stream.timestamps_ns[here]))

    paths = list(stream.paths)
    if paths:
        paths[here] = paths[before]
    return with_stream(scene, replace(stream, load=load, paths=tuple(paths)))


def with_sensor_moved(scene: Scene, sensor: str, move: RigidTransform) -> Scene:
    """A sensor that is said to sit elsewhere: turned about its own place, then shifted, along the axes of ego."""
    rigs = replace(scene.rigs, rigs=tuple(_with_moved(rig, sensor, move) for rig in scene.rigs.rigs))
    stream = scene.streams[sensor]

    def load(index: int) -> Any:
        measurement = stream.load(index)
        if isinstance(measurement, LidarSweep):
            return replace(measurement, ego_from_points=_moved(measurement.ego_from_points, move))
        return measurement

    return changed(scene, rigs=rigs, streams={**scene.streams, sensor: replace(stream, load=load)})


def _with_moved(rig: SensorRig, sensor: str, move: RigidTransform) -> SensorRig:
    if sensor not in rig.sensors:
        return rig
    own = rig.sensor(sensor)
    return rig.with_sensor(replace(own, ego_from_sensor=_moved(own.ego_from_sensor, move)))


def shifted_poses(scene: Scene, frames: IntArray, shift_m: FloatArray) -> Scene:
    """The ego poses of some frames, and of what was measured in them, moved by (3,) metres in the world."""
    table = scene.frame_table
    start_ns, end_ns = _span(table.timestamps_ns, frames)
    parts: dict[str, Any] = {}
    if table.translations_m is not None:
        translations_m = table.translations_m.copy()
        translations_m[frames] += shift_m
        parts["frame_table"] = replace(table, translations_m=translations_m)
    if scene.trajectory is not None:
        parts["trajectory"] = _shifted(scene.trajectory, start_ns, end_ns, shift_m)
    parts["streams"] = {
        name: _shifted_stream(stream, (stream.timestamps_ns >= start_ns) & (stream.timestamps_ns < end_ns), shift_m)
        for name, stream in scene.streams.items()
    }
    return changed(scene, **parts)


def _span(stamps_ns: IntArray, frames: IntArray) -> tuple[int, int]:
    """From halfway to the frame before the first to halfway to the frame after the last."""
    first, last = int(frames[0]), int(frames[-1])
    start = stamps_ns[first] - (stamps_ns[first] - stamps_ns[first - 1]) // 2
    if last + 1 == len(stamps_ns):
        return int(start), int(np.iinfo(np.int64).max)
    return int(start), int(stamps_ns[last] + (stamps_ns[last + 1] - stamps_ns[last]) // 2)


def _shifted(trajectory: Trajectory, start_ns: int, end_ns: int, shift_m: FloatArray) -> Trajectory:
    within = (trajectory.timestamps_ns >= start_ns) & (trajectory.timestamps_ns < end_ns)
    return replace(trajectory, translations_m=trajectory.translations_m + within[:, None] * shift_m)


def _shifted_stream(stream: Stream[Any], within: BoolArray, shift_m: FloatArray) -> Stream[Any]:
    if stream.translations_m is None or not within.any():
        return stream
    return replace(stream, translations_m=stream.translations_m + within[:, None] * shift_m)


def without_frame(scene: Scene, frame: int) -> Scene:
    """The scene without a frame, its labels and what was measured in it."""
    table, labels = scene.frame_table, scene.labels
    kept = np.arange(len(table)) != frame
    lost = {name: int(places[frame]) for name, places in table.measurements.items()}
    measurements = {
        name: np.where(places > lost[name], places - (lost[name] >= 0), places)[kept]
        for name, places in table.measurements.items()
    }
    frames = replace(
        table,
        keys=tuple(key for index, key in enumerate(table.keys) if index != frame),
        timestamps_ns=table.timestamps_ns[kept],
        annotated=table.annotated[kept],
        measurements=measurements,
        translations_m=None if table.translations_m is None else table.translations_m[kept],
        quaternions=None if table.quaternions is None else table.quaternions[kept],
    )
    streams = {name: _without(stream, lost.get(name, -1)) for name, stream in scene.streams.items()}
    stay = labels.frame_index != frame
    flat = labels.boxes_2d
    if flat is not None:
        place = np.where(stay, np.cumsum(stay) - 1, -1)
        rows = np.where(flat.box3d_rows >= 0, place[flat.box3d_rows.clip(0)], -1).astype(np.int32)
        there = flat.frame_index != frame
        flat = replace(flat, box3d_rows=rows, frame_index=_renumbered(flat.frame_index, frame)).take(there)
    fewer = replace(
        labels, boxes=labels.boxes.take(stay), frame_index=_renumbered(labels.frame_index, frame)[stay], boxes_2d=flat
    )
    return changed(
        scene, frame_table=frames, streams=streams, label_sets={**scene.label_sets, scene.labels_on_trial: fewer}
    )


def _renumbered(frames: Any, lost: int) -> Any:
    return np.where(frames > lost, frames - 1, frames).astype(np.int32)


def _without(stream: Stream[Any], lost: int) -> Stream[Any]:
    if lost < 0:
        return stream
    kept = np.flatnonzero(np.arange(len(stream)) != lost)
    return replace(
        stream,
        timestamps_ns=stream.timestamps_ns[kept],
        load=lambda index: stream.load(int(kept[index])),
        paths=tuple(stream.paths[index] for index in kept) if stream.paths else (),
        translations_m=None if stream.translations_m is None else stream.translations_m[kept],
        quaternions=None if stream.quaternions is None else stream.quaternions[kept],
        keyframe=None if stream.keyframe is None else stream.keyframe[kept],
    )


def _at_time(measurement: Any, stamp_ns: int) -> Any:
    """A measurement that says it was taken at another time."""
    if isinstance(measurement, CameraImage):
        return replace(measurement, timestamp_ns=stamp_ns)
    if not isinstance(measurement, LidarSweep):
        return measurement
    later_ns = stamp_ns - measurement.reference_ns
    shifted: dict[str, Any] = {
        name: None if getattr(measurement, name) is None else getattr(measurement, name) + later_ns
        for name in ("start_ns", "end_ns", "compensated_to_ns", "times_ns")
    }
    return replace(measurement, reference_ns=stamp_ns, **shifted)


def _moved(ego_from_source: RigidTransform, move: RigidTransform) -> RigidTransform:
    """Turned about its own place, then shifted, both in the ego frame."""
    return RigidTransform(
        ego_from_source.target,
        ego_from_source.source,
        move.rotation @ ego_from_source.rotation,
        ego_from_source.translation + move.translation,
    )
