"""Boxes of moving objects that are repeated frame after frame, as if a tool had forgotten to move them on.

An object that stops brakes first and one that starts gains speed first; a frozen box stops dead from full speed, and
is elsewhere at once when it is let go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import wrap_angle_rad
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_links import side_velocities_of
from fusion.measure.track_motion import MAX_NEIGHBOUR_GAP_NS, track_motion
from fusion.measure.track_runs import Runs, runs_of
from fusion.measure.track_tolerance import USUAL
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

# Formats round to a centimetre at worst; jitter is ten times that.
SAME_M, SAME_RAD = 0.006, 0.002
# A repeated box in ego is no car that keeps its distance only where it is the very same numbers.
SAME_IN_EGO_M = 0.001
MIN_REPEATS = 2


@dataclass(frozen=True, eq=False)
class Freezes:
    """F stretches of repeated boxes.

    track: (F,); rows: per stretch, the rows of the labels, the first of which is in its right place; lost_m: (F,) how
    far the object got meanwhile; seconds: (F,); abrupt: (F,) bool, it stops dead or leaps on as nothing does;
    both_ends: (F,) bool, it does so at either end; in_ego: (F,) bool, it rides on the ego vehicle.
    """

    track: IntArray
    rows: tuple[IntArray, ...]
    lost_m: FloatArray
    seconds: FloatArray
    abrupt: BoolArray
    both_ends: BoolArray
    in_ego: BoolArray

    def without(self, rows: set[int]) -> Freezes:
        """The stretches that repeat none of some rows."""
        kept = np.asarray([not rows & set(own[1:].tolist()) for own in self.rows], dtype=bool)
        columns = {name: getattr(self, name)[kept] for name in self.__dataclass_fields__ if name != "rows"}
        return Freezes(rows=tuple(own for own, keep in zip(self.rows, kept, strict=True) if keep), **columns)


def freezes(scene: Scene) -> Freezes:
    """Repeated boxes of all tracks.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("freezes", lambda: _freezes(scene))


def _freezes(scene: Scene) -> Freezes:
    motion = track_motion(scene)
    parts = [_frozen(scene, motion.boxes, SAME_M, motion.relative)]
    if not motion.relative:
        # On the ego vehicle, what is repeated goes along with it.
        parts.append(_frozen(scene, boxes_in_ego(scene), SAME_IN_EGO_M, True))
        # While the ego vehicle stands, both are the same.
        parts[1] = parts[1].without({int(row) for rows in parts[0].rows for row in rows[1:]})
    return Freezes(
        np.concatenate([part.track for part in parts]),
        tuple(rows for part in parts for rows in part.rows),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("lost_m", "seconds", "abrupt", "both_ends", "in_ego")
        ),
    )


def _frozen(scene: Scene, boxes: Boxes3D, same_m: float, in_ego: bool) -> Freezes:
    motion, tracks = track_motion(scene), scene.labels.tracks
    first, second = motion.first_rows, motion.second_rows
    step_ns = boxes.timestamps_ns[second] - boxes.timestamps_ns[first]
    with np.errstate(invalid="ignore"):
        moved_m = np.linalg.norm((boxes.centres_m[second] - boxes.centres_m[first])[:, :2], axis=1)
    turned_rad = np.abs(wrap_angle_rad(boxes.yaws_rad[second] - boxes.yaws_rad[first]))
    same = (moved_m < same_m) & (turned_rad < SAME_RAD) & (step_ns <= MAX_NEIGHBOUR_GAP_NS)
    repeated = np.zeros(len(boxes), dtype=bool)
    repeated[second[same]] = True
    runs = runs_of(scene, repeated)
    stamps_ns = boxes.timestamps_ns[tracks.order]
    seconds = (stamps_ns[runs.last] - stamps_ns[runs.first - 1]) / SECOND_NS
    # Copies of a box at its own time repeat nothing.
    distinct = np.asarray(
        [len(np.unique(stamps_ns[one - 1 : other + 1])) for one, other in zip(runs.first, runs.last, strict=True)],
        dtype=np.int64,
    )
    lost_m, abrupt, both_ends = _lost(scene, runs, seconds, boxes)
    kept = np.flatnonzero(distinct > MIN_REPEATS)
    return Freezes(
        track=runs.track[kept],
        rows=tuple(tracks.order[runs.first[run] - 1 : runs.last[run] + 1] for run in kept),
        lost_m=lost_m[kept],
        seconds=seconds[kept],
        abrupt=abrupt[kept],
        both_ends=both_ends[kept],
        in_ego=np.full(len(kept), in_ego),
    )


def _lost(scene: Scene, runs: Runs, seconds: FloatArray, boxes: Boxes3D) -> tuple[FloatArray, BoolArray, BoolArray]:
    """(R,) metres the object must have gone meanwhile, whether it stops or starts as nothing does, and both."""
    order, ends = scene.labels.tracks.order, scene.labels.tracks.offsets
    before, last = runs.first - 1, runs.last
    sides = side_velocities_of(scene, boxes)
    begins, over = ends[:-1][runs.track] == before, ends[1:][runs.track] == last + 1
    arriving = np.where(begins[:, None], np.nan, sides.before_mps[order[before]])
    after = order[np.minimum(last + 1, max(len(order) - 1, 0))]
    leaving = np.where(over[:, None], np.nan, sides.after_mps[after])
    # Relative to ego, the ego vehicle's own acceleration is in it.
    acceleration = USUAL.doubt(track_motion(scene)).acceleration[order[before]]
    step_s = seconds / np.maximum(runs.boxes, 1)
    speed_in, speed_out = np.hypot(*arriving.T), np.hypot(*leaving.T)
    # What a body can brake away within one step, and what jitter makes of a speed over a few of them.
    slowest = acceleration * step_s + 2 * USUAL.jitter_m / np.maximum(3 * step_s, 0.5)
    stops_dead, starts_dead = speed_in > slowest, speed_out > slowest
    lost_m = np.fmax(np.nan_to_num(speed_in), 0.0) * seconds
    lost_m = np.where(np.isfinite(speed_in) & np.isfinite(speed_out), (speed_in + speed_out) / 2 * seconds, lost_m)
    lost_m = np.where(np.isfinite(speed_in), lost_m, np.nan_to_num(speed_out) * seconds)
    abrupt: BoolArray = (stops_dead | begins) & (starts_dead | over) & (stops_dead | starts_dead)
    return lost_m, abrupt, stops_dead & starts_dead
