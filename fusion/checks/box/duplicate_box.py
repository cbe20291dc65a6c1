"""BOX306 duplicate-box: one object has two boxes in the same frame.

What it looks for: boxes of like classes that cover nearly the same place.
Why it matters: the object counts twice, and one of its two tracks is wrong from there on.
Evidence: shared over joint area, distance of the centres, both classes and tracks.
Blind spots: people so close that they share a box's width; two boxes of one object that hardly overlap.
Example: sample_data/crossing, v1.0-planted: a car labelled twice under two ids.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import Int32Array
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import PairRows
from fusion.measure.frame import SyncedFrame
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, TWO_WHEELERS, VEHICLES, Kinds

LIKE_CLASSES = (VEHICLES, TWO_WHEELERS, PEOPLE, STREET_FURNITURE)


class DuplicateBoxLimits(Limits):
    min_iou: float = Field(0.7, gt=0, le=1, description="Two careful people agree on a car to about this.")
    min_iou_small: float = Field(
        0.5, gt=0, le=1, description="On a person, a few centimetres already cost that much: they agree to 0.5."
    )


@frame_check("BOX306", Severity.ERROR, DuplicateBoxLimits, tier="labels")
def duplicate_box(frame: SyncedFrame, limits: DuplicateBoxLimits) -> Assessment:
    """Shared over joint footprint of pairs of boxes of like classes."""
    pairs, boxes = frame.overlaps, frame.boxes
    group = _like_class(frame.kinds)
    alike = (group[pairs.first] == group[pairs.second]) & (group[pairs.first] >= 0)
    small = ~frame.kinds.is_any(VEHICLES)[pairs.first]
    limit = np.where(small, limits.min_iou_small, limits.min_iou)
    iou = pairs.bev_iou
    return Assessment(
        about=PairRows(frame, pairs.first, pairs.second),
        not_assessed=Reason("classes that may share a place").where(~alike),
        violated=iou >= limit,
        measured=iou,
        limit=limit,
        unit="ratio",
        message="{first_class} and {second_class} cover the same place: overlap {measured:.2f}",
        evidence={
            "first_class": boxes.category.values[pairs.first],
            "second_class": boxes.category.values[pairs.second],
            "first_track": boxes.track.values[pairs.first],
            "second_track": boxes.track.values[pairs.second],
            "centre_gap_m": pairs.centre_gap_m,
        },
    )


def _like_class(kinds: Kinds) -> Int32Array:
    group = np.full(len(kinds.category), -1, dtype=np.int32)
    for number, members in enumerate(LIKE_CLASSES):
        group[kinds.is_any(members)] = number
    return group
