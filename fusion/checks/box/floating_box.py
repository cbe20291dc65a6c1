"""BOX304 floating-box: a road user's box hangs above, or is sunk into, the ground it should stand on.

What it looks for: the gap between a box's bottom face and the lidar ground beneath its middle. The limit grows with
the distance, as less and less is seen of where an object meets the road, and with the uncertainty of the ground.
Why it matters: it teaches wrong heights, and a row of them betrays a wrong lidar extrinsic.
Evidence: the gap, the ground height and its standard deviation, how many points supported it.
Blind spots: sparse ground far away; kerbs and ramps inside the footprint; boxes that reach through a bridge; whatever
rides on another vehicle; a whole track a little too high, which only its frames together show (BOX319).
Example: sample_data/crossing, v1.0-planted: a van lifted by 0.50 m.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows
from fusion.measure.frame import SyncedFrame
from fusion.measure.ground_gaps import ground_gaps
from fusion.scene.taxonomy import GROUNDED


class FloatingBoxLimits(Limits):
    max_gap_m: float = Field(0.30, gt=0, description="A kerb's height plus label jitter.")
    min_ground_points: int = Field(12, ge=3, description="Fewer points do not fix a height.")
    sigmas: float = Field(2.0, ge=0, description="How many deviations of the ground's own height a gap must exceed.")
    floating_per_range: float = Field(
        0.004, ge=0, description="Half the angle between two beams: nobody sees where an object ends between them."
    )
    sunken_per_range: float = Field(
        0.01, ge=0, description="Far away the low parts of objects pass for ground, which only ever lifts it."
    )


@frame_check("BOX304", Severity.WARNING, FloatingBoxLimits)
def floating_box(frame: SyncedFrame, limits: FloatingBoxLimits) -> Assessment:
    """Height of each bottom face over the ground beneath it."""
    ground, boxes = ground_gaps(frame), frame.boxes
    gap_m = ground.gap_m
    per_range = np.where(gap_m < 0, limits.sunken_per_range, limits.floating_per_range)
    limit_m = limits.max_gap_m + limits.sigmas * np.nan_to_num(ground.spread_m) + per_range * boxes.ranges_m
    too_few = ground.points < limits.min_ground_points
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("class does not stand on the ground").where(~frame.kinds.is_any(GROUNDED))
        | Reason("too few ground points below the box").where(too_few | np.isnan(gap_m))
        | Reason("rides on another vehicle").where(ground.carried),
        violated=np.abs(gap_m) > limit_m,
        measured=gap_m,
        limit=limit_m,
        unit="m",
        message="bottom face is {measured:+.2f} m from the ground",
        evidence={"ground_m": ground.ground_m, "ground_sigma_m": ground.spread_m, "ground_points": ground.points},
    )
