"""Where the sensors of a log sit, and how its images were made.

Argoverse 2 says                             we say
egovehicle_SE3_sensor: qw qx qy qz, t        ego_from_sensor; a camera is x right, y down, z forward
fx_px fy_px cx_px cy_px, width_px height_px  a pinhole: the images are undistorted
k1 k2 k3                                     nothing: the lens as it was before the images were undistorted
global shutters                              readout_ns 0

Source: av2-api, guide/src/datasets/sensor.md ("All camera imagery is provided in an undistorted format", "nine global
shutter cameras"), geometry/camera/pinhole_camera.py, which projects with fx, fy, cx and cy alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from calibration.arrays import FloatArray
from calibration.cameras.catalogue import camera_from_parameters
from calibration.cameras.model import CameraModel
from calibration.errors import BoresightError, FileProblemError, LensError
from calibration.rig import SensorRig
from calibration.sensors import EGO, Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.formats.argoverse2.feather_file import FeatherTable, Holds, read_feather
from fusion.formats.argoverse2.layout import EXTRINSICS, INTRINSICS, LogFolder
from fusion.formats.argoverse2.log_report import LogReport, listed
from fusion.scene.problems import ProblemKind

# The two that make a sweep, as laser_number counts through them, 32 lasers each.
UP_LIDAR, DOWN_LIDAR = "up_lidar", "down_lidar"
LASERS_EACH = 32
# Of up_lidar in ego, metres: the same in every calibration of the data set that we have seen.
USUAL_LIDAR_PLACE = (1.35018, 0.0, 1.64042)

POSE_COLUMNS = ("qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m")
LENS_COLUMNS = ("fx_px", "fy_px", "cx_px", "cy_px", "width_px", "height_px")
DISTORTION_COLUMNS = ("k1", "k2", "k3")


def read_rig(log: LogFolder, report: LogReport) -> SensorRig:
    """The sensors of a log; those that can't be placed are reported and left out, lenses that are none likewise."""
    try:
        needed = {"sensor_name": Holds.TEXT, **dict.fromkeys(POSE_COLUMNS, Holds.NUMBERS)}
        table = read_feather(log.root, log.called(EXTRINSICS), needed)
    except FileProblemError as error:
        report.unread(error)
        return SensorRig.of()
    lenses = _read_lenses(log, report)
    sensors: dict[str, Sensor] = {}
    poses = table.float64(*POSE_COLUMNS)
    for name, row in _rows_by_name(table, report).items():
        sensor = _sensor(name, poses[row], lenses or {}, table.name, report)
        if sensor is not None:
            sensors[name] = sensor
    _compare(log, sensors, lenses, report)
    return SensorRig(sensors)


def ray_origin_of(rig: SensorRig, report: LogReport) -> FloatArray:
    """(3,) where the rays of a merged sweep are taken to start, in ego."""
    if UP_LIDAR not in rig.sensors:
        place = ", ".join(f"{value:.2f}" for value in USUAL_LIDAR_PLACE)
        report.assume(f"nothing tells where {UP_LIDAR} sits; rays are taken to start at ({place}) m, its usual place")
        return np.asarray(USUAL_LIDAR_PLACE)
    origin = rig.sensors[UP_LIDAR].ego_from_sensor.translation
    if DOWN_LIDAR in rig.sensors:
        apart_m = float(np.linalg.norm(origin - rig.sensors[DOWN_LIDAR].ego_from_sensor.translation))
        report.assume(
            f"rays of a sweep are taken to start where {UP_LIDAR} is at its stamp: those of {DOWN_LIDAR} "
            f"(sensor_index 1), {apart_m:.2f} m from it, and those fired after the vehicle moved on, too"
        )
    return origin


def _compare(
    log: LogFolder, sensors: Mapping[str, Sensor], lenses: Mapping[str, CameraModel | None] | None, report: LogReport
) -> None:
    """Cameras that only one of the two tables knows."""
    if lenses is None:
        return  # reported with its file
    placed = [name for name, sensor in sensors.items() if sensor.kind is SensorKind.CAMERA]
    for path, other, lonely in (
        (EXTRINSICS, INTRINSICS, [name for name in placed if name not in lenses]),
        (INTRINSICS, EXTRINSICS, [name for name in lenses if name not in placed]),
    ):
        if lonely:
            reason = f"{listed(lonely)} has no usable row in {other}"
            report.note(ProblemKind.BROKEN_REFERENCE, log.called(path), reason, count=len(lonely))


def _read_lenses(log: LogFolder, report: LogReport) -> Mapping[str, CameraModel | None] | None:
    """The lens of each camera of the table, None where its numbers describe none; None without a table."""
    try:
        needed = {"sensor_name": Holds.TEXT, **dict.fromkeys(LENS_COLUMNS, Holds.NUMBERS)}
        optional = dict.fromkeys(DISTORTION_COLUMNS, Holds.NUMBERS)
        table = read_feather(log.root, log.called(INTRINSICS), needed, optional)
    except FileProblemError as error:
        report.unread(error)
        return None
    if any(table.has(column) and np.any(table.float64(column)) for column in DISTORTION_COLUMNS):
        report.assume("images are undistorted, so k1, k2 and k3 of the lenses are not applied")
    numbers = table.float64(*LENS_COLUMNS)
    return {name: _lens(name, numbers[row], table.name, report) for name, row in _rows_by_name(table, report).items()}


def _lens(name: str, numbers: FloatArray, path: str, report: LogReport) -> CameraModel | None:
    *pinhole, width, height = numbers.tolist()
    try:
        if not np.isfinite(numbers).all():
            raise LensError(f"its numbers must be finite, got {numbers.tolist()}")
        fx, fy, cx, cy = pinhole
        return camera_from_parameters("pinhole", int(width), int(height), fx, fy, cx, cy, 0.0, ())
    except LensError as error:
        report.rows(path, f"has no usable lens: {error}", [name])
        return None


def _sensor(
    name: str, pose: FloatArray, lenses: Mapping[str, CameraModel | None], path: str, report: LogReport
) -> Sensor | None:
    kind = SensorKind.CAMERA if name in lenses or "lidar" not in name else SensorKind.LIDAR
    try:
        return Sensor(
            name=name,
            kind=kind,
            ego_from_sensor=RigidTransform.from_quaternion(EGO, name, pose[:4], pose[4:]),
            camera=lenses.get(name),
            readout_ns=0 if kind is SensorKind.CAMERA else None,
        )
    except BoresightError as error:
        report.rows(path, f"can't be placed: {error}", [name])
        return None


def _rows_by_name(table: FeatherTable, report: LogReport) -> dict[str, int]:
    """The row of each sensor, the first where it has several; rows without a name are reported."""
    names = table.texts("sensor_name")
    row_of: dict[str, int] = {}
    again = [names[row] for row in range(len(table)) if names[row] and row_of.setdefault(names[row], row) != row]
    report.rows(table.name, "has several rows, the first is used", again)
    nameless = [f"row {row}" for row in np.flatnonzero(~names.present).tolist()]
    report.rows(table.name, "names no sensor", nameless)
    return row_of
