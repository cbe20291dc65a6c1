"""Stretches of a track in which something holds box after box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from fusion.scene.scene import Scene
from fusion.scene.tracks import Tracks


@dataclass(frozen=True, eq=False)
class Runs:
    """R runs of consecutive boxes of a track.

    first, last: (R,) positions in `tracks.order`; track: (R,); boxes: (R,); seconds: (R,) from the first to the last.
    """

    first: IntArray
    last: IntArray
    track: IntArray
    seconds: FloatArray

    def __len__(self) -> int:
        return len(self.first)

    @property
    def boxes(self) -> IntArray:
        """(R,) boxes in each run."""
        return self.last - self.first + 1

    def sums(self, tracks: Tracks, values: FloatArray) -> FloatArray:
        """(R,) sum over each run of `values` (M,), NaN counted as nothing."""
        total = np.append(0.0, np.cumsum(np.nan_to_num(values[tracks.order])))
        sums: FloatArray = total[self.last + 1] - total[self.first]
        return sums

    def tracks_with(self, runs: BoolArray, track_count: int) -> BoolArray:
        """(T,) bool: the track has one of `runs` (R,)."""
        return np.bincount(self.track[runs], minlength=track_count) > 0

    def of_each_track(self, score: FloatArray, track_count: int) -> IntArray:
        """(T,) the run of each track with the largest score above 0, -1 where there is none."""
        found = np.full(track_count, -1, dtype=np.int64)
        order = np.argsort(score, kind="stable")
        order = order[score[order] > 0]
        found[self.track[order]] = order
        return found


def runs_of(scene: Scene, rows: BoolArray) -> Runs:
    """Runs of `rows` (M,), in order of track and time."""
    tracks = scene.labels.tracks
    inside, track = rows[tracks.order], tracks.track_of_position
    begins = inside & ~(np.append(False, inside[:-1]) & (np.diff(track, prepend=-1) == 0))
    ends = inside & ~(np.append(inside[1:], False) & (np.diff(track, append=-1) == 0))
    first, last = np.flatnonzero(begins[: len(inside)]), np.flatnonzero(ends[: len(inside)])
    stamps_ns = scene.labels.boxes.timestamps_ns[tracks.order]
    return Runs(first, last, track[first], (stamps_ns[last] - stamps_ns[first]) / SECOND_NS)
