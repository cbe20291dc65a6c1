"""The calibration of a day, from its three files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from calibration.errors import FileProblemError
from calibration.sensors import EGO
from calibration.transform import RigidTransform
from fusion.formats.kitti.calibration_file import CAMERA_0, IMU, CalibrationFile, chained
from fusion.formats.kitti.usable_calibration import ImageSize, UsableCalibration, malformed, usable_cameras
from fusion.formats.kitti_raw.layout import (
    CAMERAS_FILE,
    INERTIAL,
    INERTIAL_FILE,
    LABELLED_CAMERA,
    LIDAR_FILE,
    PROJECTION_OF_CAMERA,
    KittiDrive,
)
from fusion.formats.safe_files import read_text_lines
from fusion.scene.problems import ProblemLog, problem_of

RECTIFICATION = ("R_rect_00",)
SIZE_OF_CAMERA = {camera: projection.replace("P_", "S_") for camera, projection in PROJECTION_OF_CAMERA.items()}

Report = Callable[[FileProblemError, str], None]


@dataclass(frozen=True, eq=False)
class DriveCalibration:
    """What can be used of a day's calibration; sizes: of rectified images, as the file has them."""

    usable: UsableCalibration = field(default_factory=UsableCalibration)
    sizes: Mapping[str, ImageSize] = field(default_factory=dict)
    lidar_from_imu: RigidTransform | None = None


def read_calibration(drive: KittiDrive, problems: ProblemLog) -> DriveCalibration:
    """The calibration of a drive; each part that is needed and can't be used is a problem."""

    def report(error: FileProblemError, sensor: str) -> None:
        problems.add(malformed(error, scene=drive.name, sensor=sensor))

    usable, sizes = UsableCalibration(), {}
    if drive.cameras or drive.tracklets:
        cameras_file, lidar_file = (_open(drive, name, problems) for name in (CAMERAS_FILE, LIDAR_FILE))
        wanted = dict.fromkeys((*drive.cameras, *([LABELLED_CAMERA] if drive.tracklets else [])))
        if cameras_file is not None and lidar_file is not None:
            rectified_from_lidar = _rectified_from_lidar(cameras_file, lidar_file, report)
            projections = {camera: PROJECTION_OF_CAMERA[camera] for camera in wanted}
            usable = UsableCalibration(rectified_from_lidar, usable_cameras(cameras_file, projections, report))
            sizes = _sizes(cameras_file, usable.cameras, report)
    lidar_from_imu = None
    if INERTIAL in drive.sensors and (inertial_file := _open(drive, INERTIAL_FILE, problems)) is not None:
        try:
            lidar_from_imu = _placed(inertial_file, EGO, IMU)
        except FileProblemError as error:
            report(error, INERTIAL)
    return DriveCalibration(usable, sizes, lidar_from_imu)


def _open(drive: KittiDrive, name: str, problems: ProblemLog) -> CalibrationFile | None:
    path = f"{drive.calibrations}{name}"
    try:
        return CalibrationFile(read_text_lines(drive.root, path), path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=drive.name))
        return None


def _rectified_from_lidar(cameras: CalibrationFile, lidar: CalibrationFile, report: Report) -> RigidTransform | None:
    try:
        return chained(cameras.rectification(RECTIFICATION), _placed(lidar, CAMERA_0, EGO))
    except FileProblemError as error:
        report(error, "")
        return None


def _placed(file: CalibrationFile, target: str, source: str) -> RigidTransform:
    """The transform of a file that has its rotation under R and its translation under T.

    Raises:
        FileProblemError: one of them is missing or malformed.
    """
    rotation, line = file.matrix(("R",), (3, 3))
    translation, _ = file.matrix(("T",), (3, 1))
    return file.rigid(target, source, np.column_stack([rotation, translation]), line)


def _sizes(file: CalibrationFile, cameras: Mapping[str, object], report: Report) -> dict[str, ImageSize]:
    sizes = {}
    for camera in cameras:
        try:
            size, line = file.matrix((SIZE_OF_CAMERA[camera],), (1, 2))
            width, height = size[0].round().astype(int).tolist()
            if min(width, height) < 1:
                raise FileProblemError(file.path, f"'{SIZE_OF_CAMERA[camera]}' must be above 0, got {size[0]}", line)
            sizes[camera] = (width, height)
        except FileProblemError as error:
            report(error, camera)
    return sizes
