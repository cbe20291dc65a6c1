"""Headings along tracks: where they flip, and which side of the flip is the odd one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from calibration.transform import wrap_angle_rad
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class HeadingFlips:
    """By row of the labels: the turn to the box before it in the track (M,), and whether it points against the rest."""

    turn_rad: FloatArray
    against: BoolArray


def heading_flips(scene: Scene, min_turn_rad: float, max_step_s: float) -> HeadingFlips:
    """Half turns between consecutive boxes of a track.

    Every half turn changes sides; the rows on the side with fewer boxes are the ones `against` the rest. With as many
    on both, the later ones are.
    """
    motion, tracks = track_motion(scene), scene.labels.tracks
    yaws_rad, steps_s = motion.boxes.yaws_rad, motion.step_seconds
    turns = np.abs(wrap_angle_rad(yaws_rad[motion.second_rows] - yaws_rad[motion.first_rows]))
    turn_rad = np.zeros(len(yaws_rad))
    turn_rad[motion.second_rows] = np.where(steps_s <= max_step_s, turns, 0.0)
    flips_of_order = turn_rad[tracks.order] > min_turn_rad
    changed = np.cumsum(flips_of_order.astype(np.int64))
    changes = changed - np.repeat(changed[tracks.offsets[:-1]], tracks.lengths)
    other_side = changes % 2 == 1
    share = np.bincount(tracks.track_of_position, weights=other_side, minlength=len(tracks)) / tracks.lengths
    against = np.zeros(len(yaws_rad), dtype=bool)
    against[tracks.order] = other_side ^ (share > 0.5)[tracks.track_of_position]
    unflipped = np.bincount(tracks.track_of_position, weights=flips_of_order, minlength=len(tracks)) == 0
    against[tracks.order[unflipped[tracks.track_of_position]]] = False
    return HeadingFlips(turn_rad, against)
