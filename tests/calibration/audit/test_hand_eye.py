from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.hand_eye import LidarStep, adjoint, audit_hand_eye
from calibration.audit.placement import QUANTITIES, moved_place
from calibration.audit.registration import rotation_of
from calibration.audit.result import AuditResult
from calibration.estimate import Verdict
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

TRUE = RigidTransform.from_rotation("ego", "top", np.eye(3), np.array([1.0, 0.2, 1.8]))
STEPS = 10
Street = Callable[[int], Any]
Clouds = tuple[tuple[RigidTransform, FloatArray], ...]


@cache
def drive(walled_street: Street, turning: bool) -> Clouds:
    """Poses of a drive along x and what the lidar saw from each."""
    street, seen = walled_street(6), []
    for number in range(STEPS + 1):
        along = 4.0 * number - 20
        yaw = 0.35 * np.sin(1.3 * number) if turning else 0.0
        pose = RigidTransform.from_rotation("world", "ego", rotation_of([0, 0, yaw]), np.array([along, 0.2 * yaw, 0.0]))
        lidar = pose @ TRUE
        seen.append((pose, street.points(lidar.rotation, lidar.translation, seed=number)))
    return tuple(seen)


def audited(seen: Clouds, error: FloatArray, pose_noise: float = 0.0) -> list[AuditResult]:
    """A file that lacks the correction `error`, held against the drive."""
    place = moved_place(TRUE, -error)
    random = np.random.default_rng(7)
    steps = []
    for (earlier, reference), (later, points) in pairwise(seen):
        moved = earlier.inverse() @ later
        shaken = moved.translation + random.normal(0, pose_noise, 3)
        by_poses = RigidTransform.from_rotation("ego", "ego", moved.rotation, shaken)
        steps.append(LidarStep(place.apply(reference), place.apply(points), by_poses))
    return audit_hand_eye(steps, Sensor("top", SensorKind.LIDAR, place))


@pytest.mark.parametrize(
    ("row", "size"), [(0, 0.15), (1, -0.15), (3, -1.0), (4, 0.5), (5, 0.5)], ids=["x", "y", "roll", "pitch", "yaw"]
)
def test_a_turning_drive_shows_all_but_the_height(walled_street: Street, row: int, size: float) -> None:
    error = np.zeros(6)
    error[row] = size if row < 3 else np.radians(size)
    results = audited(drive(walled_street, turning=True), error)
    assert [one.quantity for one in results if one.verdict is Verdict.OFF] == [f"mounting.{QUANTITIES[row]}"]
    assert results[row].correction == pytest.approx(size, abs=0.03 if row < 3 else 0.15)
    assert results[2].verdict is Verdict.CANNOT_TELL
    assert results[2].estimated is None


def test_a_straight_drive_shows_yaw_and_pitch_alone(walled_street: Street) -> None:
    error = np.array([0, 0, 0, 0, 0, np.radians(0.6)])
    results = {one.quantity: one for one in audited(drive(walled_street, turning=False), error)}
    assert results["mounting.yaw"].verdict is Verdict.OFF
    assert results["mounting.yaw"].correction == pytest.approx(0.6, abs=0.1)
    assert results["mounting.pitch"].verdict is Verdict.GOOD
    for name in ("x", "y", "z", "roll"):
        assert results[f"mounting.{name}"].verdict is Verdict.CANNOT_TELL, name
    assert "turns" in results["mounting.y"].estimate.reason


@pytest.mark.parametrize("pose_noise", [0.0, 0.03], ids=["exact poses", "poses that jitter"])
def test_a_right_file_is_never_off(walled_street: Street, pose_noise: float) -> None:
    results = audited(drive(walled_street, turning=True), np.zeros(6), pose_noise)
    assert Verdict.OFF not in {one.verdict for one in results}
    assert results[0].relative_to == "poses"


def test_who_stands_sees_nothing(walled_street: Street) -> None:
    (first, *_) = drive(walled_street, turning=False)
    results = audited((first,) * 10, np.zeros(6))
    assert {one.verdict for one in results} == {Verdict.CANNOT_TELL}
    assert "moves by 0.0 m" in results[0].estimate.reason


def test_without_steps_or_without_surfaces_nothing_is_told() -> None:
    sensor = Sensor("top", SensorKind.LIDAR, TRUE)
    nothing = audit_hand_eye([], sensor)
    assert "no two sweeps" in nothing[0].estimate.reason
    ahead = RigidTransform.from_rotation("ego", "ego", np.eye(3), np.array([5.0, 0, 0]))
    fog = np.random.default_rng(0).uniform(-20, 20, (3000, 3))
    blind = audit_hand_eye([LidarStep(fog, fog, ahead)] * 10, sensor)
    assert "show the lidar's own motion" in blind[0].estimate.reason


def test_the_adjoint_carries_a_small_motion_through_a_transform() -> None:
    rotation, translation = rotation_of([0.3, -0.2, 0.5]), np.array([1.0, 2.0, -0.5])
    small = np.array([1e-6, -2e-6, 3e-6, 2e-6, 1e-6, -1e-6])
    carried = adjoint(rotation, translation) @ small
    point = np.array([0.7, -0.4, 1.1])
    before = rotation.T @ (point - translation)
    moved = rotation @ (rotation_of(small[3:]) @ before + small[:3]) + translation
    assert rotation_of(carried[3:]) @ point + carried[:3] == pytest.approx(moved, abs=1e-10)
