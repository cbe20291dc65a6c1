"""DAT004 non-finite-points: a sweep holds points that are no numbers.

What it looks for: NaN or infinite coordinates among the points of a sweep.
Why it matters: they spread through every mean and distance of a training job, or crash it at night.
Evidence: how many points, of how many.
Blind spots: rays without a return that were written as (0, 0, 0).
Example: a sweep in the tests with three NaN rows.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.severity import Severity
from fusion.checks.subject import MeasurementRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame


class NonFinitePointsLimits(Limits):
    max_points: int = Field(0, ge=0, description="No point should be NaN; drivers drop rays without a return.")


@frame_check("DAT004", Severity.WARNING, NonFinitePointsLimits)
def non_finite_points(frame: SyncedFrame, limits: NonFinitePointsLimits) -> Assessment:
    """Points that are no numbers, by sweep."""
    sweeps = dict(frame.lidars)
    if not sweeps:
        raise NotMeasurableError("no lidar sweep in this frame")
    counts = np.asarray([len(sweep) - np.count_nonzero(sweep.finite) for sweep in sweeps.values()])
    totals = np.asarray([len(sweep) for sweep in sweeps.values()])
    return Assessment(
        about=MeasurementRows(frame, tuple(sweeps)),
        violated=counts > limits.max_points,
        measured=counts.astype(np.float64),
        limit=limits.max_points,
        unit="",
        message="{measured:.0f} of {points} points are no numbers",
        evidence={"points": totals},
    )
