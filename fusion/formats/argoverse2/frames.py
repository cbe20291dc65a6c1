"""Frames of a log: the times that were labelled, and the sweeps that were not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, Int32Array, IntArray
from calibration.clock import SECOND_NS, nearest_index
from calibration.sensors import SensorKind
from calibration.trajectory import Trajectory
from fusion.formats.argoverse2.poses import recorded_poses
from fusion.formats.argoverse2.streams import LIDAR
from fusion.scene.frame_table import FrameTable
from fusion.scene.stream import Stream

# Half of the period of all cameras: of the images around a sweep, one is this close.
MAX_IMAGE_GAP_NS = SECOND_NS // 20 // 2


def frame_table(
    label_ns: IntArray | None,
    streams: Mapping[str, Stream[Any]],
    usable_cameras: frozenset[str],
    trajectory: Trajectory | None,
) -> FrameTable:
    """A frame for each labelled time and each sweep, at its recorded pose.

    A sweep between labelled times counts as annotated: the data set labels every sweep, so it was found empty.

    Args:
        label_ns: (M,) the times of all boxes; None without annotations.
        usable_cameras: those the rig has; without a place a picture is no view.
    """
    sweep_ns = streams[LIDAR].timestamps_ns if LIDAR in streams else np.zeros(0, dtype=np.int64)
    labelled_ns = np.unique(np.zeros(0, dtype=np.int64) if label_ns is None else label_ns)
    stamps_ns = np.union1d(labelled_ns, sweep_ns)
    poses = recorded_poses(trajectory, stamps_ns)
    measurements = {name: _members(stream, stamps_ns) for name, stream in streams.items()}
    for name, stream in streams.items():
        if stream.kind is SensorKind.CAMERA and name not in usable_cameras:
            measurements[name] = np.full(len(stamps_ns), -1, dtype=np.int32)
    return FrameTable(
        keys=tuple(str(stamp_ns) for stamp_ns in stamps_ns.tolist()),
        timestamps_ns=stamps_ns,
        annotated=_annotated(stamps_ns, labelled_ns),
        measurements=measurements,
        translations_m=poses.translations_m,
        quaternions=poses.quaternions,
        reference_lidar=LIDAR if LIDAR in streams else None,
    )


def frames_of(label_ns: IntArray, frames: FrameTable) -> Int32Array:
    """(M,) the frame of each box."""
    return np.searchsorted(frames.timestamps_ns, label_ns).astype(np.int32)


def _annotated(stamps_ns: IntArray, labelled_ns: IntArray) -> BoolArray:
    if len(labelled_ns) == 0:
        return np.zeros(len(stamps_ns), dtype=np.bool_)
    return np.asarray((stamps_ns >= labelled_ns[0]) & (stamps_ns <= labelled_ns[-1]))


def _members(stream: Stream[Any], stamps_ns: IntArray) -> Int32Array:
    """(F,) the sweep of exactly a frame's time, or the image nearest to it; -1 where there is none close enough."""
    if len(stream) == 0 or len(stamps_ns) == 0:
        return np.full(len(stamps_ns), -1, dtype=np.int32)
    nearest, gap_ns = nearest_index(stream.timestamps_ns, stamps_ns)
    close = gap_ns <= (0 if stream.kind is SensorKind.LIDAR else MAX_IMAGE_GAP_NS)
    return np.where(close, nearest, -1).astype(np.int32)
