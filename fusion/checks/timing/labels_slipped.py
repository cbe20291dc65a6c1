"""TIM203 labels-slipped: the labels of a frame, or of the whole drive, belong to another moment.

What it looks for: frames in which every box is displaced by its own speed times one and the same time, the standing
ones too where labels are made in ego, while ego's own path goes on smoothly; and drives whose boxes hold the sweep
before or after better than their own.
Why it matters: every label of the frame is off by what its object moved meanwhile, the fast ones most, and a model
learns to be late.
Evidence: how far the boxes step, by how much time, how many of the frame's tracks do, from when on; of sweeps, how
much more of the points in and around the boxes they hold, over how many tracks.
Blind spots: fewer than four tracks in a row of frames; a drive that slipped as a whole and has no sweeps; a vehicle
that stands, among objects that stand; at 2 Hz a pose that jumps looks alike, and is said to.
Example: a drive in the tests whose labels of one frame are those of the frame before.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import NotAssessed, Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import FrameRows, SensorRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame_steps import EITHER, SLIP, FrameStep, frame_steps
from fusion.measure.sweep_slip import SweepSlip, sweep_slips
from fusion.scene.scene import Scene


class LabelsSlippedLimits(Limits):
    max_step_m: float = Field(
        0.15, gt=0, description="Median step of the boxes; the common part of their jitter is a few centimetres."
    )
    max_gain: float = Field(
        0.01, gt=0, lt=1, description="Share of points; on their own sweeps boxes hold more than on any other."
    )


@scene_check("TIM203", Severity.WARNING, LabelsSlippedLimits, tier="points")
def labels_slipped(scene: Scene, limits: LabelsSlippedLimits) -> tuple[Assessment, ...]:
    """Frames whose labels are off in time, and labels that fit another sweep."""
    if not len(scene.labels):
        raise NotMeasurableError("nothing is labelled")
    return _frames(scene, limits), _drive(scene, limits)


def _frames(scene: Scene, limits: LabelsSlippedLimits) -> Assessment:
    frames = len(scene.frame_table)
    steps: dict[int, FrameStep] = {}
    try:
        found = frame_steps(scene, limits.max_step_m)
        steps = {step.frame: step for step in found.steps if step.cause in (SLIP, EITHER)}
        not_assessed = Reason("fewer than four tracks go on before and after").where(~found.assessed)
    except NotMeasurableError as error:
        not_assessed = Reason(str(error)).where(np.ones(frames, dtype=bool))
    told = [steps.get(frame) for frame in range(frames)]
    return Assessment(
        about=FrameRows(scene, np.arange(frames)),
        not_assessed=not_assessed,
        violated=np.asarray([step is not None for step in told], dtype=bool),
        errors=np.asarray([step is not None and step.cause == SLIP for step in told], dtype=bool),
        measured=np.asarray([0.0 if step is None else step.by_m for step in told]),
        limit=limits.max_step_m,
        unit="m",
        message="{tracks_together} of {tracks_in_frame} tracks step aside together by {measured:.2f} m{lasting}:"
        " {what_is_wrong}",
        evidence={
            "what_is_wrong": np.asarray(["" if step is None else _wrong(step) for step in told], dtype=object),
            "lasting": np.asarray(["" if step is None else _lasting(step) for step in told], dtype=object),
            "slipped_s": np.asarray([np.nan if step is None else step.slipped_s for step in told]),
            "tracks_together": np.asarray([0 if step is None else step.tracks for step in told]),
            "tracks_in_frame": np.asarray([0 if step is None else step.tracks_in_frame for step in told]),
        },
    )


def _wrong(step: FrameStep) -> str:
    if step.cause == EITHER:
        return "the labels' time or the vehicle's pose"
    return f"labels show them {abs(step.slipped_s):.2f} s {'later' if step.slipped_s > 0 else 'earlier'}"


def _lasting(step: FrameStep) -> str:
    return " from this frame on" if step.lasting else ""


def _drive(scene: Scene, limits: LabelsSlippedLimits) -> Assessment:
    best, reason = SweepSlip(0, "", 0.0, np.inf, 0, 0, 0.0), ""
    try:
        best = max(sweep_slips(scene), key=lambda slip: (slip.is_slip, slip.gain))
    except NotMeasurableError as error:
        reason = str(error)
    return Assessment(
        about=SensorRows(scene, (scene.frame_table.reference_lidar or "lidar",)),
        not_assessed=NotAssessed.of_texts([reason]),
        violated=np.asarray([best.is_slip and best.gain > limits.max_gain]),
        errors=np.asarray([best.way == "ego"]),
        measured=best.gain,
        limit=limits.max_gain,
        unit="share",
        message="labels of the drive belong {belong}: there boxes hold {measured:+.0%} more of the points in and"
        " around them, say {better:.0%} of {tracks} tracks",
        evidence={
            "belong": np.asarray(["one sweep on" if best.frames > 0 else "one sweep back"], dtype=object),
            "carried_in": np.asarray([best.way], dtype=object),
            "slipped_frames": best.frames,
            "sigma_share": best.sigma,
            "tracks": best.tracks,
            "boxes": best.boxes,
            "better": best.better,
        },
    )
