"""How far tracked objects get from the first part of their track to the last, whatever single boxes jitter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from calibration.clock import SECOND_NS
from fusion.errors import NotMeasurableError
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene

# Of fewer boxes, a third is one box or two, and that is jitter.
MIN_BOXES = 6


@dataclass(frozen=True, eq=False)
class Drifts:
    """By track (T,), NaN where it has too few boxes with places.

    along_m, across_m: from the median place of the first third to that of the last, along the middle heading and to its
    left; seconds: between the middles of the two thirds.
    """

    along_m: FloatArray
    across_m: FloatArray
    seconds: FloatArray

    @property
    def distance_m(self) -> FloatArray:
        """(T,) horizontal."""
        return np.hypot(self.along_m, self.across_m)


def track_drifts(scene: Scene) -> Drifts:
    """Drifts of all tracks over ground.

    Raises:
        NotMeasurableError: labels without track ids, times that no clock made, or no ego poses.
    """
    return scene.measurements.get("track drifts", lambda: _track_drifts(scene))


def _track_drifts(scene: Scene) -> Drifts:
    motion, tracks = track_motion(scene), scene.labels.tracks
    if motion.relative:
        raise NotMeasurableError("no ego poses, so that what stands seems to move")
    columns = np.full((3, len(tracks)), np.nan)
    yaws_rad, stamps_ns = motion.boxes.yaws_rad, motion.boxes.timestamps_ns
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        rows = rows[motion.placed[rows]]
        if len(rows) < MIN_BOXES:
            continue
        thirds = np.array_split(rows, 3)
        first, last = (np.median(motion.boxes.centres_m[part, :2], axis=0) for part in (thirds[0], thirds[2]))
        seconds = (np.median(stamps_ns[thirds[2]]) - np.median(stamps_ns[thirds[0]])) / SECOND_NS
        way_m = last - first
        # Boxes may point either way; the axis is what counts.
        axis_rad = np.angle(np.exp(2j * yaws_rad[rows]).mean()) / 2
        axis = np.array([np.cos(axis_rad), np.sin(axis_rad)])
        columns[:, track] = (
            way_m @ axis,
            axis[0] * way_m[1] - axis[1] * way_m[0],
            seconds,
        )
    return Drifts(*columns)
