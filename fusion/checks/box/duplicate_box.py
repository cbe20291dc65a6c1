"""BOX306 duplicate-box: one object has two boxes in the same frame.

What it looks for: boxes of like classes that cover nearly the same place; of any class, one box there twice.
Why it matters: the object counts twice, and one of its two tracks is wrong from there on.
Evidence: shared over joint area, distance of the centres, both classes and tracks.
Blind spots: two boxes of one object that hardly overlap; a rider and what is ridden, which some data sets box apart;
boxes whose attributes say that each was drawn in the cloud of another lidar, which saw the object at another moment.
People in each other's arms share a good part of their boxes, so theirs are warnings until they share most.
Example: sample_data/crossing, v1.0-planted: a car labelled twice under two ids.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, Int32Array
from calibration.transform import wrap_angle_rad
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import PairRows
from fusion.measure.contact import carried_boxes
from fusion.measure.frame import SyncedFrame
from fusion.measure.label_sensors import of_other_sensors
from fusion.measure.overlap import OverlapPairs
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, VEHICLES, Kinds, ObjectKind

# Of these, two in one place are one thing labelled twice.
LIKE_CLASSES = (
    VEHICLES,
    frozenset({ObjectKind.MOTORCYCLE, ObjectKind.BICYCLE}),
    frozenset({ObjectKind.RIDER}),
    PEOPLE,
    STREET_FURNITURE,
)

# A line that was copied differs by rounding at most.
COPY_IOU = 0.98
COPY_GAP_M = 0.01


class DuplicateBoxLimits(Limits):
    min_iou: float = Field(0.7, gt=0, le=1, description="Two careful people agree on a car to about this.")
    min_iou_small: float = Field(
        0.5, gt=0, le=1, description="On a person, a few centimetres already cost that much: they agree to 0.5."
    )


@frame_check("BOX306", Severity.WARNING, DuplicateBoxLimits, tier="labels")
def duplicate_box(frame: SyncedFrame, limits: DuplicateBoxLimits) -> Assessment:
    """Shared over joint footprint of pairs of boxes of like classes."""
    pairs, boxes = frame.overlaps, frame.boxes
    group = _like_class(frame.kinds)
    alike = ((group[pairs.first] == group[pairs.second]) & (group[pairs.first] >= 0)) | _copies(frame)
    small = ~frame.kinds.is_any(VEHICLES)[pairs.first]
    iou = pairs.bev_iou
    limit = np.where(small, limits.min_iou_small, limits.min_iou)
    carried, signs = carried_boxes(pairs, boxes) >= 0, _back_to_back_signs(frame)
    other_sensors = of_other_sensors(boxes, pairs.first, pairs.second)
    duplicate = (iou >= limit) & alike & ~carried & ~signs & ~other_sensors
    return Assessment(
        about=PairRows(frame, pairs.first, pairs.second),
        not_assessed=Reason("classes that may share a place").where(~alike)
        | Reason("one rides on the other").where(carried)
        | Reason("two faces of one sign").where(signs)
        | Reason("drawn in the clouds of two lidars").where(other_sensors)
        | Reason("told by another pair of its group").where(duplicate & ~_first_partners(pairs, duplicate)),
        violated=iou >= limit,
        errors=iou >= limits.min_iou,
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


def _first_partners(pairs: OverlapPairs, duplicate: BoolArray) -> BoolArray:
    """(P,) pairs of duplicates that name a box for the first time: of boxes in one place each is told once."""
    found = np.flatnonzero(duplicate)
    _, first_of_box = np.unique(pairs.second[found], return_index=True)
    told = np.zeros(len(pairs), dtype=bool)
    told[found[first_of_box]] = True
    return told


def _copies(frame: SyncedFrame) -> BoolArray:
    """(P,) boxes of one class that are the same to the centimetre: nothing shares a place that closely."""
    pairs, category = frame.overlaps, frame.boxes.category
    same_class = category.codes[pairs.first] == category.codes[pairs.second]
    copies: BoolArray = same_class & (pairs.iou_3d >= COPY_IOU) & (pairs.centre_gap_m <= COPY_GAP_M)
    return copies


def _back_to_back_signs(frame: SyncedFrame) -> BoolArray:
    """(P,) signs that look opposite ways; Waymo boxes the two faces of a sign apart."""
    pairs, sign = frame.overlaps, frame.kinds.is_any({ObjectKind.SIGN})
    turned_rad = wrap_angle_rad(frame.boxes.yaws_rad[pairs.first] - frame.boxes.yaws_rad[pairs.second])
    opposite: BoolArray = sign[pairs.first] & sign[pairs.second] & (np.abs(turned_rad) > np.pi / 2)
    return opposite
