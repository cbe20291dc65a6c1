"""Sensors and rigs: from calibrated_sensor records to where each sensor sits and how its lens bends light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np

from calibration.arrays import IntArray
from calibration.cameras.catalogue import camera_from_parameters
from calibration.cameras.model import CameraModel
from calibration.clock import TimestampError
from calibration.errors import FileProblemError, FrameMismatchError, LensError, RotationError, ShapeError
from calibration.image_file import size_of_bytes
from calibration.rig import RigHistory, SensorRig
from calibration.sensors import EGO, Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.errors import UnsafePathError
from fusion.formats.nuscenes.records import CalibratedSensorRecord, SensorRecord
from fusion.formats.nuscenes.scene_report import SceneReport
from fusion.formats.nuscenes.scene_tables import SceneTables
from fusion.formats.safe_files import read_bytes
from fusion.scene.problems import ProblemKind

TABLE = "calibrated_sensor"
# Distortion without a named model: the model with that many coefficients, in OpenCV's order.
MODEL_BY_COEFFICIENTS = {0: "pinhole", 4: "brown-conrady", 5: "brown-conrady", 8: "rational"}


@dataclass(frozen=True)
class ImageSize:
    """Pixels across and down; zero where the tables don't tell."""

    width: int = 0
    height: int = 0


def mounted_sensors(scene: SceneTables, rows: IntArray) -> dict[int, Sensor]:
    """The sensor of each calibration these rows of sample_data.json use, by its row.

    Those that can't be placed are reported and left out.
    """
    measurements = scene.tables.measurements
    mounted = {}
    for calibration in np.unique(measurements.calibration[rows]).tolist():
        own = rows[measurements.calibration[rows] == calibration]
        channel = scene.tables.sensors[int(measurements.sensor[own[0]])]
        size = _image_size(scene, own) if channel.modality == SensorKind.CAMERA.value else ImageSize()
        sensor = mounted_sensor(scene.tables.calibrations[calibration], channel, size, scene.report)
        if sensor is not None:
            mounted[calibration] = sensor
    return mounted


def mounted_sensor(
    record: CalibratedSensorRecord, sensor: SensorRecord, size: ImageSize, report: SceneReport
) -> Sensor | None:
    """One sensor as one record mounts it.

    None where it can't be placed. A camera whose intrinsics describe no lens is placed without one. Both are reported.
    """
    kind = SensorKind(sensor.modality)
    try:
        ego_from_sensor = RigidTransform.from_quaternion(EGO, sensor.channel, record.rotation, record.translation)
        return Sensor(
            name=sensor.channel,
            kind=kind,
            ego_from_sensor=ego_from_sensor,
            camera=_lens(record, sensor.channel, size, report) if kind is SensorKind.CAMERA else None,
            readout_ns=record.readout_ns,
            exposure_ns=record.exposure_ns,
        )
    except (RotationError, ShapeError, FrameMismatchError, TimestampError) as error:
        _report(report, record, sensor.channel, f"{sensor.channel} can't be placed: {error}")
        return None


def _lens(record: CalibratedSensorRecord, channel: str, size: ImageSize, report: SceneReport) -> CameraModel | None:
    matrix = record.camera_intrinsic or []
    distortion = tuple(record.camera_distortion or ())
    try:
        if [len(row) for row in matrix] != [3, 3, 3] or not all(isfinite(value) for row in matrix for value in row):
            raise LensError(f"camera_intrinsic must be 3 x 3 finite numbers, got {matrix}")
        (fx, skew, cx), (lower, fy, cy), last_row = matrix
        if lower != 0 or last_row != [0, 0, 1]:
            raise LensError(f"camera_intrinsic must be upper triangular and end in 0 0 1, got {matrix}")
        kind = record.camera_model or MODEL_BY_COEFFICIENTS.get(len(distortion))
        if kind is None:
            raise LensError(f"no camera_model is named and none is known with {len(distortion)} coefficients")
        return camera_from_parameters(kind, size.width, size.height, fx, fy, cx, cy, skew, distortion)
    except LensError as error:
        _report(report, record, channel, f"{channel} has no usable lens: {error}")
        return None


def _report(report: SceneReport, record: CalibratedSensorRecord, channel: str, reason: str) -> None:
    report.note(ProblemKind.MALFORMED_RECORD, TABLE, f"{reason} (record {record.token})", sensor=channel)


def _image_size(scene: SceneTables, rows: IntArray) -> ImageSize:
    """The size most records of a camera tell, else that of its first image that can be read."""
    measurements = scene.tables.measurements
    told = np.column_stack([measurements.widths[rows], measurements.heights[rows]])
    sizes, counts = np.unique(told[(told > 0).all(axis=1)], axis=0, return_counts=True)
    if len(sizes):
        return ImageSize(*sizes[np.argmax(counts)].tolist())
    for row in rows.tolist():
        name = measurements.filenames[int(measurements.filename[row])]
        try:
            size = ImageSize(*size_of_bytes(read_bytes(scene.root, name), name))
        except (FileProblemError, UnsafePathError):
            continue
        scene.report.assume(f"the tables don't tell the size of {name} and its like; the image does")
        return size
    return ImageSize()


def rig_history(scene: SceneTables, sensors: Mapping[int, Sensor], rows_of: Mapping[str, IntArray]) -> RigHistory:
    """Rigs over time: a new one from each moment a sensor's calibration changes.

    Args:
        sensors: by row of calibrated_sensor.json.
        rows_of: by sensor, its rows of sample_data.json.
    """
    measurements = scene.tables.measurements
    first: list[tuple[int, int]] = []
    later: list[tuple[int, int]] = []
    for rows in rows_of.values():
        rows = rows[np.argsort(measurements.timestamps_ns[rows], kind="stable")]
        stamps, calibrations = measurements.timestamps_ns[rows].tolist(), measurements.calibration[rows]
        first.append((stamps[0], int(calibrations[0])))
        later += [(stamps[i], int(calibrations[i])) for i in np.flatnonzero(np.diff(calibrations)) + 1]
    start_ns = min((time_ns for time_ns, _ in first), default=0)
    rig = SensorRig.of(*(sensors[row] for _, row in first))
    rigs = {start_ns: rig}
    for time_ns, row in sorted(later):
        rig = rig.with_sensor(sensors[row])
        rigs[time_ns] = rig
    return RigHistory.from_rigs(rigs.items())
