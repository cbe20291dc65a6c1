"""From sensor files to measurements: sweeps, images and radar detections, each read when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import Float32Array, IntArray
from calibration.clock import nanoseconds_from_seconds
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.radar import RadarSweep
from calibration.sensors import Sensor
from calibration.sweep import LidarSweep, Motion
from fusion.errors import UnsafePathError
from fusion.formats.pcd_file import fields_of, read_pcd
from fusion.formats.point_files import points_from_bytes
from fusion.formats.safe_files import read_bytes

# What each column of a lidar file is, where the tables don't say.
STANDARD_COLUMNS = ("x", "y", "z", "intensity", "ring")
PLACE_OF_STAMP = {"start": 0.0, "begin": 0.0, "trigger": 0.0, "middle": 0.5, "centre": 0.5, "end": 1.0}
# nuscenes-devkit, RadarPointCloud: the states its default filter keeps.
VALID_RADAR_STATES = {"invalid_state": (0,), "dyn_prop": tuple(range(7)), "ambig_state": (3,)}


@dataclass(frozen=True, eq=False)
class Files:
    """The files of one sensor in one scene, and what the tables say of each.

    names: below root; mounted: the sensor as calibrated for each file.
    """

    root: Path
    names: tuple[str, ...]
    timestamps_ns: IntArray
    mounted: tuple[Sensor, ...]

    def read(self, index: int) -> bytes:
        """All bytes of one file.

        Raises:
            FileProblemError: it is missing, unreadable, or its name leads out of the data set.
        """
        name = self.names[index]
        try:
            return read_bytes(self.root, name)
        except UnsafePathError as error:
            raise FileProblemError(name, str(error)) from error


@dataclass(frozen=True, eq=False)
class LidarFiles:
    """Sweeps by index.

    columns: of each file; stamp_at: where in the sweep the stamp lies, 0 its start, 1 its end, None unknown.
    """

    files: Files
    columns: tuple[tuple[str, ...], ...]
    motion: Motion
    stamp_at: float | None
    period_ns: int

    def __call__(self, index: int) -> LidarSweep:
        sensor, stamp_ns = self.files.mounted[index], int(self.files.timestamps_ns[index])
        columns = self._columns(index)
        offsets_s = columns.get("time_offset_s")
        points = np.stack([columns["x"], columns["y"], columns["z"]], axis=1)
        times_ns = None if offsets_s is None else stamp_ns + self._offsets_ns(offsets_s, points, index)
        start_ns, end_ns = self._interval(stamp_ns, times_ns)
        return LidarSweep.from_columns(
            sensor=sensor.name,
            points=points,
            ego_from_points=sensor.ego_from_sensor,
            reference_ns=stamp_ns,
            motion=self.motion,
            start_ns=start_ns,
            end_ns=end_ns,
            compensated_to_ns=stamp_ns if self.motion is Motion.COMPENSATED else None,
            intensity=columns.get("intensity"),
            ring=_ring(columns.get("ring")),
            times_ns=times_ns,
        )

    def _columns(self, index: int) -> dict[str, NDArray[np.float32]]:
        name, data = self.files.names[index], self.files.read(index)
        if name.endswith(".pcd"):
            rows = read_pcd(data, name)
            return {column: rows[column].astype(np.float32) for column in fields_of(rows, name)}
        names = self.columns[index]
        points = points_from_bytes(data, len(names), name)
        return {column: points[:, place] for place, column in enumerate(names)}

    def _offsets_ns(self, offsets_s: Float32Array, points: Float32Array, index: int) -> IntArray:
        told = np.isfinite(offsets_s)
        if (~told & np.isfinite(points).all(axis=1)).any():
            raise FileProblemError(self.files.names[index], "has points without a time (time_offset_s is not finite)")
        return nanoseconds_from_seconds(np.where(told, offsets_s, 0).astype(np.float64))

    def _interval(self, stamp_ns: int, times_ns: IntArray | None) -> tuple[int | None, int | None]:
        if times_ns is not None and len(times_ns):
            return int(times_ns.min()), int(times_ns.max())
        if self.stamp_at is None:
            return None, None
        start_ns = stamp_ns - round(self.stamp_at * self.period_ns)
        return start_ns, start_ns + self.period_ns


@dataclass(frozen=True, eq=False)
class CameraFiles:
    """Images by index. A stamp that means the start or end of the exposure is moved to its middle where both are known.

    stamp_at: where in the exposure the stamp lies, 0 its start, 1 its end, None unknown.
    """

    files: Files
    stamp_at: float | None

    def __call__(self, index: int) -> CameraImage:
        sensor = self.files.mounted[index]
        return CameraImage.from_bytes(
            sensor.name,
            int(self.files.timestamps_ns[index]) + self._to_the_middle_ns(sensor),
            read=lambda: self.files.read(index),
            path=self.files.names[index],
            exposure_ns=sensor.exposure_ns,
            readout_ns=sensor.readout_ns,
        )

    def _to_the_middle_ns(self, sensor: Sensor) -> int:
        if self.stamp_at is None or sensor.exposure_ns is None:
            return 0
        return round((0.5 - self.stamp_at) * (sensor.exposure_ns + (sensor.readout_ns or 0)))


@dataclass(frozen=True, eq=False)
class RadarFiles:
    """Radar measurements by index. A single detection without a place is how nuScenes stores none at all."""

    files: Files

    def __call__(self, index: int) -> RadarSweep:
        name, sensor = self.files.names[index], self.files.mounted[index]
        rows = read_pcd(self.files.read(index), name)
        fields = fields_of(rows, name)
        points = np.stack([rows["x"], rows["y"], rows["z"]], axis=1).astype(np.float32)
        if len(points) == 1 and np.isnan(points).any():
            rows, points = rows[:0], points[:0]
        valid = np.ones(len(points), dtype=np.bool_)
        for field, states in VALID_RADAR_STATES.items():
            if field in fields:
                valid &= np.isin(rows[field], states)
        stamp_ns = int(self.files.timestamps_ns[index])
        return RadarSweep.from_columns(sensor.name, points, sensor.ego_from_sensor, stamp_ns, valid)


def columns_of(fileformat: str, standard: tuple[str, ...] = STANDARD_COLUMNS) -> tuple[str, ...]:
    """Columns of a lidar file: named after a colon (`pcd.bin:x,y,z,intensity,ring,time_offset_s`), else the standard.

    Raises:
        ValueError: named columns without x, y or z, or one of them twice.
    """
    _, colon, listed = fileformat.partition(":")
    if not colon:
        return standard
    names = tuple(name.strip() for name in listed.split(","))
    if not {"x", "y", "z"} <= set(names) or len(set(names)) != len(names):
        raise ValueError(f"fileformat '{fileformat}' must name x, y and z, and each column once")
    return names


def place_of_stamp(meaning: str) -> float | None:
    """Where in its sweep or exposure a stamp lies, from the words that describe it: 0 start, 0.5 middle, 1 end."""
    words = meaning.lower()
    return next((place for word, place in PLACE_OF_STAMP.items() if word in words), None)


def _ring(column: Float32Array | None) -> IntArray | None:
    """Laser numbers; -1 in rows that hold none."""
    return None if column is None else np.where(np.isfinite(column), column, -1).astype(np.int64)
