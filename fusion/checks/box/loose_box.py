"""BOX308 loose-box: a box reaches far beyond its object.

What it looks for: faces that have to move inwards to lie on the object: of vehicles the four sides, where they face the
lidar or rays pass beside them; of people and two-wheelers the top, where rays pass over the head and go on.
Why it matters: the box says that space is taken which is free; a model learns sizes and distances that are wrong.
Evidence: which faces and how far each has to move, the returns and frames that told it, and how far off faces are drawn
in this scene anyway; the limit follows it.
Blind spots: faces nobody sees; objects hidden in part; roofs of vehicles; handlebars and loads that rays slip past.
Windows and bonnets lie behind a face and don't count, as the nearest returns in each direction are held against it.
Example: sample_data/crossing with `plant --fault scale:1.2:track`, every box of a car 20 % too large.
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


class LooseBoxLimits(FaceLimits):
    """As for every face."""


@scene_check("BOX308", Severity.WARNING, LooseBoxLimits, tier="points")
def loose_box(scene: Scene, limits: LooseBoxLimits) -> Assessment:
    """How far faces of each box have to move inwards to lie on its object."""
    offsets = faces_of(scene)
    limits_m = limits.limits_m(scene, offsets)
    off = limits.off(offsets, limits_m)
    wide = off & (offsets.out_m < 0)
    measured_m, limit_m = worst_face(-offsets.out_m, limits_m, wide)
    return Assessment(
        about=LabelRows(scene, np.arange(len(scene.labels))),
        not_assessed=Reason("too few returns show where its faces belong").where(~offsets.known),
        violated=np.asarray(wide.any(axis=1)),
        measured=measured_m,
        limit=limit_m,
        unit="m",
        message="reaches beyond its object: {faces} by up to {measured:.2f} m",
        evidence=evidence_of(offsets, wide),
        propose=faces_moved(scene, offsets, off),
    )
