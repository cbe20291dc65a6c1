"""Tracked boxes in the order of their tracks and times, with one box for every moment of a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from fusion.measure.track_motion import track_motion
from fusion.measure.track_prediction import MIN_STEP_S
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class TrackMoments:
    """K boxes by track, then time.

    rows: (K,) rows of the labels; track: (K,) number of the track; times_s: (K,) since the first box of all.
    """

    rows: IntArray
    track: IntArray
    times_s: FloatArray


def track_moments(scene: Scene, left_out: BoolArray | None = None) -> TrackMoments:
    """All tracked boxes that have a place and a time of their own, but for those `left_out` (M,) by row of the labels.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    motion, tracks = track_motion(scene), scene.labels.tracks
    usable = motion.placed if left_out is None else motion.placed & ~left_out
    kept = usable[tracks.order]
    rows, track = tracks.order[kept], tracks.track_of_position[kept]
    stamps_ns = motion.boxes.timestamps_ns[rows]
    times_s = (stamps_ns - stamps_ns.min(initial=np.iinfo(np.int64).max)) / SECOND_NS
    once = told_once(times_s, motion.boxes.centres_m[rows], track)
    return TrackMoments(rows[once], track[once], times_s[once])


def told_once(times_s: FloatArray, places_m: FloatArray, track: IntArray) -> BoolArray:
    """(K,) bool: the box is the only one of its track at its time, or stands for its copies.

    The same box written twice is no contradiction; of boxes that differ, nobody knows which to believe.
    """
    close = (np.diff(times_s) < MIN_STEP_S) & (track[1:] == track[:-1])
    copied = close & (places_m[1:] == places_m[:-1]).all(axis=1)
    kept: BoolArray = ~np.append(close & ~copied, False)[: len(track)] & ~np.append(False, close)[: len(track)]
    return kept
