from __future__ import annotations

import numpy as np
import pytest

from calibration.rig import RigHistory, SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.rig.improper_rotation import improper_rotation
from fusion.checks.settings import Settings
from fusion.run.check import check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def lidar(name: str, matrix: np.ndarray) -> Sensor:
    return Sensor(name, SensorKind.LIDAR, RigidTransform.from_rotation("ego", name, matrix, [0, 0, 0]))


def scaled(residual: float) -> np.ndarray:
    """A turn whose first row is too long by so much."""
    return np.diag([1 + residual, 1, 1]) @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])


def scene_of(*sensors: Sensor) -> Scene:
    rig = SensorRig({sensor.name: sensor for sensor in sensors})
    return scene_from_arrays(boxes=Boxes3D.empty(), timestamps_ns=[0], rig=rig)


def test_reports_a_matrix_with_one_row_two_percent_too_long() -> None:
    scene = scene_of(lidar("roof", scaled(0.02)), lidar("front", scaled(0)))
    (finding,) = check_scene(scene, Settings(select=("RIG101",))).findings
    assert (finding.sensor, finding.subject, finding.severity) == ("roof", "rig", "error")
    assert finding.message == "rotation is off by 0.0200, which moves a point at 50 m by 1.00 m"
    assert finding.evidence == {"shift_m": 1.0}


def test_is_quiet_on_the_clean_twin_and_on_four_decimals_of_a_text_file() -> None:
    angle = np.radians(37)
    exact = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    assessment = improper_rotation(scene_of(lidar("roof", exact), lidar("front", exact.round(4))))
    assert assessment.assessed.all()
    assert not assessment.violated.any()


@pytest.mark.parametrize(("residual", "reported"), [(0.00099, False), (0.00101, True)])
def test_holds_exactly_at_its_limit(residual: float, reported: bool) -> None:
    assert improper_rotation(scene_of(lidar("roof", scaled(residual)))).violated[0] == reported


@pytest.mark.parametrize(("residual", "severity"), [(0.01, "warning"), (0.03, "error")])
def test_a_metre_at_50_m_is_an_error(residual: float, severity: str) -> None:
    scene = scene_of(lidar("roof", scaled(residual)))
    assert check_scene(scene, Settings(select=("RIG101",))).findings[0].severity == severity


def test_a_quaternion_that_is_not_of_unit_length_counts_too() -> None:
    ego_from_roof = RigidTransform.from_quaternion("ego", "roof", [1.01, 0, 0, 0], [0, 0, 0])
    assert improper_rotation(scene_of(Sensor("roof", SensorKind.LIDAR, ego_from_roof))).violated[0]


def test_the_worst_of_a_sensor_s_calibrations_counts() -> None:
    scene = scene_of(lidar("roof", scaled(0)))
    wrong = SensorRig({"roof": lidar("roof", scaled(0.01))})
    scene.rigs = RigHistory.from_rigs([(0, scene.rigs.rigs[0]), (10, wrong), (20, scene.rigs.rigs[0])])
    assessment = improper_rotation(scene)
    assert len(assessment) == 1
    assert assessment.measured[0] == pytest.approx(0.01, rel=1e-3)


def test_a_scene_without_sensors_has_nothing_to_report() -> None:
    assert len(improper_rotation(scene_of())) == 0
