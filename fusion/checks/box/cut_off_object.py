"""BOX307 cut-off-object: a box cuts off a part of its object.

What it looks for: faces that have to move outwards to hold the object: of vehicles the four sides, against the outline
of their own returns, of people and two-wheelers the top; over the frames of a track together.
Why it matters: a model learns objects that are too small and stand too far back, and brakes too late.
Evidence: which faces and how far each has to move, the returns beyond them, frames that told it, and how far off faces
are drawn in this scene anyway; the limit follows it.
Blind spots: faces nobody sees; a part that stands more than 0.7 m out; what touches another box; roofs of vehicles.
Returns from the ground, in another box, or behind a gap don't count, nor do a few alone: mirrors, antennas, leaves.
Example: sample_data/crossing with `plant --fault scale:0.8:track`, every box of a car 20 % too small.
"""

from __future__ import annotations

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.face_limits import FaceLimits, evidence_of, faces_moved, faces_of, worst_face
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import LabelRows
from fusion.scene.scene import Scene


class CutOffObjectLimits(FaceLimits):
    """As for every face."""


@scene_check("BOX307", Severity.WARNING, CutOffObjectLimits, tier="points")
def cut_off_object(scene: Scene, limits: CutOffObjectLimits) -> Assessment:
    """How far faces of each box have to move outwards to hold its object."""
    offsets = faces_of(scene)
    limits_m = limits.limits_m(scene, offsets)
    off = limits.off(offsets, limits_m)
    short = off & (offsets.out_m > 0)
    measured_m, limit_m = worst_face(offsets.out_m, limits_m, short)
    return Assessment(
        about=LabelRows(scene, np.arange(len(scene.labels))),
        not_assessed=Reason("too few returns show where its faces belong").where(~offsets.known),
        violated=np.asarray(short.any(axis=1)),
        measured=measured_m,
        limit=limit_m,
        unit="m",
        message="cuts off its object: {faces} by up to {measured:.2f} m",
        evidence=evidence_of(offsets, short),
        propose=faces_moved(scene, offsets, off),
    )
