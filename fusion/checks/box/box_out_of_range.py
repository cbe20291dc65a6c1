"""BOX313 box-out-of-range: a box is farther away than anything the sensors see.

What it looks for: boxes whose nearest corner lies beyond the farthest return of their frame.
Why it matters: coordinates in another frame or unit, or an object kept alive by interpolation long after it was seen.
Evidence: the distance of the box, that of the farthest return.
Blind spots: wrong places within range; frames without lidar, where only the absurd is reported.
Example: a car in the tests 180 m away where returns end at 70 m.
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


class BoxOutOfRangeLimits(Limits):
    beyond_share: float = Field(
        1.3, ge=1, description="Of the farthest return: cameras see farther than that, and labels follow them a little."
    )
    min_range_m: float = Field(
        80.0, gt=0, description="In a narrow street returns end early, and what was seen before is labelled on."
    )
    absurd_range_m: float = Field(400.0, gt=0, description="Farther than any automotive sensor resolves an object.")


@frame_check("BOX313", Severity.WARNING, BoxOutOfRangeLimits)
def box_out_of_range(frame: SyncedFrame, limits: BoxOutOfRangeLimits) -> Assessment:
    """Distance of each box against that of the farthest return."""
    boxes = frame.boxes
    nearest_m = np.hypot(boxes.centres_m[:, 0], boxes.centres_m[:, 1]) - np.hypot(*boxes.sizes_m[:, :2].T) / 2
    farthest_m = _farthest_return_m(frame)
    limit_m = min(max(limits.beyond_share * farthest_m, limits.min_range_m), limits.absurd_range_m)
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("the place is no number").where(~np.isfinite(nearest_m)),
        violated=nearest_m > limit_m,
        errors=nearest_m > limits.absurd_range_m,
        measured=nearest_m,
        limit=limit_m,
        unit="m",
        message="{measured:.0f} m away, the farthest return is at {farthest_m:.0f} m",
        evidence={"farthest_m": np.full(len(boxes), farthest_m)},
    )


def _farthest_return_m(frame: SyncedFrame) -> float:
    """Horizontal; infinite in a frame without lidar, where nothing bounds what is seen."""
    if not frame.lidars:
        return float("inf")
    points = frame.points_in_ego[:, :2]
    return float(np.nanmax(np.where(np.isfinite(points), points, np.nan) ** 2 @ np.ones(2), initial=0.0) ** 0.5)
