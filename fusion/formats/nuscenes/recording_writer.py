"""Changed stamps, poses, mountings and file names back into nuScenes tables.

we say                                     nuScenes says
ego_from_sensor of a rig                   calibrated_sensor: translation, rotation
stamps and files of a stream               sample_data: timestamp in microseconds, filename
the pose recorded with a measurement       ego_pose of its sample_data
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calibration.sensors import Sensor
from calibration.transform import RigidTransform
from fusion.errors import LabelEditError
from fusion.formats.nuscenes.label_writer import DIGITS, ROTATION_DIGITS
from fusion.formats.nuscenes.record_table import RecordTable
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream

MEASUREMENTS, POSES, CALIBRATIONS = "sample_data", "ego_pose", "calibrated_sensor"
MICROSECOND_NS = 1000


def rewritten_recording(before: Scene, after: Scene, read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The tables that differ once a scene was recorded as `after` says.

    Raises:
        LabelEditError: frames that are gone; FileProblemError: a table can't be read.
    """
    if len(after.frame_table) != len(before.frame_table):
        raise LabelEditError(f"scene {before.name} lost a frame, and frames can't be taken out of nuScenes tables")
    folder = before.labels.name
    names = (MEASUREMENTS, POSES, CALIBRATIONS)
    tables = {name: RecordTable(f"{folder}/{name}.json", read(f"{folder}/{name}.json")) for name in names}
    by_file = {record["filename"]: token for token, record in tables[MEASUREMENTS].records.items()}
    for sensor, stream in after.streams.items():
        _measurements(before.streams[sensor], stream, by_file, tables)
        own = {by_file[path] for path in before.streams[sensor].paths}
        _mounting(before, after, sensor, own, tables)
    return {f"{folder}/{name}.json": table.content() for name, table in tables.items() if table.changed}


def _measurements(was: Stream[Any], now: Stream[Any], by_file: dict[str, str], tables: dict[str, RecordTable]) -> None:
    for index, path in enumerate(was.paths):
        token = by_file[path]
        pose_token = tables[MEASUREMENTS].records[token]["ego_pose_token"]
        if now.timestamps_ns[index] != was.timestamps_ns[index]:
            stamp = int(now.timestamps_ns[index]) // MICROSECOND_NS
            tables[MEASUREMENTS].update(token, timestamp=stamp)
            tables[POSES].update(pose_token, timestamp=stamp)
        if now.paths[index] != path:
            tables[MEASUREMENTS].update(token, filename=now.paths[index])
        pose, pose_was = now.world_from_ego(index), was.world_from_ego(index)
        if (
            pose is not None
            and pose_was is not None
            and not np.allclose(pose.matrix, pose_was.matrix, rtol=0, atol=1e-9)
        ):
            tables[POSES].update(
                pose_token,
                translation=[round(float(value), DIGITS) for value in pose.translation],
                rotation=[round(float(value), ROTATION_DIGITS) for value in pose.quaternion_wxyz],
            )


def _mounting(before: Scene, after: Scene, sensor: str, own: set[str], tables: dict[str, RecordTable]) -> None:
    was, now = _sensor(before, sensor), _sensor(after, sensor)
    if was is None or now is None:
        return
    moved, stood = now.ego_from_sensor, was.ego_from_sensor
    if not _differ(moved, stood):
        return
    for token in {tables[MEASUREMENTS].records[token]["calibrated_sensor_token"] for token in own}:
        tables[CALIBRATIONS].update(
            token,
            translation=[round(float(value), DIGITS) for value in moved.translation],
            rotation=[round(float(value), ROTATION_DIGITS) for value in moved.quaternion_wxyz],
        )


def _differ(now: RigidTransform, was: RigidTransform | None) -> bool:
    """By more than the last digit that is written."""
    return was is not None and not np.allclose(now.matrix, was.matrix, rtol=0, atol=1e-9)


def _sensor(scene: Scene, name: str) -> Sensor | None:
    return scene.rigs.rigs[0].sensors.get(name)
