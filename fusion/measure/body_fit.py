"""Where people and two-wheelers really are: the middle of their own returns.

Their surface is no box, but they fill theirs about its middle. A window as large as the box is moved onto the returns
until it stays (mean shift: Comaniciu and Meer 2002, "Mean Shift: A Robust Approach Toward Feature Space Analysis"), so
that a post beside a person falls out of it. Across the line of sight the middle lies between the ends of what is seen;
along it a little behind, as only the near half of a body returns light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.frame import SyncedFrame
from fusion.measure.own_returns import OwnReturns, own_returns
from fusion.scene.taxonomy import PEOPLE

WINDOW_PAD_M = 0.05
ROUNDS = 6
STAYS_M = 0.005
# Share of the returns across that may be an arm, a mirror, a stray.
ENDS_SHARE = 0.05
# The median return of a body half a metre deep lies this much before its middle.
BEFORE_MIDDLE_M = 0.08
# A step forward, a swinging arm, and the noise of returns, along and across the line of sight.
SIGMA_M = 0.055
MIN_RETURNS = 12
# The window may follow an object out of its box, but not leave what is in the box for a denser thing beside it.
KEPT_SHARE, MIN_KEPT = 0.7, 5
# Where it holds less of all returns around, the body stands among other things and nobody knows which are its own.
# Bicycles lean on walls.
MIN_HELD_SHARE, MIN_HELD_SHARE_TWO_WHEELERS = 0.55, 0.7

# Whatever is further from the middle of the box may as well be somebody else, or the wall a bicycle leans on.
MAX_SHIFT_M, MAX_SHIFT_TWO_WHEELERS_M = 0.55, 0.40


@dataclass(frozen=True, eq=False)
class BodyFit:
    """By row asked for (B,).

    shift_m (B, 2) along length and width to be added to the centre, NaN where the returns don't tell;
    information (B, 2, 2) of it.
    """

    shift_m: FloatArray
    information: FloatArray

    @property
    def known(self) -> BoolArray:
        """(B,) rows with enough returns."""
        finite: BoolArray = np.isfinite(self.shift_m.sum(axis=1))
        return finite

    @property
    def gain(self) -> FloatArray:
        """(B,) by how much the log-likelihood of the returns rises."""
        gain: FloatArray = (self.shift_m**2).sum(axis=1) / SIGMA_M**2 / 2
        return gain


def body_fit(frame: SyncedFrame, rows: IntArray) -> BodyFit:
    """The middle of the returns in and around some boxes, seen from the middle of the box.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    own, half_m = own_returns(frame), frame.boxes.sizes_m[:, :2] / 2
    fit = BodyFit(np.full((len(rows), 2), np.nan), np.tile(np.eye(2) / SIGMA_M**2, (len(rows), 1, 1)))
    people = frame.kinds.is_any(PEOPLE)
    for place, row in enumerate(rows.tolist()):
        min_held = MIN_HELD_SHARE if people[row] else MIN_HELD_SHARE_TWO_WHEELERS
        max_shift_m = MAX_SHIFT_M if people[row] else MAX_SHIFT_TWO_WHEELERS_M
        if own.counts[row] >= MIN_RETURNS and (half_m[row] > 0).all():
            shift_m = _middle_of(own, row, half_m[row], min_held)
            fit.shift_m[place] = shift_m if np.hypot(*shift_m) <= max_shift_m else np.nan
    return fit


def _middle_of(own: OwnReturns, row: int, half_m: FloatArray, min_held: float) -> FloatArray:
    """(2,) along length and width; NaN where the window loses the returns."""
    returns = slice(own.offsets[row], own.offsets[row + 1])
    sight = -own.origin_in_box[own.offsets[row], :2]
    distance_m = float(np.hypot(*sight))
    if distance_m <= half_m.max():
        return np.full(2, np.nan)
    x, y = sight / distance_m
    box_from_sight = np.asarray([[x, -y], [y, x]])
    points = own.in_box[returns, :2] @ box_from_sight
    reach_m = np.abs(box_from_sight).T @ half_m + WINDOW_PAD_M
    middle, held = np.zeros(2), points
    for _ in range(ROUNDS):
        held = points[(np.abs(points - middle) <= reach_m).all(axis=1)]
        if len(held) < MIN_RETURNS:
            return np.full(2, np.nan)
        across = np.sort(held[:, 1])
        first = int(ENDS_SHARE * (len(across) - 1))
        moved = np.asarray([np.median(held[:, 0]), (across[first] + across[-1 - first]) / 2])
        stays = np.abs(moved - middle).max() < STAYS_M
        middle = moved
        if stays:
            break
    mine = points[own.inside[returns]]
    kept = (np.abs(mine - middle) <= reach_m).all(axis=1)
    if len(held) < min_held * len(points) or kept.sum() < max(MIN_KEPT, KEPT_SHARE * len(mine)):
        return np.full(2, np.nan)
    shift_m: FloatArray = box_from_sight @ (middle + np.asarray([BEFORE_MIDDLE_M, 0.0]))
    return shift_m
