"""Headings of single boxes against those of the box before and the box after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from calibration.transform import wrap_angle_rad
from fusion.measure.track_moments import track_moments
from fusion.measure.track_motion import track_motion
from fusion.measure.track_size import SIGMA_PER_MAD
from fusion.scene.scene import Scene

# Neighbours further apart than this on either side say nothing about the heading in between.
MAX_STEP_S = 1.0
HALF_TURN_RAD = np.radians(120)


@dataclass(frozen=True, eq=False)
class HeadingStrays:
    """By row of the labels (M,), NaN where a neighbour is missing or half turns lie between.

    stray_rad: heading against that half way between its neighbours, zero for the rows beside a larger stray;
    step_s: to the farther neighbour; jitter_rad: standard deviation that the track shows.
    """

    stray_rad: FloatArray
    step_s: FloatArray
    jitter_rad: FloatArray


def heading_strays(scene: Scene) -> HeadingStrays:
    """Strays of all tracked boxes.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("heading strays", lambda: _heading_strays(scene))


def _heading_strays(scene: Scene) -> HeadingStrays:
    motion, moments = track_motion(scene), track_moments(scene)
    order, track, times_s = moments.rows, moments.track, moments.times_s
    yaws_rad = motion.boxes.yaws_rad[order]
    stray_rad, step_s, jitter_rad = (np.full(len(motion.boxes), np.nan) for _ in range(3))
    if len(order) > 2:
        before, after = np.diff(times_s)[:-1], np.diff(times_s)[1:]
        turn_in, turn_out = wrap_angle_rad(np.diff(yaws_rad)[:-1]), wrap_angle_rad(np.diff(yaws_rad)[1:])
        usable = (track[2:] == track[:-2]) & (np.maximum(before, after) <= MAX_STEP_S)
        usable &= np.maximum(np.abs(turn_in), np.abs(turn_out)) < HALF_TURN_RAD
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.where(usable, (turn_in * after - turn_out * before) / (before + after), np.nan)
        rows = order[1:-1]
        stray_rad[rows], step_s[rows] = own, np.maximum(before, after)
        sizes = np.abs(np.nan_to_num(np.pad(own, 1)))
        beside = (sizes[1:-1] < sizes[:-2]) | (sizes[1:-1] < sizes[2:])
        _, starts, groups = np.unique(track[1:-1], return_index=True, return_inverse=True)
        for group, start in enumerate(starts):
            stop = starts[group + 1] if group + 1 < len(starts) else len(groups)
            shown = np.abs(own[start:stop])
            # If there is a wrong heading it is the worst, and it shows in both its neighbours.
            worst = int(np.nan_to_num(shown).argmax())
            shown[max(worst - 1, 0) : worst + 2] = np.nan
            shown = shown[np.isfinite(shown)]
            jitter_rad[rows[start:stop]] = SIGMA_PER_MAD * np.median(shown) if len(shown) else np.nan
        stray_rad[rows[beside & usable]] = 0.0
    return HeadingStrays(stray_rad, step_s, jitter_rad)
