from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.audit.placement import (
    QUANTITIES,
    PlacementLimits,
    corrected_place,
    judged,
    moved_place,
    place_in_file,
    undecided,
    weighed,
)
from calibration.estimate import Verdict
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

LIMITS = PlacementLimits()


def lidar(roll_deg: float = 0.0, pitch_deg: float = 0.0, yaw_deg: float = 0.0) -> Sensor:
    rotation = Rotation.from_euler("ZYX", [yaw_deg, pitch_deg, roll_deg], degrees=True).as_matrix()
    return Sensor(
        "top", SensorKind.LIDAR, RigidTransform.from_rotation("ego", "top", rotation, np.array([0.9, 0.1, 1.8]))
    )


def test_the_numbers_of_the_file_are_those_of_the_readme() -> None:
    numbers = place_in_file(lidar(2.0, -1.0, -90.0).ego_from_sensor)
    assert numbers == pytest.approx([0.9, 0.1, 1.8, 2.0, -1.0, -90.0])


@pytest.mark.parametrize(
    ("turn_axis", "told"),
    [(0, "pitch"), (1, "roll"), (2, "yaw")],
    ids=["about the vehicle's x", "about its y", "about its z"],
)
def test_a_lidar_that_looks_right_names_turns_by_its_own_axes(turn_axis: int, told: str) -> None:
    correction = np.zeros(6)
    correction[3 + turn_axis] = np.radians(1.0)
    results = judged(lidar(yaw_deg=-90), "front", "extrinsic", correction, np.eye(6) * 1e-8, LIMITS, 9, [""] * 6)
    off = [one.quantity for one in results if one.verdict is Verdict.OFF]
    assert off == [f"extrinsic.{told}"]


@pytest.mark.parametrize("pose", [(0, 0, 0), (180, 0, -11), (3, -2, 179.9)], ids=["level", "hanging", "backwards"])
def test_what_is_off_is_put_right(pose: tuple[float, float, float]) -> None:
    sensor = lidar(*pose)
    correction = np.array([0.2, -0.15, 0.12, 0.02, -0.015, 0.03])
    results = judged(sensor, "front", "extrinsic", correction, np.eye(6) * 1e-8, LIMITS, 9, [""] * 6)
    corrected = corrected_place(sensor, results)
    wanted = moved_place(sensor.ego_from_sensor, correction)
    assert corrected.matrix == pytest.approx(wanted.matrix, abs=1e-9)
    assert all(abs(one.correction or 9) < 3 for one in results)


def test_what_is_not_off_is_left_alone() -> None:
    sensor = lidar(1.0, 2.0, 3.0)
    correction = np.array([0.2, 0, 0, 0, 0, np.radians(0.05)])
    moved = np.array([0.2, 0, 0, 0, 0, 0])
    results = judged(sensor, "front", "extrinsic", correction, np.eye(6) * 1e-8, LIMITS, 9, [""] * 6)
    corrected = place_in_file(corrected_place(sensor, results))
    assert corrected == pytest.approx(place_in_file(sensor.ego_from_sensor) + moved)
    mounting = [replace(one, quantity=one.quantity.replace("extrinsic", "mounting")) for one in results]
    assert corrected_place(sensor, mounting).matrix == pytest.approx(sensor.ego_from_sensor.matrix)


@pytest.mark.parametrize(
    ("correction", "sigma", "verdict"),
    [
        (0.10, 0.01, Verdict.OFF),
        (0.03 + 1.96 * 0.01, 0.01, Verdict.GOOD),
        (0.0, 0.05, Verdict.GOOD),
        (0.09, 0.04, Verdict.CANNOT_TELL),
        (0.0, 0.2, Verdict.CANNOT_TELL),
        (9.0, 2.0, Verdict.CANNOT_TELL),
    ],
    ids=["all beyond", "holds exactly at the limit", "within", "too wide", "unknown", "unknown, however large"],
)
def test_the_whole_interval_decides(correction: float, sigma: float, verdict: Verdict) -> None:
    estimate = weighed(correction, sigma, "m", (0.03, 0.10), 9, widest=0.10)
    assert estimate.verdict is verdict
    assert np.isnan(estimate.value) == (sigma >= 0.2)


def test_undecided_names_every_number_and_the_reason() -> None:
    results = undecided(lidar(), "front", "extrinsic", "it rained", 3)
    assert [one.quantity for one in results] == [f"extrinsic.{name}" for name in QUANTITIES]
    assert {one.estimate.reason for one in results} == {"it rained"}
    assert all(one.verdict is Verdict.CANNOT_TELL for one in results)
