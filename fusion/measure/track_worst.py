"""The row of each track at which something is at its worst."""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.scene.tracks import Tracks


def worst_rows(tracks: Tracks, values: FloatArray) -> IntArray:
    """(T,) row of each track with the largest of `values` (M,), its first box where all are NaN."""
    own = np.nan_to_num(values[tracks.order], nan=-np.inf)
    # Of equal values the first in time: it sorts last.
    order = np.lexsort((-np.arange(len(own)), own, tracks.track_of_position))
    return tracks.order[order[tracks.offsets[1:] - 1]]


def rows_by_track(tracks: Tracks, rows: BoolArray) -> IntArray:
    """(T,) how many of `rows` (M,) each track has."""
    counts: IntArray = np.bincount(tracks.track_of_position, weights=rows[tracks.order], minlength=len(tracks)).astype(
        np.int64
    )
    return counts


def any_by_track(tracks: Tracks, rows: BoolArray) -> BoolArray:
    """(T,) bool: the track has one of `rows` (M,)."""
    return rows_by_track(tracks, rows) > 0
