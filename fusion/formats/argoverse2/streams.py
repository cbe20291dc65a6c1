"""Sweeps and images of a log, each read when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import FloatArray, Int32Array, IntArray
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.sensors import EGO, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.formats.argoverse2.feather_file import FeatherTable, Holds, read_feather
from fusion.formats.argoverse2.layout import StampedFiles
from fusion.formats.argoverse2.poses import recorded_poses
from fusion.formats.argoverse2.sensors import DOWN_LIDAR, LASERS_EACH, UP_LIDAR
from fusion.formats.safe_files import read_bytes
from fusion.scene.stream import Stream

LIDAR = "lidar"
EGO_FROM_EGO = RigidTransform.identity(EGO, EGO)
LASERS = 2 * LASERS_EACH
POINT_COLUMNS = dict.fromkeys("xyz", Holds.NUMBERS)
OTHER_COLUMNS = {
    "intensity": Holds.NUMBERS,
    "laser_number": Holds.WHOLE_NUMBERS,
    "offset_ns": Holds.WHOLE_NUMBERS,
}
SWEEP_STAMP = "the time the points are compensated to; they were fired in the tenth of a second after it"
IMAGE_STAMP = "unknown; taken for the middle of the exposure"

Column = TypeVar("Column", bound=NDArray[Any])
Measurement = TypeVar("Measurement")


def lidar_stream(
    root: Path, files: StampedFiles, ray_origin: FloatArray, trajectory: Trajectory | None
) -> Stream[LidarSweep]:
    """The merged sweeps of both lidars. Loading raises FileProblemError where a file is missing or malformed."""
    load = LidarFiles(root, files, ray_origin)
    return _stream(LIDAR, SensorKind.LIDAR, files, load, trajectory, SWEEP_STAMP)


def camera_stream(root: Path, camera: str, files: StampedFiles, trajectory: Trajectory | None) -> Stream[CameraImage]:
    """The images of one camera; their pixels raise FileProblemError where a file can't be decoded."""
    load = CameraFiles(root, camera, files)
    return _stream(camera, SensorKind.CAMERA, files, load, trajectory, IMAGE_STAMP)


@dataclass(frozen=True, eq=False)
class LidarFiles:
    """Sweeps by index.

    Argoverse 2 says                         we say
    the stamp in the file's name             reference_ns, compensated_to_ns
    x y z: ego at that time, float16         points in "ego", float32 before anything is computed
    offset_ns                                times_ns = stamp + offset_ns
    laser_number 0..63                       ring; sensor_index 0 up_lidar (0..31), 1 down_lidar (32..63)
    """

    root: Path
    files: StampedFiles
    ray_origin: FloatArray

    def __call__(self, index: int) -> LidarSweep:
        stamp_ns = self.files.stamps_ns[index]
        table = read_feather(self.root, self.files.paths[index], POINT_COLUMNS, OTHER_COLUMNS)
        offsets_ns, ring = _offsets_ns(table), _ring(table)
        first_ns, last_ns = _extent(offsets_ns)
        return LidarSweep.from_columns(
            sensor=LIDAR,
            points=_read_only(table.float32("x", "y", "z")),
            ego_from_points=EGO_FROM_EGO,
            reference_ns=stamp_ns,
            motion=Motion.COMPENSATED,
            ray_origin=self.ray_origin,
            start_ns=None if first_ns is None else stamp_ns + first_ns,
            end_ns=None if last_ns is None else stamp_ns + last_ns,
            compensated_to_ns=stamp_ns,
            intensity=_read_only(table.float32("intensity").reshape(-1)) if table.has("intensity") else None,
            ring=ring,
            times_ns=_times_ns(offsets_ns, stamp_ns),
            sensor_index=_sensor_index(ring),
            sensor_names=(UP_LIDAR, DOWN_LIDAR),
        )


@dataclass(frozen=True, eq=False)
class CameraFiles:
    """Images by index; the shutters are global."""

    root: Path
    camera: str
    files: StampedFiles

    def __call__(self, index: int) -> CameraImage:
        path = self.files.paths[index]
        read = partial(read_bytes, self.root, path)
        return CameraImage.from_bytes(self.camera, self.files.stamps_ns[index], read, path, readout_ns=0)


def _offsets_ns(table: FeatherTable) -> Int32Array | None:
    if not table.has("offset_ns"):
        return None
    if table.missing("offset_ns"):
        raise FileProblemError(table.name, f"has {table.missing('offset_ns')} points without a time (offset_ns)")
    return table.int32("offset_ns")


def _times_ns(offsets_ns: Int32Array | None, stamp_ns: int) -> IntArray | None:
    if offsets_ns is None:
        return None
    return _read_only(np.add(offsets_ns, stamp_ns, dtype=np.int64))


def _extent(offsets_ns: Int32Array | None) -> tuple[int, int] | tuple[None, None]:
    if offsets_ns is None or len(offsets_ns) == 0:
        return None, None
    return int(offsets_ns.min()), int(offsets_ns.max())


def _ring(table: FeatherTable) -> Int32Array | None:
    """Laser numbers; -1 in rows that tell none."""
    return _read_only(table.int32("laser_number", absent=-1)) if table.has("laser_number") else None


def _sensor_index(ring: Int32Array | None) -> Int32Array | None:
    """Which lidar saw each point; nothing where the laser numbers are not those of the two."""
    if ring is None or not len(ring) or ring.min() < 0 or ring.max() >= LASERS:
        return None
    return _read_only((ring >= LASERS_EACH).astype(np.int32))


def _read_only(column: Column) -> Column:
    """The column itself, so that a sweep need not copy it."""
    column.flags.writeable = False
    return column


def _stream(
    name: str,
    kind: SensorKind,
    files: StampedFiles,
    load: Callable[[int], Measurement],
    trajectory: Trajectory | None,
    stamp_means: str,
) -> Stream[Measurement]:
    stamps_ns = np.asarray(files.stamps_ns, dtype=np.int64)
    poses = recorded_poses(trajectory, stamps_ns)
    return Stream(
        name=name,
        kind=kind,
        timestamps_ns=stamps_ns,
        load=load,
        paths=files.paths,
        translations_m=poses.translations_m,
        quaternions=poses.quaternions,
        stamp_means=stamp_means,
    )
