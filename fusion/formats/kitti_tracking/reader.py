"""The KITTI tracking set as scenes: one a sequence, with the tracks of its objects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, Int32Array
from calibration.errors import ImageFileError
from calibration.rig import RigHistory
from fusion.errors import DatasetError
from fusion.formats.kitti.boxes import label_set
from fusion.formats.kitti.listing import absent_files, runs
from fusion.formats.kitti.streams import Images, SensorFiles, Sweeps
from fusion.formats.kitti.usable_calibration import LIDAR, USUAL_SIZE, ImageSize, size_of_first_image
from fusion.formats.kitti_tracking.calibration import read_calibration
from fusion.formats.kitti_tracking.label_file import CLASSES, TrackedRows
from fusion.formats.kitti_tracking.labels import read_labels, scene_rows
from fusion.formats.kitti_tracking.layout import (
    CALIBRATION,
    LABELLED_CAMERA,
    LABELS,
    KittiSequence,
    evidence_of_root,
    find_sequences,
)
from fusion.formats.kitti_tracking.poses import read_trajectory
from fusion.formats.kitti_tracking.times import DIGITS, NO_CLOCK, PERIOD_NS, key_of
from fusion.scene.frame_table import FrameTable
from fusion.scene.label_set import LabelSet
from fusion.scene.problems import ProblemLog, problem_of
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream


class KittiTrackingReader:
    """KITTI tracking set -> Scene.

    KITTI says                                    we say
    a sequence, one label file                    a scene, called by its number ("0001")
    frame numbers, no times                       frames 100 ms apart from time 0: the set was recorded at 10 Hz
    no vehicle frame                              ego is the lidar
    track id                                      track; -1 is none
    location, dimensions, rotation_y              as in the object set, see `fusion/formats/kitti/reader.py`
    truncated: 0, 1, or 2 (put in by hand where   the attribute, as the number it is
      a track begins or ends)
    DontCare; dimensions -1000                    a 2D box without a 3D box
    R_rect, Tr_velo_cam, Tr_imu_velo              the same as R0_rect, Tr_velo_to_cam, Tr_imu_to_velo
    oxts: a row a frame                           world_from_ego at the frame: world_from_imu @ imu_from_lidar

    A label is called FRAME:TRACK. A folder of labels alone takes the recording of `training` beside it; without any
    calibration, ego is the camera. Either is told among the scene's assumptions.

    Source: tracking development kit, readme.txt; a known label file and its overlays for what it leaves open.
    """

    format = "kitti-tracking"
    looks_for = "label_02/*.txt, or sequence folders in image_02/ or velodyne/ with calib/*.txt, here or in training/"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems = ProblemLog()
        self._sequences = {sequence.name: sequence for sequence in find_sequences(root)}

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        """Why the root is a KITTI tracking set, a split or a label file of one; None if it is not."""
        return evidence_of_root(root)

    def scene_names(self) -> tuple[str, ...]:
        """Numbers of the sequences; those of splits beside training have the split's name in front."""
        return tuple(self._sequences)

    def read_scene(self, name: str) -> Scene:
        """One sequence; what can't be read of it is in the scene's problems.

        Raises:
            DatasetError: there is no such sequence.
        """
        if name not in self._sequences:
            known = ", ".join(self._sequences) or "none"
            raise DatasetError(f"{self.root} has no sequence '{name}'; it has {known}")
        return _SequenceReading(self._sequences[name]).scene()


@dataclass
class _SequenceReading:
    """One sequence on its way to a scene, with what went wrong and what was assumed."""

    sequence: KittiSequence

    def __post_init__(self) -> None:
        self.problems = ProblemLog(replace(one, scene=self.sequence.name) for one in self.sequence.problems)
        self.assumptions = [NO_CLOCK.partition(": ")[2], *self.sequence.remarks]
        self.labels = read_labels(self.sequence, self.problems)
        self.calibration = read_calibration(self.sequence, self.problems)

    def scene(self) -> Scene:
        sequence, calibration = self.sequence, self.calibration
        self._tell_what_is_not_there()
        rig = calibration.rig({camera: self._image_size(camera) for camera in calibration.usable.cameras})
        recorded = [sensor for sensor, files in sequence.files.items() if files and sensor in rig.sensors]
        streams = {sensor: self._stream(sensor) for sensor in recorded}
        return Scene(
            name=sequence.name,
            dataset_format=KittiTrackingReader.format,
            root=sequence.root,
            time_base="sensor",
            rigs=RigHistory.from_rigs([(0, rig)]),
            frame_table=FrameTable(
                keys=tuple(key_of(frame) for frame in range(self.frame_count)),
                timestamps_ns=np.arange(self.frame_count, dtype=np.int64) * PERIOD_NS,
                annotated=self._annotated(),
                measurements={sensor: self._measurements(sensor) for sensor in streams},
                reference_lidar=LIDAR if LIDAR in streams else None,
            ),
            streams=streams,
            label_sets={"labels": self._label_set()},
            labels_on_trial="labels",
            trajectory=read_trajectory(sequence, calibration.lidar_from_imu, self.frame_count, self.problems),
            problems=self.problems,
            assumptions=tuple(self.assumptions),
        )

    @cached_property
    def frame_count(self) -> int:
        """Frames from 0 to the last one that has a label, an image or a sweep."""
        last_labelled = -1 if self.labels is None else int(self.labels.frames.max(initial=-1))
        return 1 + max([last_labelled, *(max(own, default=-1) for own in self.sequence.files.values())])

    def _annotated(self) -> BoolArray:
        """Frames from the first label to the last; what lies outside may have been left out."""
        annotated = np.zeros(self.frame_count, dtype=np.bool_)
        if self.labels is not None and len(self.labels):
            annotated[self.labels.frames.min() : self.labels.frames.max() + 1] = True
            if not annotated.all():
                outside = runs(np.flatnonzero(~annotated).tolist(), DIGITS)
                self.assumptions.append(f"frames before the first or after the last label are not annotated: {outside}")
        return annotated

    def _label_set(self) -> LabelSet:
        rows = scene_rows(self.labels or TrackedRows.of([]), self.sequence.expected_text(LABELS))
        ego_from_rectified = dict.fromkeys(range(self.frame_count), self.calibration.ego_from_rectified)
        return label_set(rows, rows.rows.has_box_3d, ego_from_rectified, LABELLED_CAMERA, CLASSES)

    def _stream(self, sensor: str) -> Stream[Any]:
        own = self.sequence.files[sensor]
        frames = np.asarray(sorted(own), dtype=np.int64)
        names = tuple(own[frame] for frame in frames.tolist())
        files = SensorFiles(sensor, self.sequence.root, names, frames * PERIOD_NS, NO_CLOCK)
        if sensor == LIDAR:
            self.assumptions.append("whether sweeps were motion compensated is not told")
            return Sweeps(files).stream()
        return Images(files).stream()

    def _measurements(self, sensor: str) -> Int32Array:
        column = np.full(self.frame_count, -1, dtype=np.int32)
        frames = sorted(self.sequence.files[sensor])
        column[frames] = np.arange(len(frames))
        return column

    def _image_size(self, camera: str) -> ImageSize:
        """All images of a sequence have one size."""

        def report(error: ImageFileError, frame: int) -> None:
            self.problems.add(problem_of(error, scene=self.sequence.name, frame=key_of(frame), sensor=camera))

        size = size_of_first_image(self.sequence.root, self.sequence.files.get(camera, {}), report)
        if size is None:
            width, height = USUAL_SIZE
            self.assumptions.append(f"{camera} is {width} x {height}, as there is no readable image")
        return size or USUAL_SIZE

    def _tell_what_is_not_there(self) -> None:
        """Holes are problems, one a folder; what nobody delivered, or somebody else did, is an assumption."""
        sequence = self.sequence
        for sensor, own in sequence.files.items():
            absent = [frame for frame in range(self.frame_count) if frame not in own]
            if own and absent:
                folder = str(PurePosixPath(next(iter(own.values()))).parent)
                told = absent_files(folder, absent, self.frame_count, DIGITS, scene=sequence.name, sensor=sensor)
                self.problems.add(told)
        for sensor in (LIDAR, LABELLED_CAMERA):
            if not sequence.files.get(sensor):
                self.assumptions.append(f"there is nothing in {sensor}/{sequence.number}: no frame has one")
        if LABELS not in sequence.texts:
            self.assumptions.append(f"there is no {sequence.expected_text(LABELS)}: no frame is annotated")
        if sequence.borrowed:
            self.assumptions.append(
                f"{sequence.split} holds labels alone; {', '.join(sequence.borrowed)} of sequence {sequence.number} "
                "are those of training/ beside it"
            )
        if not self.calibration.lidar_is_placed:
            self.assumptions.append(
                f"ego is camera 0, turned to x forward, y left, z up: where the lidar sits is not told by "
                f"{sequence.expected_text(CALIBRATION)}"
            )
