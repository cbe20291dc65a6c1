"""Sensor files that the frames name: those that are there, as streams.

A label file often travels without its sensor files. A stream of which no file is there has no measurements, and that
is told once; a file that is missing among others is a problem.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from calibration.arrays import Int32Array, IntArray
from calibration.clock import TimestampError
from calibration.image import CameraImage
from calibration.rig import RigHistory
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep, Motion
from fusion.errors import UnsafePathError
from fusion.formats.openlabel.frames import FrameRecord
from fusion.formats.openlabel.json_members import MalformedError, members, text
from fusion.formats.openlabel.layout import LabelFile
from fusion.formats.openlabel.report import FileReport
from fusion.formats.openlabel.sensors import FileStream
from fusion.formats.openlabel.times import FrameTimes, stamp_of
from fusion.formats.pcd_file import fields_of, read_pcd
from fusion.formats.safe_files import inside_root, read_bytes
from fusion.scene.problems import ProblemKind
from fusion.scene.stream import Stream

SUFFIXES = {SensorKind.CAMERA: (".png", ".jpg", ".jpeg"), SensorKind.LIDAR: (".pcd",)}
STAMP_MEANS = "unknown: OpenLABEL doesn't say what of a measurement its stamp marks"


@dataclass(frozen=True, eq=False)
class Measurements:
    """Streams by sensor, and for each the (F,) index of a frame's measurement, -1 where it has none."""

    streams: dict[str, Stream[Any]] = field(default_factory=dict)
    of_frames: dict[str, Int32Array] = field(default_factory=dict)


@dataclass(frozen=True)
class _File:
    frame: int
    path: str
    stamp_ns: int


class MeasurementReading:
    """The measurements of one label file. placed: sensors that every rig of the file has."""

    def __init__(self, file: LabelFile, rigs: RigHistory, placed: frozenset[str], report: FileReport) -> None:
        self.root = file.root
        self.folder = file.folder
        self.rigs = rigs
        self.placed = placed
        self.report = report

    def read(self, frames: Sequence[FrameRecord], streams: Mapping[str, FileStream], times: FrameTimes) -> Measurements:
        """Streams of all sensors of the rig that have files. No file is opened."""
        found = Measurements()
        absent: dict[str, int] = {}
        for name, stream in streams.items():
            files = self._files(name, frames, times)
            if not files or stream.kind is None:
                continue
            if not any(self._exists(file) for file in files):
                absent[name] = len(files)
                continue
            there = self._there(stream, files)
            if there:
                found.streams[name] = self._stream(name, stream.kind, there)
                column = np.full(len(frames), -1, dtype=np.int32)
                column[[file.frame for file in there]] = np.arange(len(there))
                found.of_frames[name] = column
        if absent:
            listed = ", ".join(absent)
            self.report.assume(
                f"none of the {sum(absent.values())} files of {listed} is here, so they have no measurements"
            )
        return found

    def _files(self, name: str, frames: Sequence[FrameRecord], times: FrameTimes) -> list[_File]:
        """What the frames name, so far as it stays inside the root."""
        files = []
        for index, frame in enumerate(frames):
            try:
                record = members(frame.streams.get(name))
                uri = text(record.get("uri"))
                if not uri:
                    continue
                stamp_ns = self._stamp_ns(record, times, index)
                files.append(_File(index, self._path(uri), stamp_ns))
            except (MalformedError, TimestampError, UnsafePathError) as error:
                reason = f"frame {frame.key}, stream '{name}': {error}"
                self.report.malformed("streams of frames", reason, frame=frame.key, sensor=name)
        return files

    def _stamp_ns(self, record: Any, times: FrameTimes, index: int) -> int:
        """The measurement's own stamp, else the frame's."""
        frame_ns = int(times.timestamps_ns[index])
        if times.time_base == "synthetic":
            return frame_ns
        sync = members(members(record.get("stream_properties")).get("sync"))
        own_ns = stamp_of(sync.get("timestamp"))
        return frame_ns if own_ns is None else own_ns

    def _path(self, uri: str) -> str:
        """A uri as a path below the root.

        Raises:
            UnsafePathError: it names another machine, or leads out of the folder of the label file.
        """
        if "://" in uri:
            raise UnsafePathError(f"'{uri}' is no file of this data set")
        relative = uri
        if uri.startswith("/"):
            self.report.assume("uris that start with '/' are taken to be relative to the label file's folder")
            relative = uri.lstrip("/")
        inside_root(self.root, relative)
        return self.folder + relative

    def _there(self, stream: FileStream, files: list[_File]) -> list[_File]:
        """The files that exist and can be read; what is not is told."""
        name, named = stream.name, len(files)
        readable = SUFFIXES.get(stream.kind or SensorKind.RADAR, ())
        there = [file for file in files if self._exists(file)]
        if name not in self.placed:
            self.report.assume(f"{name} can't be placed, so its {named} files are not read")
            return []
        known = [file for file in there if PurePosixPath(file.path).suffix.lower() in readable]
        if len(known) < len(there):
            self.report.unread(f"files of {name} in a format we don't know", len(there) - len(known))
        for file in files:
            if file not in there:
                self.report.note(
                    ProblemKind.MISSING_FILE, f"files of {name}", "no such file", sensor=name, path=file.path
                )
        return known

    def _exists(self, file: _File) -> bool:
        return os.path.exists(self.root / file.path)  # noqa: PTH110  (Path.exists raises where a name is too long)

    def _stream(self, name: str, kind: SensorKind, files: list[_File]) -> Stream[Any]:
        paths = tuple(file.path for file in files)
        stamps_ns: IntArray = np.asarray([file.stamp_ns for file in files], dtype=np.int64)

        def image(index: int) -> CameraImage:
            path = paths[index]
            return CameraImage.from_bytes(name, int(stamps_ns[index]), lambda: read_bytes(self.root, path), path)

        def sweep(index: int) -> LidarSweep:
            return self._sweep(name, paths[index], int(stamps_ns[index]))

        load: Any = image if kind is SensorKind.CAMERA else sweep
        return Stream(name, kind, stamps_ns, load, paths, stamp_means=STAMP_MEANS)

    def _sweep(self, name: str, path: str, stamp_ns: int) -> LidarSweep:
        rows = read_pcd(read_bytes(self.root, path), path)
        fields = fields_of(rows, path)
        return LidarSweep.from_columns(
            sensor=name,
            points=np.stack([rows["x"], rows["y"], rows["z"]], axis=1).astype(np.float32),
            ego_from_points=self.rigs.at(stamp_ns).sensor(name).ego_from_sensor,
            reference_ns=stamp_ns,
            motion=Motion.UNKNOWN,
            intensity=rows["intensity"] if "intensity" in fields else None,
        )
