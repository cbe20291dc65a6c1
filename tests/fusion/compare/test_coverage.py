"""Intervals hold the truth as often as they say, in simulated deliveries whose tracks or scenes decide together."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.compare.alpha import alpha_parts
from fusion.judge.resampling import cluster_interval, weighted_medians

TRIALS = 120


def held(intervals: list[tuple[float, float] | None], truth: float) -> float:
    return float(np.mean([found is not None and found[0] <= truth <= found[1] for found in intervals]))


def confused(rng: np.random.Generator, scenes: int) -> tuple[np.ndarray, np.ndarray]:
    """Two annotators, three classes; in each scene they mix classes up by a rate of its own, 10 % in the mean."""
    truth = rng.integers(0, 3, (scenes, 30))
    rates = rng.beta(2, 18, scenes)[:, None, None]
    wrong = rng.random((scenes, 30, 2)) < rates
    said = np.where(wrong, (truth[..., None] + rng.integers(1, 3, wrong.shape)) % 3, truth[..., None])
    return said.reshape(-1, 2).astype(float), np.repeat(np.arange(scenes), 30)


def test_intervals_of_alpha_hold_the_alpha_of_everything() -> None:
    rng = np.random.default_rng(2)
    values, _ = confused(rng, 20_000)
    truth = alpha_parts(values, np.zeros(len(values), dtype=np.int64)).alpha
    intervals = [alpha_parts(*confused(rng, 25)).interval(seed) for seed in range(TRIALS)]
    assert 0.91 <= held(intervals, truth) <= 0.99


@pytest.mark.parametrize("tracks", [12, 40])
def test_intervals_of_a_bias_hold_it_where_every_track_has_one_of_its_own(tracks: int) -> None:
    rng, intervals = np.random.default_rng(tracks), []
    cluster = np.repeat(np.arange(tracks), 8)
    for seed in range(TRIALS):
        values = 0.05 + rng.normal(0, 0.10, tracks)[cluster] + rng.normal(0, 0.03, len(cluster))
        intervals.append(
            cluster_interval(lambda drawn, v=values: weighted_medians(v, cluster, drawn), tracks, seed=seed)  # type: ignore[misc]
        )
    assert 0.90 <= held(intervals, 0.05) <= 0.995
