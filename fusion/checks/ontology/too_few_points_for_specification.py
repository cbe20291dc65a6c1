"""ONT606 too-few-points-for-specification: a labelled object has fewer points than the label specification asks for.

What it looks for: boxes with fewer lidar points than their class needs at their distance to be labelled at all.
Why it matters: such boxes are guesses; the guideline leaves them out so that models don't learn to hallucinate.
Evidence: the points counted, the number required, the distance.
Blind spots: needs a label specification; objects seen by cameras or radar alone.
Example: a car in the tests with three points at 20 m where ten are required.
"""

from __future__ import annotations

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import BoxRows
from fusion.measure.frame import SyncedFrame


class TooFewPointsForSpecificationLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@frame_check("ONT606", Severity.WARNING, TooFewPointsForSpecificationLimits)
def too_few_points_for_specification(frame: SyncedFrame, limits: TooFewPointsForSpecificationLimits) -> Assessment:
    """Points in each box against the number its class needs at its distance."""
    boxes, rules = frame.boxes, limits.rules
    counts = frame.point_counts
    range_m = np.linalg.norm(boxes.centres_m[:, :2], axis=1)
    needed = np.full(len(boxes), rules.scope.min_points)
    for name, rule in rules.classes.items():
        of_class = boxes.category.is_any([name])
        for part in rule.points_by_range:
            rows = of_class & (range_m >= part.from_m) & (range_m < part.to_m)
            needed[rows] = np.maximum(needed[rows], part.at_least)
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("the specification asks for no points there").where(needed == 0),
        violated=counts < needed,
        measured=counts.astype(np.float64),
        limit=needed.astype(np.float64),
        unit="",
        message="{measured:.0f} points at {range_m:.0f} m, the specification asks for {limit:.0f}",
        evidence={"range_m": range_m},
    )
