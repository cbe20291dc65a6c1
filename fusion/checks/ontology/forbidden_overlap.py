"""ONT608 forbidden-overlap: two boxes share more space than the label specification allows their classes.

What it looks for: pairs of classes that the specification names, and the share of the smaller footprint they have in
common.
Why it matters: the guideline says which things may be drawn into each other (riders, loads, couplings) and which not.
Evidence: the share, the limit.
Blind spots: needs a label specification; pairs of classes it doesn't name (BOX305 judges solid ones).
Example: a rider in the tests who stands inside a car.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import PairRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.measure.overlap import OverlapPairs
from fusion.scene.boxes3d import Boxes3D


class ForbiddenOverlapLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@frame_check("ONT608", Severity.WARNING, ForbiddenOverlapLimits, tier="labels")
def forbidden_overlap(frame: SyncedFrame, limits: ForbiddenOverlapLimits) -> Assessment:
    """Shared part of each overlapping pair whose classes the specification names."""
    rules = limits.rules.overlaps
    if not rules:
        raise NotMeasurableError("the specification limits no overlaps")
    boxes, pairs = frame.boxes, frame.overlaps
    share = _share_of_smaller(boxes, pairs)
    allowed = np.full(len(pairs), np.nan)
    for rule in rules:
        one, other = rule.classes
        for first, second in ((one, other), (other, one)):
            rows = boxes.category.is_any([first])[pairs.first] & boxes.category.is_any([second])[pairs.second]
            allowed[rows] = rule.max_share
    return Assessment(
        about=PairRows(frame, pairs.first, pairs.second),
        not_assessed=Reason("the specification does not name this pair of classes").where(np.isnan(allowed)),
        violated=share > allowed,
        measured=share,
        limit=allowed,
        unit="share",
        message="the boxes share {measured:.0%} of the smaller footprint, the specification allows {limit:.0%}",
    )


def _share_of_smaller(boxes: Boxes3D, pairs: OverlapPairs) -> FloatArray:
    """(P,) shared area over that of the smaller footprint, from the ratio of shared to joint area."""
    areas = boxes.sizes_m[:, 0] * boxes.sizes_m[:, 1]
    first, second = areas[pairs.first], areas[pairs.second]
    shared = pairs.bev_iou / (1 + pairs.bev_iou) * (first + second)
    return np.minimum(shared / np.maximum(np.minimum(first, second), 1e-12), 1.0)
