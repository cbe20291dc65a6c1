from __future__ import annotations

import numpy as np
import pytest

from calibration.errors import FrameMismatchError, ShapeError
from calibration.radar import RadarSweep
from calibration.transform import RigidTransform


def left_of_ego() -> RigidTransform:
    """A radar one metre up that looks to the left: its x is the vehicle's y."""
    return RigidTransform("ego", "RADAR", np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]), np.array([0.0, 0, 1]))


def test_a_detection_ahead_of_a_radar_that_looks_left_is_left_of_the_vehicle() -> None:
    sweep = RadarSweep.from_columns("RADAR", [[10.0, 0, 0]], left_of_ego(), 5)
    np.testing.assert_allclose(sweep.points_in_ego, [[0, 10, 1]], atol=1e-6)
    assert len(sweep) == 1
    assert sweep.frame == "RADAR"


def test_detections_without_a_place_are_never_valid() -> None:
    points = [[1.0, 2, 0], [np.nan, 0, 0], [3.0, 4, 0]]
    told = RadarSweep.from_columns("RADAR", points, left_of_ego(), 5, valid=[True, True, False])
    assert told.valid.tolist() == [True, False, False]
    assert RadarSweep.from_columns("RADAR", points, left_of_ego(), 5).valid.tolist() == [True, False, True]


def test_columns_are_read_only() -> None:
    sweep = RadarSweep.from_columns("RADAR", np.zeros((2, 3)), left_of_ego(), 5)
    with pytest.raises(ValueError, match="read-only"):
        sweep.points[0, 0] = 1


@pytest.mark.parametrize(
    ("points", "valid"),
    [
        pytest.param(np.zeros((2, 4)), None, id="four columns"),
        pytest.param(np.zeros((2, 3)), [True, True, True], id="too many flags"),
    ],
)
def test_refuses_columns_that_do_not_fit(points: np.ndarray, valid: list[bool] | None) -> None:
    with pytest.raises(ShapeError):
        RadarSweep.from_columns("RADAR", points, left_of_ego(), 5, valid)


def test_refuses_a_transform_from_another_frame() -> None:
    with pytest.raises(FrameMismatchError, match="ego_from_LIDAR"):
        RadarSweep("RADAR", np.zeros((0, 3), np.float32), "LIDAR", left_of_ego(), 5, np.zeros(0, bool))
