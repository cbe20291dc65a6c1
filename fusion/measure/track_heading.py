"""Headings along tracks: where they flip, and which side of the flip is the wrong one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import wrap_angle_rad
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.scene.scene import Scene

# Vehicles that go faster than this go forwards. Jitter alone looks as fast now and then, but not in one direction: the
# boxes that point along the course must outnumber those against it by this share of all.
FORWARD_MPS = 3.0
MIN_MAJORITY = 0.25


@dataclass(frozen=True, eq=False)
class HeadingFlips:
    """By row of the labels (M,).

    turn_rad: to the box before it in the track, 0 where there is none close enough in time; compared: there is one;
    against: the box points the wrong way.
    """

    turn_rad: FloatArray
    compared: BoolArray
    against: BoolArray


def heading_flips(scene: Scene, min_turn_rad: float, max_step_s: float) -> HeadingFlips:
    """Half turns between consecutive boxes of a track.

    Every half turn changes sides. Where the object is fast enough to go forwards, the side that points against its
    course is wrong; else the side with fewer boxes, and of equal sides the later one.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    motion = track_motion(scene)
    order, track = scene.labels.tracks.order, scene.labels.tracks.track_of_position
    placed = motion.placed[order]
    order, track = order[placed], track[placed]
    yaws_rad, stamps_ns = motion.boxes.yaws_rad[order], motion.boxes.timestamps_ns[order]
    step_ns = np.diff(stamps_ns, prepend=stamps_ns[:1])
    compared = (np.diff(track, prepend=-1) == 0) & (step_ns > 0) & (step_ns <= max_step_s * SECOND_NS)
    turns_rad = np.where(compared, np.abs(wrap_angle_rad(np.diff(yaws_rad, prepend=yaws_rad[:1]))), 0.0)
    against = _wrong_side(_other_side(turns_rad > min_turn_rad, track), _forwards(motion, order), track)
    rows = len(motion.boxes)
    return HeadingFlips(_by_row(turns_rad, order, rows), _by_row(compared, order, rows), _by_row(against, order, rows))


def _other_side(flips: BoolArray, track: IntArray) -> BoolArray:
    """(K,) bool: an odd number of flips lies between the box and the first of its track."""
    flips_so_far = np.cumsum(flips)
    _, first, groups = np.unique(track, return_index=True, return_inverse=True)
    return np.asarray((flips_so_far - flips_so_far[first][groups]) % 2 == 1)


def _forwards(motion: TrackMotion, order: IntArray) -> FloatArray:
    """(K,) 1 for a box that points where it goes, -1 for one that points back, 0 where nothing tells."""
    if motion.relative:
        return np.zeros(len(order))
    velocities_mps, yaws_rad = motion.velocities_mps[order], motion.boxes.yaws_rad[order]
    along = velocities_mps[:, 0] * np.cos(yaws_rad) + velocities_mps[:, 1] * np.sin(yaws_rad)
    fast = np.nan_to_num(motion.speeds_mps[order]) > FORWARD_MPS
    forwards: FloatArray = np.where(fast, np.sign(along), 0.0)
    return forwards


def _wrong_side(other_side: BoolArray, forwards: FloatArray, track: IntArray) -> BoolArray:
    """(K,) bool: the boxes of tracks with two sides that lie on the wrong one."""
    _, groups, boxes = np.unique(track, return_inverse=True, return_counts=True)
    others = np.bincount(groups, weights=other_side, minlength=len(boxes))
    course = np.bincount(groups, weights=np.where(other_side, -forwards, forwards), minlength=len(boxes))
    known = np.abs(course) >= MIN_MAJORITY * boxes
    first_side_wrong = np.where(known, course < 0, 2 * others > boxes) & (others > 0)
    wrong: BoolArray = np.where(first_side_wrong[groups], ~other_side, other_side)
    return wrong


def _by_row(values: NDArray[Any], order: IntArray, rows: int) -> NDArray[Any]:
    column = np.zeros(rows, dtype=values.dtype)
    column[order] = values
    return column
