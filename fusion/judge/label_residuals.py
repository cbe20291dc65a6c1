"""What a finding about a sensor, frame or label says is off, as an effect that can be taken out of the scene."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import IntArray
from calibration.clock import SECOND_NS
from calibration.transform import RigidTransform
from fusion.checks.finding import Finding
from fusion.errors import NotMeasurableError
from fusion.judge.cause import Cause
from fusion.judge.effects import BoxesEffect, CameraEffect, Effect, PlaceEffect, PoseEffect, StampEffect
from fusion.measure.camera_fit import camera_fit
from fusion.measure.displacement import common_delay, displacements, retimed
from fusion.measure.frame_steps import SLIP, FrameStep, frame_steps
from fusion.scene.scene import Scene

CAMERA_TURNED, CAMERA_LATE = "RIG103", "TIM212"
LABELS_SLIPPED, POSE_JUMP = "TIM203", "TIM204"
DISPLACED = "TIM205"
# A box that stands still leaves its path too, so the first of them says more.
BOXES_ASTRAY = ("TRK522", "TRK501")
FAMILY_OF_UNIT = {"deg": "rotation", "m": "translation", "s": "time"}


def causes_of(scene: Scene, findings: Sequence[Finding]) -> list[Cause]:
    """The causes among the findings: cameras first, then frames, then single labels."""
    cameras = [_camera(scene, one) for one in findings if one.code in (CAMERA_TURNED, CAMERA_LATE)]
    frames = [_frame(scene, one) for one in findings if one.code in (LABELS_SLIPPED, POSE_JUMP)]
    frames += [_delay(scene, one) for one in findings if one.code == DISPLACED and one.track is None]
    labels = [_delay(scene, one) for one in findings if one.code == DISPLACED and one.track is not None]
    labels += [_label(scene, one) for code in BOXES_ASTRAY for one in findings if one.code == code]
    return [cause for cause in (*cameras, *frames, *labels) if cause is not None]


def _camera(scene: Scene, finding: Finding) -> Cause | None:
    if finding.sensor is None:
        return None
    fit = camera_fit(scene, finding.sensor)
    family = FAMILY_OF_UNIT[finding.unit]
    correction = fit.correction(family if family in fit.explanations else None)
    effect = CameraEffect.of(finding.sensor, correction)
    return Cause(finding, effect, finding.sensor, np.arange(len(scene.frame_table)))


def _frame(scene: Scene, finding: Finding) -> Cause | None:
    frames = len(scene.frame_table)
    if finding.frame_index is None:
        slipped = int(finding.evidence["slipped_frames"])
        other = np.clip(np.arange(frames) + slipped, 0, frames - 1)
        stamps = scene.frame_table.timestamps_ns
        late_s = (stamps[other] - stamps) / SECOND_NS
        effect: Effect = StampEffect(np.arange(frames), late_s, finding.evidence["carried_in"] == "world")
        return Cause(finding, effect, "", np.arange(frames))
    steps = frame_steps(scene, finding.limit or 0.0).steps
    step = next((one for one in steps if one.frame == finding.frame_index), None)
    if step is None:
        return None
    concerned = np.arange(step.frame, frames if step.lasting else step.frame + 1)
    # A track shows its defect in the frame that is off, or in one of those beside it.
    around = np.arange(max(step.frame - 1, 0), min(int(concerned[-1]) + 2, frames))
    return Cause(finding, _effect(step, concerned), "", around)


def _effect(step: FrameStep, frames: IntArray) -> Effect:
    if step.cause == SLIP:
        return StampEffect(frames, np.full(len(frames), step.slipped_s), step.over_ground)
    turn = Rotation.from_rotvec([0.0, 0.0, step.yaw_rad]).as_matrix()
    return PoseEffect(step.frame, step.lasting, RigidTransform.from_rotation("ego", "ego", turn, step.move_m))


def _delay(scene: Scene, finding: Finding) -> Cause | None:
    """Boxes of one track, or of all that moves, put where they are so much later."""
    seen, tracks = displacements(scene), scene.labels.tracks
    late_s = np.zeros(len(scene.labels))
    if finding.track is not None:
        told = finding.evidence if finding.proposal is None else finding.proposal.values
        late_s[tracks.rows(tracks.names.index(finding.track))] = float(told["late_s"])
    elif finding.evidence["by_beam"]:
        for track, late in zip(seen.track, common_delay(scene).each_s, strict=True):
            late_s[tracks.rows(int(track))] = late
    else:
        late_s[tracks.order] = float(finding.evidence["late_s"])
    rows = np.flatnonzero(late_s)
    try:
        effect = BoxesEffect(rows, retimed(scene, rows, late_s[rows]))
    except NotMeasurableError:  # a frame without a pose keeps its labels where they are
        return None
    frames = np.arange(len(scene.frame_table))
    if finding.track is None:
        return Cause(finding, effect, "", frames)
    names = frozenset(str(name) for name in scene.labels.boxes.label_ids[rows])
    return Cause(finding, effect, "", frames, names, alone=True)


def _label(scene: Scene, finding: Finding) -> Cause | None:
    """Boxes off their path, where their neighbours say where they belong."""
    proposal = finding.proposal
    if proposal is None or proposal.action != "set" or "centre_m" not in proposal.values or finding.track is None:
        return None
    boxes = scene.labels.boxes
    of_track = np.flatnonzero(
        boxes.track.is_any([finding.track]) & np.isin(boxes.timestamps_ns, proposal.timestamps_ns)
    )
    centres = np.asarray(proposal.values["centre_m"], dtype=np.float64).reshape(-1, 3)
    order = np.argsort(boxes.timestamps_ns[of_track], kind="stable")
    if len(of_track) != len(centres) or proposal.reference != scene.labels.reference:
        return None
    rows = of_track[order]
    names = frozenset(str(boxes.label_ids[row]) for row in rows)
    frames = scene.labels.frame_index[rows].astype(np.int64)
    return Cause(finding, PlaceEffect(rows, centres), "", frames, names, alone=True)
