from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.rig.extrinsic_off import ExtrinsicOffLimits, extrinsic_off
from fusion.errors import NotMeasurableError
from fusion.judge.effects import CameraEffect
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

LONG = DriveOptions(frames=40, objects=60)
NONE = np.zeros(3)


def reported(scene: Scene, limits: ExtrinsicOffLimits | None = None) -> list[str]:
    """What is said of the cameras."""
    return [
        assessment.message.format(
            measured=assessment.column(assessment.measured)[row],
            **{name: assessment.column(values)[row] for name, values in assessment.evidence.items()},
        )
        for assessment in extrinsic_off.assess(scene, limits)
        for row in assessment.reported
    ]


def test_reports_a_camera_turned_by_half_a_degree() -> None:
    turned = CameraEffect("camera 0", np.radians([0.0, 0.0, -0.5]), NONE).removed_from(simulated_drive(3, LONG))
    (said,) = reported(turned)
    assert "turned by +0." in said
    assert "(yaw)" in said
    assert "the cause is rotation" in said


def test_reports_a_camera_that_sits_elsewhere() -> None:
    moved = CameraEffect("camera 0", NONE, np.array([0.0, -0.3, 0.0])).removed_from(simulated_drive(3, LONG))
    (said,) = reported(moved)
    assert "away by +0." in said
    assert "(y)" in said
    assert "the cause is translation" in said


def test_is_quiet_about_a_right_camera_and_about_a_late_one() -> None:
    drive = simulated_drive(3, LONG)
    assert reported(drive) == []
    assert reported(CameraEffect("camera 0", NONE, NONE, -0.04).removed_from(drive)) == []


def test_a_larger_limit_lets_it_pass() -> None:
    turned = CameraEffect("camera 0", np.radians([0.0, 0.0, -0.5]), NONE).removed_from(simulated_drive(3, LONG))
    assert reported(turned, ExtrinsicOffLimits(max_turn_deg=0.6)) == []


def test_says_why_it_cannot_tell() -> None:
    with pytest.raises(NotMeasurableError, match="no 2D boxes"):
        extrinsic_off.assess(scene_from_arrays(timestamps_ns=[0]))
    few = simulated_drive(3, DriveOptions(objects=3))
    (rotation, _) = extrinsic_off.assess(few)
    assert rotation.not_assessed is not None
    assert "objects can be compared" in next(iter(rotation.not_assessed.counts()))
