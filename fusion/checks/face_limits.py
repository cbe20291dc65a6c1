"""What the two checks of single faces share: how far off a face may be, and what a finding says and proposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray
from calibration.sensors import SensorKind
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.errors import NotMeasurableError
from fusion.measure.box_fits import FACES, TOP
from fusion.measure.face_offsets import FLANKS, FaceOffsets, boxes_with_faces_moved, face_offsets
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import TWO_WHEELERS, Kinds


class FaceLimits(Limits):
    """How far off a face of a box may be."""

    min_end_m: float = Field(
        0.22, gt=0, description="Careful people draw front and rear of a vehicle within 10 to 15 cm of what they show."
    )
    min_flank_m: float = Field(
        0.30, gt=0, description="Left and right are seen through wheel arches and windows, which leaves a tenth more."
    )
    min_top_m: float = Field(
        0.15, gt=0, description="The top of a person shows to the width of a beam; hats and hair are 5 to 10 cm."
    )
    ragged_top: float = Field(
        2.0, ge=1, description="Factor on it for two-wheelers: between handlebars and mirrors there is little to hit."
    )
    sigmas: float = Field(
        2.8, gt=0, description="Deviations of this scene's own drawing that are none: one face in two hundred."
    )
    single_view: float = Field(
        1.25, ge=1, description="Factor on the limit where one frame tells otherwise than its neighbours in the track."
    )
    only_view: float = Field(
        2.0, ge=1, description="And where there are none: careful boxes stand 0.3 to 0.4 m off what one view shows."
    )
    min_gain: float = Field(
        8.0, ge=0, description="Log-likelihood a single frame must gain: its neighbours, or nobody, say otherwise."
    )
    min_returns_alone: int = Field(
        20, ge=1, description="Of a single frame: fewer leave the ends of an object open by a hand's breadth."
    )
    min_returns_beyond: int = Field(
        3, ge=1, description="Of a face that is to move outwards: a mirror, an antenna or a blade of grass is less."
    )

    def limits_m(self, scene: Scene, offsets: FaceOffsets) -> FloatArray:
        """(L, 5) how far off each face may be."""
        two_wheeler = Kinds(scene.labels.boxes.category).is_any(TWO_WHEELERS)
        least_m = np.full(offsets.out_m.shape, self.min_end_m)
        least_m[:, FLANKS] = self.min_flank_m
        least_m[:, TOP] = self.min_top_m * np.where(two_wheeler, self.ragged_top, 1.0)
        limit_m = np.maximum(least_m, self.sigmas * offsets.noise_m[:, None])
        factor = np.where(offsets.alone, np.where(offsets.unaccompanied, self.only_view, self.single_view), 1.0)
        return np.asarray(factor * limit_m)

    def off(self, offsets: FaceOffsets, limits_m: FloatArray) -> BoolArray:
        """(L, 5) faces that are further off, outwards or inwards, than they may be."""
        with np.errstate(invalid="ignore"):
            short = (offsets.out_m > limits_m) & (offsets.beyond >= self.min_returns_beyond)
            off = short | (offsets.out_m < -limits_m)
        enough = (offsets.gain >= self.min_gain) & (offsets.returns >= self.min_returns_alone)[:, None]
        return np.asarray(off & (~offsets.alone | enough), dtype=bool)


def faces_of(scene: Scene) -> FaceOffsets:
    """The offsets of a scene's faces.

    Raises:
        NotMeasurableError: the scene has no lidar.
    """
    if not any(stream.kind is SensorKind.LIDAR for stream in scene.streams.values()):
        raise NotMeasurableError("no lidar sweep in this scene")
    return face_offsets(scene)


def worst_face(out_m: FloatArray, limits_m: FloatArray, off: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(L,) the distance of the face that is furthest beyond its limit, and that limit; what is off goes before."""
    excess = np.nan_to_num(out_m / limits_m, nan=-np.inf) + np.where(off, 1e6, 0.0)
    worst, rows = excess.argmax(axis=1), np.arange(len(out_m))
    return np.maximum(np.nan_to_num(out_m[rows, worst]), 0.0), limits_m[rows, worst]


def evidence_of(offsets: FaceOffsets, off: BoolArray) -> dict[str, Any]:
    """What a finding about the faces in `off` (L, 5) tells."""
    told = {f"{face}_m": offsets.out_m[:, number] for number, face in enumerate(FACES)}
    return {
        "faces": np.asarray([_listed(row) for row in off], dtype=object),
        **told,
        "returns": offsets.returns,
        "returns_beyond": np.where(off, offsets.beyond, 0).sum(axis=1),
        "frames": np.where(off, offsets.telling, 1).max(axis=1, initial=1),
        "usual_here_m": offsets.noise_m,
    }


def _listed(off: BoolArray) -> str:
    names = [face for face, one in zip(FACES, off, strict=True) if one]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def faces_moved(scene: Scene, offsets: FaceOffsets, off: BoolArray) -> Callable[[int], Proposal | None]:
    """The box with every face that is off where the returns put it; the same whichever check proposes it.

    Only where the returns settle its size: a box of which other faces are off a little too may be of another size
    altogether, also where nobody sees it.
    """
    settled = offsets.length_and_width_known & offsets.others_fit(off)

    def propose(row: int) -> Proposal | None:
        if not settled[row]:
            return None
        rows = np.asarray([row])
        boxes = boxes_with_faces_moved(scene, rows, np.where(off[rows], offsets.out_m[rows], 0.0))
        if (boxes.sizes_m <= 0).any():
            return None
        return boxes_set(scene.labels, rows, {"centre_m": boxes.centres_m, "size_m": boxes.sizes_m[0]})

    return propose
