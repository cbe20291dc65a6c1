"""BOX305 overlapping-solids: two solid objects stand in the same place.

What it looks for: vehicles that reach into each other, or into motorcycles, bicycles and their riders. The limit grows
with the distance, as the edges of objects blur.
Why it matters: steel doesn't pass through steel, so one of the two is misplaced, too large, or there twice.
Evidence: how deep they reach into each other, shared area, distance of the centres.
Blind spots: people and loads, which do touch what they use; whatever rides on another vehicle; trailers and what pulls
them, sections of bendy buses and trams; two-wheelers among each other, which stand as dense as they like; pairs so
alike that they are duplicates (BOX306). Working machines, whose arms reach over others, are only worth a look.
Example: sample_data/crossing, v1.0-planted: a parked car pushed into a motorcycle.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import PairRows
from fusion.measure.contact import carried_boxes, coupled_end_to_end
from fusion.measure.frame import SyncedFrame
from fusion.measure.label_sensors import of_other_sensors
from fusion.scene.taxonomy import SOLID, VEHICLES, ObjectKind

# Trailers, or vehicles that may be trailers, hang on anything; the others only on their like.
COUPLED_TO_ANY = frozenset({ObjectKind.TRAILER, ObjectKind.VEHICLE})
COUPLED_TO_LIKE = (frozenset({ObjectKind.BUS}), frozenset({ObjectKind.TRAM}), frozenset({ObjectKind.TRUCK}))


class OverlappingSolidsLimits(Limits):
    max_penetration_m: float = Field(
        0.30, gt=0, description="Two careful annotators differ by about 0.3 m at an object's edge."
    )
    max_penetration_per_range: float = Field(0.01, ge=0, description="And by one percent of its distance.")
    duplicate_iou: float = Field(0.7, gt=0, le=1, description="Pairs this alike are duplicates, BOX306's.")
    impossible_iou: float = Field(0.25, gt=0, le=1, description="A quarter shared is beyond any drawing error.")


@frame_check("BOX305", Severity.WARNING, OverlappingSolidsLimits, tier="labels")
def overlapping_solids(frame: SyncedFrame, limits: OverlappingSolidsLimits) -> Assessment:
    """Depth to which pairs of solid boxes reach into each other."""
    pairs, boxes = frame.overlaps, frame.boxes
    solid, vehicle = _both(frame, SOLID), _either(frame, VEHICLES)
    range_m = np.maximum(boxes.ranges_m[pairs.first], boxes.ranges_m[pairs.second])
    limit_m = limits.max_penetration_m + limits.max_penetration_per_range * range_m
    names = boxes.category.values
    return Assessment(
        about=PairRows(frame, pairs.first, pairs.second),
        not_assessed=Reason("not both are solid").where(~(solid & vehicle))
        | Reason("duplicates are BOX306's").where(pairs.bev_iou >= limits.duplicate_iou)
        | Reason("one rides on the other").where(carried_boxes(pairs, boxes) >= 0)
        | Reason("one pulls the other").where(_may_couple(frame) & coupled_end_to_end(pairs, boxes))
        | Reason("drawn in the clouds of two lidars").where(of_other_sensors(boxes, pairs.first, pairs.second)),
        violated=pairs.penetration_m > limit_m,
        errors=(pairs.bev_iou > limits.impossible_iou) & (pairs.penetration_m > 2 * limit_m),
        infos=_either(frame, {ObjectKind.CONSTRUCTION}),
        measured=pairs.penetration_m,
        limit=limit_m,
        unit="m",
        message="{first_class} and {second_class} reach {measured:.2f} m into each other",
        evidence={
            "first_class": names[pairs.first],
            "second_class": names[pairs.second],
            "shared_area_share": pairs.bev_iou,
            "centre_gap_m": pairs.centre_gap_m,
        },
    )


def _may_couple(frame: SyncedFrame) -> BoolArray:
    """(P,) pairs of kinds that pull each other."""
    may = _both(frame, VEHICLES) & _either(frame, COUPLED_TO_ANY)
    for like in COUPLED_TO_LIKE:
        may |= _both(frame, like)
    return may


def _both(frame: SyncedFrame, kinds: frozenset[ObjectKind]) -> BoolArray:
    chosen = frame.kinds.is_any(kinds)
    return chosen[frame.overlaps.first] & chosen[frame.overlaps.second]


def _either(frame: SyncedFrame, kinds: frozenset[ObjectKind] | set[ObjectKind]) -> BoolArray:
    chosen = frame.kinds.is_any(kinds)
    return chosen[frame.overlaps.first] | chosen[frame.overlaps.second]
