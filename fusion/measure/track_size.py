"""How the size of each tracked object changes from box to box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from fusion.scene.scene import Scene

# Turns a median absolute deviation into a standard deviation, for a normal distribution.
SIGMA_PER_MAD = 1.4826


@dataclass(frozen=True, eq=False)
class SizeStrays:
    """By row of the labels (M, 3): length, width, height.

    median_m: of the track, and of the box itself where it has none; spread_m: standard deviation about it, told by the
    steadier half of the track or of the whole scene, whichever is larger, because few boxes look steady by chance;
    change_m, change_share: how far the box is from the median, in metres and as a share.
    """

    median_m: FloatArray
    spread_m: FloatArray
    change_m: FloatArray
    change_share: FloatArray


def size_strays(scene: Scene) -> SizeStrays:
    """Sizes against the median of their track, for all labels of a scene."""
    return scene.measurements.get("size strays", lambda: _size_strays(scene))


def _size_strays(scene: Scene) -> SizeStrays:
    tracks, sizes_m = scene.labels.tracks, scene.labels.boxes.sizes_m
    median_m, spread_m = sizes_m.copy(), np.zeros_like(sizes_m)
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        median_m[rows] = np.median(sizes_m[rows], axis=0)
        spread_m[rows] = SIGMA_PER_MAD * np.median(np.abs(sizes_m[rows] - median_m[rows]), axis=0)
    change_m = np.abs(sizes_m - median_m)
    if len(tracks):
        spread_m = np.maximum(spread_m, SIGMA_PER_MAD * np.median(change_m[tracks.order], axis=0))
    share = np.divide(change_m, median_m, out=np.zeros_like(change_m), where=median_m > 0)
    return SizeStrays(median_m, spread_m, change_m, share)
