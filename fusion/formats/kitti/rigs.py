"""The calibration and image size of each frame: KITTI object has a file of each a frame."""

from __future__ import annotations

from calibration.errors import FileProblemError, ImageFileError
from fusion.formats.kitti.calibration_file import CalibrationFile
from fusion.formats.kitti.layout import CALIBRATION, LABELLED_CAMERA, PROJECTION_OF_CAMERA, KittiSplit
from fusion.formats.kitti.usable_calibration import (
    ImageSize,
    UsableCalibration,
    malformed,
    size_of_image,
    usable_parts,
)
from fusion.formats.safe_files import read_text_lines
from fusion.scene.problems import ProblemLog, problem_of


def cameras_of_rig(split: KittiSplit) -> tuple[str, ...]:
    """Cameras with a folder, and always the one that 2D boxes are drawn for."""
    return tuple(dict.fromkeys((LABELLED_CAMERA, *split.cameras)))


def read_calibration(split: KittiSplit, key: str, problems: ProblemLog) -> UsableCalibration:
    """The calibration of a frame; each part that can't be used is a problem."""
    path = split.files.get(CALIBRATION, {}).get(key)
    if path is None:
        return UsableCalibration()  # reported with the frame's other missing files
    try:
        file = CalibrationFile(read_text_lines(split.root, path), path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=split.name, frame=key))
        return UsableCalibration()

    def report(error: FileProblemError, sensor: str) -> None:
        problems.add(malformed(error, scene=split.name, frame=key, sensor=sensor))

    return usable_parts(file, {name: PROJECTION_OF_CAMERA[name] for name in cameras_of_rig(split)}, report)


def read_image_sizes(split: KittiSplit, camera: str, problems: ProblemLog) -> dict[str, ImageSize]:
    """Width and height of each frame's image, without the frames whose image is missing or no image."""
    sizes = {}
    for key, path in split.files.get(camera, {}).items():
        try:
            sizes[key] = size_of_image(split.root, path)
        except ImageFileError as error:
            problems.add(problem_of(error, scene=split.name, frame=key, sensor=camera))
    return sizes
