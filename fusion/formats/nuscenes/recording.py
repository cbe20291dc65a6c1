"""What was recorded in a scene: sensors, their measurements in order, poses, and which measurements make a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from calibration.arrays import IntArray
from calibration.rig import RigHistory
from calibration.sensors import SensorKind
from calibration.trajectory import Trajectory
from fusion.formats.nuscenes.frames import frame_table, sample_rows_in_time
from fusion.formats.nuscenes.poses import recorded_poses, trajectory_of
from fusion.formats.nuscenes.scene_tables import SceneTables
from fusion.formats.nuscenes.sensors import mounted_sensors, rig_history
from fusion.formats.nuscenes.streams import rows_by_sensor, sensor_stream
from fusion.scene.frame_table import FrameTable
from fusion.scene.stream import Stream

KINDS = {kind.value for kind in SensorKind}


@dataclass(frozen=True, eq=False)
class Recording:
    """A scene without its labels; sample_rows: (F,) the row of sample.json of each frame."""

    rigs: RigHistory
    streams: Mapping[str, Stream[Any]]
    frames: FrameTable
    trajectory: Trajectory | None
    sample_rows: IntArray


def read_recording(scene: SceneTables) -> Recording:
    """Everything but the labels of a scene. No sensor file is opened, unless an image has to tell its size."""
    rows = _readable_rows(scene)
    sensors = mounted_sensors(scene, rows)
    rows = rows[np.isin(scene.tables.measurements.calibration[rows], list(sensors))]
    poses = recorded_poses(scene, rows)
    rows_of = rows_by_sensor(scene, rows)
    streams = {
        channel: sensor_stream(scene, channel, own, sensors, poses.take(np.searchsorted(rows, own)))
        for channel, own in rows_of.items()
    }
    sample_rows = sample_rows_in_time(scene)
    return Recording(
        rigs=rig_history(scene, sensors, rows_of),
        streams=streams,
        frames=frame_table(scene, sample_rows, rows_of, streams),
        trajectory=trajectory_of(scene, rows, poses),
        sample_rows=sample_rows,
    )


def _readable_rows(scene: SceneTables) -> IntArray:
    """Rows of sample_data.json, ascending, whose sensor is known and of a kind we read; the others are reported."""
    measurements, rows = scene.tables.measurements, scene.measurement_rows
    nowhere = measurements.calibration[rows] < 0
    what = "'calibrated_sensor_token' names no record, so the measurement can't be placed"
    scene.report.broken("sample_data", what, measurements.tokens, rows[nowhere], lost=True)
    rows = rows[~nowhere]
    nameless = measurements.sensor[rows] < 0
    what = "the calibrated_sensor's 'sensor_token' names no sensor, so the measurement can't be told apart"
    scene.report.broken("sample_data", what, measurements.tokens, rows[nameless], lost=True)
    rows = rows[~nameless]
    used = np.unique(measurements.sensor[rows]).tolist()
    foreign = [number for number in used if scene.tables.sensors[number].modality not in KINDS]
    for number in foreign:
        sensor = scene.tables.sensors[number]
        scene.report.assume(f"measurements of {sensor.channel} ({sensor.modality}) are not read")
    return rows[~np.isin(measurements.sensor[rows], foreign)]
