"""TIM202 exposure-off-sweep: a camera looked at another moment than the laser swept its view.

What it looks for: time between an image's exposure and the firing of the points that lie in it; where points carry no
times of their own, exposures before the sweep began or after it ended.
Why it matters: moving objects, and everything while turning, stand in different places in image and points.
Evidence: the gap, and how many points told it (none: only the sweep's start and end did).
Blind spots: a stamp that is wrong by less than the limit; clocks that are wrong together; without times of points, an
exposure anywhere within the sweep.
Example: a scene in the tests whose front camera is stamped 60 ms late.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import NotAssessed
from fusion.checks.severity import Severity
from fusion.checks.subject import MeasurementRows
from fusion.errors import NotMeasurableError
from fusion.measure.firing_time import firing_times
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
    times = firing_times(frame)
    return Assessment(
        about=MeasurementRows(frame, tuple(frame.cameras)),
        not_assessed=_reasons(times.why_not),
        violated=np.abs(np.nan_to_num(times.gap_s)) > limits.max_gap_s,
        measured=times.gap_s,
        limit=limits.max_gap_s,
        unit="s",
        message="exposure is {measured:+.3f} s from the sweep over its view",
        evidence={"points_in_view": times.points, "told_by_points": times.told_by_points},
    )


def _reasons(why_not: tuple[str, ...]) -> NotAssessed:
    """By camera what kept it from being assessed, where there is something."""
    texts = tuple(dict.fromkeys(text for text in why_not if text))
    return NotAssessed(np.asarray([texts.index(text) if text else -1 for text in why_not], dtype=np.int32), texts)
