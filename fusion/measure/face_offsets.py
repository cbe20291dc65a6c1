"""How far each face of a box is from its object, told by all frames of its track together.

Of vehicles the upright sides are told (`side_fit`), of people and two-wheelers the top (`top_fit`). A box that clearly
disagrees with its neighbours in the track speaks for itself. How far off is much depends on the hand that drew: where
boxes are drawn wide of their objects throughout, such a gap is no news, so the scene's own noise comes along.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.errors import FileProblemError
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.measure.ground_gaps import ground_gaps
from fusion.measure.native_reference import native_from_ego
from fusion.measure.own_returns import OwnReturns, own_returns
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.side_fit import side_fit
from fusion.measure.surface_offsets import note_surface_fit
from fusion.measure.top_fit import TOPPED, TopFit, top_fit
from fusion.scene.box_geometry import rotation_matrices
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds

FACES = ("front", "rear", "left", "right", "top")
FLANKS, TOP = [2, 3], 4
_AXES: IntArray = np.asarray([0, 0, 1, 1, 2])
_SIGNS: FloatArray = np.asarray([1.0, -1.0, 1.0, -1.0, 1.0])
# A side is told where moving it by a hand's breadth costs as much as one stray return, or where as drawn it costs that
# much more than elsewhere: so rays beside an end tell that it isn't here, though not to the centimetre where it is.
MIN_INFORMATION, MIN_GAIN = 100.0, 4.0
# A fit that leaves more than this unexplained is about something else: a shape, a stranger.
EXPLAINED = 0.6
# Neighbours further away in the track have been drawn anew, or are seen from elsewhere.
NEIGHBOURS, MIN_TELLING = 5, 3
# Two views of a face that is drawn alike differ by no more: the noise of both fits and of drawing.
APART_M = 0.15
# Outside of a face by more than the noise of a return.
CLEARLY_M = 0.05
# A face that fits is no further off; of a box that fits the highest return is this far below its top.
FITS_M = 0.12
# What is further from the ground is wrong in its place first.
MAX_LIFT_M = 0.25
# Careful drawing, as many faces' worth of it as a scene starts with; and the median of a normal number.
CAREFUL_SIGMA_M, CAREFUL_FACES, LINE_MEDIAN = 0.07, 5, 0.6745


@dataclass(frozen=True, eq=False)
class FaceOffsets:
    """By row of the scene's labels and face (L, 5), in the order of `FACES`.

    out_m: how far the face has to move outwards, negative inwards; NaN where the returns don't tell. telling: frames
    that told it; alone: bool, the row disagrees with its neighbours, or has too few, and speaks for itself;
    unaccompanied: bool, of those that have too few;
    gain: what moving the face in the row's own frame adds to the log-likelihood, infinite for tops; beyond: the
    object's returns outside of the face, in that frame. noise_m: (L,) standard deviation of drawing in this scene;
    returns: (L,) of the row's own frame.
    """

    out_m: FloatArray
    telling: IntArray
    alone: BoolArray
    unaccompanied: BoolArray
    gain: FloatArray
    beyond: IntArray
    noise_m: FloatArray
    returns: IntArray

    @property
    def known(self) -> BoolArray:
        """(L,) rows of which some face is told."""
        return np.asarray(np.isfinite(self.out_m).any(axis=1))

    @property
    def length_and_width_known(self) -> BoolArray:
        """(L,) rows of which front, rear and a flank are told, so that only their height is open."""
        told = np.isfinite(self.out_m)
        return np.asarray(told[:, 0] & told[:, 1] & told[:, FLANKS].any(axis=1))

    def others_fit(self, off: BoolArray) -> BoolArray:
        """(L,) rows of which every told face that isn't in `off` (L, 5) is about where it was drawn."""
        return np.asarray((off | (np.abs(np.nan_to_num(self.out_m)) <= FITS_M)).all(axis=1))

    @property
    def size_off_m(self) -> FloatArray:
        """(L,) by how much length or width may be off, whichever is more.

        Of a length with one end in view, all of what that end is off; of a width, which varies little, nothing.
        """
        length_m = np.nan_to_num(self.out_m[:, 0]) + np.nan_to_num(self.out_m[:, 1])
        width_m = np.nan_to_num(self.out_m[:, 2] + self.out_m[:, 3])
        return np.asarray(np.maximum(np.abs(length_m), np.abs(width_m)))


@dataclass(frozen=True, eq=False)
class _SceneFaces:
    """The faces of all labels of a scene, filled in frame by frame, whoever asks first; `done` (F,) frames."""

    out_m: FloatArray
    gain: FloatArray
    beyond: IntArray
    returns: IntArray
    done: BoolArray

    @classmethod
    def empty(cls, scene: Scene) -> _SceneFaces:
        rows = len(scene.labels)
        return cls(
            out_m=np.full((rows, 5), np.nan),
            gain=np.zeros((rows, 5)),
            beyond=np.zeros((rows, 5), dtype=np.int64),
            returns=np.zeros(rows, dtype=np.int64),
            done=np.zeros(len(scene.frame_table), dtype=bool),
        )

    def keep(self, frame: SyncedFrame) -> None:
        rows, sides, top = frame.label_rows, side_fit(frame), top_fit(frame)
        told = (sides.information >= MIN_INFORMATION) | (sides.gain >= MIN_GAIN)
        told &= (sides.after <= EXPLAINED)[:, None]
        self.out_m[rows, :TOP] = np.where(told, sides.out_m, np.nan)
        self.gain[rows, :TOP] = sides.gain
        # What is drawn too high or too low as a whole has its top elsewhere too.
        lifted = np.abs(np.nan_to_num(ground_gaps(frame).gap_m)) > MAX_LIFT_M
        self.out_m[rows, TOP] = np.where(lifted, np.nan, _top_out_m(top))
        self.gain[rows, TOP] = np.inf
        self.beyond[rows] = _returns_beyond(own_returns(frame), frame.boxes.sizes_m)
        self.returns[rows] = top.returns
        self.done[frame.index] = True


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
        for axis, sign in zip(_AXES, _SIGNS, strict=True)
    ]
    return np.stack(beyond, axis=1)


def note_faces(frame: SyncedFrame) -> None:
    """Measure a frame, kept for `face_offsets`: frames are cheapest to measure while their sweeps are at hand.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    faces = _faces(frame.scene)
    if not faces.done[frame.index]:
        faces.keep(frame)


def _faces(scene: Scene) -> _SceneFaces:
    return scene.measurements.get("scene's faces", lambda: _SceneFaces.empty(scene))


def face_offsets(scene: Scene) -> FaceOffsets:
    """Offsets of all labels of a scene; frames whose sweeps are missing tell nothing."""
    return scene.measurements.get("face offsets", lambda: _face_offsets(scene))


def _face_offsets(scene: Scene) -> FaceOffsets:
    faces = _complete(scene)
    together, telling = faces.out_m.copy(), np.isfinite(faces.out_m).astype(np.int64)
    for track in range(len(scene.labels.tracks)):
        rows = scene.labels.tracks.rows(track)
        together[rows], telling[rows] = _by_neighbours(faces.out_m[rows])
    own = np.isfinite(faces.out_m)
    with np.errstate(invalid="ignore"):
        alone = own & ((telling < MIN_TELLING) | (np.abs(faces.out_m - together) > APART_M))
    few = own & (telling < MIN_TELLING)
    together = np.where(telling < MIN_TELLING, np.nan, together)
    out_m = np.where(alone, faces.out_m, np.where(own, together, np.nan))
    noise_m = np.empty(len(out_m))
    topped = Kinds(scene.labels.boxes.category).is_any(TOPPED)
    for alike in (topped, ~topped):
        noise_m[alike] = _noise(scene, np.where(alike[:, None], out_m, np.nan))
    return FaceOffsets(out_m, np.where(alone, 1, telling), alone, few, faces.gain, faces.beyond, noise_m, faces.returns)


def _complete(scene: Scene) -> _SceneFaces:
    """The faces in all frames; those no check of frames has asked for yet are measured now."""
    faces = _faces(scene)
    for index in np.flatnonzero(~faces.done):
        try:
            frame = scene.frames[int(index)]
            note_surface_fit(frame)  # the same sweep tells it, and other checks ask
            note_faces(frame)
        except (NotMeasurableError, FileProblemError):  # no sweep, no evidence; the checks of frames tell which file
            faces.done[index] = True
    return faces


def _by_neighbours(out_m: FloatArray) -> tuple[FloatArray, IntArray]:
    """For each row of a track the median of what the rows around say, its own included, and how many they are."""
    place = np.arange(len(out_m))
    near = np.abs(place[:, None] - place) <= NEIGHBOURS
    seen = near[:, :, None] & np.isfinite(out_m)[None]
    stack = np.where(seen, out_m[None], np.inf)
    telling = seen.sum(axis=1)
    ordered = np.sort(stack, axis=1)
    low = np.take_along_axis(ordered, np.maximum(telling - 1, 0)[:, None] // 2, axis=1)[:, 0]
    high = np.take_along_axis(ordered, (telling // 2)[:, None].clip(max=len(out_m) - 1), axis=1)[:, 0]
    with np.errstate(invalid="ignore"):
        return np.where(telling > 0, (low + high) / 2, np.nan), telling


def _noise(scene: Scene, out_m: FloatArray) -> float:
    """Standard deviation of drawing a face: each face of a track once, and of boxes without a track once."""
    track = scene.labels.tracks.of_rows(len(out_m)).astype(np.int64)
    owner = np.where(track >= 0, track, len(scene.labels.tracks) + np.arange(len(track)))
    row, face = np.nonzero(np.isfinite(out_m))
    if not len(row):
        return CAREFUL_SIGMA_M
    group = owner[row] * len(FACES) + face
    order = np.argsort(group, kind="stable")
    parts = np.split(out_m[row, face][order], np.flatnonzero(np.diff(group[order])) + 1)
    drawn_m = np.abs([np.median(part) for part in parts])
    careful_m = np.full(CAREFUL_FACES, LINE_MEDIAN * CAREFUL_SIGMA_M)
    return float(np.median(np.concatenate([drawn_m, careful_m]))) / LINE_MEDIAN


def boxes_with_faces_moved(scene: Scene, rows: IntArray, out_m: FloatArray) -> Boxes3D:
    """Some boxes with faces (K, 5) moved outwards, the others where they were, in the reference of the labels.

    Raises:
        NotMeasurableError: the labels are in the world and a frame has no ego pose.
    """
    boxes = boxes_in_ego(scene).take(rows)
    sizes_m, shift_m = boxes.sizes_m.copy(), np.zeros((len(rows), 3))
    for face, (axis, sign) in enumerate(zip(_AXES, _SIGNS, strict=True)):
        sizes_m[:, axis] += out_m[:, face]
        shift_m[:, axis] += sign * out_m[:, face] / 2
    centres_m = boxes.centres_m + np.einsum("rij,rj->ri", rotation_matrices(boxes.rotations), shift_m)
    moved = replace(boxes, centres_m=centres_m, sizes_m=sizes_m)
    return native_from_ego(scene, moved, scene.labels.frame_index[rows].astype(np.int64))
