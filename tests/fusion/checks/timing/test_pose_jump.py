from __future__ import annotations

import pytest

from fusion.checks.timing.pose_jump import PoseJumpLimits, pose_jump
from fusion.errors import NotMeasurableError
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.scene.scene_builder import scene_from_arrays


@pytest.mark.parametrize("reference", ["ego", "world"])
def test_reports_a_pose_a_metre_aside(reference: str) -> None:
    drive = simulated_drive(2, DriveOptions(reference=reference))
    result = plant(drive, [parse_fault("pose-jump:1:frame")], 2)
    assert list(pose_jump(result.scene).reported) == [result.truths[0].frames[0]]
    assert not len(pose_jump(result.scene, PoseJumpLimits(max_step_m=1.5)).reported)


def test_is_quiet_on_right_poses_and_on_slipped_labels() -> None:
    drive = simulated_drive(2)
    assert not len(pose_jump(drive).reported)
    assert not len(pose_jump(plant(drive, [parse_fault("slip:1:frame")], 2).scene).reported)


def test_needs_poses() -> None:
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        pose_jump(scene_from_arrays(timestamps_ns=[0]))
