from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray, IntArray
from calibration.audit.firing_order import firing_times_ns
from calibration.clock import MILLISECOND_NS
from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform

END_NS = 1_600_000_000_000_000_000
PERIOD_NS = 100 * MILLISECOND_NS
COLUMNS, LASERS = 600, 8


def turning(direction: float = -1.0) -> tuple[FloatArray, FloatArray]:
    """Points of a full turn, column by column, (N, 3), and the share of the turn at which each was fired."""
    share = np.repeat((np.arange(COLUMNS) + 0.5) / COLUMNS, LASERS)
    angle = 2.0 + direction * 2 * np.pi * share
    range_m = np.random.default_rng(2).uniform(5, 30, len(share))
    return np.column_stack([range_m * np.cos(angle), range_m * np.sin(angle), np.zeros(len(share))]), share


def sweep_of(points: FloatArray, times_ns: IntArray | None = None, interval: bool = True) -> LidarSweep:
    identity = RigidTransform.from_quaternion("ego", "lidar", [1, 0, 0, 0], [0, 0, 0])
    return LidarSweep.from_columns(
        sensor="lidar",
        points=points,
        ego_from_points=identity,
        reference_ns=END_NS,
        motion=Motion.RAW,
        times_ns=times_ns,
        start_ns=END_NS - PERIOD_NS if interval else None,
        end_ns=END_NS if interval else None,
    )


@pytest.mark.parametrize("direction", [-1.0, 1.0], ids=["clockwise", "counter-clockwise"])
def test_rows_that_go_round_once_tell_their_times(direction: float) -> None:
    points, share = turning(direction)
    times_ns = firing_times_ns(sweep_of(points))
    assert times_ns is not None
    assert np.abs((times_ns - END_NS) / PERIOD_NS + 1 - share).max() < 0.01


def test_times_of_the_file_win() -> None:
    points, _ = turning()
    told_ns = np.full(len(points), END_NS)
    assert np.array_equal(firing_times_ns(sweep_of(points, told_ns)), told_ns)  # type: ignore[arg-type]


def test_rows_sorted_by_laser_tell_nothing() -> None:
    points, _ = turning()
    by_laser = points.reshape(COLUMNS, LASERS, 3).transpose(1, 0, 2).reshape(-1, 3)
    assert firing_times_ns(sweep_of(by_laser)) is None


def test_shuffled_rows_half_a_turn_few_rows_and_an_unknown_interval_tell_nothing() -> None:
    points, _ = turning()
    assert firing_times_ns(sweep_of(np.random.default_rng(0).permutation(points))) is None
    assert firing_times_ns(sweep_of(points[: len(points) // 2])) is None
    assert firing_times_ns(sweep_of(points[::10])) is None
    assert firing_times_ns(sweep_of(points, interval=False)) is None


def test_rows_without_a_place_keep_theirs() -> None:
    points, share = turning()
    points[100:140] = np.nan
    times_ns = firing_times_ns(sweep_of(points))
    assert times_ns is not None
    seen = np.isfinite(points[:, 0])
    assert np.abs((times_ns[seen] - END_NS) / PERIOD_NS + 1 - share[seen]).max() < 0.02
