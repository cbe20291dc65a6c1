"""What can be used of a KITTI calibration, part by part, and the rig it makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from calibration.errors import FileProblemError, ImageFileError
from calibration.image_file import image_size
from calibration.rig import SensorRig
from calibration.sensors import EGO, Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.formats.kitti.calibration_file import CalibrationFile, RectifiedCamera
from fusion.formats.safe_files import inside_root
from fusion.scene.problems import Problem, ProblemKind

ImageSize = tuple[int, int]
# Most of the set; drives of other days differ by a few pixels.
USUAL_SIZE: ImageSize = (1242, 375)

LIDAR = "velodyne"
VELODYNE = Sensor(LIDAR, SensorKind.LIDAR, RigidTransform.identity(EGO, LIDAR))


@dataclass(frozen=True, eq=False)
class UsableCalibration:
    """What can be used of the calibration of a frame, sequence or drive.

    rectified_from_ego: None where boxes can't be placed; cameras: without those whose projection is unusable.
    """

    rectified_from_ego: RigidTransform | None = None
    cameras: Mapping[str, RectifiedCamera] = field(default_factory=dict)

    def rig(self, sizes: Mapping[str, ImageSize], lidar: Sensor | None = VELODYNE) -> SensorRig:
        """The lidar, which is ego, and the cameras; `sizes` holds the image size of each camera."""
        rectified_from_ego = self.rectified_from_ego
        lidars = [] if lidar is None else [lidar]
        if rectified_from_ego is None:
            return SensorRig.of(*lidars)
        cameras = [_camera(name, camera, rectified_from_ego, sizes[name]) for name, camera in self.cameras.items()]
        return SensorRig.of(*lidars, *cameras)


def _camera(name: str, camera: RectifiedCamera, rectified_from_ego: RigidTransform, size: ImageSize) -> Sensor:
    camera_from_ego = camera.camera_from_rectified(name) @ rectified_from_ego
    ego_from_camera = replace(camera_from_ego.inverse(), residual=rectified_from_ego.residual)
    return Sensor(name, SensorKind.CAMERA, ego_from_camera, camera.lens(*size))


def usable_parts(
    file: CalibrationFile, projection_of_camera: Mapping[str, str], report: Callable[[FileProblemError, str], None]
) -> UsableCalibration:
    """What can be used of a calibration file; `report` is told what is wrong with the rest, and with which sensor."""
    rectified_from_ego = None
    try:
        rectified_from_ego = file.rectified_from(EGO)
    except FileProblemError as error:
        report(error, "")
    return UsableCalibration(rectified_from_ego, usable_cameras(file, projection_of_camera, report))


def usable_cameras(
    file: CalibrationFile, projection_of_camera: Mapping[str, str], report: Callable[[FileProblemError, str], None]
) -> dict[str, RectifiedCamera]:
    """Those cameras whose projection matrix can be used."""
    cameras = {}
    for name, projection in projection_of_camera.items():
        try:
            cameras[name] = file.camera(projection)
        except FileProblemError as error:
            report(error, name)
    return cameras


def malformed(
    error: FileProblemError, *, scene: str, frame: str = "", sensor: str = "", label: str = "", count: int = 1
) -> Problem:
    """The problem behind a line, or `count` lines, that can't be understood."""
    kind, line = ProblemKind.MALFORMED_RECORD, error.line or 0
    return Problem(
        kind, error.path, error.reason, line, scene=scene, frame=frame, sensor=sensor, label=label, count=count
    )


def size_of_image(root: Path, name: str) -> ImageSize:
    """Width and height of an image, from its header.

    Raises:
        ImageFileError: it is missing or no image; it is called by its name below the root.
    """
    try:
        return image_size(inside_root(root, name))
    except ImageFileError as error:
        raise ImageFileError(name, error.reason) from error


def size_of_first_image(
    root: Path, names: Mapping[int, str], report: Callable[[ImageFileError, int], None]
) -> ImageSize | None:
    """Width and height of the first image that can be read, by frame; None without one. `report` is told the others."""
    for frame in sorted(names):
        try:
            return size_of_image(root, names[frame])
        except ImageFileError as error:
            report(error, frame)
    return None


def usual_size(sizes: Mapping[str, ImageSize]) -> ImageSize:
    """What to take for a frame without an image."""
    return Counter(sizes.values()).most_common(1)[0][0] if sizes else USUAL_SIZE
