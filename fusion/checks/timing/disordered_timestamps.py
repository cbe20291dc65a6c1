"""TIM201 disordered-timestamps: a sensor's stamps repeat or run backwards.

What it looks for: measurements of one sensor with the same time as the one before, or an earlier one.
Why it matters: speeds become infinite or negative, and whoever pairs by time pairs the wrong things.
Evidence: how many stamps repeat or decrease, the first of them, how far back it goes.
Blind spots: stamps in order that are all wrong by the same amount.
Example: a scene in the tests whose camera repeats a stamp.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.clock import stream_timing
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene


class DisorderedTimestampsLimits(Limits):
    max_disordered: int = Field(0, ge=0, description="A clock that runs gives no two measurements the same time.")


@scene_check("TIM201", Severity.ERROR, DisorderedTimestampsLimits)
def disordered_timestamps(scene: Scene, limits: DisorderedTimestampsLimits) -> Assessment:
    """Stamps of each sensor that do not come after the one before."""
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times")
    stamps = {name: stream.timestamps_ns for name, stream in scene.streams.items() if len(stream) > 1}
    if not stamps:
        raise NotMeasurableError("no sensor has two measurements")
    timings = [stream_timing(column) for column in stamps.values()]
    repeated = np.asarray([len(timing.duplicated) for timing in timings])
    decreasing = np.asarray([len(timing.decreasing) for timing in timings])
    firsts = [np.concatenate([timing.duplicated, timing.decreasing]) for timing in timings]
    first_ns = [
        int(column[rows.min()]) if len(rows) else -1 for column, rows in zip(stamps.values(), firsts, strict=True)
    ]
    disordered = repeated + decreasing
    return Assessment(
        about=SensorRows(scene, tuple(stamps)),
        violated=disordered > limits.max_disordered,
        measured=disordered.astype(np.float64),
        limit=limits.max_disordered,
        unit="",
        message="{repeated} stamps repeat and {decreasing} run backwards, first at {first_ns} ns",
        evidence={"repeated": repeated, "decreasing": decreasing, "first_ns": np.asarray(first_ns, dtype=object)},
    )
