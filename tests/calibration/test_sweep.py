"""A sweep keeps its rows, refuses columns that don't fit and can't be written to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.errors import FrameMismatchError, ShapeError
from calibration.sweep import LidarSweep, Motion, MotionError
from calibration.transform import RigidTransform

EGO_FROM_TOP = RigidTransform.from_quaternion("ego", "lidar_top", [0.5**0.5, 0, 0, 0.5**0.5], [1.0, 0.0, 2.0])
POINTS = np.array([[1.0, 0.0, 0.0], [np.nan, 0.0, 0.0], [0.0, np.inf, 0.0], [3.0, 4.0, 0.0]], dtype=np.float32)


def sweep(**changes: Any) -> LidarSweep:
    columns: dict[str, Any] = {
        "sensor": "lidar_top",
        "points": POINTS,
        "ego_from_points": EGO_FROM_TOP,
        "reference_ns": 100,
        "motion": Motion.RAW,
        "intensity": [0.1, 0.2, 0.3, 0.4],
        "ring": [0, 1, 2, 3],
        "times_ns": [90, 95, 100, 105],
        "sensor_index": [0, 0, 1, 1],
    }
    return LidarSweep.from_columns(**{**columns, **changes})


def test_points_in_ego_are_turned_and_shifted_in_float32() -> None:
    points = sweep().points_in_ego
    assert points.dtype == np.float32
    np.testing.assert_allclose(points[[0, 3]], [[1.0, 1.0, 2.0], [-3.0, 3.0, 2.0]], atol=1e-6)


def test_points_already_in_ego_are_not_copied() -> None:
    in_ego = sweep(ego_from_points=RigidTransform.identity("ego", "ego"), ray_origin=[1.0, 0.0, 2.0])
    assert in_ego.frame == "ego"
    assert in_ego.points_in_ego is in_ego.points
    np.testing.assert_array_equal(in_ego.ray_origin_in_ego, [1.0, 0.0, 2.0])


def test_the_ray_origin_is_the_sensor_unless_told() -> None:
    np.testing.assert_allclose(sweep().ray_origin_in_ego, [1.0, 0.0, 2.0])
    with pytest.raises(ShapeError, match="need ray_origin, where 'lidar_top' sits"):
        sweep(ego_from_points=RigidTransform.identity("ego", "ego"))


def test_rows_without_numbers_are_kept_and_masked() -> None:
    assert len(sweep()) == 4
    np.testing.assert_array_equal(sweep().finite, [True, False, False, True])


def test_columns_can_not_be_written_to_nor_changed_from_outside() -> None:
    mine = POINTS.copy()
    made = sweep(points=mine)
    mine[0] = 7.0
    assert made.points[0, 0] == 1.0
    for name in ("points", "intensity", "ring", "times_ns", "sensor_index", "points_in_ego", "finite", "ray_origin"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, name)[0] = 0


def test_columns_have_the_promised_types() -> None:
    made = sweep()
    names = ("points", "intensity", "ring", "times_ns", "sensor_index")
    assert [getattr(made, name).dtype.name for name in names] == ["float32", "float32", "int32", "int64", "int32"]


@pytest.mark.parametrize("index", [[3, 0], np.array([3, 0])], ids=["list", "array"])
def test_take_keeps_the_rows_of_every_column_together(index: Any) -> None:
    taken = sweep().take(index)
    np.testing.assert_array_equal(taken.points, POINTS[[3, 0]])
    assert taken.ring is not None
    assert taken.times_ns is not None
    assert (taken.ring.tolist(), taken.times_ns.tolist(), taken.reference_ns) == ([3, 0], [105, 90], 100)


def test_take_by_mask_keeps_absent_columns_absent() -> None:
    made = sweep(ring=None)
    taken = made.take(made.finite)
    assert (len(taken), taken.ring) == (2, None)
    with pytest.raises(ShapeError, match=r"a mask must be \(4,\)"):
        made.take([True, False])


def test_an_empty_sweep_is_a_sweep() -> None:
    empty = LidarSweep.from_columns(
        sensor="lidar_top",
        points=np.empty((0, 3)),
        ego_from_points=EGO_FROM_TOP,
        reference_ns=0,
        motion=Motion.UNKNOWN,
        times_ns=[],
    )
    assert (len(empty), empty.points_in_ego.shape, empty.finite.shape) == (0, (0, 3), (0,))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        pytest.param({"points": np.zeros((4, 4))}, ShapeError, r"points must be \(N, 3\), got \(4, 4\)", id="width"),
        pytest.param({"ring": [1, 2]}, ShapeError, r"ring must be \(4,\), got \(2,\)", id="rows"),
        pytest.param({"times_ns": [0.1, 0.2, 0.3, 0.4]}, ShapeError, "integer nanoseconds", id="seconds"),
        pytest.param({"ray_origin": [0.0, np.nan, 0.0]}, ShapeError, "three finite numbers", id="origin"),
        pytest.param({"frame": "ego"}, FrameMismatchError, "must be 'ego_from_ego'", id="frame"),
        pytest.param({"frame": "world"}, FrameMismatchError, "expected 'lidar_top' or 'ego'", id="world"),
        pytest.param({"compensated_to_ns": 100}, MotionError, "motion is 'raw'", id="compensated"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sweep(**{"ray_origin": np.zeros(3), **changes})
