"""Sweeps and images of one sensor, loaded one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calibration.arrays import Float32Array, IntArray
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep, Motion
from fusion.formats.kitti.usable_calibration import VELODYNE
from fusion.formats.point_files import fitting_columns, points_from_bytes
from fusion.formats.safe_files import read_bytes
from fusion.scene.stream import Stream

COLUMNS = 4  # x, y, z, reflectance
OTHER_COLUMNS = (5, 6)


@dataclass(frozen=True, eq=False)
class SensorFiles:
    """The files of one sensor in order.

    names: (S,) below root; timestamps_ns: (S,); stamp_means: what the stamps stand for, for a person.
    """

    sensor: str
    root: Path
    names: tuple[str, ...]
    timestamps_ns: IntArray
    stamp_means: str

    def read(self, index: int) -> bytes:
        """All bytes of one file.

        Raises:
            FileProblemError: it is missing or can't be read.
        """
        return read_bytes(self.root, self.names[index])


@dataclass(frozen=True, eq=False)
class Sweeps:
    """Sweeps of a lidar that is ego, by index.

    spans_ns: (S,) first and last firing of each, None where that is not told; () where it never is.
    """

    files: SensorFiles
    motion: Motion = Motion.UNKNOWN
    spans_ns: tuple[tuple[int | None, int | None], ...] = ()

    def __call__(self, index: int) -> LidarSweep:
        rows = read_sweep(self.files.read(index), self.files.names[index])
        start_ns, end_ns = self.spans_ns[index] if self.spans_ns else (None, None)
        return LidarSweep.from_columns(
            sensor=self.files.sensor,
            points=rows[:, :3],
            ego_from_points=VELODYNE.ego_from_sensor,
            reference_ns=int(self.files.timestamps_ns[index]),
            motion=self.motion,
            start_ns=start_ns,
            end_ns=end_ns,
            intensity=rows[:, 3],
        )

    def stream(self) -> Stream[LidarSweep]:
        """Loading raises FileProblemError where a file is missing or truncated."""
        files = self.files
        return Stream(
            files.sensor, SensorKind.LIDAR, files.timestamps_ns, self, files.names, stamp_means=files.stamp_means
        )


@dataclass(frozen=True, eq=False)
class Images:
    """Images of a camera, by index."""

    files: SensorFiles

    def __call__(self, index: int) -> CameraImage:
        return CameraImage.from_bytes(
            self.files.sensor,
            int(self.files.timestamps_ns[index]),
            read=lambda: self.files.read(index),
            path=self.files.names[index],
        )

    def stream(self) -> Stream[CameraImage]:
        """Pixels raise FileProblemError where a file is missing or can't be decoded."""
        files = self.files
        return Stream(
            files.sensor, SensorKind.CAMERA, files.timestamps_ns, self, files.names, stamp_means=files.stamp_means
        )


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
