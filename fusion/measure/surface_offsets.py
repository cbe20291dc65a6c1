"""How far off its object each box of a scene is, told by all frames of its track together.

A single sweep tells some directions well and others not at all; a track, whose boxes carry the same error along, is
seen from changing sides. Fits (`surface_fit`) of neighbouring frames are therefore combined by their information, in
the frame of the box. A box that clearly disagrees with its neighbours speaks for itself.

How far off is much depends on the hand that drew: where boxes are drawn half a metre wide of their objects throughout,
such a gap is no news. So the scene's own noise comes along, over tracks, with a few tracks' worth of careful drawing
as a start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import multiply_quaternions, quaternions_from_yaws
from fusion.measure.box_fits import EXPLAINED, BoxFits, box_fits
from fusion.measure.native_reference import native_from_ego
from fusion.measure.outline_view import PRIOR_SHIFT_M, PRIOR_TURN_RAD
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.surface_fit import MIN_RETURNS
from fusion.scene.box_geometry import rotation_matrices
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

# Neighbours further away in the track have been drawn anew, or are seen from elsewhere.
NEIGHBOURS = 5
MIN_NEIGHBOURS = 3
# Fits this far from their track's median are outvoted by the others.
STRAY_M = 0.2
# Drawing of single frames, which even a perfect fit can't be held against.
DRAWN_SIGMA_M, DRAWN_SIGMA_RAD = 0.04, float(np.radians(1.5))
# Squared Mahalanobis distance beyond which a box doesn't follow its neighbours, and the metres.
DISAGREES, TURN_DISAGREES = 9.0, 6.0
APART_M = 0.18
# Careful drawing, as many tracks' worth of it as a scene starts with.
CAREFUL_SIGMA_M, CAREFUL_SIGMA_RAD, CAREFUL_TRACKS = 0.10, float(np.radians(1.5)), 3
# A box turned off further than hands do is wrong in its heading first, which no shift repairs.
HEADING_OFF_RAD = float(np.radians(8.0))
# The median length of a normal vector in the plane, and of a normal number, in standard deviations.
PLANE_MEDIAN, LINE_MEDIAN = 1.1774, 0.6745


@dataclass(frozen=True, eq=False)
class SurfaceOffsets:
    """By row of the scene's labels (L,).

    shift_m: (L, 2) along length and width, to be added to the centre; turn_rad: (L,) to the yaw; NaN without a fit.
    own_shift_m, own_turn_rad: of the row's own frame alone. neighbours: (L,) other frames that told;
    alone: (L,) bool, the row disagrees with its neighbours, or has none, and speaks for itself; exceptional: (L,) bool,
    it has none because most views of its track with as many returns tell nothing; departs_m, departs_rad:
    (L,) how far it is from its neighbours, NaN without. explained: (L,) bool, the fit accounts for what is seen;
    sized: (L,) bool, both ends were in view and the size is right; gain, returns: (L,) as of the fit.
    noise_m, noise_rad: (L,) standard deviation of drawing in this scene, on each axis and of the yaw, of things like
    the row's: vehicles apart from people and two-wheelers.
    """

    shift_m: FloatArray
    turn_rad: FloatArray
    own_shift_m: FloatArray
    own_turn_rad: FloatArray
    neighbours: IntArray
    alone: BoolArray
    exceptional: BoolArray
    departs_m: FloatArray
    departs_rad: FloatArray
    explained: BoolArray
    sized: BoolArray
    gain: FloatArray
    returns: IntArray
    noise_m: FloatArray
    noise_rad: FloatArray

    @property
    def known(self) -> BoolArray:
        """(L,) rows with a fit."""
        finite: BoolArray = np.isfinite(self.turn_rad)
        return finite


def surface_offsets(scene: Scene) -> SurfaceOffsets:
    """Offsets of all labels of a scene; frames whose sweeps are missing tell nothing."""
    return scene.measurements.get("surface offsets", lambda: _surface_offsets(scene))


def _surface_offsets(scene: Scene) -> SurfaceOffsets:
    fits = box_fits(scene)
    rows = len(scene.labels)
    explained = np.nan_to_num(fits.after, nan=np.inf) <= EXPLAINED
    others, information = fits.moved.copy(), np.tile(_WEAK, (rows, 1, 1))
    neighbours = np.zeros(rows, dtype=np.int64)
    for track in range(len(scene.labels.tracks)):
        own = scene.labels.tracks.rows(track)
        own = own[explained[own]]
        if len(own) > MIN_NEIGHBOURS:
            others[own], information[own], neighbours[own] = _told_by_others(fits, own)
    accompanied = explained & (neighbours >= MIN_NEIGHBOURS)
    departs_m, departs_rad, disagrees = _departures(fits, others, information)
    alone = ~accompanied | disagrees
    together = np.where(alone[:, None], fits.moved, _joined(fits, others, information))
    turnable = fits.information[:, 2, 2] > 0
    noise = np.empty((rows, 2))
    for alike in (turnable, ~turnable):
        noise[alike] = _noise(scene, together, explained & alike)
    return SurfaceOffsets(
        shift_m=together[:, :2],
        turn_rad=together[:, 2],
        own_shift_m=fits.moved[:, :2],
        own_turn_rad=fits.moved[:, 2],
        neighbours=neighbours,
        alone=alone,
        exceptional=~accompanied & _mostly_silent(scene, fits, explained),
        departs_m=np.where(accompanied, departs_m, np.nan),
        departs_rad=np.where(accompanied, departs_rad, np.nan),
        explained=explained,
        sized=fits.sized,
        gain=fits.gain,
        returns=fits.outline_returns,
        noise_m=noise[:, 0],
        noise_rad=noise[:, 1],
    )


def _mostly_silent(scene: Scene, fits: BoxFits, explained: BoolArray) -> BoolArray:
    """(L,) bool: of the views of the row's track with returns enough, fewer than half tell where it is."""
    tracks = scene.labels.tracks
    owner = tracks.of_rows(len(explained))
    counted = owner >= 0
    seen = fits.outline_returns >= MIN_RETURNS
    views, telling = (np.bincount(owner[counted & rows], minlength=len(tracks)) for rows in (seen, seen & explained))
    return np.asarray(counted & np.append(2 * telling < views, False)[owner])


def boxes_put_right(scene: Scene, rows: IntArray) -> Boxes3D:
    """Some boxes moved and turned onto their returns, in the reference of the labels.

    Raises:
        NotMeasurableError: the labels are in the world and a frame has no ego pose.
    """
    boxes, offsets = boxes_in_ego(scene).take(rows), surface_offsets(scene)
    moved_m = np.column_stack([offsets.shift_m[rows], np.zeros(len(rows))])
    centres_m = boxes.centres_m + np.einsum("rij,rj->ri", rotation_matrices(boxes.rotations), moved_m)
    rotations = multiply_quaternions(boxes.rotations, quaternions_from_yaws(offsets.turn_rad[rows]))
    moved = replace(boxes, centres_m=centres_m, rotations=rotations)
    return native_from_ego(scene, moved, scene.labels.frame_index[rows].astype(np.int64))


# What a combination of no frames at all says: nothing, but a number.
_WEAK: FloatArray = np.diag(1 / np.square([PRIOR_SHIFT_M, PRIOR_SHIFT_M, PRIOR_TURN_RAD])) / 4


def _told_by_others(fits: BoxFits, rows: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """For each row of a track what the fits of its neighbours say, with their information, and how many they are."""
    moved, information = fits.moved[rows], fits.information[rows]
    stray_m = np.linalg.norm((moved - np.median(moved, axis=0))[:, :2], axis=1)
    trust = 1 / (1 + (stray_m / STRAY_M) ** 2)
    place = np.arange(len(rows))
    near = np.abs(place[:, None] - place) <= NEIGHBOURS
    np.fill_diagonal(near, False)
    weights = near * trust
    joint = np.einsum("ij,jkl->ikl", weights, information) + _WEAK
    pull = np.einsum("ij,jkl,jl->ik", weights, information, moved)
    return np.linalg.solve(joint, pull[..., None])[..., 0], joint, near.sum(axis=1)


def _departures(fits: BoxFits, others: FloatArray, information: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """How far each fit is from its neighbours', in metres and radians, and whether that is more than chance."""
    apart = np.nan_to_num(fits.moved - others)
    drawn = np.diag(np.square([DRAWN_SIGMA_M, DRAWN_SIGMA_M, DRAWN_SIGMA_RAD]))
    spread = np.linalg.inv(fits.information + _WEAK) + np.linalg.inv(information) + drawn
    shift2 = np.einsum("li,lij,lj->l", apart[:, :2], np.linalg.inv(spread[:, :2, :2]), apart[:, :2])
    turn2 = apart[:, 2] ** 2 / spread[:, 2, 2]
    apart_m = np.linalg.norm(apart[:, :2], axis=1)
    return apart_m, np.abs(apart[:, 2]), ((shift2 > DISAGREES) & (apart_m > APART_M)) | (turn2 > TURN_DISAGREES)


def _joined(fits: BoxFits, others: FloatArray, information: FloatArray) -> FloatArray:
    """(L, 3) each row's own fit together with what its neighbours told."""
    own = np.nan_to_num(fits.moved)
    pull = np.einsum("lij,lj->li", fits.information, own) + np.einsum("lij,lj->li", information, np.nan_to_num(others))
    joined: FloatArray = np.linalg.solve(fits.information + information, pull[..., None])[..., 0]
    return joined


def _noise(scene: Scene, moved: FloatArray, explained: BoolArray) -> tuple[float, float]:
    """Standard deviations of drawing, on an axis and of the yaw: each track once, and boxes without a track once."""
    track = scene.labels.tracks.of_rows(len(moved)).astype(np.int64)
    owner = np.where(track >= 0, track, len(scene.labels.tracks) + np.arange(len(track)))[explained]
    if not len(owner):
        return CAREFUL_SIGMA_M, CAREFUL_SIGMA_RAD
    order = np.argsort(owner, kind="stable")
    groups = np.split(moved[explained][order], np.flatnonzero(np.diff(owner[order])) + 1)
    typical = np.abs([np.median(group, axis=0) for group in groups])
    shift = np.median(np.linalg.norm(typical[:, :2], axis=1)) / PLANE_MEDIAN
    turn = np.median(typical[:, 2]) / LINE_MEDIAN
    return _with_prior(float(shift), CAREFUL_SIGMA_M, len(groups)), _with_prior(
        float(turn), CAREFUL_SIGMA_RAD, len(groups)
    )


def _with_prior(sigma: float, careful: float, tracks: int) -> float:
    return float(np.sqrt((CAREFUL_TRACKS * careful**2 + tracks * sigma**2) / (CAREFUL_TRACKS + tracks)))
