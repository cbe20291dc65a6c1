from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.sensors import SensorKind
from calibration.trajectory import Trajectory
from fusion.checks.finding import Finding, findings_of
from fusion.checks.timing.pose_disagrees import PoseDisagreesLimits, pose_disagrees
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays
from fusion.scene.stream import Stream

SECOND_NS = 1_000_000_000
STAMPS_NS = np.arange(1, 6) * SECOND_NS


def drive(shift_m: float = 0.0, turn_deg: float = 0.0, at: int = 2, recorded: bool = True) -> Scene:
    """10 m/s ahead; the camera's pose number `at` is off."""
    ends = np.array([0, 10]) * SECOND_NS
    trajectory = Trajectory.from_poses(ends, [[0, 0, 0], [100, 0, 0]], [[1, 0, 0, 0]] * 2, max_gap_ns=20 * SECOND_NS)
    translations = np.stack([STAMPS_NS / SECOND_NS * 10.0, np.zeros(5), np.zeros(5)], axis=1)
    quaternions = np.tile([1.0, 0, 0, 0], (5, 1))
    translations[at, 1] += shift_m
    half = np.deg2rad(turn_deg) / 2
    quaternions[at] = [np.cos(half), 0, 0, np.sin(half)]
    poses = {"translations_m": translations, "quaternions": quaternions} if recorded else {}
    stream = Stream("front", SensorKind.CAMERA, STAMPS_NS, lambda index: None, **poses)
    scene = scene_from_arrays(timestamps_ns=STAMPS_NS, poses=trajectory)
    return replace(scene, streams={"front": stream})


def findings(scene: Scene, limits: PoseDisagreesLimits | None = None) -> list[Finding]:
    (assessment,) = pose_disagrees.assess(scene, limits)
    return findings_of(pose_disagrees, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_pose_half_a_metre_off() -> None:
    (finding,) = findings(drive(shift_m=0.5))
    assert finding.message == "recorded poses are up to 0.50 m, 0.00 deg from the trajectory (1 of 5)"
    assert (finding.severity, finding.sensor, finding.evidence["worst_at_ns"]) == ("error", "front", 3 * SECOND_NS)


def test_reports_a_pose_turned_by_a_degree() -> None:
    (finding,) = findings(drive(turn_deg=1.0))
    assert finding.evidence["turn_deg"] == pytest.approx(1.0, abs=1e-3)


def test_is_quiet_where_both_agree_and_at_its_limits() -> None:
    assert findings(drive()) == []
    assert findings(drive(shift_m=0.5), PoseDisagreesLimits(max_distance_m=0.5 + 1e-9)) == []
    assert findings(drive(turn_deg=1.0), PoseDisagreesLimits(max_turn_deg=1.001)) == []


def test_without_trajectory_or_recorded_poses_nothing_can_be_compared() -> None:
    with pytest.raises(NotMeasurableError, match="no trajectory"):
        pose_disagrees(replace(drive(), trajectory=None))
    with pytest.raises(NotMeasurableError, match="no poses are recorded"):
        pose_disagrees(drive(recorded=False))


def test_poses_outside_the_trajectory_are_not_assessed() -> None:
    scene = drive()
    late = replace(scene.streams["front"], timestamps_ns=STAMPS_NS + 50 * SECOND_NS)
    assert not pose_disagrees(replace(scene, streams={"front": late})).assessed.any()
