"""ONT605 size-against-specification: a box is smaller or larger than the label specification allows its class.

What it looks for: lengths, widths and heights outside the class's bounds.
Why it matters: the guideline's bounds are what the customer agreed to; beyond them is rework, or another class.
Evidence: the side that is furthest outside, in metres, and its bounds.
Blind spots: needs a label specification; classes to which it gives no bounds.
Example: a car in the tests that is 9 m long where 6.5 m are allowed.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.specification import ClassRule
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import BoxRows
from fusion.measure.frame import SyncedFrame

SIDES = ("length_m", "width_m", "height_m")
# Bounds are written with two decimals, and files round.
ROUNDING_M = 0.005


class SizeAgainstSpecificationLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@frame_check("ONT605", Severity.WARNING, SizeAgainstSpecificationLimits, tier="labels")
def size_against_specification(frame: SyncedFrame, limits: SizeAgainstSpecificationLimits) -> Assessment:
    """How far each box's sides lie outside the bounds of its class."""
    boxes, rules = frame.boxes, limits.rules.classes
    bounds = np.stack([_bounds(rules.get(name)) for name in boxes.category.names or ("",)])
    codes = boxes.category.codes
    low, high = (np.where((codes >= 0)[:, None], bounds[np.maximum(codes, 0), end], edge) for end, edge in ENDS)
    outside = np.maximum(low - boxes.sizes_m, boxes.sizes_m - high)
    worst = np.argmax(outside, axis=1)
    rows = np.arange(len(boxes))
    size, least, most = (column[rows, worst] for column in (boxes.sizes_m, low, high))
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("the specification gives the class no bounds").where(
            ~(np.isfinite(low) & (low > 0) | np.isfinite(high)).any(axis=1)
        ),
        violated=outside[rows, worst] > ROUNDING_M,
        measured=size,
        limit=np.where(size < least, least, most),
        unit="m",
        message="{side} is {measured:.2f} m, the specification allows {least:.2f} to {most:.2f} m",
        evidence={"side": np.asarray(SIDES, dtype=object)[worst], "least": least, "most": most},
    )


ENDS = ((0, 0.0), (1, np.inf))


def _bounds(rule: ClassRule | None) -> FloatArray:
    """(2, 3) smallest and largest length, width, height; 0 and infinity where there is none."""
    sides = [getattr(rule, side) or (0.0, np.inf) if rule is not None else (0.0, np.inf) for side in SIDES]
    return np.asarray(sides, dtype=np.float64).T
