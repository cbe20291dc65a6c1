"""The KITTI object set as scenes: one a split, whose frames are unrelated moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, Int32Array
from calibration.errors import FileProblemError
from calibration.rig import RigHistory, SensorRig
from fusion.errors import DatasetError
from fusion.formats.kitti.boxes import SceneRows, label_set
from fusion.formats.kitti.label_file import CLASSES, LabelRows, label_rows
from fusion.formats.kitti.layout import (
    CALIBRATION,
    LABELLED_CAMERA,
    LABELS,
    PROJECTION_OF_CAMERA,
    KittiSplit,
    evidence_of_root,
    find_splits,
)
from fusion.formats.kitti.listing import counted
from fusion.formats.kitti.rigs import cameras_of_rig, read_calibration, read_image_sizes
from fusion.formats.kitti.streams import Images, SensorFiles, Sweeps
from fusion.formats.kitti.usable_calibration import LIDAR, VELODYNE, ImageSize, UsableCalibration, malformed, usual_size
from fusion.formats.safe_files import read_text_lines
from fusion.scene.frame_table import FrameTable
from fusion.scene.label_set import LabelSet
from fusion.scene.problems import Problem, ProblemKind, ProblemLog, problem_of
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream

NO_CLOCK = "nothing: KITTI object has no times, the number of the frame stands in"


class KittiReader:
    """KITTI object set -> Scene.

    KITTI says                                    we say
    a split of unrelated moments                  one scene, a frame each; times are the frames' numbers, synthetic
    no vehicle frame                              ego is the lidar
    location: bottom face centre, camera frame    box centre, ego frame
    dimensions: height, width, length             length, width, height
    rotation_y: about the camera's down axis      rotation in ego through the real calibration, with the small roll
                                                  and pitch an upright box in a tilted camera has
    P2 = K [I | offset]                           a pinhole K, and its camera shifted by all of the offset
    R0_rect, Tr_velo_to_cam                       projected onto rotations, the distance kept as residual
    left, top, right, bottom                      the same pixels, camera "image_2"
    DontCare; location -1000 three times          a 2D box without a 3D box
    16th column                                   confidence, in whatever unit the detector wrote
    truncated -1, occluded -1, alpha -10          an attribute without a value

    On the box's tilt: the development kit's definition is read to the letter, and reproduces known point counts
    exactly. KITTI's own 2D boxes agree even better with boxes upright in the lidar (0.1 to 0.4 px instead of 0.3 to
    2.1 px, measured on five of six objects), so its annotators probably drew them so; the file no longer says it.

    Source: object development kit, readme.txt (label format) and computeBox3D.m (box origin); Geiger et al. 2013,
    "Vision meets robotics: The KITTI dataset" (rectified cameras).
    """

    format = "kitti-object"
    looks_for = "label_2/*.txt, or velodyne/*.bin and calib/*.txt, in training/, testing/ or the folder itself"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems = ProblemLog()
        self._splits = {split.name: split for split in find_splits(root)}

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        """Why the root is a KITTI object set, a split or a label file of one; None if it is not."""
        return evidence_of_root(root)

    def scene_names(self) -> tuple[str, ...]:
        """Names of the splits, training first."""
        return tuple(self._splits)

    def read_scene(self, name: str) -> Scene:
        """One split; what can't be read of it is in the scene's problems.

        Raises:
            DatasetError: there is no such split.
        """
        if name not in self._splits:
            raise DatasetError(f"{self.root} has no split '{name}'; it has {', '.join(self._splits) or 'none'}")
        return _SplitReading(self._splits[name]).scene()


class _SplitReading:
    """One split on its way to a scene, with what goes wrong on the way."""

    def __init__(self, split: KittiSplit) -> None:
        self.split = split
        self.problems = ProblemLog(replace(problem, scene=split.name) for problem in split.problems)
        self.assumptions = ["frames are unrelated moments and have no times", *split.remarks]

    def scene(self) -> Scene:
        """The scene."""
        split = self.split
        self.problems.extend(self._missing_files())
        calibrations = [read_calibration(split, key, self.problems) for key in split.keys]
        sizes = {camera: read_image_sizes(split, camera, self.problems) for camera in cameras_of_rig(split)}
        rigs = self._rigs(calibrations, sizes)
        labels, annotated = self._labels(calibrations)
        streams, measurements = self._streams(rigs)
        return Scene(
            name=split.name,
            dataset_format=KittiReader.format,
            root=split.root,
            time_base="synthetic",
            rigs=rigs,
            frame_table=FrameTable(
                keys=split.keys,
                timestamps_ns=np.arange(len(split.keys), dtype=np.int64),
                annotated=annotated,
                measurements=measurements,
                reference_lidar=LIDAR if LIDAR in streams else None,
            ),
            streams=streams,
            label_sets={labels.name: labels},
            labels_on_trial=labels.name,
            problems=self.problems,
            assumptions=tuple(self.assumptions),
        )

    def _missing_files(self) -> Iterator[Problem]:
        """What a frame lacks of the folders that exist, and folders without which little can be judged."""
        split = self.split
        for folder, paths in split.files.items():
            sensor = folder if folder in (LIDAR, *PROJECTION_OF_CAMERA) else ""
            for key in split.keys:
                if key not in paths:
                    path = split.expected_path(folder, key)
                    yield Problem(
                        ProblemKind.MISSING_FILE, path, "no such file", scene=split.name, frame=key, sensor=sensor
                    )
        reported = {problem.path for problem in split.problems}
        for folder in (LIDAR, CALIBRATION):
            path = f"{split.prefix}{folder}"
            if folder not in split.files and path not in reported:
                count = len(split.keys)
                yield Problem(ProblemKind.MISSING_FILE, path, "no such folder", scene=split.name, count=count)
        for folder in (LABELLED_CAMERA, LABELS):
            if folder not in split.files:
                self.assumptions.append(f"there is no folder {split.prefix}{folder}: no frame has one")

    def _rigs(self, calibrations: list[UsableCalibration], sizes: Mapping[str, Mapping[str, ImageSize]]) -> RigHistory:
        """A rig a frame; where the image can't tell the size of a camera, the usual one is assumed."""
        assumed = {camera: usual_size(known) for camera, known in sizes.items()}
        rigs = [
            (frame, calibration.rig({camera: sizes[camera].get(key, assumed[camera]) for camera in sizes}))
            for frame, (key, calibration) in enumerate(zip(self.split.keys, calibrations, strict=True))
        ]
        for camera, (width, height) in assumed.items():
            unknown = sum(
                camera in rig.sensors and key not in sizes[camera]
                for key, (_, rig) in zip(self.split.keys, rigs, strict=True)
            )
            if unknown:
                self.assumptions.append(
                    f"{camera} is {width} x {height} in {counted(unknown, 'frame')} without a readable image"
                )
        return RigHistory.from_rigs(rigs or [(0, SensorRig.of(VELODYNE))])

    def _streams(self, rigs: RigHistory) -> tuple[dict[str, Stream[Any]], dict[str, Int32Array]]:
        """Every sweep and image, and which of them a frame can use: without its calibration an image is no view."""
        streams: dict[str, Stream[Any]] = {}
        measurements = {}
        for sensor in (LIDAR, *PROJECTION_OF_CAMERA):
            if sensor not in self.split.files:
                continue
            frames = [frame for frame, key in enumerate(self.split.keys) if key in self.split.files[sensor]]
            names = tuple(self.split.files[sensor][self.split.keys[frame]] for frame in frames)
            files = SensorFiles(sensor, self.split.root, names, np.asarray(frames, dtype=np.int64), NO_CLOCK)
            streams[sensor] = Sweeps(files).stream() if sensor == LIDAR else Images(files).stream()
            column = np.full(len(self.split.keys), -1, dtype=np.int32)
            for position, frame in enumerate(frames):
                column[frame] = position if sensor in rigs.at(frame).sensors else -1
            measurements[sensor] = column
        return streams, measurements

    def _labels(self, calibrations: list[UsableCalibration]) -> tuple[LabelSet, BoolArray]:
        """The label set, and which frames were labelled, so far as their labels could be read and placed."""
        labels, annotated = self._label_rows()
        ego_from_rectified = {
            frame: calibration.rectified_from_ego.inverse()
            for frame, calibration in enumerate(calibrations)
            if calibration.rectified_from_ego is not None
        }
        in_space = labels.rows.has_box_3d
        placed = in_space & np.isin(labels.frame_index, list(ego_from_rectified))
        for frame, count in Counter(labels.frame_index[in_space & ~placed].tolist()).items():
            annotated[frame] = False
            self.problems.add(self._unplaced(self.split.keys[frame], count))
        return label_set(labels, placed, ego_from_rectified, LABELLED_CAMERA, CLASSES), annotated

    def _label_rows(self) -> tuple[SceneRows, BoolArray]:
        """The rows of all label files, and which frames have one that can be read."""
        keys = self.split.keys
        rows_of_frame = [self._rows(key) for key in keys]
        parts = [LabelRows.of([]) if rows is None else rows for rows in rows_of_frame]
        labels = SceneRows.of_frames(
            rows=LabelRows.concatenate(parts),
            frame_index=np.repeat(np.arange(len(parts), dtype=np.int32), [len(rows) for rows in parts]),
            keys=keys,
            paths=tuple(self._label_path(key) for key in keys),
        )
        return labels, np.asarray([rows is not None for rows in rows_of_frame], dtype=np.bool_)

    def _rows(self, key: str) -> LabelRows | None:
        """The good rows of a frame's label file; None where it has none or it can't be read."""
        path = self.split.files.get(LABELS, {}).get(key)
        if path is None:
            return None
        try:
            lines = read_text_lines(self.split.root, path)
        except FileProblemError as error:
            self.problems.add(problem_of(error, scene=self.split.name, frame=key))
            return None
        good = []
        for row in label_rows(lines, path):
            if isinstance(row, FileProblemError):
                self._report_row(key, row)
            else:
                good.append(row)
        rows = LabelRows.of(good)
        for line in rows.lines[~(rows.has_box_3d | rows.has_box_2d)]:
            self._report_row(key, FileProblemError(path, "has neither a 3D box nor a 2D box", int(line)))
        return rows

    def _report_row(self, key: str, error: FileProblemError) -> None:
        self.problems.add(malformed(error, scene=self.split.name, frame=key, label=f"{key}:{error.line}"))

    def _unplaced(self, key: str, count: int) -> Problem:
        calibration = self.split.expected_path(CALIBRATION, key)
        return Problem(
            ProblemKind.BROKEN_REFERENCE,
            self._label_path(key),
            f"{counted(count, '3D label')} can't be placed without a usable {calibration}",
            scene=self.split.name,
            frame=key,
            count=count,
        )

    def _label_path(self, key: str) -> str:
        return self.split.files.get(LABELS, {}).get(key, self.split.expected_path(LABELS, key))
