"""KITTI raw data as scenes: one a synced drive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, Int32Array, IntArray
from calibration.errors import ImageFileError
from calibration.rig import RigHistory
from calibration.sweep import Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.errors import DatasetError
from fusion.formats.kitti.listing import runs
from fusion.formats.kitti.streams import Images, SensorFiles, Sweeps
from fusion.formats.kitti.usable_calibration import LIDAR, USUAL_SIZE, ImageSize, size_of_first_image
from fusion.formats.kitti_raw.calibration import SIZE_OF_CAMERA, read_calibration
from fusion.formats.kitti_raw.labels import known_frames, read_tracklets, tracklet_labels
from fusion.formats.kitti_raw.layout import (
    CAMERAS_FILE,
    INERTIAL,
    PROJECTION_OF_CAMERA,
    TRACKLETS,
    KittiDrive,
    evidence_of_drives,
    find_drives,
    unsynced_folders,
)
from fusion.formats.kitti_raw.poses import read_motion, trajectory_over
from fusion.formats.kitti_raw.stamped_files import DIGITS, key_of, read_stamped_files, read_stamps
from fusion.scene.frame_table import FrameTable
from fusion.scene.label_set import LabelSet
from fusion.scene.problems import Problem, ProblemKind, ProblemLog, problem_of
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream

STARTS, ENDS = "timestamps_start.txt", "timestamps_end.txt"
LIDAR_STAMPS = "the moment the turning lidar faces forward and triggers the cameras, between the sweep's ends"
CAMERA_STAMPS = "when the image was recorded, 10 to 20 ms after the lidar triggered the exposure"
DATE = re.compile(r"\d{4}_\d{2}_\d{2}", re.ASCII)
OUTSIDE_LABELS = "frames before the first or after the last label are not annotated"


class KittiRawReader:
    """KITTI raw data, synced and rectified -> Scene.

    KITTI says                                    we say
    a drive, DATE_drive_NNNN_sync                 a scene of that name
    numbers of files, the same for all sensors    frames, at the stamp of their sweep
    stamps: wall time without a zone              int64 nanoseconds as if it were UTC; time base "sensor"
    no vehicle frame                              ego is the lidar, velodyne_points is called "velodyne"
    timestamps_start, timestamps_end              start and end of the sweep; its points are raw and have no times
    P_rect_0x, S_rect_0x                          a pinhole, its camera shifted by all of the offset, its image size
    R_rect_00, calib_velo_to_cam                  projected onto rotations, the distance kept as residual
    oxts: latitude, longitude, angles             world_from_ego = world_from_imu @ imu_from_lidar, interpolated
    tracklet, its place in the file               track "0", "1", ...; a box is called FRAME:TRACK
    tx ty tz: bottom face centre, lidar frame     box centre, ego frame
    h, w, l                                       length, width, height
    rz; rx and ry are 0 and never read            yaw
    state 1, 2                                    interpolated, drawn by a person
    occlusion, truncation                         attributes in words, absent where unset

    The readme calls the inertial unit's axes forward, right, down; its own angles and calibration say forward, left,
    up, and so do the poses they give.

    Source: raw data development kit, readme.txt, tracklets.h, run_demoTracklets.m (a box stands on its place); Geiger
        et al. 2013, "Vision meets robotics: The KITTI dataset".
    """

    format = "kitti-raw"
    looks_for = (
        "synced drives (DATE/DATE_drive_NNNN_sync): timestamps.txt in velodyne_points/, image_00/ to 03/ or oxts/"
    )

    def __init__(self, root: Path) -> None:
        self.root = root
        reason = "an unsynced drive is not read: its images are not rectified, and its numbers do not correspond"
        self.problems = ProblemLog(
            Problem(ProblemKind.UNREADABLE_FILE, folder, reason) for folder in unsynced_folders(root)
        )
        self._drives = {drive.name: drive for drive in find_drives(root)}

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        """Why the root holds KITTI raw drives, or is one or the label file of one; None if not."""
        return evidence_of_drives(root)

    def scene_names(self) -> tuple[str, ...]:
        """Names of the drives."""
        return tuple(self._drives)

    def read_scene(self, name: str) -> Scene:
        """One drive; what can't be read of it is in the scene's problems.

        Raises:
            DatasetError: there is no such drive.
        """
        if name not in self._drives:
            raise DatasetError(f"{self.root} has no drive '{name}'; it has {', '.join(self._drives) or 'none'}")
        return _DriveReading(self._drives[name]).scene()


@dataclass
class _DriveReading:
    """One drive on its way to a scene, with what went wrong and what was assumed."""

    drive: KittiDrive

    def __post_init__(self) -> None:
        self.problems = ProblemLog()
        self.assumptions = ["stamps are wall time without a zone, so what they are in UTC is unknown"]
        self.files = {sensor: read_stamped_files(self.drive, sensor, self.problems) for sensor in self.drive.sensors}

    def scene(self) -> Scene:
        drive = self.drive
        calibration = read_calibration(drive, self.problems)
        cameras, sizes = calibration.usable.cameras, calibration.sizes
        rig = calibration.usable.rig({camera: self._image_size(camera, sizes.get(camera)) for camera in cameras})
        recorded = [sensor for sensor, files in self.files.items() if files.stamps_ns and sensor in rig.sensors]
        streams = {sensor: self._stream(sensor) for sensor in recorded}
        labels, annotated = self._labels()
        return Scene(
            name=drive.name,
            dataset_format=KittiRawReader.format,
            root=drive.root,
            time_base="sensor",
            rigs=RigHistory.from_rigs([(0, rig)]),
            frame_table=FrameTable(
                keys=tuple(key_of(frame) for frame in self.frames),
                timestamps_ns=self.stamps_ns,
                annotated=annotated,
                measurements={sensor: self._measurements(sensor) for sensor in streams},
                reference_lidar=LIDAR if LIDAR in streams else None,
            ),
            streams=streams,
            label_sets={labels.name: labels},
            labels_on_trial=labels.name,
            trajectory=self._trajectory(calibration.lidar_from_imu, streams),
            problems=self.problems,
            assumptions=tuple(self.assumptions),
            tags={"date": date[0]} if (date := DATE.match(drive.name)) else {},
        )

    @cached_property
    def frames(self) -> tuple[int, ...]:
        """Numbers of the frames: those that any sensor has a stamp for."""
        return tuple(sorted({frame for files in self.files.values() for frame in files.stamps_ns}))

    @cached_property
    def stamps_ns(self) -> IntArray:
        """(F,) of the sweep; where a frame has none, of the first camera that has one, or else of the inertial unit."""
        stamps_ns: dict[int, int] = {}
        for sensor in (LIDAR, *PROJECTION_OF_CAMERA, INERTIAL):
            if sensor in self.files:
                stamps_ns = {**self.files[sensor].stamps_ns, **stamps_ns}
        return np.asarray([stamps_ns[frame] for frame in self.frames], dtype=np.int64)

    @cached_property
    def index_of(self) -> dict[int, int]:
        """Frame number -> index of the frame."""
        return {frame: index for index, frame in enumerate(self.frames)}

    @cached_property
    def spans_ns(self) -> dict[int, tuple[int | None, int | None]]:
        """Frame number -> first and last firing of its sweep, None where that isn't told."""
        if LIDAR not in self.files:
            return {}
        starts, ends = (read_stamps(self.drive, LIDAR, name, self.problems) for name in (STARTS, ENDS))
        return {frame: (starts.get(frame), ends.get(frame)) for frame in self.files[LIDAR].stamps_ns}

    def _stream(self, sensor: str) -> Stream[Any]:
        """Every measurement that has a stamp, also those whose file is absent."""
        recorded = self.files[sensor]
        names = tuple(recorded.names[frame] for frame in recorded.stamps_ns)
        stamps_ns = np.fromiter(recorded.stamps_ns.values(), dtype=np.int64, count=len(names))
        means = LIDAR_STAMPS if sensor == LIDAR else CAMERA_STAMPS
        files = SensorFiles(sensor, self.drive.root, names, stamps_ns, means)
        if sensor == LIDAR:
            self.assumptions.append("sweeps are raw, as the readme says; when each point was fired is not told")
            return Sweeps(files, Motion.RAW, tuple(self.spans_ns[frame] for frame in recorded.stamps_ns)).stream()
        return Images(files).stream()

    def _measurements(self, sensor: str) -> Int32Array:
        files = self.files[sensor]
        column = np.full(len(self.frames), -1, dtype=np.int32)
        for position, frame in enumerate(files.stamps_ns):
            if frame in files.present:
                column[self.index_of[frame]] = position
        return column

    def _image_size(self, camera: str, calibrated: ImageSize | None) -> ImageSize:
        """Of the first readable image, and without one as calibrated, or else as usual."""

        def report(error: ImageFileError, frame: int) -> None:
            self.problems.add(problem_of(error, scene=self.drive.name, frame=key_of(frame), sensor=camera))

        files = self.files.get(camera)
        there = {} if files is None else {frame: files.names[frame] for frame in files.present}
        found = size_of_first_image(self.drive.root, there, report)
        if found is not None and calibrated is not None and found != calibrated:
            self._tell_other_size(camera, calibrated, found)
        if found is None and calibrated is None:
            self.assumptions.append(f"{camera} is {USUAL_SIZE[0]} x {USUAL_SIZE[1]}, as neither file nor image tells")
        return found or calibrated or USUAL_SIZE

    def _tell_other_size(self, camera: str, calibrated: ImageSize, found: ImageSize) -> None:
        kind, path = ProblemKind.MALFORMED_RECORD, f"{self.drive.calibrations}{CAMERAS_FILE}"
        told = f"'{SIZE_OF_CAMERA[camera]}' says {calibrated[0]} x {calibrated[1]}"
        reason = f"{told}, images are {found[0]} x {found[1]}"
        self.problems.add(Problem(kind, path, reason, scene=self.drive.name, sensor=camera, lost=False))

    def _labels(self) -> tuple[LabelSet, BoolArray]:
        """The tracklets, and the frames from the first of them to the last."""
        if self.drive.tracklets is None:
            self.assumptions.append(f"there is no {self.drive.folder}/{TRACKLETS}: no frame is annotated")
        rows = known_frames(read_tracklets(self.drive, self.problems) or [], self.index_of, self.drive, self.problems)
        annotated = np.zeros(len(self.frames), dtype=np.bool_)
        if rows:
            labelled = [self.index_of[row.frame] for row in rows]
            annotated[min(labelled) : max(labelled) + 1] = True
            outside = [frame for frame, inside in zip(self.frames, annotated, strict=True) if not inside]
            if outside:
                self.assumptions.append(f"{OUTSIDE_LABELS}: {runs(outside, DIGITS)}")
        return tracklet_labels(rows, self.index_of, self.stamps_ns, self.drive), annotated

    def _trajectory(self, lidar_from_imu: RigidTransform | None, streams: dict[str, Stream[Any]]) -> Trajectory | None:
        """Poses of the lidar, None where they are not told or can't be used."""
        if INERTIAL not in self.files or lidar_from_imu is None:
            return None
        motion = read_motion(self.drive, self.files[INERTIAL], self.problems)
        if motion is None:
            return None
        firings_ns = np.asarray([one for span in self.spans_ns.values() for one in span if one is not None], np.int64)
        measured_ns = np.concatenate(
            [self.stamps_ns, firings_ns, *(stream.timestamps_ns for stream in streams.values())]
        )
        return trajectory_over(motion, lidar_from_imu, measured_ns, self.assumptions)
