"""Velocity, acceleration and yaw rate of tracked objects over about a second, and how far they are to be trusted.

Differences of neighbouring boxes are mostly label jitter, so each box is seen together with those around it: a
polynomial in time through about 1.5 s. What TRK501 and TRK503 explain is kept out: boxes that stray are not fitted, no
fit reaches over a moment at which the path shifts or the heading turns over.

Label jitter lasts (people draw keyframes and let the boxes between follow), so many boxes do not count as many
opinions: one in 0.3 s does. With n opinions over a span T, jitter s leaves s sqrt(12/n)/T of doubt in a velocity and
s sqrt(720/n)/T^2 in an acceleration: the variances of the slope and of twice the curvature of a parabola by least
squares through evenly spread places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import wrap_angle_rad
from fusion.measure.track_moments import track_moments
from fusion.measure.track_motion import track_motion
from fusion.measure.track_path import SHIFT, STRAY
from fusion.measure.track_tolerance import USUAL, departures_beyond
from fusion.scene.scene import Scene

HALF_SPAN_S = 0.75
# At 2 Hz that would be three boxes, and a parabola through three says nothing about its own doubt.
MIN_SIDE, MAX_SIDE = 2, 20
OPINION_S = 0.3
MAX_STEP_S = 1.5
# Headings of careful labels scatter by 1 to 2 degrees; jitter of a long box's corners turns it by as much.
YAW_JITTER_RAD = np.radians(2.5)
# Half turns belong to TRK503.
HALF_TURN_RAD = np.radians(120)


@dataclass(frozen=True, eq=False)
class FittedMotion:
    """By row of the labels (M,), NaN where too few boxes around tell.

    velocities_mps, accelerations: (M, 2) horizontal, m/s and m/s2; yaw_rates: (M,) rad/s; the doubts (M,) are standard
    deviations of each; span_s: (M,) from the first to the last box fitted; whole: (M,) bool, boxes on both sides as far
    as the fit reaches, so that the acceleration is not one made up at an end.
    """

    velocities_mps: FloatArray
    accelerations: FloatArray
    yaw_rates: FloatArray
    velocity_doubt_mps: FloatArray
    acceleration_doubt: FloatArray
    yaw_rate_doubt: FloatArray
    span_s: FloatArray
    whole: BoolArray

    @property
    def speeds_mps(self) -> FloatArray:
        """(M,) horizontal."""
        return np.hypot(self.velocities_mps[:, 0], self.velocities_mps[:, 1])


def fitted_motion(scene: Scene) -> FittedMotion:
    """Fitted motion of all tracked boxes; relative to ego where there are no poses.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("fitted motion", lambda: _fitted_motion(scene))


def _fitted_motion(scene: Scene) -> FittedMotion:
    motion, departures = track_motion(scene), departures_beyond(scene)
    moments = track_moments(scene, left_out=departures.departed[:, STRAY])
    rows, track, times_s = moments.rows, moments.track, moments.times_s
    step_s = np.diff(times_s, prepend=times_s[:1])
    yaws_rad = motion.boxes.yaws_rad[rows]
    turns_rad = wrap_angle_rad(np.diff(yaws_rad, prepend=yaws_rad[:1]))
    begins = np.diff(track, prepend=-1) != 0
    begins |= (step_s <= 0) | (step_s > MAX_STEP_S) | departures.departed[rows, SHIFT]
    segment = np.cumsum(begins)
    turned_over = np.cumsum(np.abs(turns_rad) > HALF_TURN_RAD)
    side = _boxes_to_a_side(step_s[~begins])
    columns = np.arange(len(rows))[:, None] + np.arange(-side, side + 1)
    inside = (columns >= 0) & (columns < len(rows))
    columns = np.clip(columns, 0, max(len(rows) - 1, 0))
    since_s = times_s[columns] - times_s[:, None]
    inside &= segment[columns] == segment[:, None]
    inside &= np.abs(since_s) <= max(HALF_SPAN_S, MIN_SIDE * _usual(step_s[~begins])) * 1.2
    # Whole turns are taken out, so that headings run on.
    running_rad = np.cumsum(np.where(begins, 0.0, turns_rad))
    places = motion.boxes.centres_m[rows][:, :2][columns] - motion.boxes.centres_m[rows][:, None, :2]
    data = np.concatenate([places, (running_rad[columns] - running_rad[:, None])[..., None]], axis=2)
    same_way = inside & (turned_over[columns] == turned_over[:, None])
    slopes, curves, left_m, count, span_s = _parabolas(since_s, data[..., :2], inside)
    yaw_slopes, _, left_rad, yaw_count, yaw_span_s = _parabolas(since_s, data[..., 2:], same_way, straight=True)
    jitter_m = np.maximum(USUAL.jitter_m + USUAL.jitter_per_range * motion.ranges_m[rows], left_m)
    yaw_jitter_rad = np.maximum(YAW_JITTER_RAD, left_rad)
    opinions = np.clip(np.minimum(count, span_s / OPINION_S), 1, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        velocity_doubt = jitter_m * np.sqrt(12 / opinions) / span_s
        acceleration_doubt = jitter_m * np.sqrt(720 / opinions) / span_s**2
        yaw_doubt = yaw_jitter_rad * np.sqrt(12 / opinions) / yaw_span_s
    whole = np.zeros(len(motion.boxes), dtype=bool)
    whole[rows] = inside.sum(axis=1) == 2 * side + 1
    column = partial(_by_row, rows=rows, count=len(motion.boxes))
    return FittedMotion(
        velocities_mps=column(np.where(count[:, None] >= 3, slopes, np.nan)),
        accelerations=column(np.where(count[:, None] >= 5, curves, np.nan)),
        yaw_rates=column(np.where(yaw_count >= 3, yaw_slopes[:, 0], np.nan)),
        velocity_doubt_mps=column(velocity_doubt),
        acceleration_doubt=column(acceleration_doubt),
        yaw_rate_doubt=column(yaw_doubt),
        span_s=column(span_s),
        whole=whole,
    )


def _usual(step_s: FloatArray) -> float:
    return float(np.median(step_s)) if len(step_s) else HALF_SPAN_S


def _boxes_to_a_side(step_s: FloatArray) -> int:
    return int(np.clip(round(HALF_SPAN_S / _usual(step_s)), MIN_SIDE, MAX_SIDE))


def _parabolas(
    since_s: FloatArray, data: FloatArray, inside: BoolArray, straight: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray, FloatArray]:
    """Least squares through (K, n, c) data over (K, n) times: slope and second derivative (K, c) at time 0.

    And (K,) standard deviation per axis of what is left, boxes used, span of time. Of fewer than five boxes, or where
    asked for, a line.
    """
    count = inside.sum(axis=1)
    reach_s = np.maximum(np.abs(np.where(inside, since_s, 0.0)).max(axis=1, initial=0.0), 1e-6)
    scaled = since_s / reach_s[:, None]
    bent = ((count >= 5) & (not straight))[:, None]
    basis = np.stack([np.ones_like(scaled), scaled, np.where(bent, scaled**2, 0.0)], axis=2) * inside[..., None]
    normal = np.einsum("kni,knj->kij", basis, basis) + 1e-9 * np.eye(3)
    answer = np.linalg.solve(normal, np.einsum("kni,knc->kic", basis, data * inside[..., None]))
    left = (data - np.einsum("kni,kic->knc", basis, answer)) * inside[..., None]
    freedom = np.maximum(count - 2 - bent[:, 0], 1) * data.shape[2]
    sigma = np.sqrt((left**2).sum(axis=(1, 2)) / freedom)
    span_s = np.where(inside, since_s, -np.inf).max(axis=1, initial=0.0) - np.where(inside, since_s, np.inf).min(
        axis=1, initial=0.0
    )
    return answer[:, 1] / reach_s[:, None], 2 * answer[:, 2] / reach_s[:, None] ** 2, sigma, count, span_s


def _by_row(values: FloatArray, rows: IntArray, count: int) -> FloatArray:
    column = np.full((count, *values.shape[1:]), np.nan)
    column[rows] = values
    return column
