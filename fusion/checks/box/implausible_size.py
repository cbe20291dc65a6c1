"""BOX302 implausible-size: a box is larger or smaller than anything of its class.

What it looks for: length, width and height outside what the class can have; swapped sides show as width over length.
Why it matters: either the box or the class is wrong, and anchors and priors learn both.
Evidence: the worst dimension, the bound it breaks, the whole size, whether it would fit with its sides swapped.
Blind spots: wrong sizes that some other car really has; classes without a prior, of which only flat boxes are reported.
Example: sample_data/crossing, v1.0-planted: a pedestrian of twice the height.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows
from fusion.measure.frame import SyncedFrame
from fusion.measure.size_priors import DIMENSIONS, SizeBounds, size_bounds

# No thing that gets a box is thinner, whatever its class.
THINNEST_M = 0.01


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
    known = np.asarray(np.isfinite(bounds.largest_m).all(axis=1))
    smallest_m = np.where(known[:, None], bounds.smallest_m / limits.tolerance, THINNEST_M)
    largest_m = np.where(known[:, None], bounds.largest_m * limits.tolerance, np.inf)
    allowed = SizeBounds(smallest_m, largest_m)
    excess = _excess(sizes_m, allowed)
    rows, worst = np.arange(len(sizes_m)), excess.argmax(axis=1)
    worst_excess, measured_m = excess[rows, worst], sizes_m[rows, worst]
    too_large = measured_m > largest_m[rows, worst]
    swapped = (_excess(sizes_m[:, [1, 0, 2]], allowed) <= 1).all(axis=1) & (worst_excess > 1) & (worst < 2)
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("the size is no number").where(~np.isfinite(sizes_m).all(axis=1))
        | Reason("no size prior for the class").where(~known & (worst_excess <= 1)),
        violated=worst_excess > 1,
        errors=worst_excess > limits.impossible_beyond,
        measured=measured_m,
        limit=np.where(too_large, largest_m[rows, worst], smallest_m[rows, worst]),
        unit="m",
        message="{dimension} is {measured:.2f} m; such things go {direction} {limit:.2f} m{hint}",
        evidence={
            "dimension": np.asarray(DIMENSIONS, dtype=object)[worst],
            "direction": np.where(too_large, "up to", "down to").astype(object),
            "length_m": sizes_m[:, 0],
            "width_m": sizes_m[:, 1],
            "height_m": sizes_m[:, 2],
            "hint": np.where(swapped, ", and it would fit with length and width swapped", "").astype(object),
        },
    )


def _excess(sizes_m: FloatArray, allowed: SizeBounds) -> FloatArray:
    """(M, 3) how often a size goes into its upper bound, or its lower bound into the size; at most 1 inside both."""
    with np.errstate(divide="ignore", invalid="ignore"):
        too_large, too_small = sizes_m / allowed.largest_m, allowed.smallest_m / np.maximum(sizes_m, 0)
    return np.nan_to_num(np.maximum(too_large, too_small), nan=0.0, posinf=np.inf)
