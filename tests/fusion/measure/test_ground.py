"""The ground under boxes: flat, sloped, cluttered, seen by few rays, or not seen at all."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray
from fusion.measure.ground import GroundBelow, estimate_ground, ground_below

UPRIGHT = [1.0, 0.0, 0.0, 0.0]


def street(
    rng: np.random.Generator, slope: tuple[float, float] = (0.0, 0.0), count: int = 30_000, height_m: float = -1.8
) -> FloatArray:
    """Ground returns, dense near the sensor and sparse far away, with a lidar's noise."""
    bearing, distance_m = rng.uniform(-np.pi, np.pi, count), 2 + 48 * rng.uniform(0, 1, count) ** 2
    x, y = distance_m * np.cos(bearing), distance_m * np.sin(bearing)
    return np.column_stack([x, y, height_m + slope[0] * x + slope[1] * y + rng.normal(0, 0.02, count)])


def car_sides(rng: np.random.Generator, x: float, y: float, ground_m: float, count: int = 300) -> FloatArray:
    """Returns from the side of a car that faces the sensor, from its sill up."""
    return np.column_stack(
        [rng.uniform(x - 2.2, x + 2.2, count), np.full(count, y), ground_m + rng.uniform(0.25, 1.5, count)]
    )


def below(points: FloatArray, centre_m: tuple[float, float, float]) -> GroundBelow:
    return ground_below(estimate_ground(points), [centre_m], [[4.5, 1.9, 1.6]], [UPRIGHT])


@pytest.mark.parametrize(
    "slope",
    [
        pytest.param((0.0, 0.0), id="flat"),
        pytest.param((0.05, 0.0), id="5 percent uphill"),
        pytest.param((0.0, -0.12), id="12 percent sideways"),
        pytest.param((0.10, 0.10), id="14 percent across"),
    ],
)
def test_the_height_is_right_to_five_centimetres(slope: tuple[float, float], rng: np.random.Generator) -> None:
    found = below(street(rng, slope), (12.0, 5.0, 0.0))
    assert found.height_m[0] == pytest.approx(-1.8 + slope[0] * 12 + slope[1] * 5, abs=0.05)
    assert found.point_count[0] > 50


def test_a_row_of_parked_cars_does_not_lift_the_ground(rng: np.random.Generator) -> None:
    cars = [car_sides(rng, x, 5.0, -1.8) for x in (8.0, 13.0, 18.0)]
    found = below(np.concatenate([street(rng, count=4_000), *cars]), (13.0, 6.0, -1.0))
    assert found.height_m[0] == pytest.approx(-1.8, abs=0.05)


def test_reflections_below_the_road_do_not_lower_it(rng: np.random.Generator) -> None:
    points = street(rng)
    mirrored = points[rng.choice(len(points), 400)] - [0, 0, 2.5]
    found = below(np.concatenate([points, mirrored]), (10.0, 0.0, -1.0))
    assert found.height_m[0] == pytest.approx(-1.8, abs=0.05)


def test_a_kerb_through_the_footprint_moves_the_height_by_less_than_the_kerb(rng: np.random.Generator) -> None:
    points = street(rng)
    points[points[:, 1] > 5.0, 2] += 0.12
    assert below(points, (10.0, 5.0, -1.0)).height_m[0] == pytest.approx(-1.74, abs=0.08)


def test_the_height_does_not_depend_on_where_the_box_hangs(rng: np.random.Generator) -> None:
    points = street(rng)
    lifted, standing = below(points, (10.0, 0.0, 3.0)), below(points, (10.0, 0.0, -1.0))
    assert lifted.height_m[0] == standing.height_m[0]


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(np.zeros((0, 3)), id="no points"),
        pytest.param(np.full((50, 3), np.nan), id="only NaN"),
        pytest.param(np.array([[100.0, 100.0, 0.0]] * 50), id="far from the box"),
    ],
)
def test_says_nothing_where_no_return_tells(points: FloatArray) -> None:
    assert np.isnan(below(points, (10.0, 0.0, 0.0)).height_m[0])


def test_says_nothing_where_returns_lie_far_on_one_side(rng: np.random.Generator) -> None:
    points = street(rng, count=2_000)
    one_side = points[(points[:, 0] > 15.5) & (np.abs(points[:, 1]) < 5)]
    found = ground_below(estimate_ground(one_side), [[10.0, 0, 0]], [[4.5, 1.9, 1.6]], [UPRIGHT])
    assert np.isnan(found.height_m[0])


def test_boxes_that_are_no_boxes_stay_unknown(rng: np.random.Generator) -> None:
    found = ground_below(estimate_ground(street(rng)), [[np.nan, 0, 0]], [[4.5, 1.9, 1.6]], [UPRIGHT])
    assert np.isnan(found.height_m[0])
    assert (
        len(ground_below(estimate_ground(street(rng)), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 4))).height_m)
        == 0
    )
