"""How fast tracked objects go for longer than a moment, whatever single boxes stray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.track_motion import TrackMotion

# With five steps, two are outvoted: those to and from one stray box.
MIN_STEPS, MAX_STEPS = 5, 50
# In a longer gap an object may have done anything (nuscenes-devkit draws the same line for velocities).
MAX_STEP_S = 1.5


@dataclass(frozen=True, eq=False)
class SustainedSpeeds:
    """W stretches of consecutive boxes.

    middle_rows: (W,) row of the box in the middle; speeds_mps: (W,) horizontal; seconds: (W,) from end to end;
    boxes: how many boxes each has.
    """

    middle_rows: IntArray
    speeds_mps: FloatArray
    seconds: FloatArray
    boxes: int


def sustained_speeds(motion: TrackMotion, window_s: float) -> SustainedSpeeds:
    """Speeds over every stretch of about `window_s`, at least five steps.

    The speed is the smaller of two: that from end to end, which jitter hardly touches, and the median of the steps, by
    axis, which a leap does not touch.
    """
    first, second = motion.first_rows, motion.second_rows
    step_s = motion.step_seconds
    usable: BoolArray = (step_s > 0) & (step_s <= MAX_STEP_S) & motion.placed[first] & motion.placed[second]
    steps = _steps_of(window_s, step_s[usable])
    if len(first) < steps:
        nothing = np.zeros(0)
        return SustainedSpeeds(np.zeros(0, dtype=np.int64), nothing, nothing, steps + 1)
    follows = np.append(second[:-1] == first[1:], True)
    whole = sliding_window_view(usable, steps).all(axis=1)
    starts = np.flatnonzero(whole & sliding_window_view(follows, steps)[:, :-1].all(axis=1))
    places_m, stamps_s = motion.boxes.centres_m[:, :2], np.zeros(len(first))
    stamps_s[usable] = step_s[usable]
    with np.errstate(divide="ignore", invalid="ignore"):
        velocities = (places_m[second] - places_m[first]) / stamps_s[:, None]
    medians = np.median(sliding_window_view(velocities, steps, axis=0)[starts], axis=2)
    seconds = sliding_window_view(stamps_s, steps)[starts].sum(axis=1)
    moved_m = places_m[second[starts + steps - 1]] - places_m[first[starts]]
    speeds_mps = np.minimum(np.hypot(*medians.T), np.hypot(*moved_m.T) / seconds)
    return SustainedSpeeds(second[starts + (steps - 1) // 2], speeds_mps, seconds, steps + 1)


def _steps_of(window_s: float, step_s: FloatArray) -> int:
    usual_s = float(np.median(step_s)) if len(step_s) else window_s
    return int(np.clip(round(window_s / usual_s), MIN_STEPS, MAX_STEPS))
