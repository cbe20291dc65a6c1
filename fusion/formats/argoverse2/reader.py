"""The reader of Argoverse 2 sensor logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from calibration.errors import FileProblemError
from calibration.rig import RigHistory, SensorRig
from calibration.trajectory import Trajectory
from fusion.errors import DatasetError
from fusion.formats.argoverse2.annotations import label_set_of, read_boxes
from fusion.formats.argoverse2.frames import frame_table, frames_of
from fusion.formats.argoverse2.layout import (
    CAMERAS,
    IMAGE_SUFFIXES,
    SWEEP_SUFFIXES,
    SWEEPS,
    LogFolder,
    StampedFiles,
    empty_logs,
    evidence_of_root,
    find_logs,
    list_stamped,
    scene_names,
)
from fusion.formats.argoverse2.log_report import LogReport, listed
from fusion.formats.argoverse2.poses import read_trajectory
from fusion.formats.argoverse2.sensors import ray_origin_of, read_rig
from fusion.formats.argoverse2.streams import LIDAR, camera_stream, lidar_stream
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.frame_table import FrameTable
from fusion.scene.problems import Problem, ProblemKind, ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream


class Argoverse2Reader:
    """Argoverse 2 sensor logs -> Scene.

    Argoverse 2 says                              we say
    a log                                         a scene; its root may be one of many logs, their split or all splits
    ego: x forward, y left, z up, rear axle       the same
    city_SE3_egovehicle, about 200 a second       trajectory; world_from_ego recorded for the stamps of sweeps, images
    annotations at the times of sweeps            boxes in ego at these times; see `annotations`
    one sweep of two lidars, already compensated  one stream "lidar" of compensated sweeps; see `streams`
    stamps in ns from an unknown start            int64 nanoseconds, time base "sensor"
    undistorted images, global shutters           pinhole cameras; see `sensors`
    no pairing of sweeps and images               the nearest image within half a camera period, as in av2-api

    Tables are read with a scene, sensor files by the streams.

    Source: av2-api, guide/src/datasets/sensor.md; datasets/sensor/av2_sensor_dataloader.py and
    utils/synchronization_database.py (pairing).
    """

    format = "argoverse2"
    looks_for = (
        "annotations.feather, city_SE3_egovehicle.feather, calibration/egovehicle_SE3_sensor.feather or "
        "sensors/lidar/*.feather in a log, in the logs of a folder, or in those of its train/, val/ and test/"
    )

    def __init__(self, root: Path) -> None:
        self.root = root
        logs = find_logs(root)
        self._logs = dict(zip(scene_names(logs), logs, strict=True))
        reason = "is named like a log and holds nothing of one"
        self.problems = ProblemLog(Problem(ProblemKind.MISSING_FILE, path, reason) for path in empty_logs(root))

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        """Why the root is in this format, None if it is not."""
        return evidence_of_root(root)

    def scene_names(self) -> tuple[str, ...]:
        """Ids of the logs, split by split; with the split before an id that several splits have."""
        return tuple(self._logs)

    def read_scene(self, name: str) -> Scene:
        """One log; what can't be read of it is in the scene's problems.

        Raises:
            DatasetError: there is no such log.
        """
        if name not in self._logs:
            raise DatasetError(f"{self.root} has no log {name!r}; it has {listed(self.scene_names()) or 'none'}")
        return _LogReading(name, self._logs[name]).scene()


class _LogReading:
    """One log on its way to a scene."""

    def __init__(self, name: str, log: LogFolder) -> None:
        self.name = name
        self.log = log
        self.report = LogReport(name)

    def scene(self) -> Scene:
        """The scene."""
        log, report = self.log, self.report
        boxes = read_boxes(log, report)
        trajectory = read_trajectory(log, report)
        rig = read_rig(log, report)
        streams = self._streams(rig, trajectory)
        label_ns = None if boxes is None else boxes.timestamps_ns
        frames = frame_table(label_ns, streams, frozenset(rig.cameras), trajectory)
        self._compare(boxes, frames, streams)
        boxes = Boxes3D.empty() if boxes is None else boxes
        labels = label_set_of(boxes, frames_of(boxes.timestamps_ns, frames))
        return Scene(
            name=self.name,
            dataset_format=Argoverse2Reader.format,
            root=log.root,
            time_base="sensor",
            rigs=RigHistory.from_rigs([(0, rig)]),
            frame_table=frames,
            streams=streams,
            label_sets={labels.name: labels},
            labels_on_trial=labels.name,
            trajectory=trajectory,
            problems=report.problems,
            assumptions=tuple(report.assumptions),
            tags={tag: value for tag, value in {"split": log.split, "city": log.city}.items() if value},
        )

    def _streams(self, rig: SensorRig, trajectory: Trajectory | None) -> dict[str, Stream[Any]]:
        """Every sweep and image, whether a frame can use it or not."""
        log, report = self.log, self.report
        streams: dict[str, Stream[Any]] = {}
        sweeps = self._files(SWEEPS, SWEEP_SUFFIXES)
        if sweeps.paths:
            streams[LIDAR] = lidar_stream(log.root, sweeps, ray_origin_of(rig, report), trajectory)
        elif log.path(SWEEPS).is_dir():
            report.note(ProblemKind.MISSING_FILE, log.called(SWEEPS), "no such file: the folder holds no sweep")
        folders = log.camera_folders()
        for camera in folders:
            images = self._files(f"{CAMERAS}/{camera}", IMAGE_SUFFIXES)
            if images.paths:
                streams[camera] = camera_stream(log.root, camera, images, trajectory)
                if camera not in rig.cameras:
                    path, count = log.called(f"{CAMERAS}/{camera}"), len(images.paths)
                    reason = f"the calibration places no camera '{camera}', so its images are no views"
                    report.note(ProblemKind.BROKEN_REFERENCE, path, reason, count=count, sensor=camera)
        blind = [camera for camera in rig.cameras if camera not in streams]
        if blind:
            report.assume(f"there are no images of {', '.join(blind)}")
        if set(streams) - {LIDAR}:
            report.assume("images are paired with frames by the nearest stamp within 25 ms, as av2-api does")
        return streams

    def _files(self, folder: str, suffixes: tuple[str, ...]) -> StampedFiles:
        try:
            files = list_stamped(self.log, folder, suffixes)
        except FileProblemError as error:
            self.report.unread(error)
            return StampedFiles.none()
        if files.others:
            self.report.assume(f"{folder}/ holds files that are not named by a stamp, not read: {listed(files.others)}")
        return files

    def _compare(self, boxes: Boxes3D | None, frames: FrameTable, streams: dict[str, Stream[Any]]) -> None:
        """Labelled times without a sweep, sweeps without labels, and what labels promise."""
        if boxes is None:
            return
        report = self.report
        report.assume("labels are promised within 5 m of the mapped drivable area only; the map is not read")
        has_boxes = np.isin(frames.timestamps_ns, boxes.timestamps_ns)
        empty = int(np.count_nonzero(frames.annotated & ~has_boxes))
        if empty:
            report.assume(f"{empty} sweeps between labelled times hold no box; they are taken for labelled and empty")
        unlabelled = int(np.count_nonzero(~frames.annotated))
        if unlabelled:
            report.assume(f"{unlabelled} sweeps before the first or after the last labelled time are not annotated")
        if LIDAR not in streams:
            return  # reported once, with the folder
        absent = frames.timestamps_ns[frames.measurements[LIDAR] < 0].tolist()
        if absent:
            path = self.log.called(f"{SWEEPS}/{absent[0]}.feather")
            reason = f"no such file; of {np.count_nonzero(has_boxes)} labelled times {len(absent)} have no sweep"
            report.note(ProblemKind.MISSING_FILE, path, reason, count=len(absent), sensor=LIDAR)
