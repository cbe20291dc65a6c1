"""TIM210 irregular-stream: a sensor loses measurements.

What it looks for: steps between a sensor's stamps that are so long that measurements must be missing in between.
Why it matters: frames are paired with what is left, up to a whole period off, and tracks lose the moment.
Evidence: how many are missing, of how many, the longest step and where it is.
Blind spots: streams cut down to keyframes; losses at the start or end; stamps that were made up to look even.
Example: a scene in the tests whose camera loses three pictures in a row.
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


class IrregularStreamLimits(Limits):
    max_lost_share: float = Field(
        0.01, ge=0, lt=1, description="Recorders lose one measurement in a hundred; more is a fault."
    )
    min_measurements: int = Field(10, ge=4, description="Of fewer, nobody knows the usual period.")
    max_uneven_share: float = Field(
        0.25, gt=0, lt=1, description="Where more steps than this are odd, the stream has no period, so none is lost."
    )


@scene_check("TIM210", Severity.WARNING, IrregularStreamLimits)
def irregular_stream(scene: Scene, limits: IrregularStreamLimits) -> Assessment:
    """Share of each sensor's measurements that are missing from its rhythm."""
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times")
    if not scene.streams:
        raise NotMeasurableError("no sensor recordings")
    stamps = [np.sort(stream.timestamps_ns) for stream in scene.streams.values()]
    counts = np.asarray([len(column) for column in stamps])
    timings = [stream_timing(column) for column in stamps]
    lost = np.asarray([int(timing.missing.sum()) for timing in timings])
    uneven = np.asarray([len(timing.dropped_after) for timing in timings]) / np.maximum(counts, 1)
    longest = [int(np.argmax(np.diff(column))) if len(column) > 1 else -1 for column in stamps]
    return Assessment(
        about=SensorRows(scene, tuple(scene.streams)),
        not_assessed=Reason("too few measurements for a period").where(counts < limits.min_measurements)
        | Reason("no steady period").where(uneven > limits.max_uneven_share),
        violated=lost > limits.max_lost_share * (counts + lost),
        measured=lost / np.maximum(counts + lost, 1),
        limit=limits.max_lost_share,
        unit="share",
        message="{lost} measurements are missing among {count}, the longest step is {longest_step_s:.3f} s",
        evidence={
            "lost": lost,
            "count": counts,
            "longest_step_s": np.asarray([_step_s(*pair) for pair in zip(stamps, longest, strict=True)]),
            "after_ns": np.asarray([_stamp(*pair) for pair in zip(stamps, longest, strict=True)], dtype=object),
        },
    )


def _step_s(stamps_ns: IntArray, row: int) -> float:
    return float(stamps_ns[row + 1] - stamps_ns[row]) / SECOND_NS if row >= 0 else float("nan")


def _stamp(stamps_ns: IntArray, row: int) -> int | None:
    return int(stamps_ns[row]) if row >= 0 else None
