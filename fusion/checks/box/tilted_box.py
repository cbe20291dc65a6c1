"""BOX310 tilted-box: a box leans over although what it holds stands on its wheels or feet.

What it looks for: the angle between a box's upright axis and the vehicle's.
Why it matters: a slip of the mouse in a 3D view, or angles in another order; projections and overlaps go wrong with it.
Evidence: the angle.
Blind spots: objects on steep ramps seen from the level; things that really lie on their side.
Example: a car in the tests that leans by 30 degrees.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows
from fusion.measure.frame import SyncedFrame
from fusion.scene.taxonomy import GROUNDED


class TiltedBoxLimits(Limits):
    max_tilt_deg: float = Field(
        15.0, gt=0, lt=90, description="The steepest streets climb by 19 degrees; two that meet rarely differ by this."
    )
    impossible_tilt_deg: float = Field(35.0, gt=0, lt=180, description="Nothing on wheels stands like that.")


@frame_check("BOX310", Severity.WARNING, TiltedBoxLimits, tier="labels")
def tilted_box(frame: SyncedFrame, limits: TiltedBoxLimits) -> Assessment:
    """The angle of each box's upright axis from ego's."""
    tilt_deg = _tilts_deg(frame.boxes.rotations)
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("class does not stand on the ground").where(~frame.kinds.is_any(GROUNDED))
        | Reason("the rotation is no number").where(np.isnan(tilt_deg)),
        violated=tilt_deg > limits.max_tilt_deg,
        errors=tilt_deg > limits.impossible_tilt_deg,
        measured=tilt_deg,
        limit=limits.max_tilt_deg,
        unit="deg",
        message="leans by {measured:.0f} degrees",
    )


def _tilts_deg(rotations: FloatArray) -> FloatArray:
    """(M,) angle of the third axis from z, from quaternions w x y z."""
    upright = 1 - 2 * (rotations[:, 1] ** 2 + rotations[:, 2] ** 2)
    tilts: FloatArray = np.rad2deg(np.arccos(np.clip(upright, -1, 1)))
    return tilts
