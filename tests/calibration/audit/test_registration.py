from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.registration import CloudPair, register, rotation_of, thinned
from calibration.errors import ShapeError

UPRIGHT = np.eye(3)
FIRST, SECOND = np.array([0.0, 0.0, 1.8]), np.array([1.2, -0.6, 1.5])
Street = Callable[[int], Any]


def pair_off_by(street: Any, correction: FloatArray, frame: int = 0) -> CloudPair:
    """Two lidars on one car, the second's points laid out as if the correction were still to be made."""
    along = np.array([4.0 * frame, 0.0, 0.0])
    first = street.points(UPRIGHT, FIRST + along, seed=1) + FIRST
    second = street.points(UPRIGHT, SECOND + along, seed=2)
    return CloudPair(first, second @ rotation_of(-correction[3:]).T + SECOND - correction[:3], SECOND - correction[:3])


@pytest.mark.parametrize("row", range(6), ids=["x", "y", "z", "roll", "pitch", "yaw"])
def test_a_shift_or_turn_about_any_axis_is_measured(walled_street: Street, row: int) -> None:
    correction = np.zeros(6)
    correction[row] = 0.10 if row < 3 else np.radians(0.5)
    fit = register([pair_off_by(walled_street(3), correction)])
    assert fit is not None
    assert fit.correction[:3] == pytest.approx(correction[:3], abs=0.01)
    assert np.degrees(fit.correction[3:]) == pytest.approx(np.degrees(correction[3:]), abs=0.05)


def test_intervals_hold_the_truth_and_shrink_with_more_frames(walled_street: Street) -> None:
    correction = np.array([0.05, -0.04, 0.03, 0.004, -0.003, 0.006])
    street = walled_street(5)
    one = register([pair_off_by(street, correction)])
    many = register([pair_off_by(street, correction, frame) for frame in range(5)])
    assert one is not None
    assert many is not None
    sigmas = np.sqrt(np.diag(many.covariance))
    assert np.all(np.abs(many.correction - correction) < 4 * sigmas)
    assert sigmas.sum() < np.sqrt(np.diag(one.covariance)).sum()


def test_a_plane_alone_leaves_what_it_cant_hold_uncertain() -> None:
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(-15, 15, 0.25), np.arange(-15, 15, 0.25)))
    ground = np.stack([x, y, np.full(len(x), -1.8)], axis=1)
    fit = register([CloudPair(ground, ground + np.array([0.11, 0.07, -0.05]), np.zeros(3))])
    assert fit is not None
    sigmas = np.sqrt(np.diag(fit.covariance))
    assert fit.correction[2] == pytest.approx(0.05, abs=0.002)
    assert sigmas[2] < 0.01
    assert sigmas[[0, 1]].min() > 0.5
    assert np.degrees(sigmas[5]) > 5
    assert fit.condition > 100


def test_what_moves_by_itself_loses_its_weight(walled_street: Street) -> None:
    pair = pair_off_by(walled_street(3), np.zeros(6))
    y, z = (grid.ravel() for grid in np.meshgrid(np.arange(-2, 2, 0.1), np.arange(0.3, 1.6, 0.1)))
    lorry = np.stack([np.full(len(y), 8.0), y, z], axis=1)
    there = CloudPair(
        np.concatenate([pair.reference, lorry]), np.concatenate([pair.points, lorry + np.array([0.4, 0, 0])]), SECOND
    )
    fit = register([there])
    assert fit is not None
    assert fit.correction[:3] == pytest.approx(np.zeros(3), abs=0.01)


@pytest.mark.parametrize("count", [0, 5], ids=["no point", "five points"])
def test_too_little_gives_no_fit(count: int) -> None:
    few = np.random.default_rng(0).uniform(2, 9, (count, 3))
    assert register([CloudPair(few, few, np.zeros(3))]) is None
    assert register([]) is None


def test_rows_without_numbers_are_no_points(walled_street: Street) -> None:
    pair = pair_off_by(walled_street(3), np.zeros(6))
    holes = np.full((50, 3), np.nan)
    holed = CloudPair(np.concatenate([holes, pair.reference]), np.concatenate([pair.points, holes]), pair.pivot)
    fit, same = register([holed]), register([pair])
    assert fit is not None
    assert same is not None
    assert fit.correction == pytest.approx(same.correction)


def test_points_without_three_coordinates_are_refused() -> None:
    with pytest.raises(ShapeError):
        register([CloudPair(np.zeros((4, 2)), np.zeros((4, 3)), np.zeros(3))])


def test_thinning_keeps_one_point_of_each_voxel() -> None:
    points = np.array([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.9, 0.1, 0.1]])
    assert len(thinned(points, 0.6, 10)) == 2
    assert len(thinned(points, 0.01, 2)) == 2
