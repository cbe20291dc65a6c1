"""How a box would have to be moved and turned so that its visible sides lie on the object's own returns.

What a place costs is told by the object's outline (`outline_view`). The size is taken from the label; what only a wrong
size explains is left over as `after`.

The search goes over shift and turn of all boxes at once, in steps from coarse to fine (Hooke and Jeeves 1961, "Direct
search", all 26 neighbours a step).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.body_fit import body_fit
from fusion.measure.frame import SyncedFrame
from fusion.measure.outline import outlines
from fusion.measure.outline_view import OutlineView
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, VEHICLES, ObjectKind

# Both ends together within one and a half sigmas.
END_FITS = 1.0
MIN_RETURNS = 12
# Of shorter vehicles too little is seen to tell shift from shape.
MIN_LENGTH_M = 2.2
STEPS = ((0.3, 8.0, 3), (0.15, 4.0, 3), (0.08, 2.0, 3), (0.04, 1.0, 2), (0.02, 0.5, 2))
_NEIGHBOURS = np.asarray(list(product((-1.0, 0.0, 1.0), repeat=3)))
# Wide enough to see past the noise of single returns.
CURVATURE_STEP: FloatArray = np.asarray([0.12, 0.12, np.radians(4.0)])
LEAST_CURVATURE = 1e-3
# Bodies like boxes; a working machine is arms and shovels.
BOX_SHAPED = VEHICLES - {ObjectKind.CONSTRUCTION}
BODIES = PEOPLE | TWO_WHEELERS


@dataclass(frozen=True, eq=False)
class SurfaceFit:
    """By box of a frame (M,).

    shift_m: (M, 2) along length and width of the box, what would have to be added to its centre; turn_rad: (M,) to its
    yaw; both NaN where there is no fit. before, after: (M,) mean cost of the outline at the label and at the fit,
    0 where every return lies on a side; gain: (M,) by how much the log-likelihood rises; information: (M, 3, 3) of
    shift and turn, small in directions in which the returns don't tell; sized: (M,) bool, both ends were in view and
    the box, put in its place, ends there too; returns: (M,) that told it.
    """

    shift_m: FloatArray
    turn_rad: FloatArray
    before: FloatArray
    after: FloatArray
    gain: FloatArray
    information: FloatArray
    sized: BoolArray
    returns: IntArray

    @property
    def known(self) -> BoolArray:
        """(M,) boxes with enough of an outline."""
        finite: BoolArray = np.isfinite(self.turn_rad)
        return finite


def surface_fit(frame: SyncedFrame) -> SurfaceFit:
    """The fit of each vehicle, person and two-wheeler of a frame that shows enough of itself.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured("surface fit", lambda: _surface_fit(frame))


def _surface_fit(frame: SyncedFrame) -> SurfaceFit:
    boxes, outline = frame.boxes, outlines(frame)
    rows = len(boxes)
    fit = SurfaceFit(
        shift_m=np.full((rows, 2), np.nan),
        turn_rad=np.full(rows, np.nan),
        before=np.full(rows, np.nan),
        after=np.full(rows, np.nan),
        gain=np.full(rows, np.nan),
        information=np.zeros((rows, 3, 3)),
        sized=np.zeros(rows, dtype=bool),
        returns=outline.returns,
    )
    _add_bodies(frame, fit)
    chosen = np.flatnonzero(
        frame.kinds.is_any(BOX_SHAPED)
        & (boxes.sizes_m[:, 0] >= MIN_LENGTH_M)
        & (boxes.sizes_m[:, 1] > 0)
        & (outline.returns >= MIN_RETURNS)
    )
    view = OutlineView.of(outline, boxes.sizes_m[:, :2] / 2, chosen)
    _add_vehicles(view.take(view.enough), chosen[view.enough], fit)
    return fit


def _add_vehicles(view: OutlineView, rows: IntArray, fit: SurfaceFit) -> None:
    """Boxes put onto the outlines of what is box-shaped."""
    if not len(rows):
        return
    moved, fit.gain[rows] = _search(view)
    fit.shift_m[rows], fit.turn_rad[rows] = moved[:, :2], moved[:, 2]
    fit.before[rows] = view.outline_cost(np.zeros((len(rows), 1, 3)))[:, 0]
    fit.after[rows] = view.outline_cost(moved[:, None])[:, 0]
    fit.information[rows] = _information(view, moved)
    fit.sized[rows] = view.free.all(axis=1) & (view.end_cost(moved[:, None])[:, 0] < END_FITS)


def _add_bodies(frame: SyncedFrame, fit: SurfaceFit) -> None:
    """People and two-wheelers: only where they are, not how they are turned."""
    rows = np.flatnonzero(frame.kinds.is_any(BODIES))
    body = body_fit(frame, rows)
    rows, known = rows[body.known], body.known
    fit.shift_m[rows], fit.turn_rad[rows] = body.shift_m[known], 0.0
    fit.before[rows], fit.after[rows], fit.gain[rows] = 0.0, 0.0, body.gain[known]
    fit.information[rows] = 0.0
    fit.information[rows, :2, :2] = body.information[known]


def _search(view: OutlineView) -> tuple[FloatArray, FloatArray]:
    """Shift and turn (B, 3) of least cost, and how much less it is than the label's."""
    rows = np.arange(len(view.half_m))
    best = np.zeros((len(rows), 3))
    at_label = view.cost(best[:, None])[:, 0]
    least = at_label.copy()
    for step_m, step_deg, rounds in STEPS:
        steps = _NEIGHBOURS * np.asarray([step_m, step_m, np.radians(step_deg)])
        for _ in range(rounds):
            tried = best[:, None] + steps
            costs = view.cost(tried)
            winner = costs.argmin(axis=1)
            better = costs[rows, winner] < least - 1e-9
            if not better.any():
                break
            best[better], least[better] = tried[rows, winner][better], costs[rows, winner][better]
    return best, at_label - least


def _information(view: OutlineView, moved: FloatArray) -> FloatArray:
    """(B, 3, 3) curvature of the cost about the fit, from a paraboloid through the neighbours at `CURVATURE_STEP`."""
    x, y, turn = _NEIGHBOURS.T
    design = np.column_stack(
        [np.ones(27), x, y, turn, x * x / 2, y * y / 2, turn * turn / 2, x * y, x * turn, y * turn]
    )
    costs = view.cost(moved[:, None] + _NEIGHBOURS * CURVATURE_STEP)
    xx, yy, tt, xy, xt, yt = (np.linalg.pinv(design) @ costs.T)[4:]
    curvature = np.stack([xx, xy, xt, xy, yy, yt, xt, yt, tt], axis=-1).reshape(-1, 3, 3)
    values, axes = np.linalg.eigh(curvature)
    convex = np.einsum("bij,bj,bkj->bik", axes, np.maximum(values, LEAST_CURVATURE), axes)
    information: FloatArray = convex / CURVATURE_STEP / CURVATURE_STEP[:, None]
    return information
