"""BOX305 overlapping-solids: two solid objects stand in the same place.

What it looks for: boxes of vehicles that reach into each other. Trailers and what pulls them are exempt.
Why it matters: steel doesn't pass through steel, so one of the two is misplaced, too large, or there twice.
Evidence: how deep they reach into each other, shared area, distance of the centres.
Blind spots: people, riders and loads, which do touch what they use; pairs so alike that they are duplicates (BOX306).
Example: sample_data/crossing, v1.0-planted: a parked car pushed into its neighbour.
"""

from __future__ import annotations

from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import PairRows
from fusion.measure.frame import SyncedFrame
from fusion.scene.taxonomy import SOLID, ObjectKind

COUPLED = frozenset({ObjectKind.TRAILER})


class OverlappingSolidsLimits(Limits):
    max_penetration_m: float = Field(
        0.30, gt=0, description="Two careful annotators differ by about 0.3 m at an object's edge."
    )
    duplicate_iou: float = Field(0.7, gt=0, le=1, description="Pairs this alike are duplicates, BOX306's.")
    impossible_iou: float = Field(0.25, gt=0, le=1, description="A quarter shared is beyond any drawing error.")


@frame_check("BOX305", Severity.WARNING, OverlappingSolidsLimits, tier="labels")
def overlapping_solids(frame: SyncedFrame, limits: OverlappingSolidsLimits) -> Assessment:
    """Depth to which pairs of solid boxes reach into each other."""
    pairs = frame.overlaps
    solid, coupled = frame.kinds.is_any(SOLID), frame.kinds.is_any(COUPLED)
    both_solid = solid[pairs.first] & solid[pairs.second]
    names = frame.boxes.category.values
    return Assessment(
        about=PairRows(frame, pairs.first, pairs.second),
        not_assessed=Reason("not both are solid").where(~both_solid)
        | Reason("a trailer and what pulls it").where(coupled[pairs.first] | coupled[pairs.second])
        | Reason("duplicates are BOX306's").where(pairs.bev_iou >= limits.duplicate_iou),
        violated=pairs.penetration_m > limits.max_penetration_m,
        errors=(pairs.bev_iou > limits.impossible_iou) & (pairs.penetration_m > 2 * limits.max_penetration_m),
        measured=pairs.penetration_m,
        limit=limits.max_penetration_m,
        unit="m",
        message="{first_class} and {second_class} reach {measured:.2f} m into each other",
        evidence={
            "first_class": names[pairs.first],
            "second_class": names[pairs.second],
            "shared_area_share": pairs.bev_iou,
            "centre_gap_m": pairs.centre_gap_m,
        },
    )
