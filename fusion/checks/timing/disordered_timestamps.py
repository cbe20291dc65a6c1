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

from calibration.arrays import IntArray
from calibration.clock import SECOND_NS, stream_timing
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
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
    if not scene.streams:
        raise NotMeasurableError("no sensor recordings")
    stamps = [stream.timestamps_ns for stream in scene.streams.values()]
    timings = [stream_timing(column) for column in stamps]
    repeated = np.asarray([len(timing.duplicated) for timing in timings])
    backwards = np.asarray([len(timing.decreasing) for timing in timings])
    disordered = repeated + backwards
    return Assessment(
        about=SensorRows(scene, tuple(scene.streams)),
        not_assessed=Reason("a single measurement").where([len(column) < 2 for column in stamps]),
        violated=disordered > limits.max_disordered,
        measured=disordered.astype(np.float64),
        limit=limits.max_disordered,
        unit="",
        message="{repeated} stamps repeat and {backwards} run backwards, first at {first_ns} ns",
        evidence={
            "repeated": repeated,
            "backwards": backwards,
            "first_ns": np.asarray([_first_disordered_ns(column) for column in stamps], dtype=object),
            "furthest_back_s": np.asarray([_furthest_back_s(column) for column in stamps]),
        },
    )


def _first_disordered_ns(stamps_ns: IntArray) -> int | None:
    """The first stamp that does not come after the one before it."""
    rows = np.flatnonzero(np.diff(stamps_ns) <= 0)
    return int(stamps_ns[rows[0] + 1]) if len(rows) else None


def _furthest_back_s(stamps_ns: IntArray) -> float:
    """How far a stamp lies before the latest one until then."""
    back_ns = np.maximum.accumulate(stamps_ns) - stamps_ns
    return float(back_ns.max(initial=0)) / SECOND_NS
