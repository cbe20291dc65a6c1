"""The rig of each frame: KITTI object has a calibration file a frame."""

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
from fusion.formats.kitti.layout import CALIBRATION, LABELLED_CAMERA, LIDAR, PROJECTION_OF_CAMERA, KittiSplit
from fusion.formats.safe_files import inside_root, read_text_lines
from fusion.scene.problems import Problem, ProblemKind, ProblemLog, problem_of

ImageSize = tuple[int, int]
# Most of the set; drives of other days differ by a few pixels.
USUAL_SIZE: ImageSize = (1242, 375)

VELODYNE = Sensor(LIDAR, SensorKind.LIDAR, RigidTransform.identity(EGO, LIDAR))


@dataclass(frozen=True, eq=False)
class FrameCalibration:
    """What can be used of a frame's calibration.

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


def cameras_of_rig(split: KittiSplit) -> tuple[str, ...]:
    """Cameras with a folder, and always the one that 2D boxes are drawn for."""
    return tuple(dict.fromkeys((LABELLED_CAMERA, *split.cameras)))


def read_calibration(split: KittiSplit, key: str, problems: ProblemLog) -> FrameCalibration:
    """The calibration of a frame; each part that can't be used is a problem."""
    path = split.files.get(CALIBRATION, {}).get(key)
    if path is None:
        return FrameCalibration()  # reported with the frame's other missing files
    try:
        file = CalibrationFile(read_text_lines(split.root, path), path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=split.name, frame=key))
        return FrameCalibration()

    def report(error: FileProblemError, sensor: str) -> None:
        problems.add(malformed(error, scene=split.name, frame=key, sensor=sensor))

    return usable_parts(file, {name: PROJECTION_OF_CAMERA[name] for name in cameras_of_rig(split)}, report)


def usable_parts(
    file: CalibrationFile, projection_of_camera: Mapping[str, str], report: Callable[[FileProblemError, str], None]
) -> FrameCalibration:
    """What can be used of a calibration file; `report` is told what is wrong with the rest, and with which sensor."""
    rectified_from_ego = None
    try:
        rectified_from_ego = file.rectified_from(EGO)
    except FileProblemError as error:
        report(error, "")
    return FrameCalibration(rectified_from_ego, usable_cameras(file, projection_of_camera, report))


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


def malformed(error: FileProblemError, *, scene: str, frame: str = "", sensor: str = "", label: str = "") -> Problem:
    """The problem behind a line that can't be understood."""
    kind, line = ProblemKind.MALFORMED_RECORD, error.line or 0
    return Problem(kind, error.path, error.reason, line, scene=scene, frame=frame, sensor=sensor, label=label)


def read_image_sizes(split: KittiSplit, camera: str, problems: ProblemLog) -> dict[str, ImageSize]:
    """Width and height of each frame's image, without the frames whose image is missing or no image."""
    sizes = {}
    for key, path in split.files.get(camera, {}).items():
        try:
            sizes[key] = size_of_image(split.root, path)
        except ImageFileError as error:
            problems.add(problem_of(error, scene=split.name, frame=key, sensor=camera))
    return sizes


def size_of_image(root: Path, name: str) -> ImageSize:
    """Width and height of an image, from its header.

    Raises:
        ImageFileError: it is missing or no image; it is called by its name below the root.
    """
    try:
        return image_size(inside_root(root, name))
    except ImageFileError as error:
        raise ImageFileError(name, error.reason) from error


def usual_size(sizes: Mapping[str, ImageSize]) -> ImageSize:
    """What to take for a frame without an image."""
    return Counter(sizes.values()).most_common(1)[0][0] if sizes else USUAL_SIZE
