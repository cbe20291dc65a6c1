"""Steps of tracks that are out of step at regular intervals: the box drifts off and is put right at each keyframe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.clock import SECOND_NS
from fusion.measure.track_moments import told_once
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene

# Steps on either side that say how far the object goes in a step.
SIDE = 3
RAYLEIGH_MEDIAN = 1.1774
MIN_STEPS = 12
MAX_STEP_S = 0.35


@dataclass(frozen=True, eq=False)
class Sawteeth:
    """By track (T,).

    teeth: steps out of step in one and the same direction, 0 where they don't come regularly; size_m: their median;
    jitter_m: standard deviation of the other steps; every: boxes from one tooth to the next; first_rows: the box right
    after the first tooth, -1 without any; judged: enough steps to tell.
    """

    teeth: IntArray
    size_m: FloatArray
    jitter_m: FloatArray
    every: FloatArray
    first_rows: IntArray
    judged: IntArray


def sawteeth(scene: Scene, min_size_m: float, certainty: float) -> Sawteeth:
    """Sawteeth of all tracks, at least so large, and so many standard deviations of the other steps.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    count = len(scene.labels.tracks)
    found = [_of_track(scene, track, min_size_m, certainty) for track in range(count)]
    columns = list(zip(*found, strict=True)) if found else [()] * 6
    teeth, first_rows, judged = (np.asarray(columns[index], dtype=np.int64) for index in (0, 4, 5))
    size_m, jitter_m, every = (np.asarray(columns[index], dtype=np.float64) for index in (1, 2, 3))
    return Sawteeth(teeth, size_m, jitter_m, every, first_rows, judged)


def _of_track(
    scene: Scene, track: int, min_size_m: float, certainty: float
) -> tuple[int, float, float, float, int, int]:
    motion = track_motion(scene)
    rows = scene.labels.tracks.rows(track)
    rows = rows[motion.placed[rows]]
    places_m, stamps_ns = motion.boxes.centres_m[rows][:, :2], motion.boxes.timestamps_ns[rows]
    once = told_once(stamps_ns / SECOND_NS, places_m, np.zeros(len(rows), dtype=np.int64))
    rows, places_m, stamps_ns = rows[once], places_m[once], stamps_ns[once]
    step_s = np.diff(stamps_ns) / SECOND_NS
    if len(step_s) < MIN_STEPS or step_s.max() > MAX_STEP_S:
        return 0, 0.0, 0.0, 0.0, -1, 0
    steps_m = np.diff(places_m, axis=0)
    padded = np.pad(steps_m, ((SIDE, SIDE), (0, 0)), mode="edge")
    around = np.stack([padded[shift : shift + len(steps_m)] for shift in range(2 * SIDE + 1)])
    off_m = steps_m - np.median(np.delete(around, SIDE, axis=0), axis=0)
    size_m = np.hypot(*off_m.T)
    # Of a distance in the plane, which is Rayleigh's, the median is as far as 1.18 standard deviations of an axis.
    jitter_m = float(np.median(size_m) / RAYLEIGH_MEDIAN)
    teeth = np.flatnonzero(size_m > max(min_size_m, certainty * jitter_m))
    if len(teeth) < 3:
        return 0, 0.0, jitter_m, 0.0, -1, 1
    apart = np.diff(teeth)
    regular = apart.min() >= SIDE and apart.max() - apart.min() <= 1
    # Teeth that come and go alternate; a box put right at each keyframe is put right the same way.
    joint = off_m[teeth].sum(axis=0)
    along = off_m[teeth] @ joint / max(float(np.linalg.norm(joint)), 1e-9)
    if not regular or (along < 0.5 * size_m[teeth]).any():
        return 0, 0.0, jitter_m, 0.0, -1, 1
    return len(teeth), float(np.median(size_m[teeth])), jitter_m, float(apart.mean()), int(rows[teeth[0] + 1]), 1
