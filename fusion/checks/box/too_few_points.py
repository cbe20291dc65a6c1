"""BOX303 too-few-points: a box in plain view returns almost nothing of what its size and distance let one expect.

What it looks for: boxes of vehicles and people whose middle most rays pass although a few stop in the box, and boxes
that so many rays of this lidar point at, with nothing before them, that a handful of returns can't be all.
Why it matters: the box is beside its object, far too large, or about something else, such as a sign or a bush.
Evidence: the returns in the box, how many rays point at it, the share of them that something before it stops, rays
that pass through its middle, its distance.
Blind spots: two-wheelers, whose spokes let rays by; small, far and hidden boxes; places no ray comes back from at all,
unless many should. What the rays pass altogether is a ghost, see-through-box's (BOX301); how many points a label needs
to be labelled at all is the specification's to say (ONT606). Boxes that a radar supports are left alone.
Example: in the tests, a car's box with nothing but a sign post in it.
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
from fusion.measure.expected_returns import expected_returns
from fusion.measure.frame import SyncedFrame
from fusion.measure.middle_rays import middle_rays
from fusion.measure.radar_returns import radar_returns
from fusion.scene.taxonomy import PEOPLE, VEHICLES


class TooFewPointsLimits(Limits):
    min_stopped_share: float = Field(
        0.12,
        gt=0,
        lt=1,
        description="Of the rays through its middle: a person walking stops a third, a car nearly all.",
    )
    min_rays: int = Field(20, ge=1, description="Through the middle; of fewer, a few that slip by are a large share.")
    min_returned_share: float = Field(
        0.02, gt=0, lt=1, description="Of the rays that point at it: black paint seen at a slant returns one in thirty."
    )
    min_expected: float = Field(
        100.0, gt=0, description="Rays that point at it with nothing before it: of fewer, two or three may be all."
    )
    ground_m: float = Field(0.3, ge=0, description="Returns lower in the box are from the road, the kerb or grass.")
    ghost_share: float = Field(
        0.05, ge=0, lt=1, description="Fewer stops for each ray that passes are BOX301's: nothing is there at all."
    )


@frame_check("BOX303", Severity.WARNING, TooFewPointsLimits)
def too_few_points(frame: SyncedFrame, limits: TooFewPointsLimits) -> Assessment:
    """Returns of each box against the rays that point at it."""
    boxes, rays = frame.boxes, middle_rays(frame, limits.ground_m)
    whole, middle = rays.whole, rays.middle
    hidden_share = 1 - np.nan_to_num(whole.visible_share, nan=1.0)
    expected = expected_returns(frame) * (1 - hidden_share)
    through = middle.inside + middle.behind
    stopped = np.divide(middle.inside, through, out=np.ones(len(boxes)), where=through > 0)
    returned = np.divide(whole.inside, expected, out=np.ones(len(boxes)), where=expected > 0)
    by_rays, by_number = through >= limits.min_rays, expected >= limits.min_expected
    ghost = by_rays & (whole.inside <= limits.ghost_share * middle.behind)
    radar = radar_returns(frame)
    on_radar = np.zeros(len(boxes), dtype=bool) if radar is None else radar > 0
    limit = np.where(by_rays, limits.min_stopped_share, limits.min_returned_share)
    share = np.where(by_rays, stopped, returned)
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("no vehicle or person").where(~frame.kinds.is_any(VEHICLES | PEOPLE))
        | Reason("too few rays point at it").where(~by_rays & ~by_number)
        | Reason("nothing there at all: BOX301 judges it").where(ghost)
        | Reason("radar supports the box").where(on_radar),
        violated=share < limit,
        measured=share,
        limit=limit,
        unit="share",
        message="{returns} returns where {expected:.0f} rays point at it; {rays_behind} pass through its middle",
        evidence={
            "returns": whole.inside,
            "expected": expected,
            "rays_behind": middle.behind,
            "rays_stopped": middle.inside,
            "hidden_share": hidden_share,
            "range_m": boxes.ranges_m,
        },
    )
