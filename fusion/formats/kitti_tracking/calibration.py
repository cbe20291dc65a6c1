"""The calibration of a sequence, and what to do without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from calibration.errors import FileProblemError
from calibration.rig import SensorRig
from calibration.sensors import EGO
from calibration.transform import RigidTransform
from fusion.formats.kitti.calibration_file import RECTIFIED, CalibrationFile
from fusion.formats.kitti.usable_calibration import VELODYNE, ImageSize, UsableCalibration, malformed, usable_parts
from fusion.formats.kitti_tracking.layout import (
    CALIBRATION,
    INERTIAL,
    LABELLED_CAMERA,
    PROJECTION_OF_CAMERA,
    KittiSequence,
)
from fusion.formats.safe_files import read_text_lines
from fusion.scene.problems import Problem, ProblemKind, ProblemLog, problem_of

# Right, down, forward of a camera as forward, left, up of a vehicle that stands where the camera does.
CAMERA_IS_EGO = RigidTransform(
    EGO, RECTIFIED, np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]), np.zeros(3)
)


@dataclass(frozen=True, eq=False)
class SequenceCalibration:
    """How the parts of a sequence stand to each other.

    ego_from_rectified: always there: where the lidar's place is unknown, ego is camera 0 instead of the lidar;
    lidar_is_placed: ego is the lidar; lidar_from_imu: source "imu", target "ego", None where poses can't be used.
    """

    usable: UsableCalibration
    lidar_is_placed: bool
    lidar_from_imu: RigidTransform | None = None

    @property
    def ego_from_rectified(self) -> RigidTransform:
        """From the camera that labels are written in."""
        rectified_from_ego = self.usable.rectified_from_ego
        return CAMERA_IS_EGO if rectified_from_ego is None else rectified_from_ego.inverse()

    def rig(self, sizes: Mapping[str, ImageSize]) -> SensorRig:
        """The sensors whose place is known."""
        return self.usable.rig(sizes, VELODYNE if self.lidar_is_placed else None)


def read_calibration(sequence: KittiSequence, problems: ProblemLog) -> SequenceCalibration:
    """The calibration of a sequence; each part that is needed and can't be used is a problem."""
    file = _open(sequence, problems)
    if file is None:
        return SequenceCalibration(UsableCalibration(), lidar_is_placed=False)

    def report(error: FileProblemError, sensor: str) -> None:
        problems.add(malformed(error, scene=sequence.name, sensor=sensor))

    cameras = dict.fromkeys((LABELLED_CAMERA, *sequence.cameras))
    usable = usable_parts(file, {name: PROJECTION_OF_CAMERA[name] for name in cameras}, report)
    if usable.rectified_from_ego is None:
        camera_is_ego = replace(usable, rectified_from_ego=CAMERA_IS_EGO.inverse())
        return SequenceCalibration(camera_is_ego, lidar_is_placed=False)
    lidar_from_imu = None
    if INERTIAL in sequence.texts:
        try:
            lidar_from_imu = file.lidar_from_imu(EGO)
        except FileProblemError as error:
            report(error, INERTIAL)
    return SequenceCalibration(usable, True, lidar_from_imu)


def _open(sequence: KittiSequence, problems: ProblemLog) -> CalibrationFile | None:
    path = sequence.texts.get(CALIBRATION)
    if path is None:
        what_needs_it = [*sequence.files, *(folder for folder in (INERTIAL,) if folder in sequence.texts)]
        if what_needs_it:
            reason = f"no such file; without it {', '.join(what_needs_it)} can't be used"
            expected = sequence.expected_text(CALIBRATION)
            problems.add(Problem(ProblemKind.MISSING_FILE, expected, reason, scene=sequence.name))
        return None
    try:
        return CalibrationFile(read_text_lines(sequence.root, path), path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=sequence.name))
        return None
