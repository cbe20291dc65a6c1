from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.mounting import GroundSeen, audit_ground, ground_seen
from calibration.audit.registration import rotation_of
from calibration.audit.result import AuditResult
from calibration.estimate import Verdict
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

PLACE = np.array([0.9, 0.0, 1.8])
LIDAR = Sensor("top", SensorKind.LIDAR, RigidTransform.from_rotation("ego", "top", np.eye(3), PLACE))
Street = Callable[[int], Any]


def seen_with(street: Any, roll_deg: float = 0.0, pitch_deg: float = 0.0, frame: int = 0) -> GroundSeen | None:
    """The road as a file sees it that lacks these turns of the lidar."""
    points = street.points(np.eye(3), PLACE + np.array([5.0 * frame, 0, 0]), seed=frame)
    return ground_seen(points @ rotation_of(np.radians([-roll_deg, -pitch_deg, 0])).T + PLACE, PLACE)


def told(slopes: list[tuple[float, float, float]], drives: int = 1) -> dict[str, AuditResult]:
    frames = [GroundSeen(x, y, height, 200) for x, y, height in slopes]
    results = audit_ground([frames[start::drives] for start in range(drives)], LIDAR)
    return {one.quantity: one for one in results}


def test_flat_ground_is_level_and_where_it_is(walled_street: Street) -> None:
    seen = seen_with(walled_street(2))
    assert seen is not None
    assert [seen.slope_x, seen.slope_y, seen.height_m] == pytest.approx([0, 0, 0], abs=0.005)


@pytest.mark.parametrize(
    ("roll_deg", "pitch_deg"), [(4.0, 0.0), (0.0, 4.0), (-3.0, 0.0), (0.0, -5.0)], ids=["right", "down", "left", "up"]
)
def test_a_tilt_of_degrees_is_off_by_as_much(walled_street: Street, roll_deg: float, pitch_deg: float) -> None:
    seen = [seen_with(walled_street(2), roll_deg, pitch_deg, frame) for frame in range(5)]
    results = {one.quantity: one for one in audit_ground([[one for one in seen if one is not None]], LIDAR)}
    assert results["mounting.roll"].correction == pytest.approx(roll_deg, abs=0.1)
    assert results["mounting.pitch"].correction == pytest.approx(pitch_deg, abs=0.1)
    off = {name for name, one in results.items() if one.verdict is Verdict.OFF}
    assert off == {"mounting.roll" if roll_deg else "mounting.pitch"}


def test_a_crowned_road_is_no_tilt() -> None:
    tilts = told([(0.0, -0.02, 0.0)] * 12)
    assert tilts["mounting.roll"].estimated == pytest.approx(np.degrees(np.arctan(0.02)))
    assert tilts["mounting.roll"].verdict is not Verdict.OFF
    assert tilts["mounting.pitch"].verdict is Verdict.GOOD


def test_one_frame_on_a_slope_is_not_called_off() -> None:
    assert told([(0.045, 0.0, 0.0)])["mounting.pitch"].verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("ground_m", "verdict"),
    [(0.02, Verdict.GOOD), (-0.35, Verdict.CANNOT_TELL), (-1.73, Verdict.CANNOT_TELL)],
    ids=["origin on the road", "rear axle", "origin in the lidar"],
)
def test_where_the_origin_lies_is_a_convention(ground_m: float, verdict: Verdict) -> None:
    height = told([(0.0, 0.0, ground_m)] * 6)["mounting.height"]
    assert height.verdict is verdict
    assert height.estimated == pytest.approx(1.8 - ground_m)
    assert height.in_file == 1.8


def test_a_height_that_changes_between_drives_is_off() -> None:
    same = told([(0.0, 0.0, 0.01), (0.0, 0.0, -0.01)] * 6, drives=2)["mounting.height"]
    changed = told([(0.0, 0.0, 0.0), (0.0, 0.0, -0.25)] * 6, drives=2)["mounting.height"]
    assert same.verdict is Verdict.GOOD
    assert changed.verdict is Verdict.OFF
    assert "0.25 m" in changed.estimate.reason


def test_cars_around_are_not_the_ground(walled_street: Street) -> None:
    random = np.random.default_rng(0)
    bonnets = np.column_stack([random.uniform(-15, 15, (4000, 2)), np.full(4000, 1.0)])
    points = walled_street(2).points(np.eye(3), PLACE) + PLACE
    seen = ground_seen(np.concatenate([points, bonnets]), PLACE)
    assert seen is not None
    assert seen.height_m == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize(
    "points",
    [np.empty((0, 3)), np.full((500, 3), np.nan), np.random.default_rng(0).uniform(2, 3, (500, 3))],
    ids=["nothing", "no numbers", "one corner"],
)
def test_without_road_nothing_is_told(points: FloatArray) -> None:
    assert ground_seen(points, PLACE) is None
    results = audit_ground([[]], LIDAR)
    assert {one.verdict for one in results} == {Verdict.CANNOT_TELL}
    assert "road" in results[0].estimate.reason
