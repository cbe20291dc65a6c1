"""What the returns of each frame say of its boxes, gathered over a scene in one pass over its sweeps.

A sweep with all that is measured on it is too large to be kept for a whole scene, so whoever asks for one of these
columns has all of them measured while the sweep is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.errors import FileProblemError
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.measure.ground_gaps import ground_gaps
from fusion.measure.own_returns import OwnReturns, own_returns
from fusion.measure.side_fit import side_fit
from fusion.measure.surface_fit import surface_fit
from fusion.measure.top_fit import TopFit, top_fit
from fusion.scene.scene import Scene

FACES = ("front", "rear", "left", "right", "top")
TOP = 4
AXES: IntArray = np.asarray([0, 0, 1, 1, 2])
SIGNS: FloatArray = np.asarray([1.0, -1.0, 1.0, -1.0, 1.0])
# A fit that leaves more than this unexplained is about something else: a shape, a stranger, a wrong size.
EXPLAINED = 0.6
# A side is told where moving it by a hand's breadth costs as much as one stray return, or where as drawn it costs that
# much more than elsewhere: so rays beside an end tell that it isn't here, though not to the centimetre where it is.
MIN_INFORMATION, MIN_GAIN = 100.0, 4.0
# Outside of a face by more than the noise of a return.
CLEARLY_M = 0.05
# A face that fits is no further off; of a box that fits the highest return is this far below its top.
FITS_M = 0.12
# What is further from the ground is wrong in its place first.
MAX_LIFT_M = 0.25


@dataclass(frozen=True, eq=False)
class BoxFits:
    """By row of the scene's labels (L,); frames whose sweeps are missing leave NaN and no returns.

    Of the box as it is sized: moved (L, 3) shift along length and width and turn, information (L, 3, 3), after, gain,
    outline_returns and sized (L,), as of `SurfaceFit`. Of its faces, in the order of `FACES`: out_m (L, 5) metres
    outwards, NaN where the returns don't tell; face_gain (L, 5) as of `SideFit`, infinite for tops; beyond (L, 5)
    returns outside of the face and of no other; returns (L,) of the object.
    """

    moved: FloatArray
    information: FloatArray
    after: FloatArray
    gain: FloatArray
    outline_returns: IntArray
    sized: BoolArray
    out_m: FloatArray
    face_gain: FloatArray
    beyond: IntArray
    returns: IntArray

    @classmethod
    def empty(cls, rows: int) -> BoxFits:
        """Nothing is known of any box."""
        return cls(
            moved=np.full((rows, 3), np.nan),
            information=np.zeros((rows, 3, 3)),
            after=np.full(rows, np.nan),
            gain=np.full(rows, np.nan),
            outline_returns=np.zeros(rows, dtype=np.int64),
            sized=np.zeros(rows, dtype=bool),
            out_m=np.full((rows, 5), np.nan),
            face_gain=np.zeros((rows, 5)),
            beyond=np.zeros((rows, 5), dtype=np.int64),
            returns=np.zeros(rows, dtype=np.int64),
        )


def box_fits(scene: Scene) -> BoxFits:
    """The fits of all labels of a scene."""
    return scene.measurements.get("box fits", lambda: _box_fits(scene))


def _box_fits(scene: Scene) -> BoxFits:
    fits = BoxFits.empty(len(scene.labels))
    for frame in scene.frames:
        try:
            _add_whole(fits, frame)
            _add_faces(fits, frame)
        except (NotMeasurableError, FileProblemError):  # no sweep, no evidence; the checks of frames tell which file
            continue
    return fits


def _add_whole(fits: BoxFits, frame: SyncedFrame) -> None:
    rows, fit = frame.label_rows, surface_fit(frame)
    fits.moved[rows] = np.column_stack([fit.shift_m, fit.turn_rad])
    fits.information[rows] = np.where(fit.known[:, None, None], fit.information, 0.0)
    fits.after[rows], fits.gain[rows], fits.outline_returns[rows] = fit.after, fit.gain, fit.returns
    fits.sized[rows] = fit.sized


def _add_faces(fits: BoxFits, frame: SyncedFrame) -> None:
    rows, sides, top = frame.label_rows, side_fit(frame), top_fit(frame)
    told = (sides.information >= MIN_INFORMATION) | (sides.gain >= MIN_GAIN)
    told &= (sides.after <= EXPLAINED)[:, None]
    fits.out_m[rows, :TOP] = np.where(told, sides.out_m, np.nan)
    fits.face_gain[rows, :TOP] = sides.gain
    # What is drawn too high or too low as a whole has its top elsewhere too.
    lifted = np.abs(np.nan_to_num(ground_gaps(frame).gap_m)) > MAX_LIFT_M
    fits.out_m[rows, TOP] = np.where(lifted, np.nan, _top_out_m(top))
    fits.face_gain[rows, TOP] = np.inf
    fits.beyond[rows] = _returns_beyond(own_returns(frame), frame.boxes.sizes_m)
    fits.returns[rows] = top.returns


def _top_out_m(top: TopFit) -> FloatArray:
    """(M,) outwards where returns lie above the face, inwards where rays pass below it; else the face may stay."""
    with np.errstate(invalid="ignore"):
        settled = (top.at_most_m >= 0) & (top.at_least_m > -FITS_M)
        above, below = top.at_least_m > 0, top.at_most_m < 0
    out_m: FloatArray = np.where(settled, 0.0, np.nan)
    out_m[below] = top.at_most_m[below]
    out_m[above] = top.at_least_m[above]
    return out_m


def _returns_beyond(own: OwnReturns, sizes_m: FloatArray) -> IntArray:
    """(M, 5) returns outside of each face and of no other."""
    half_m = sizes_m[own.box] / 2
    out = np.abs(own.in_box) > half_m + CLEARLY_M
    only = out.sum(axis=1) == 1
    beyond = [
        np.bincount(own.box[only & out[:, axis] & (own.in_box[:, axis] * sign > 0)], minlength=len(sizes_m))
        for axis, sign in zip(AXES, SIGNS, strict=True)
    ]
    return np.stack(beyond, axis=1)
