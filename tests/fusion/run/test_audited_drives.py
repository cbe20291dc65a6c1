"""`check` from end to end over a simulated drive whose rig or clock is wrong, and over its right twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.placement import moved_place
from calibration.clock import MILLISECOND_NS, SECOND_NS
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws
from fusion import check_scene
from fusion.checks.settings import Settings
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

AUDITED = ("RIG105", "RIG106", "TIM209")
PLACES_M = {"top": (0.9, 0.0, 1.8), "right": (1.2, -0.6, 1.5)}
STAMPS_NS = np.arange(4, 26, dtype=np.int64) * (SECOND_NS // 2)
POSES_NS = np.arange(15 * 50, dtype=np.int64) * (SECOND_NS // 50)
Street = Callable[[int], Any]


def true_rig() -> SensorRig:
    return SensorRig.of(
        *(
            Sensor(name, SensorKind.LIDAR, RigidTransform.from_rotation("ego", name, np.eye(3), np.array(place_m)))
            for name, place_m in PLACES_M.items()
        )
    )


def poses() -> Trajectory:
    """Along the road, faster and slower, swinging from side to side."""
    seconds = POSES_NS / SECOND_NS
    along_m = 5.0 * seconds + 4.0 * np.sin(0.9 * seconds) - 36
    places_m = np.stack([along_m, 0 * seconds, 0 * seconds], axis=1)
    return Trajectory.from_poses(POSES_NS, places_m, quaternions_from_yaws(0.3 * np.sin(1.1 * seconds)))


@cache
def seen(walled_street: Street) -> dict[str, tuple[FloatArray, ...]]:
    """What each lidar truly saw, in its own frame."""
    street, trajectory = walled_street(8), poses()
    world_from_ego = [trajectory.world_from_ego_at(int(stamp)) for stamp in STAMPS_NS]
    return {
        name: tuple(
            street.points((pose @ sensor.ego_from_sensor).rotation, (pose @ sensor.ego_from_sensor).translation, row)
            for row, pose in enumerate(world_from_ego)
        )
        for name, sensor in true_rig().sensors.items()
    }


def drive(walled_street: Street, in_file: SensorRig, late_ms: int = 0) -> Scene:
    """The drive as files tell it that have this rig, and stamps that are late."""
    stamps_ns = STAMPS_NS + late_ms * MILLISECOND_NS
    points = {
        name: [
            LidarSweep.from_columns(
                sensor=name,
                points=cloud,
                ego_from_points=in_file.sensor(name).ego_from_sensor,
                reference_ns=stamp,
                motion=Motion.COMPENSATED,
            )
            for cloud, stamp in zip(clouds, stamps_ns.tolist(), strict=True)
        ]
        for name, clouds in seen(walled_street).items()
    }
    return scene_from_arrays(timestamps_ns=stamps_ns, points=points, rig=in_file, poses=poses(), time_base="utc")


def off_by(correction: FloatArray, *names: str) -> SensorRig:
    rig = true_rig()
    for name in names:
        sensor = rig.sensor(name)
        rig = rig.with_sensor(replace(sensor, ego_from_sensor=moved_place(sensor.ego_from_sensor, -correction)))
    return rig


def reported(scene: Scene, *codes: str) -> dict[str, set[str | None]]:
    """Sensors by the code that accuses them."""
    found: dict[str, set[str | None]] = {}
    for finding in check_scene(scene, Settings().with_selection(select=codes)).findings:
        found.setdefault(finding.code, set()).add(finding.sensor)
    return found


def test_a_right_drive_is_quiet_and_looked_at(walled_street: Street) -> None:
    run = check_scene(drive(walled_street, true_rig()), Settings().with_selection(select=AUDITED))
    assert [finding.message for finding in run.findings] == []
    assert {count.code for count in run.document.checks if count.assessed} == set(AUDITED)


def test_a_lidar_turned_against_the_other_is_reported_and_the_other_is_not(walled_street: Street) -> None:
    turned = off_by(np.array([0, 0, 0, 0, 0, np.radians(1.0)]), "right")
    found = reported(drive(walled_street, turned), "RIG105", "RIG106")
    assert found["RIG105"] == {"right"}
    assert "top" not in found.get("RIG106", set())


def test_a_lidar_that_leans_is_off_the_ground(walled_street: Street) -> None:
    leaning = off_by(np.array([0, 0, 0, 0, np.radians(4.0), 0]), "top")
    assert "top" in reported(drive(walled_street, leaning), "RIG106")["RIG106"]


@pytest.mark.parametrize("late_ms", [60, -60], ids=["late", "early"])
def test_sweeps_with_wrong_stamps_are_reported(walled_street: Street, late_ms: int) -> None:
    assert reported(drive(walled_street, true_rig(), late_ms), "TIM209") == {"TIM209": {"top", "right"}}
