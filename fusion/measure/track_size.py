"""How the size of each tracked object changes from box to box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class SizeStrays:
    """By row of the labels: the track's median size (M, 3), and how far the box is from it, in metres and as a share.

    Rows without a track stray by nothing from themselves.
    """

    median_m: FloatArray
    change_m: FloatArray
    change_share: FloatArray


def size_strays(scene: Scene) -> SizeStrays:
    """Sizes against the median of their track, for all labels of a scene."""
    return scene.measurements.get("size strays", lambda: _size_strays(scene))


def _size_strays(scene: Scene) -> SizeStrays:
    tracks, sizes_m = scene.labels.tracks, scene.labels.boxes.sizes_m
    median_m = sizes_m.copy()
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        median_m[rows] = np.median(sizes_m[rows], axis=0)
    change_m = np.abs(sizes_m - median_m)
    share = np.divide(change_m, median_m, out=np.zeros_like(change_m), where=median_m > 0)
    return SizeStrays(median_m, change_m, share)
