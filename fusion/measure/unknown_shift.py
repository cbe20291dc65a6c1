"""How far an object of unknown speed may be from where its box was drawn, by the time a camera exposed."""

from __future__ import annotations

import numpy as np

from calibration.arrays import FloatArray
from fusion.measure.camera_view import CameraView
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, ObjectKind

# What most road users stay below in towns; faster ones of unknown speed are the exception that this leaves.
ROAD_SPEED_MPS = 15.0
USUAL_SPEED_MPS: dict[ObjectKind, float] = {
    **dict.fromkeys(STREET_FURNITURE, 0.0),
    **dict.fromkeys(PEOPLE, 2.0),
    ObjectKind.BICYCLE: 8.0,
}


def unknown_shifts_m(view: CameraView) -> FloatArray:
    """(M,) usual speed of a box's kind times the gap between frame and exposure; 0 where its own speed moved it.

    Without real times there is no gap to speak of.
    """
    frame = view.frame
    if not frame.scene.has_real_times:
        return np.zeros(len(frame.boxes))
    usual_mps = frame.kinds.column(USUAL_SPEED_MPS, ROAD_SPEED_MPS)
    return np.where(view.speed_known, 0.0, usual_mps * abs(view.gap_s))
