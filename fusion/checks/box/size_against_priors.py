"""BOX318 size-against-priors: a box has an unusual size for its class, by the priors learned from trusted labels.

What it looks for: lengths, widths and heights many standard deviations from the middle of the class.
Why it matters: BOX302 only sees what no car can be; this sees the box that is no car of this city.
Evidence: the side that is furthest off, by how many standard deviations, the usual size.
Blind spots: needs priors (`check --priors`, from `boresight learn`); classes they lack; objects that are truly rare.
Example: a car in the tests of 6.4 m among cars of 4.5 m.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.prior_limits import PriorLimits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows
from fusion.measure.frame import SyncedFrame
from fusion.measure.object_features import SIZES


class SizeAgainstPriorsLimits(PriorLimits):
    max_deviations: float = Field(
        4.5, gt=0, description="A side in 150,000 if sizes were normal; their tails are longer, so it is only a hint."
    )


@frame_check("BOX318", Severity.INFO, SizeAgainstPriorsLimits, tier="labels")
def size_against_priors(frame: SyncedFrame, limits: SizeAgainstPriorsLimits) -> Assessment:
    """The side of each box that is furthest from the usual, in standard deviations."""
    boxes, priors = frame.boxes, limits.known_priors
    ranges_m = np.hypot(boxes.centres_m[:, 0], boxes.centres_m[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = np.log(np.where(boxes.sizes_m > 0, boxes.sizes_m, np.nan))
    off = np.stack(
        [priors.deviations(name, boxes.category, sides[:, side], ranges_m) for side, name in enumerate(SIZES)], axis=1
    )
    known = np.asarray(np.isfinite(off).any(axis=1))
    worst = np.argmax(np.abs(np.nan_to_num(off)), axis=1)
    rows = np.arange(len(boxes))
    deviations = off[rows, worst]
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("the priors lack the class").where(~known),
        violated=np.abs(np.nan_to_num(deviations)) > limits.max_deviations,
        measured=np.abs(deviations),
        limit=limits.max_deviations,
        unit="sigma",
        message="{side} is {size_m:.2f} m, {measured:.1f} standard deviations {direction} the usual of its class",
        evidence={
            "side": np.asarray(SIZES, dtype=object)[worst],
            "size_m": boxes.sizes_m[rows, worst],
            "direction": np.where(np.nan_to_num(deviations) > 0, "above", "below").astype(object),
        },
    )
