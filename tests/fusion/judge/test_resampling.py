from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray
from fusion.judge.resampling import LEAST_CLUSTERS, cluster_interval, weighted_medians


def share(hits: FloatArray, cases: FloatArray, clusters: int, seed: int = 0) -> tuple[float, float] | None:
    with np.errstate(invalid="ignore"):
        return cluster_interval(lambda weights: (weights @ hits) / (weights @ cases), clusters, 0.0, 1.0, seed)


def test_covers_the_truth_about_as_often_as_it_says() -> None:
    # Twenty scenes whose own rates scatter around 90 %: intervals over boxes would hold in about half of the cases.
    rng = np.random.default_rng(7)
    held = 0
    for trial in range(300):
        rates = rng.beta(18, 2, 20)
        cases = rng.integers(50, 150, 20).astype(float)
        interval = share(rng.binomial(cases.astype(int), rates).astype(float), cases, 20, trial)
        held += interval is not None and interval[0] <= 0.9 <= interval[1]
    assert 0.92 <= held / 300 <= 0.985


def test_a_few_clusters_tell_nothing() -> None:
    assert share(np.ones(4), np.ones(4), LEAST_CLUSTERS - 1) is None
    assert share(np.zeros(9), np.zeros(9), 9) is None


def test_the_same_seed_gives_the_same_interval_within_its_bounds() -> None:
    hits, cases = np.array([9.0, 10, 10, 10, 7, 10]), np.full(6, 10.0)
    first = share(hits, cases, 6)
    assert first == share(hits, cases, 6)
    assert first is not None
    assert first[0] < hits.sum() / cases.sum() < first[1] <= 1.0


@pytest.mark.parametrize("weights", [[1, 1, 1], [2, 0, 1], [1, 3, 2]])
def test_weighted_medians_are_those_of_repeated_values(weights: list[int]) -> None:
    rng = np.random.default_rng(1)
    values, cluster = rng.normal(size=30), rng.integers(0, 3, 30)
    repeated = np.concatenate([np.repeat(values[cluster == c], n) for c, n in enumerate(weights)])
    found = weighted_medians(values, cluster, np.array([weights], dtype=float))
    assert found[0] == pytest.approx(np.median(repeated))


def test_medians_of_many_values_are_told_by_ranks_and_no_worse() -> None:
    rng = np.random.default_rng(2)
    values, cluster = rng.normal(size=50_000), rng.integers(0, 3, 50_000)
    found = weighted_medians(values, cluster, np.ones((1, 3)))[0]
    assert found == pytest.approx(np.median(values), abs=0.003)


def test_nothing_drawn_has_no_median() -> None:
    assert np.isnan(weighted_medians(np.array([1.0]), np.array([0]), np.zeros((1, 1)))[0])
