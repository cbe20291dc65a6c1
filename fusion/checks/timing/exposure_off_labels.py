"""TIM212 exposure-off-labels: the labels of a whole drive say that a camera exposed at another time than stamped.

What it looks for: 2D boxes against the outlines of the 3D boxes of the same objects, all of a scene: shifts that grow
with the speed at which objects cross the picture, standing ones too, and that reverse with it.
Why it matters: every moving object, and everything while turning, is labelled beside its picture.
Evidence: the offset with its 95 % interval (positive: exposed later than stamped), the shift in pixels, objects and
boxes that told it.
Blind spots: labels without 2D boxes of their own; a vehicle that drives straight at one speed past few objects; boxes
drawn on sweeps that are not compensated, which leave their own time open by up to a sweep.
Example: a drive in the tests whose camera is stamped 40 ms early.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.estimate import Estimate
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import NotAssessed
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.measure.camera_verdict import HARMLESS, CameraVerdict, camera_verdicts
from fusion.measure.outline_shifts import cameras_drawn_in
from fusion.scene.scene import Scene

NO_SPEEDS = "speeds are unknown, so an error of time can't be told"


class ExposureOffLabelsLimits(Limits):
    max_offset_s: float = Field(
        0.010, gt=0, description="At 15 m/s across that is 15 cm; exposures and triggers differ by a few milliseconds."
    )


@scene_check("TIM212", Severity.WARNING, ExposureOffLabelsLimits)
def exposure_off_labels(scene: Scene, limits: ExposureOffLabelsLimits) -> Assessment:
    """Offset of each camera's clock that the labels ask for."""
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times")
    cameras = cameras_drawn_in(scene)
    verdicts, why_not = camera_verdicts(scene, cameras, HARMLESS | {"time": limits.max_offset_s})
    told = [verdicts.get(camera) for camera in cameras]
    timed = [one is not None and one.fit.timed for one in told]
    reasons = [why or ("" if can_tell else NO_SPEEDS) for can_tell, why in zip(timed, why_not, strict=True)]
    times = [None if one is None else one.estimates["time"] for one in told]
    low, high = np.asarray([_interval(time) for time in times]).T
    return Assessment(
        about=SensorRows(scene, cameras),
        not_assessed=NotAssessed.of_texts(reasons),
        violated=np.asarray([one is not None and one.accuses("time") for one in told]),
        measured=np.asarray([np.nan if time is None else time.value for time in times]),
        limit=limits.max_offset_s,
        unit="s",
        message="pictures were exposed {measured:+.3f} s from their stamps, say their labels ({low:+.3f} to"
        " {high:+.3f}); the cause is {cause}",
        evidence={
            "cause": np.asarray(["" if one is None else one.told for one in told], dtype=object),
            "low": low,
            "high": high,
            "shift_px": np.asarray([_shift_px(one) for one in told]),
            "boxes_compared": np.asarray([0 if one is None else len(one.fit.shifts) for one in told]),
            "objects_compared": np.asarray([0 if one is None else one.fit.joint.clusters for one in told]),
        },
    )


def _interval(estimate: Estimate | None) -> tuple[float, float]:
    return (np.nan, np.nan) if estimate is None or estimate.interval is None else estimate.interval


def _shift_px(verdict: CameraVerdict | None) -> float:
    return np.nan if verdict is None or not verdict.fit.timed else verdict.shift_px("time")
