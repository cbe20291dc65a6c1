"""How far each face of a box is from its object, told by all frames of its track together.

Of vehicles the upright sides are told (`side_fit`), of people and two-wheelers the top (`top_fit`). A box that clearly
disagrees with its neighbours in the track speaks for itself. How far off is much depends on the hand that drew: where
boxes are drawn wide of their objects throughout, such a gap is no news, so the scene's own noise comes along.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.box_fits import AXES, FACES, FITS_M, SIGNS, box_fits
from fusion.measure.native_reference import native_from_ego
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.top_fit import TOPPED
from fusion.scene.box_geometry import rotation_matrices
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds

FLANKS = [2, 3]
# Neighbours further away in the track have been drawn anew, or are seen from elsewhere.
NEIGHBOURS, MIN_TELLING = 5, 3
# Two views of a face that is drawn alike differ by no more: the noise of both fits and of drawing.
APART_M = 0.15
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


def face_offsets(scene: Scene) -> FaceOffsets:
    """Offsets of all labels of a scene; frames whose sweeps are missing tell nothing."""
    return scene.measurements.get("face offsets", lambda: _face_offsets(scene))


def _face_offsets(scene: Scene) -> FaceOffsets:
    fits = box_fits(scene)
    together, telling = fits.out_m.copy(), np.isfinite(fits.out_m).astype(np.int64)
    for track in range(len(scene.labels.tracks)):
        rows = scene.labels.tracks.rows(track)
        together[rows], telling[rows] = _by_neighbours(fits.out_m[rows])
    own = np.isfinite(fits.out_m)
    with np.errstate(invalid="ignore"):
        alone = own & ((telling < MIN_TELLING) | (np.abs(fits.out_m - together) > APART_M))
    few = own & (telling < MIN_TELLING)
    together = np.where(telling < MIN_TELLING, np.nan, together)
    out_m = np.where(alone, fits.out_m, np.where(own, together, np.nan))
    noise_m = np.empty(len(out_m))
    topped = Kinds(scene.labels.boxes.category).is_any(TOPPED)
    for alike in (topped, ~topped):
        noise_m[alike] = _noise(scene, np.where(alike[:, None], out_m, np.nan))
    return FaceOffsets(
        out_m, np.where(alone, 1, telling), alone, few, fits.face_gain, fits.beyond, noise_m, fits.returns
    )


def _by_neighbours(out_m: FloatArray) -> tuple[FloatArray, IntArray]:
    """For each row of a track the median of what the rows around say, its own included, and how many they are."""
    rows = len(out_m)
    padded = np.pad(out_m, ((NEIGHBOURS, NEIGHBOURS), (0, 0)), constant_values=np.nan)
    ordered = np.sort(np.stack([padded[start : start + rows] for start in range(2 * NEIGHBOURS + 1)]), axis=0)
    telling = np.isfinite(ordered).sum(axis=0)
    low = np.take_along_axis(ordered, np.maximum(telling - 1, 0)[None] // 2, axis=0)[0]
    high = np.take_along_axis(ordered, telling[None] // 2, axis=0)[0]
    return (low + high) / 2, telling


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
    for face, (axis, sign) in enumerate(zip(AXES, SIGNS, strict=True)):
        sizes_m[:, axis] += out_m[:, face]
        shift_m[:, axis] += sign * out_m[:, face] / 2
    centres_m = boxes.centres_m + np.einsum("rij,rj->ri", rotation_matrices(boxes.rotations), shift_m)
    moved = replace(boxes, centres_m=centres_m, sizes_m=sizes_m)
    return native_from_ego(scene, moved, scene.labels.frame_index[rows].astype(np.int64))
