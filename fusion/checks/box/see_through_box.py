"""BOX301 see-through-box: laser rays pass straight through a box and return from behind it.

What it looks for: boxes in which no ray stops although many go through their middle, where every object is solid:
over wheels and feet, under windows and bonnet. An empty box alone is no error: it may be hidden.
Why it matters: there is nothing at that place, so a model learns ghosts, or misses what was displaced from there.
Evidence: rays returned before, in and behind the box; its distance; radar detections in it, where there are radars.
Returns from the ground in it don't count.
Blind spots: boxes no ray crosses; black paint far away, which swallows rays instead of passing them on. A box that a
radar detects something in, or that the data set counts radar points in, is not called a ghost.
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
from fusion.measure.middle_rays import middle_rays
from fusion.measure.radar_returns import radar_returns


class SeeThroughBoxLimits(Limits):
    max_behind_share: float = Field(
        0.2, gt=0, lt=1, description="Where fewer of the rays get past what stands before it, the box is a guess."
    )
    min_behind: int = Field(
        12, ge=1, description="A few rays may slip between legs or under a car; a dozen through its middle don't."
    )
    max_inside_share: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="Stray returns for each one from behind: dust, or beams that hit two things. What is really there "
        "stops half as many rays as it lets by, or more.",
    )
    ground_m: float = Field(0.3, ge=0, description="Returns lower in the box are from the road, the kerb or grass.")


@frame_check("BOX301", Severity.ERROR, SeeThroughBoxLimits)
def see_through_box(frame: SyncedFrame, limits: SeeThroughBoxLimits) -> Assessment:
    """Share of the rays through the middle of each empty box that return from behind it."""
    boxes = frame.boxes
    rays = middle_rays(frame, limits.ground_m)
    whole, middle = rays.whole, rays.middle
    ends = middle.in_front + middle.behind
    behind_share = np.divide(middle.behind, ends, out=np.zeros(len(ends)), where=ends > 0)
    empty = whole.inside <= limits.max_inside_share * middle.behind
    radar = radar_returns(frame)
    on_radar = np.zeros(len(boxes), dtype=bool) if radar is None else radar > 0
    in_view = behind_share > limits.max_behind_share
    too_few = (middle.behind < limits.min_behind) & (in_view | (ends == 0))
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("radar supports the box").where(empty & on_radar)
        | Reason("too few rays cross the box").where(empty & too_few),
        violated=empty & in_view,
        measured=behind_share,
        limit=limits.max_behind_share,
        unit="share",
        message="{rays_behind} rays pass through its middle and return from behind, {rays_inside} stop in it",
        evidence={
            "rays_behind": middle.behind,
            "rays_inside": whole.inside,
            "rays_in_front": middle.in_front,
            "range_m": boxes.ranges_m,
            **({} if radar is None else {"radar_returns": np.maximum(radar, 0)}),
        },
        propose=lambda row: Proposal(action="delete", target=str(boxes.label_ids[row])),
    )
