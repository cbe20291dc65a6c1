"""Streams of a scene: every measurement of a sensor, as the tables tell of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from calibration.arrays import IntArray
from calibration.clock import SECOND_NS, stream_timing
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import Motion
from fusion.errors import UnsafePathError
from fusion.formats.nuscenes.poses import RecordedPoses
from fusion.formats.nuscenes.records import CalibratedSensorRecord
from fusion.formats.nuscenes.scene_tables import SceneTables
from fusion.formats.nuscenes.sensor_files import (
    CameraFiles,
    Files,
    LidarFiles,
    RadarFiles,
    columns_of,
    place_of_stamp,
)
from fusion.formats.nuscenes.tokens import DANGLING
from fusion.formats.safe_files import inside_root
from fusion.scene.problems import ProblemKind
from fusion.scene.stream import Stream

# The lidar of nuScenes turns 20 times a second; used where a stream can't tell.
NOMINAL_SWEEP_NS = SECOND_NS // 20
# Sweeps further apart than this are those of key frames alone, whose distance says nothing about a turn.
LONGEST_SWEEP_NS = SECOND_NS // 5

# What a name must have in it to lead anywhere unexpected; `inside_root` judges those that do.
SUSPICIOUS = re.compile(r"\A[/\\]|\.\.|:|\0")


def rows_by_sensor(scene: SceneTables, rows: IntArray) -> dict[str, IntArray]:
    """Rows of sample_data.json by sensor, each in order, sensors as their table lists them."""
    sensor = scene.tables.measurements.sensor[rows]
    channels = {number: scene.tables.sensors[number].channel for number in np.unique(sensor).tolist()}
    return {channel: _in_order(scene, rows[sensor == number]) for number, channel in channels.items()}


def _in_order(scene: SceneTables, rows: IntArray) -> IntArray:
    """As the links chain them, so that stamps out of order stay visible; by time where the chain is broken."""
    measurements = scene.tables.measurements
    next_of = dict(zip(rows.tolist(), measurements.following[rows].tolist(), strict=True))
    starts = set(next_of) - set(next_of.values())
    row, chained = starts.pop() if len(starts) == 1 else DANGLING, []
    while row in next_of:
        chained.append(row)
        row = next_of.pop(row)
    if len(chained) == len(rows):
        return np.asarray(chained, dtype=np.int64)
    return rows[np.argsort(measurements.timestamps_ns[rows], kind="stable")]


def sensor_stream(
    scene: SceneTables, channel: str, rows: IntArray, sensors: Mapping[int, Sensor], poses: RecordedPoses
) -> Stream[Any]:
    """The stream of one sensor; no file is opened.

    Args:
        rows: (S,) of sample_data.json, in order; sensors: by row of calibrated_sensor.json; poses: of these rows.
    """
    measurements = scene.tables.measurements
    calibrations = measurements.calibration[rows].tolist()
    names = tuple(measurements.filenames[row] for row in measurements.filename[rows].tolist())
    _check_names(scene, channel, names)
    stamps_ns = measurements.timestamps_ns[rows]
    files = Files(scene.root, names, stamps_ns, tuple(sensors[row] for row in calibrations))
    kind = sensors[calibrations[0]].kind
    record = scene.tables.calibrations[calibrations[0]]
    means = _stamp_means(scene, record, kind)
    load: LidarFiles | CameraFiles | RadarFiles
    if kind is SensorKind.LIDAR:
        load = _lidar_files(scene, channel, rows, files, record)
    elif kind is SensorKind.CAMERA:
        load = CameraFiles(files, place_of_stamp(means))
    else:
        load = RadarFiles(files)
    return Stream(
        name=channel,
        kind=kind,
        timestamps_ns=stamps_ns,
        load=load,
        paths=names,
        translations_m=poses.translations_m,
        quaternions=poses.quaternions,
        keyframe=measurements.keyframe[rows],
        stamp_means=means,
    )


def _lidar_files(
    scene: SceneTables, channel: str, rows: IntArray, files: Files, record: CalibratedSensorRecord
) -> LidarFiles:
    measurements = scene.tables.measurements
    codes = measurements.fileformat[rows].tolist()
    formats = ["" if code < 0 else measurements.fileformats[code] for code in codes]
    columns = {}
    for fileformat in dict.fromkeys(formats):
        try:
            columns[fileformat] = columns_of(fileformat, scene.dialect.lidar_columns)
        except ValueError as error:
            columns[fileformat] = scene.dialect.lidar_columns
            scene.report.note(ProblemKind.MALFORMED_RECORD, "sample_data", str(error), sensor=channel)
    motion = _motion(scene, channel, record.motion)
    if motion is Motion.UNKNOWN:
        scene.report.assume(f"whether sweeps of {channel} were motion compensated is not told")
    elif "time_offset_s" not in columns[formats[0]]:
        scene.report.assume(f"points of {channel} carry no times; its sweeps are taken for {motion.value}")
    return LidarFiles(
        files=files,
        columns=tuple(columns[fileformat] for fileformat in formats),
        motion=motion,
        stamp_at=place_of_stamp(_stamp_means(scene, record, SensorKind.LIDAR)),
        period_ns=record.sweep_ns or _sweep_period_ns(files.timestamps_ns),
    )


def _stamp_means(scene: SceneTables, record: CalibratedSensorRecord, kind: SensorKind) -> str:
    return record.timestamp_means or scene.dialect.stamp_means.get(kind, "unknown")


def _sweep_period_ns(stamps_ns: IntArray) -> int:
    period_ns = stream_timing(np.sort(stamps_ns)).period_ns
    return round(period_ns) if period_ns <= LONGEST_SWEEP_NS else NOMINAL_SWEEP_NS  # NaN with a single sweep


def _motion(scene: SceneTables, channel: str, told: str | None) -> Motion:
    if told is None:
        return scene.dialect.sweep_motion
    try:
        return Motion(told)
    except ValueError:
        known = ", ".join(motion.value for motion in Motion)
        reason = f"motion of {channel} must be one of {known}, got '{told}'"
        scene.report.note(ProblemKind.MALFORMED_RECORD, "calibrated_sensor", reason, sensor=channel)
        return Motion.UNKNOWN


def _check_names(scene: SceneTables, channel: str, names: Sequence[str]) -> None:
    """Report names that lead out of the data set; their files are never opened."""
    unsafe = []
    for name in names:
        if name and not SUSPICIOUS.search(name):
            continue
        try:
            inside_root(scene.root, name)
        except UnsafePathError as error:
            unsafe.append(f"filename {error}")
    if unsafe:
        scene.report.note(ProblemKind.MALFORMED_RECORD, "sample_data", unsafe[0], count=len(unsafe), sensor=channel)
