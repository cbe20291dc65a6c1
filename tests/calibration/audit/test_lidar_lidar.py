from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.audit.lidar_lidar import LidarLidarFrame, audit_lidar_lidar
from calibration.audit.placement import QUANTITIES, corrected_place, place_in_file
from calibration.audit.result import AuditResult
from calibration.estimate import Verdict
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

FIRST = np.array([0.0, 0.0, 1.8])
TRUE = np.array([1.2, -0.6, 1.5, 6.0, 2.0, -50.0])
Street = Callable[[int], Any]


def placed(numbers: FloatArray) -> RigidTransform:
    rotation = Rotation.from_euler("ZYX", numbers[[5, 4, 3]], degrees=True).as_matrix()
    return RigidTransform.from_rotation("ego", "right", rotation, numbers[:3])


def audited(street: Any, error: FloatArray, frames: int = 3, speed_mps: float | None = None) -> list[AuditResult]:
    """A file that is off by the error, held against what the two lidars saw."""
    truth, in_file = placed(TRUE), placed(TRUE - error)
    seen = []
    for frame in range(frames):
        along = np.array([5.0 * frame, 0, 0])
        reference = street.points(np.eye(3), FIRST + along, seed=2 * frame) + FIRST
        points = street.points(truth.rotation, truth.translation + along, seed=2 * frame + 1)
        seen.append(LidarLidarFrame(reference, in_file.apply(points), in_file.translation, speed_mps))
    return audit_lidar_lidar(seen, Sensor("right", SensorKind.LIDAR, in_file), "top")


@pytest.mark.parametrize("row", range(6), ids=QUANTITIES)
def test_five_centimetres_or_half_a_degree_are_found_and_nothing_else_is(walled_street: Street, row: int) -> None:
    error = np.zeros(6)
    error[row] = -0.06 if row < 3 else 0.5
    results = audited(walled_street(4), error)
    assert [one.quantity for one in results if one.verdict is Verdict.OFF] == [f"extrinsic.{QUANTITIES[row]}"]
    assert results[row].correction == pytest.approx(error[row], abs=0.015 if row < 3 else 0.1)
    assert results[row].relative_to == "top"


@pytest.mark.parametrize("seed", range(3))
def test_a_right_file_is_good_and_inside_its_intervals(walled_street: Street, seed: int) -> None:
    for result in audited(walled_street(10 + seed), np.zeros(6)):
        assert result.verdict is Verdict.GOOD, result
        assert result.estimate.interval is not None
        low, high = result.estimate.interval
        assert low < (result.in_file or 0.0) < high


def test_the_correction_written_back_is_the_truth(walled_street: Street) -> None:
    error = np.array([0.15, 0, 0, 0, 0, -1.0])
    sensor = Sensor("right", SensorKind.LIDAR, placed(TRUE - error))
    corrected = place_in_file(corrected_place(sensor, audited(walled_street(4), error)))
    assert corrected[:3] == pytest.approx(TRUE[:3], abs=0.015)
    assert corrected[3:] == pytest.approx(TRUE[3:], abs=0.1)


def test_a_driving_vehicle_is_told_which_delay_looks_the_same(walled_street: Street) -> None:
    error = np.array([0.1, 0, 0, 0, 0, 0])
    x = audited(walled_street(4), error, frames=2, speed_mps=10.0)[0]
    assert "a clock +10" in x.estimate.reason or "a clock +9" in x.estimate.reason
    still = audited(walled_street(4), error, frames=2, speed_mps=0.0)[0]
    assert "clock" not in still.estimate.reason


def test_lidars_that_see_different_things_tell_nothing() -> None:
    sensor = Sensor("right", SensorKind.LIDAR, placed(TRUE))
    random = np.random.default_rng(0)
    ahead, behind = (
        random.uniform([5, -9, 0], [30, 9, 4], (5000, 3)),
        random.uniform([-30, -9, 0], [-5, 9, 4], (5000, 3)),
    )
    for frames in ([], [LidarLidarFrame(ahead, behind, FIRST)], [LidarLidarFrame(ahead, ahead[:0], FIRST)]):
        results = audit_lidar_lidar(frames, sensor, "top")
        assert {one.verdict for one in results} == {Verdict.CANNOT_TELL}
        assert results[0].estimate.reason
        assert results[0].estimated is None


def test_a_file_that_is_off_by_more_than_is_searched_gets_no_number(walled_street: Street) -> None:
    results = audited(walled_street(4), np.array([0, 0, 0, 0, 0, 25.0]), frames=2)
    assert Verdict.GOOD not in {one.verdict for one in results}
