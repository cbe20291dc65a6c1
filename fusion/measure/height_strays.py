"""Heights of boxes against those of their own track around them: on one road nothing jumps up and down.

Each box is held against the straight lines between boxes before and after it, five to either side within a second; the
median of what these lines say is not moved by a few other boxes that stray too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from fusion.measure.track_moments import track_moments
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene

# Boxes beside a lifted stretch stray a little too; in short tracks they are half of all, so the quieter third tells the
# jitter: it lies within 0.44 standard deviations.
QUIET_SHARE, QUIET_SIGMAS = 1 / 3, 0.4307
SIDE = 5
MAX_APART_S = 1.05


@dataclass(frozen=True, eq=False)
class HeightStrays:
    """By row of the labels (M,), NaN where too few boxes around tell.

    stray_m: height over what the boxes around say; jitter_m: standard deviation of the track's own strays;
    to_each_side: how many boxes told it before and after, the smaller number.
    """

    stray_m: FloatArray
    jitter_m: FloatArray
    to_each_side: FloatArray


def height_strays(scene: Scene) -> HeightStrays:
    """Strays of all tracked boxes.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("height strays", lambda: _height_strays(scene))


def _height_strays(scene: Scene) -> HeightStrays:
    motion, moments = track_motion(scene), track_moments(scene)
    order, track, times_s = moments.rows, moments.track, moments.times_s
    heights_m = motion.boxes.centres_m[order, 2]
    lines = _lines_m(heights_m, times_s, track)
    drawn = np.isfinite(lines).reshape(-1, SIDE, SIDE)
    sides = np.minimum(drawn.any(axis=2).sum(axis=1), drawn.any(axis=1).sum(axis=1))
    told = sides > 0
    stray = np.full(len(order), np.nan)
    stray[told] = heights_m[told] - np.nanmedian(lines[told], axis=1)
    stray_m, jitter_m, to_each_side = (np.full(len(motion.boxes), np.nan) for _ in range(3))
    stray_m[order], to_each_side[order] = stray, sides
    for one in np.unique(track):
        own = order[track == one]
        known = np.abs(stray_m[own][np.isfinite(stray_m[own])])
        jitter_m[own] = np.quantile(known, QUIET_SHARE) / QUIET_SIGMAS if len(known) else np.nan
    return HeightStrays(stray_m, jitter_m, to_each_side)


def _lines_m(heights_m: FloatArray, times_s: FloatArray, track: IntArray) -> FloatArray:
    """(K, SIDE^2) height of each box by the line between one box before and one after it; NaN without both."""
    count = len(heights_m)
    lines = np.full((count, SIDE * SIDE), np.nan)
    for before in range(1, SIDE + 1):
        for after in range(1, SIDE + 1):
            here = np.arange(before, count - after)
            low, high = here - before, here + after
            usable = (track[low] == track[here]) & (track[high] == track[here])
            usable &= (times_s[here] - times_s[low] <= MAX_APART_S) & (times_s[high] - times_s[here] <= MAX_APART_S)
            here, low, high = here[usable], low[usable], high[usable]
            span_s = times_s[high] - times_s[low]
            share = np.divide(times_s[here] - times_s[low], span_s, out=np.full(len(here), 0.5), where=span_s > 0)
            column = (before - 1) * SIDE + after - 1
            lines[here, column] = (1 - share) * heights_m[low] + share * heights_m[high]
    return lines
