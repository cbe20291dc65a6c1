"""TIM206 label-rate-off-sweep-rate: labels were made at times at which no sweep was taken.

What it looks for: labelled frames whose time is between the lidar's sweeps, off the rhythm in which those follow each
other.
Why it matters: labels at 12 Hz on sweeps at 10 Hz were computed, not drawn, and no sweep shows what they say.
Evidence: how many labelled frames are off, of how many, by what share of a sweep's period; both rates.
Blind spots: sweeps without times of their own; labels at a wrong multiple of the sweeps' period, and gaps in them,
as frames may be empty; one and the same delay of all labels (TIM203); scenes without lidar.
Example: a scene in the tests with sweeps at 10 Hz and labels at 12 Hz.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray, IntArray
from calibration.clock import MILLISECOND_NS, SECOND_NS, nearest_index, stream_timing
from calibration.sensors import SensorKind
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import NotAssessed
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene

# Where every frame is labelled and has a sweep, times agree to how stamps are rounded.
SAME_NS = 2 * MILLISECOND_NS


class LabelRateOffSweepRateLimits(Limits):
    max_share: float = Field(
        0.1, gt=0, lt=1, description="Start-up and lost sweeps put a frame or two off; a rate puts most of them off."
    )
    off_periods: float = Field(
        0.2, gt=0, lt=0.5, description="Beyond a sweep's start or end against its middle as stamped by two tools."
    )
    min_frames: int = Field(8, ge=4, description="Of fewer, neither rate is known.")


@scene_check("TIM206", Severity.WARNING, LabelRateOffSweepRateLimits)
def label_rate_off_sweep_rate(scene: Scene, limits: LabelRateOffSweepRateLimits) -> Assessment:
    """Share of the labelled frames that lie between the sweeps."""
    lidar, sweeps_ns, labels_ns = _stamps(scene)
    sweep_ns, label_ns = stream_timing(sweeps_ns).period_ns, stream_timing(labels_ns).period_ns
    too_few = min(len(sweeps_ns), len(labels_ns)) < limits.min_frames
    off = np.zeros(0) if too_few else _periods_off(labels_ns, sweeps_ns, sweep_ns)
    between = int(np.count_nonzero(off > limits.off_periods))
    return Assessment(
        about=SensorRows(scene, (lidar,)),
        not_assessed=NotAssessed.of_texts(["too few labelled frames or sweeps" if too_few else ""]),
        violated=np.asarray([not too_few and between > limits.max_share * len(labels_ns)]),
        measured=between / max(len(labels_ns), 1),
        limit=limits.max_share,
        unit="share",
        message="{between} of {labelled} labelled frames lie between the sweeps, usually by {usual_periods:.2f} of"
        " their period: labels at {label_hz:.2f} Hz, sweeps at {sweep_hz:.2f} Hz",
        evidence={
            "between": between,
            "labelled": len(labels_ns),
            "usual_periods": float(np.median(off[off > limits.off_periods])) if between else 0.0,
            "label_hz": SECOND_NS / label_ns if label_ns > 0 else np.nan,
            "sweep_hz": SECOND_NS / sweep_ns if sweep_ns > 0 else np.nan,
        },
    )


def _stamps(scene: Scene) -> tuple[str, IntArray, IntArray]:
    """The lidar that labels go by, its stamps in order, and the labelled frames' in order.

    Raises:
        NotMeasurableError: times that no clock made, no lidar, or nothing labelled.
    """
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times")
    lidar = scene.frame_table.reference_lidar
    if lidar is None or lidar not in scene.streams or scene.streams[lidar].kind is not SensorKind.LIDAR:
        raise NotMeasurableError("no lidar that labels go by")
    boxes = np.unique(scene.labels.frame_index[scene.labels.frame_index >= 0])
    if not len(boxes):
        raise NotMeasurableError("nothing is labelled")
    return lidar, np.unique(scene.streams[lidar].timestamps_ns), np.unique(scene.frame_table.timestamps_ns[boxes])


def _periods_off(labels_ns: IntArray, sweeps_ns: IntArray, period_ns: float) -> FloatArray:
    """(F,) by what share of a period each labelled frame is off the sweeps, beyond what all of them are.

    Stamps of labels may stand for another moment of the sweep, which is the same for all. Where a sweep is missing,
    a frame is held against the rhythm of the nearest.
    """
    nearest, _ = nearest_index(sweeps_ns, labels_ns)
    turns = (labels_ns - sweeps_ns[nearest]) / period_ns
    common = np.angle(np.mean(np.exp(2j * np.pi * turns))) / (2 * np.pi)
    apart = np.abs((turns - common + 0.5) % 1.0 - 0.5)
    off: FloatArray = np.where(apart * period_ns > SAME_NS, apart, 0.0)
    return off
