"""The rig of each frame: KITTI object has a calibration file a frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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

    def rig(self, sizes: Mapping[str, ImageSize]) -> SensorRig:
        """The lidar, which is ego, and the cameras; `sizes` holds the image size of each camera."""
        rectified_from_ego = self.rectified_from_ego
        if rectified_from_ego is None:
            return SensorRig.of(VELODYNE)
        cameras = [_camera(name, camera, rectified_from_ego, sizes[name]) for name, camera in self.cameras.items()]
        return SensorRig.of(VELODYNE, *cameras)


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
    rectified_from_ego = None
    try:
        rectified_from_ego = file.rectified_from(EGO)
    except FileProblemError as error:
        problems.add(_malformed(error, split, key))
    cameras = {}
    for name in cameras_of_rig(split):
        try:
            cameras[name] = file.camera(PROJECTION_OF_CAMERA[name])
        except FileProblemError as error:
            problems.add(_malformed(error, split, key, name))
    return FrameCalibration(rectified_from_ego, cameras)


def _malformed(error: FileProblemError, split: KittiSplit, key: str, sensor: str = "") -> Problem:
    return Problem(
        ProblemKind.MALFORMED_RECORD,
        error.path,
        error.reason,
        error.line or 0,
        scene=split.name,
        frame=key,
        sensor=sensor,
    )


def read_image_sizes(split: KittiSplit, camera: str, problems: ProblemLog) -> dict[str, ImageSize]:
    """Width and height of each frame's image, without the frames whose image is missing or no image."""
    sizes = {}
    for key, path in split.files.get(camera, {}).items():
        try:
            sizes[key] = image_size(inside_root(split.root, path))
        except ImageFileError as error:
            named = ImageFileError(path, error.reason)
            problems.add(problem_of(named, scene=split.name, frame=key, sensor=camera))
    return sizes


def usual_size(sizes: Mapping[str, ImageSize]) -> ImageSize:
    """What to take for a frame without an image."""
    return Counter(sizes.values()).most_common(1)[0][0] if sizes else USUAL_SIZE
