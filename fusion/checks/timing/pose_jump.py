"""TIM204 pose-jump: the vehicle's recorded pose leaps in a frame, and with it everything labelled.

What it looks for: frames in which ego's own path is off the middle between its neighbours by more than braking does;
where labels are made in ego, whether their boxes step aside by as much.
Why it matters: standing objects jump in the world, sweeps cannot be laid over each other, and a map is torn.
Evidence: how far, how many of the frame's tracks step with it, whether it lasts.
Blind spots: leaps of less than full braking does, which at 2 Hz is a metre; poses that drift slowly.
Example: a drive in the tests with one pose a metre aside.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import FrameRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame_steps import POSE, FrameStep, frame_steps
from fusion.measure.scene_boxes import frame_poses
from fusion.scene.scene import Scene


class PoseJumpLimits(Limits):
    max_step_m: float = Field(
        0.15, gt=0, description="Beyond what braking does; poses of one drive agree to a few centimetres."
    )


@scene_check("TIM204", Severity.ERROR, PoseJumpLimits)
def pose_jump(scene: Scene, limits: PoseJumpLimits) -> Assessment:
    """Frames whose pose is not between those around it."""
    if not frame_poses(scene).known.any():
        raise NotMeasurableError("no ego poses")
    found = frame_steps(scene, limits.max_step_m)
    steps = {step.frame: step for step in found.steps if step.cause == POSE}
    told = [steps.get(frame) for frame in range(len(scene.frame_table))]
    lasting = ["" if step is None or not step.lasting else " from this frame on" for step in told]
    return Assessment(
        about=FrameRows(scene, np.arange(len(told))),
        not_assessed=Reason("no poses and labels close enough before and after").where(~found.assessed),
        violated=np.asarray([step is not None for step in told], dtype=bool),
        measured=np.asarray([0.0 if step is None else step.by_m for step in told]),
        limit=limits.max_step_m,
        unit="m",
        message="ego pose leaps by {measured:.2f} m{lasting}{with_it}",
        evidence={
            "lasting": np.asarray(lasting, dtype=object),
            "with_it": np.asarray([_with_it(step) for step in told], dtype=object),
            "tracks_together": np.asarray([0 if step is None else step.tracks for step in told]),
            "tracks_in_frame": np.asarray([0 if step is None else step.tracks_in_frame for step in told]),
        },
    )


def _with_it(step: FrameStep | None) -> str:
    """Labels made in the world do not feel a pose."""
    if step is None or not step.tracks_in_frame:
        return ""
    return f", {step.tracks} of {step.tracks_in_frame} tracks with it"
