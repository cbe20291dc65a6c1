"""Sweeps and images of a split, loaded one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.arrays import ByteImage, Float32Array
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.image_file import decode_image
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep, Motion
from fusion.formats.kitti.layout import LIDAR, KittiSplit
from fusion.formats.kitti.rigs import VELODYNE
from fusion.formats.point_files import fitting_columns, points_from_bytes
from fusion.formats.safe_files import read_bytes
from fusion.scene.stream import Stream

COLUMNS = 4  # x, y, z, reflectance
OTHER_COLUMNS = (5, 6)
NO_CLOCK = "nothing: KITTI object has no times, the number of the frame stands in"


def lidar_stream(split: KittiSplit, frames: Sequence[int]) -> Stream[LidarSweep]:
    """The sweeps of these frames. Loading raises FileProblemError where a file is missing or truncated."""
    paths = [split.files[LIDAR][split.keys[frame]] for frame in frames]

    def load(index: int) -> LidarSweep:
        rows = read_sweep(read_bytes(split.root, paths[index]), paths[index])
        return LidarSweep.from_columns(
            sensor=LIDAR,
            points=rows[:, :3],
            ego_from_points=VELODYNE.ego_from_sensor,
            reference_ns=frames[index],
            motion=Motion.UNKNOWN,
            intensity=rows[:, 3],
        )

    stamps = np.asarray(frames, dtype=np.int64)
    return Stream(LIDAR, SensorKind.LIDAR, stamps, load, tuple(paths), stamp_means=NO_CLOCK)


def camera_stream(split: KittiSplit, camera: str, frames: Sequence[int]) -> Stream[CameraImage]:
    """The images of these frames. Their pixels raise FileProblemError where a file can't be decoded."""
    paths = [split.files[camera][split.keys[frame]] for frame in frames]

    def load(index: int) -> CameraImage:
        def pixels() -> ByteImage:
            return decode_image(read_bytes(split.root, paths[index]), paths[index])

        return CameraImage(camera, frames[index], pixels, path=paths[index])

    stamps = np.asarray(frames, dtype=np.int64)
    return Stream(camera, SensorKind.CAMERA, stamps, load, tuple(paths), stamp_means=NO_CLOCK)


def read_sweep(data: bytes, path: str) -> Float32Array:
    """(N, 4) x, y, z and reflectance of the bytes of a sweep.

    Raises:
        FileProblemError: truncated, or the numbers only make sense as 5 or 6 columns a point.
    """
    if not fitting_columns(data, [COLUMNS]) and (others := fitting_columns(data, OTHER_COLUMNS)):
        found = " or ".join(str(columns) for columns in others)
        raise FileProblemError(
            path, f"expected {COLUMNS} float32 columns (x y z reflectance), its numbers only make sense as {found}"
        )
    return points_from_bytes(data, COLUMNS, path)
