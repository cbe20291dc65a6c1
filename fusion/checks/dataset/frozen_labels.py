"""DAT010 frozen-labels: a frame repeats the labels of the frame before although things were moving.

What it looks for: frames in which every tracked box is, to the last digit, where it was one frame earlier in the frame
of reference the file uses, while several of these objects move in that frame of reference before and after.
Why it matters: a stalled export or a copied frame; every box is off by what its object moved, and tracks jump after.
Evidence: for how many frames it lasts, how many boxes are copied, how far they usually move in one frame.
Blind spots: labels copied and then jittered; scenes in which at most a few things move; labels without track ids.
Example: a drive in the tests whose labels of frame 4 are those of frame 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import FrameRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene

# Files hold at least this many digits; what is drawn or computed anew never agrees so far.
SAME_M = 1e-6


class FrozenLabelsLimits(Limits):
    min_step_m: float = Field(
        0.10, gt=0, description="Twice a careful annotator's jitter: what moves less in a frame may as well stand."
    )
    min_movers: int = Field(3, ge=1, description="One or two objects may stop at once; three don't, to the micrometre.")


@dataclass(frozen=True, eq=False)
class _Steps:
    """By pair of neighbouring frames (P,): boxes that both have, those that did not move, those that should have."""

    shared: IntArray
    frozen: IntArray
    frozen_movers: IntArray
    usual_m: FloatArray


@scene_check("DAT010", Severity.ERROR, FrozenLabelsLimits)
def frozen_labels(scene: Scene, limits: FrozenLabelsLimits) -> Assessment:
    """For each frame but the first, how many of its boxes stay where they were although they should have moved."""
    if not len(scene.labels.tracks):
        raise NotMeasurableError("labels have no track ids")
    if len(scene.frames) < 3:
        raise NotMeasurableError("fewer than three frames")
    steps = _steps(scene, limits.min_step_m)
    copied = (steps.frozen == steps.shared) & (steps.frozen_movers >= limits.min_movers)
    lasts = _run_lengths(copied)
    return Assessment(
        about=FrameRows(scene, np.arange(1, len(scene.frames))),
        not_assessed=Reason("too few boxes that move in the frame before or after").where(
            ~copied & (steps.shared - steps.frozen < limits.min_movers)
        ),
        violated=lasts > 0,
        measured=lasts.astype(np.float64),
        limit=0.0,
        unit="",
        message="all {boxes} boxes are copied from the frame before, {frames} frames long; {movers} of them were "
        "moving, usually {usual_m:.2f} m a frame",
        evidence={
            "boxes": steps.frozen,
            "frames": lasts,
            "movers": steps.frozen_movers,
            "usual_m": steps.usual_m,
        },
    )


def _steps(scene: Scene, min_step_m: float) -> _Steps:
    labels, tracks = scene.labels, scene.labels.tracks
    first, second = tracks.steps
    before, after = tracks.order[first], tracks.order[second]
    columns = np.concatenate([labels.boxes.centres_m, labels.boxes.rotations], axis=1)
    step_m = np.linalg.norm(labels.boxes.centres_m[after] - labels.boxes.centres_m[before], axis=1)
    neighbours = labels.frame_index[after] == labels.frame_index[before] + 1
    frozen = (np.abs(columns[after] - columns[before]) <= SAME_M).all(axis=1)
    owner = tracks.track_of_position[first]
    usual_m = _step_before_or_after(step_m, frozen, owner)
    pair, count = labels.frame_index[after].astype(np.int64) - 1, len(scene.frames) - 1
    moving = usual_m > min_step_m
    usual = np.full(count, np.nan)
    for row in np.unique(pair[neighbours & frozen & moving]):
        usual[row] = np.median(usual_m[neighbours & frozen & moving & (pair == row)])
    return _Steps(
        shared=_counted(pair, neighbours, count),
        frozen=_counted(pair, neighbours & frozen, count),
        frozen_movers=_counted(pair, neighbours & frozen & moving, count),
        usual_m=usual,
    )


def _step_before_or_after(step_m: FloatArray, frozen: BoolArray, owner: IntArray) -> FloatArray:
    """(S,) the smaller of the nearest steps of the same track before and after that are no repeats; NaN if none.

    The smaller one, so that what brakes to a stop, or sets off, is not taken to have been moving.
    """
    sides = []
    for direction in (slice(None), slice(None, None, -1)):
        steps, held, tracks = step_m[direction], frozen[direction], owner[direction]
        position = np.maximum.accumulate(np.where(held, -1, np.arange(len(steps))))
        known = position >= 0
        known[known] = tracks[position[known]] == tracks[known]
        sides.append(np.where(known, steps[np.maximum(position, 0)], np.nan)[direction])
    smaller: FloatArray = np.fmin(*sides)
    return np.where(frozen, smaller, step_m)


def _counted(pair: IntArray, rows: BoolArray, count: int) -> IntArray:
    return np.bincount(pair[rows], minlength=count)[:count]


def _run_lengths(copied: BoolArray) -> IntArray:
    """At the first frame of each run of copies its length, elsewhere 0: one finding a run."""
    lengths = np.zeros(len(copied), dtype=np.int64)
    padded = np.concatenate([[False], copied, [False]])
    starts, stops = np.flatnonzero(padded[1:] & ~padded[:-1]), np.flatnonzero(~padded[1:] & padded[:-1])
    lengths[starts] = stops - starts
    return lengths
