"""BOX302 implausible-size: a box is larger or smaller than anything of its class.

What it looks for: length, width and height outside what the class can have; swapped sides show as width over length.
Why it matters: either the box or the class is wrong, and anchors and priors learn both.
Evidence: the worst dimension, the bound it breaks, the whole size.
Blind spots: wrong sizes that some other car really has; classes without a prior.
Example: sample_data/crossing, v1.0-planted: a pedestrian as large as a car.
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
from fusion.measure.size_priors import DIMENSIONS, size_bounds


class ImplausibleSizeLimits(Limits):
    tolerance: float = Field(
        1.0, ge=1, description="Factor on the bounds; they already hold the extremes of each class."
    )
    impossible_beyond: float = Field(
        1.5, gt=1, description="Half as large again as the largest of its class is no longer unusual but wrong."
    )


@frame_check("BOX302", Severity.WARNING, ImplausibleSizeLimits, tier="labels")
def implausible_size(frame: SyncedFrame, limits: ImplausibleSizeLimits) -> Assessment:
    """The dimension of each box that is furthest out of its class's bounds."""
    sizes_m = frame.boxes.sizes_m
    bounds = size_bounds(frame.kinds)
    smallest_m, largest_m = bounds.smallest_m / limits.tolerance, bounds.largest_m * limits.tolerance
    with np.errstate(divide="ignore"):
        excess = np.maximum(sizes_m / largest_m, smallest_m / np.maximum(sizes_m, 0))
    known = np.asarray(np.isfinite(bounds.largest_m).all(axis=1))
    excess = np.where(known[:, None], excess, 0.0)
    rows, worst = np.arange(len(sizes_m)), excess.argmax(axis=1)
    too_large = sizes_m[rows, worst] > largest_m[rows, worst]
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("no size prior for the class").where(~known),
        violated=excess[rows, worst] > 1.0,
        errors=excess[rows, worst] > limits.impossible_beyond,
        measured=sizes_m[rows, worst],
        limit=np.where(too_large, largest_m[rows, worst], smallest_m[rows, worst]),
        unit="m",
        message="{dimension} is {measured:.2f} m; the class goes {direction} {limit:.2f} m",
        evidence={
            "dimension": np.asarray(DIMENSIONS, dtype=object)[worst],
            "direction": np.where(too_large, "up to", "down to").astype(object),
            "length_m": sizes_m[:, 0],
            "width_m": sizes_m[:, 1],
            "height_m": sizes_m[:, 2],
        },
    )
