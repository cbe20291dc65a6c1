"""ONT607 outside-label-scope: an object is labelled where the label specification promises no labels.

What it looks for: boxes nearer or farther than the scope's range.
Why it matters: labels beyond the scope are made with less care and are not complete, so metrics there mean nothing.
Evidence: the distance of the box's centre from ego, and the limit.
Blind spots: needs a label specification with a range.
Example: a car in the tests at 95 m where labels end at 80 m.
"""

from __future__ import annotations

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.severity import Severity
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import BoxRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame


class OutsideLabelScopeLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@frame_check("ONT607", Severity.INFO, OutsideLabelScopeLimits, tier="labels")
def outside_label_scope(frame: SyncedFrame, limits: OutsideLabelScopeLimits) -> Assessment:
    """Distance of each box against the range of the scope."""
    scope = limits.rules.scope
    if scope.max_range_m is None and not scope.min_range_m:
        raise NotMeasurableError("the specification limits no range")
    range_m = np.linalg.norm(frame.boxes.centres_m[:, :2], axis=1)
    farthest_m = np.inf if scope.max_range_m is None else scope.max_range_m
    near = range_m < scope.min_range_m
    return Assessment(
        about=BoxRows(frame),
        violated=near | (range_m > farthest_m),
        measured=range_m,
        limit=np.where(near, scope.min_range_m, farthest_m),
        unit="m",
        message="{measured:.1f} m from ego, {side} than the specification's {limit:.1f} m",
        evidence={"side": np.where(near, "nearer", "farther").astype(object)},
    )
