"""Which drives a KITTI raw set has, and where their parts lie."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fusion.formats.kitti.listing import IMAGE_SUFFIXES, counted, named
from fusion.formats.kitti.usable_calibration import LIDAR
from fusion.formats.safe_files import list_folders

INERTIAL = "oxts"
# The cameras trigger together; image_00 is what the set calls its reference.
PROJECTION_OF_CAMERA = {
    "image_00": "P_rect_00",
    "image_01": "P_rect_01",
    "image_02": "P_rect_02",
    "image_03": "P_rect_03",
}
# The camera whose view tracklets were made for.
LABELLED_CAMERA = "image_02"
FOLDER_OF_SENSOR = {LIDAR: "velodyne_points", **{camera: camera for camera in PROJECTION_OF_CAMERA}, INERTIAL: "oxts"}
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    LIDAR: (".bin",),
    **dict.fromkeys(PROJECTION_OF_CAMERA, IMAGE_SUFFIXES),
    INERTIAL: (".txt",),
}
STAMPS, TRACKLETS = "timestamps.txt", "tracklet_labels.xml"
CAMERAS_FILE, LIDAR_FILE, INERTIAL_FILE = "calib_cam_to_cam.txt", "calib_velo_to_cam.txt", "calib_imu_to_velo.txt"
UNSYNCED = "_extract"


@dataclass(frozen=True, eq=False)
class KittiDrive:
    """One synced drive.

    name: of the scene; root: what paths are relative to; folder: of the drive, below root; calibrations: prefix of the
    three calibration files, "2011_09_26/" or ""; sensors: those that have a folder.
    """

    name: str
    root: Path
    folder: str
    calibrations: str
    sensors: tuple[str, ...]

    def path(self, sensor: str, name: str) -> str:
        """A file in a sensor's folder."""
        return f"{self.folder}/{FOLDER_OF_SENSOR[sensor]}/{name}"

    @property
    def cameras(self) -> tuple[str, ...]:
        """Cameras that have a folder."""
        return tuple(camera for camera in PROJECTION_OF_CAMERA if camera in self.sensors)

    @property
    def tracklets(self) -> str | None:
        """The label file, if there is one."""
        path = f"{self.folder}/{TRACKLETS}"
        return path if (self.root / path).is_file() else None


def find_drives(root: Path) -> tuple[KittiDrive, ...]:
    """The synced drives at a root: those of the days in it, those of a day, one drive, or that of one label file."""
    if root.name == TRACKLETS and root.is_file():
        root = root.absolute().parent
    if is_drive(root):
        drive = Path(os.path.normpath(root.absolute()))
        return (_drive(drive.parent, drive.name, drive.name),)
    folders = drive_folders(root)
    uses = Counter(Path(folder).name for folder in folders)
    return tuple(
        _drive(root, folder, Path(folder).name if uses[Path(folder).name] == 1 else folder.replace("/", "-"))
        for folder in folders
    )


def is_drive(path: Path) -> bool:
    """Whether a folder holds sensor folders with time stamps, and is no unsynced drive."""
    stamped = any((path / folder / STAMPS).is_file() for folder in FOLDER_OF_SENSOR.values())
    return stamped and not path.absolute().name.endswith(UNSYNCED)


def drive_folders(root: Path) -> tuple[str, ...]:
    """The drives in a root, one or two folders down."""
    inner = [f"{folder}/{name}" for folder in list_folders(root) for name in list_folders(root / folder)]
    return tuple(folder for folder in sorted([*list_folders(root), *inner]) if is_drive(root / folder))


def unsynced_folders(root: Path) -> tuple[str, ...]:
    """Drives of the kind that isn't read: neither are their images rectified, nor do their numbers correspond."""
    inner = [f"{folder}/{name}" for folder in list_folders(root) for name in list_folders(root / folder)]
    return tuple(folder for folder in sorted([*list_folders(root), *inner]) if folder.endswith(UNSYNCED))


def evidence_of_drives(root: Path) -> str | None:
    """What shows that a root holds KITTI raw data, None if nothing does."""
    if root.name == TRACKLETS and root.is_file():
        return f"{TRACKLETS} lies in a drive" if is_drive(root.absolute().parent) else None
    if is_drive(root):
        stamped = [folder for folder in FOLDER_OF_SENSOR.values() if (root / folder / STAMPS).is_file()]
        return f"{', '.join(stamped)} hold time stamps"
    folders = drive_folders(root)
    return f"holds {counted(len(folders), 'drive')}: {named(folders)}" if folders else None


def _drive(root: Path, folder: str, name: str) -> KittiDrive:
    day = folder.rpartition("/")[0]
    prefixes = [f"{day}/" if day else "", f"{folder}/"]
    files = (CAMERAS_FILE, LIDAR_FILE, INERTIAL_FILE)
    calibrations = [prefix for prefix in prefixes if any((root / f"{prefix}{file}").is_file() for file in files)]
    sensors = tuple(sensor for sensor, own in FOLDER_OF_SENSOR.items() if (root / folder / own).is_dir())
    return KittiDrive(name, root, folder, [*calibrations, *prefixes][0], sensors)
