"""TIM202 exposure-off-sweep: a camera looked at another moment than the laser swept its view.

What it looks for: time between an image's exposure and the firing of the points that lie in it; where points carry no
times of their own, exposures before the sweep began or after it ended.
Why it matters: moving objects, and everything while turning, stand in different places in image and points.
Evidence: the gap, and how many points told it.
Blind spots: a stamp that is wrong by less than the limit; clocks that are wrong together.
Example: a scene in the tests whose front camera is stamped 60 ms late.
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
from fusion.measure.firing_time import firing_time
from fusion.measure.frame import SyncedFrame


class ExposureOffSweepLimits(Limits):
    max_gap_s: float = Field(
        0.055, gt=0, description="Half of a 10 Hz sweep, the worst a free-running camera can do, and a little jitter."
    )


@frame_check("TIM202", Severity.WARNING, ExposureOffSweepLimits)
def exposure_off_sweep(frame: SyncedFrame, limits: ExposureOffSweepLimits) -> Assessment:
    """Gap of each camera's exposure to the sweep over its view."""
    if not frame.scene.has_real_times:
        raise NotMeasurableError("frames have no real times")
    if not frame.lidars:
        raise NotMeasurableError("no lidar sweep in this frame")
    if not frame.cameras:
        raise NotMeasurableError("no image in this frame")
    cameras = tuple(frame.cameras)
    times = [firing_time(view) for view in frame.cameras.values()]
    gap_s = np.asarray([time.gap_s for time in times])
    return Assessment(
        about=MeasurementRows(frame, cameras),
        violated=np.abs(gap_s) > limits.max_gap_s,
        measured=gap_s,
        limit=limits.max_gap_s,
        unit="s",
        message="exposure is {measured:+.3f} s from the sweep over its view",
        evidence={
            "points_in_view": np.asarray([time.points for time in times]),
            "told_by_points": np.asarray([time.exact for time in times]),
        },
    )
