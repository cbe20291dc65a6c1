"""BOX301 see-through-box: laser rays pass straight through a box and return from behind it.

What it looks for: empty boxes that rays cross without stopping. An empty box alone is no error: it may be hidden.
Why it matters: there is nothing at that place, so a model learns ghosts, or misses what was displaced from there.
Evidence: rays returned before, in and behind the box; its distance.
Blind spots: boxes no ray crosses; glass and black paint, which swallow rays instead of passing them on; radar alone
counts as support and keeps the check silent.
Example: sample_data/crossing, v1.0-planted: a car box on the empty road, with the wall behind it in full view.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows
from fusion.measure.frame import SyncedFrame


class SeeThroughBoxLimits(Limits):
    max_behind_share: float = Field(
        0.5, gt=0, lt=1, description="More rays end behind the box than in front: it is in plain view."
    )
    min_behind: int = Field(
        12, ge=1, description="A few rays may pass through windows or over a bonnet; a dozen don't."
    )


@frame_check("BOX301", Severity.ERROR, SeeThroughBoxLimits)
def see_through_box(frame: SyncedFrame, limits: SeeThroughBoxLimits) -> Assessment:
    """Share of the rays through each empty box that return from behind it."""
    rays = frame.ray_support
    empty = (frame.point_counts == 0) & (rays.inside == 0)
    seen = rays.in_front + rays.behind
    behind_share = np.divide(rays.behind, seen, out=np.zeros(len(seen)), where=seen > 0)
    radar = frame.boxes.recorded_radar_counts
    on_radar = np.zeros(len(seen), dtype=bool) if radar is None else radar > 0
    too_few = empty & (rays.behind < limits.min_behind) & (behind_share > limits.max_behind_share)
    boxes = frame.boxes
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("radar supports the box").where(empty & on_radar)
        | Reason("too few rays cross the box").where(too_few | (empty & (seen == 0))),
        violated=empty & (behind_share > limits.max_behind_share),
        measured=behind_share,
        limit=limits.max_behind_share,
        unit="share",
        message="no point inside, but {rays_behind} rays pass through and return from behind",
        evidence={
            "rays_behind": rays.behind,
            "rays_in_front": rays.in_front,
            "range_m": boxes.ranges_m,
        },
        propose=lambda row: Proposal(action="delete", target=str(boxes.label_ids[row])),
    )
