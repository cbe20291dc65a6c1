"""Where each upright side of a vehicle's box would have to stand so that the box fits the returns of its object.

`surface_fit` takes the size from the label and asks for shift and turn; this asks for the size too: front, rear, left
and right may each move by themselves. What nobody sees stays where it was drawn. The search starts at the surface fit
and goes in steps from coarse to fine over single sides, pairs of opposite ones and the turn (Hooke and Jeeves 1961,
"Direct search").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from fusion.measure.frame import SyncedFrame
from fusion.measure.outline import outlines
from fusion.measure.outline_view import OutlineView
from fusion.measure.surface_fit import BOX_SHAPED, MIN_LENGTH_M, MIN_RETURNS, surface_fit
from fusion.scene.taxonomy import ObjectKind

# Like a box too, though none that drives.
SIDED, MIN_BARRIER_M = BOX_SHAPED | {ObjectKind.BARRIER}, 1.0
FRONT, REAR, LEFT, RIGHT, TURN = range(5)
# A weak pull towards the sides as drawn, where the returns don't tell.
PRIOR_SIDE_M = 0.5
STEPS = ((0.30, 4.0, 3), (0.15, 2.0, 3), (0.08, 1.0, 3), (0.04, 0.5, 2), (0.02, 0.25, 2))
# Of a bus, a tenth is more than a metre: there the search starts in longer steps.
STEPS_FOR_M, FINE_M = 4.0, 0.05
CURVATURE_STEP_M = 0.12
_ALONE: FloatArray = np.concatenate([np.eye(5), -np.eye(5)])
_ALONG: FloatArray = np.asarray([[1, -1, 0, 0, 0], [0, 0, 1, -1, 0]], dtype=np.float64)
_MOVES: FloatArray = np.concatenate([np.zeros((1, 5)), _ALONE, _ALONG, -_ALONG])


@dataclass(frozen=True, eq=False)
class SideFit:
    """By box of a frame (M,).

    out_m: (M, 4) how far front, rear, left and right would have to move outwards, NaN where there is no fit;
    gain: (M, 4) what moving this side alone adds to the log-likelihood; information: (M, 4) of it, 1/m2, near none
    where the returns don't tell; after: (M,) mean cost of the outline that is left.
    """

    out_m: FloatArray
    gain: FloatArray
    information: FloatArray
    after: FloatArray


def side_fit(frame: SyncedFrame) -> SideFit:
    """The sides of each vehicle of a frame that shows enough of itself.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured("side fit", lambda: _side_fit(frame))


def _side_fit(frame: SyncedFrame) -> SideFit:
    boxes, outline, whole = frame.boxes, outlines(frame), surface_fit(frame)
    rows = len(boxes)
    fit = SideFit(np.full((rows, 4), np.nan), np.zeros((rows, 4)), np.zeros((rows, 4)), np.full(rows, np.nan))
    long_enough = np.where(frame.kinds.is_any(BOX_SHAPED), MIN_LENGTH_M, MIN_BARRIER_M) <= boxes.sizes_m[:, 0]
    chosen = np.flatnonzero(
        frame.kinds.is_any(SIDED) & long_enough & (boxes.sizes_m[:, 1] > 0) & (outline.returns >= MIN_RETURNS)
    )
    view = OutlineView.of(outline, boxes.sizes_m[:, :2] / 2, chosen)
    enough = view.enough
    chosen, view = chosen[enough], view.take(enough)
    if not len(chosen):
        return fit
    x, y = np.nan_to_num(whole.shift_m[chosen]).T
    start = np.stack([x, -x, y, -y, np.nan_to_num(whole.turn_rad[chosen])], axis=1)
    sides = _search(view, start)
    least = _cost(view, sides[:, None])[:, 0]
    fit.out_m[chosen] = sides[:, :4]
    fit.after[chosen] = view.outline_cost(*_as_moved(view, sides[:, None]))[:, 0]
    for side in range(4):
        back, out, inward = sides.copy(), sides.copy(), sides.copy()
        back[:, side] = 0.0
        out[:, side] += CURVATURE_STEP_M
        inward[:, side] -= CURVATURE_STEP_M
        costs = _cost(view, np.stack([back, out, inward], axis=1))
        fit.gain[chosen, side] = costs[:, 0] - least
        fit.information[chosen, side] = np.maximum(costs[:, 1] + costs[:, 2] - 2 * least, 0.0) / CURVATURE_STEP_M**2
    return fit


def _search(view: OutlineView, start: FloatArray) -> FloatArray:
    """(B, 5) sides and turn of least cost."""
    rows, best = np.arange(len(start)), start.copy()
    longer = np.maximum(view.half_m[:, 0] / (STEPS_FOR_M / 2), 1.0)
    least = _cost(view, best[:, None])[:, 0]
    for step_m, step_deg, rounds in STEPS:
        stride_m = np.where(step_m > FINE_M, step_m * longer, step_m)
        steps = (
            _MOVES
            * np.concatenate([np.tile(stride_m[:, None], 4), np.full((len(rows), 1), np.radians(step_deg))], axis=1)[
                :, None
            ]
        )
        for _ in range(2 * rounds):
            tried = best[:, None] + steps
            costs = _cost(view, tried)
            winner = costs.argmin(axis=1)
            better = costs[rows, winner] < least - 1e-9
            if not better.any():
                break
            best[better], least[better] = tried[rows, winner][better], costs[rows, winner][better]
    return best


def _cost(view: OutlineView, sides: FloatArray) -> FloatArray:
    """(B, H) of sides and turns (B, H, 5); infinite where a box would turn inside out."""
    moved, half_m = _as_moved(view, sides)
    prior = (sides[..., :4] ** 2).sum(axis=-1) / PRIOR_SIDE_M**2 / 2
    cost: FloatArray = view.cost(moved, np.maximum(half_m, 0.1)) + prior
    return np.where((half_m > 0.1).all(axis=-1), cost, np.inf)


def _as_moved(view: OutlineView, sides: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shifts and turns (B, H, 3), and half lengths and widths (B, H, 2)."""
    front, rear, left, right, turn = np.moveaxis(sides, -1, 0)
    along, across, cos, sin = (front - rear) / 2, (left - right) / 2, np.cos(turn), np.sin(turn)
    moved = np.stack([cos * along - sin * across, sin * along + cos * across, turn], axis=-1)
    half_m = view.half_m[:, None] + np.stack([(front + rear) / 2, (left + right) / 2], axis=-1)
    return moved, half_m
