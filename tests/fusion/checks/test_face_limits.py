from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.face_limits import FaceLimits, faces_moved, worst_face
from fusion.checks.proposal import Proposal
from fusion.measure.face_offsets import FaceOffsets
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

NAN = np.nan
CAR = scene_from_arrays(
    boxes=Boxes3D.upright([(10.0, 0.0, 0.8)], [(4.5, 1.9, 1.6)], [0.0], category=["Car"], label_ids=["car"])
)


def offsets(
    *out_m: float, alone: bool = False, only: bool = False, gain: float = 10.0, beyond: int = 9, returns: int = 50
) -> FaceOffsets:
    row = np.asarray([out_m])
    return FaceOffsets(
        out_m=row,
        telling=np.full((1, 5), 4),
        alone=np.full((1, 5), alone),
        unaccompanied=np.full((1, 5), only),
        gain=np.full((1, 5), gain),
        beyond=np.full((1, 5), beyond),
        noise_m=np.asarray([0.05]),
        returns=np.asarray([returns]),
    )


def proposed(told: FaceOffsets) -> Proposal | None:
    limits = FaceLimits()
    return faces_moved(CAR, told, limits.off(told, limits.limits_m(CAR, told)))(0)


def test_a_short_rear_is_put_right_where_all_else_fits() -> None:
    proposal = proposed(offsets(0.02, 0.4, -0.05, NAN, NAN))
    assert proposal is not None
    assert (proposal.action, proposal.target, proposal.reference) == ("set", "car", "ego")
    assert proposal.values["size_m"] == pytest.approx([4.9, 1.9, 1.6])
    assert proposal.values["centre_m"][0] == pytest.approx([9.8, 0.0, 0.8])


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(offsets(NAN, 0.4, 0.0, 0.0, NAN), id="the far end is not seen"),
        pytest.param(offsets(0.0, 0.4, NAN, NAN, NAN), id="no flank is seen"),
        pytest.param(offsets(0.4, 0.4, 0.19, NAN, NAN), id="the width is off a little too"),
        pytest.param(offsets(NAN, NAN, NAN, NAN, 0.4), id="only the top is told"),
        pytest.param(offsets(0.0, -4.6, 0.0, NAN, NAN), id="nothing would be left"),
    ],
)
def test_proposes_nothing_where_the_size_stays_open(told: FaceOffsets) -> None:
    assert proposed(told) is None


@pytest.mark.parametrize(
    ("told", "off"),
    [
        pytest.param(offsets(0.3, NAN, NAN, NAN, NAN), True, id="short"),
        pytest.param(offsets(-0.3, NAN, NAN, NAN, NAN), True, id="wide"),
        pytest.param(offsets(0.3, NAN, NAN, NAN, NAN, beyond=2), False, id="short by two returns: a mirror"),
        pytest.param(offsets(NAN, NAN, 0.29, NAN, NAN), False, id="a flank needs more"),
        pytest.param(offsets(0.26, NAN, NAN, NAN, NAN, alone=True), False, id="a single view needs a quarter more"),
        pytest.param(offsets(0.29, NAN, NAN, NAN, NAN, alone=True), True, id="and then tells"),
        pytest.param(offsets(0.41, NAN, NAN, NAN, NAN, alone=True, only=True), False, id="an only view more"),
        pytest.param(offsets(0.45, NAN, NAN, NAN, NAN, alone=True, only=True), True, id="and then tells too"),
        pytest.param(offsets(0.29, NAN, NAN, NAN, NAN, alone=True, gain=7.0), False, id="by how much it explains"),
        pytest.param(offsets(0.29, NAN, NAN, NAN, NAN, alone=True, returns=19), False, id="with enough returns"),
    ],
)
def test_says_which_faces_are_off(told: FaceOffsets, off: bool) -> None:
    limits = FaceLimits()
    assert limits.off(told, limits.limits_m(CAR, told)).any() == off


def test_the_worst_face_is_the_one_furthest_beyond_its_limit() -> None:
    out_m, limits_m = np.asarray([[0.3, 0.4, NAN, -0.9, NAN]]), np.asarray([[0.2, 0.4, 0.3, 0.3, 0.15]])
    measured_m, limit_m = worst_face(out_m, limits_m, np.zeros((1, 5), dtype=bool))
    assert (measured_m[0], limit_m[0]) == (0.3, 0.2)
