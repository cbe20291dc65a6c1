from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from fusion.compare.consensus import geometric_medians, majority, mean_headings, weighted_middles

NONE = np.nan


def test_one_bad_centre_in_three_hardly_moves_the_middle() -> None:
    points = np.array([[[0, 0, 0], [0.1, 0, 0], [9, 9, 0]]], dtype=float)
    assert np.linalg.norm(geometric_medians(points, np.ones((1, 3)))[0] - [0.1, 0, 0]) < 0.05


@pytest.mark.parametrize("seed", range(5))
def test_no_place_is_closer_to_all_of_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(size=(1, 5, 3)), rng.uniform(0.2, 1, (1, 5))
    found = geometric_medians(points, weights)[0]

    def total(place: np.ndarray) -> float:
        return float((weights[0] * np.linalg.norm(points[0] - place, axis=1)).sum())

    best = minimize(total, points[0].mean(axis=0), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}).fun
    assert total(found) == pytest.approx(best, abs=1e-4)


def test_who_drew_nothing_has_no_say() -> None:
    points = np.array([[[1, 2, 3], [NONE] * 3, [NONE] * 3]])
    assert geometric_medians(points, np.array([[1.0, 0, 0]]))[0] == pytest.approx([1, 2, 3])
    assert np.isnan(geometric_medians(points, np.zeros((1, 3)))).all()


@pytest.mark.parametrize(
    ("values", "weights", "middle"),
    [
        ([1, 2, 9], [1, 1, 1], 2.0),
        ([1, 3], [1, 1], 2.0),
        ([1, 3], [2, 1], 1.0),
        ([5, 1, NONE], [1, 1, 0], 3.0),
        ([1, 2, 3, 10], [1, 1, 1, 5], 10.0),
    ],
)
def test_weighted_middles_are_known(values: list[float], weights: list[float], middle: float) -> None:
    found = weighted_middles(np.array(values, dtype=float)[None, :, None], np.array([weights], dtype=float))
    assert found[0, 0] == pytest.approx(middle)


@pytest.mark.parametrize(
    ("yaws", "heading"),
    [
        ([10, 12, 14], 12),
        ([0, 180, 0], 0),
        ([180, 2, 182], -178.667),
        ([179, -179, -179], -179.67),
        ([90, -90], 90),
        ([45], 45),
    ],
    ids=["three near", "one turned round", "two of three turned round", "across the seam", "even votes", "one"],
)
def test_headings_average_over_the_axis_and_point_where_most_do(yaws: list[float], heading: float) -> None:
    found = mean_headings(np.radians([yaws]), np.ones((1, len(yaws))))
    assert np.degrees(found[0]) == pytest.approx(heading, abs=0.01)


def test_the_majority_names_the_class_and_the_earliest_of_equals() -> None:
    codes = np.array([[0, 1, 1], [2, 1, NONE], [NONE, NONE, NONE]])
    assert majority(codes, np.ones((3, 3)), 3).tolist() == [1, 2, -1]
    assert majority(codes[:1], np.array([[3.0, 1, 1]]), 3).tolist() == [0]
