"""The intervals hold what they promise: simulated many times over, with errors that come in bad scenes."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.judge.proportion import design_effect, exact_interval
from fusion.review.rates import Rate, Stratum, precision_rate, recall_rate, whole_rate

TIMES = 250
# 95 % promised; 250 simulations of a true 95 % fall below 92 % once in fifty.
AT_LEAST = 0.92


def clustered(rng: np.random.Generator, size: int, rate: float, scenes: int = 40, spread: float = 4.0):
    """(size,) which are wrong and the scene of each: rates differ between scenes as a Beta of that concentration."""
    of_scene = rng.beta(rate * spread, (1 - rate) * spread, scenes)
    scene = rng.integers(0, scenes, size)
    return rng.random(size) < of_scene[scene], scene


def stratum(wrong: np.ndarray, scene: np.ndarray, rows: np.ndarray) -> Stratum:
    return Stratum(tuple(wrong[rows].tolist()), tuple(str(one) for one in scene[rows]), len(wrong))


def holds(rate: Rate | None, truth: float) -> bool:
    return rate is not None and rate.low - 1e-12 <= truth <= rate.high + 1e-12


@pytest.mark.parametrize("rate", [0.02, 0.3, 0.9], ids=str)
@pytest.mark.parametrize("reviewed", [25, 120], ids="{} reviewed".format)
def test_the_precision_of_a_check_is_inside_its_interval(rng: np.random.Generator, rate: float, reviewed: int) -> None:
    inside = 0
    for _ in range(TIMES):
        right, scene = clustered(rng, 2000, rate)
        rows = rng.choice(2000, reviewed, replace=False)
        inside += holds(precision_rate(right[rows].tolist(), [str(one) for one in scene[rows]]), right.mean())
    assert inside / TIMES >= AT_LEAST


@pytest.mark.parametrize(
    ("flagged", "unflagged", "reviewed"),
    [
        ((300, 0.6), (5000, 0.01), (60, 150)),
        ((800, 0.9), (3000, 0.05), (40, 200)),
        ((50, 0.5), (400, 0.002), (50, 100)),
        ((200, 0.2), (20_000, 0.03), (30, 60)),
    ],
    ids=["few slip through", "many slip through", "all flagged reviewed", "few reviews"],
)
def test_error_rate_and_recall_are_inside_their_intervals(
    rng: np.random.Generator, flagged: tuple[int, float], unflagged: tuple[int, float], reviewed: tuple[int, int]
) -> None:
    inside = np.zeros(2)
    told = 0
    for _ in range(TIMES):
        parts = [clustered(rng, *flagged), clustered(rng, *unflagged)]
        strata = [
            stratum(wrong, scene, rng.choice(len(wrong), count, replace=False))
            for (wrong, scene), count in zip(parts, reviewed, strict=True)
        ]
        errors = [int(wrong.sum()) for wrong, _ in parts]
        inside[0] += holds(whole_rate(strata), sum(errors) / (flagged[0] + unflagged[0]))
        recall = recall_rate(*strata)
        if recall is not None and sum(errors):
            told += 1
            inside[1] += holds(recall, errors[0] / sum(errors))
    assert inside[0] / TIMES >= AT_LEAST
    assert inside[1] / told >= AT_LEAST


@pytest.mark.parametrize("rate", [0.005, 0.05], ids=str)
def test_the_error_rate_of_one_stratum_is_inside_its_interval(rng: np.random.Generator, rate: float) -> None:
    inside = 0
    for _ in range(TIMES):
        wrong, scene = clustered(rng, 1500, rate)
        inside += holds(whole_rate([stratum(wrong, scene, rng.choice(1500, 100, replace=False))]), wrong.mean())
    assert inside / TIMES >= AT_LEAST


def test_intervals_are_no_wider_than_they_must_be(rng: np.random.Generator) -> None:
    """Against the width that the normal distribution gives for two large, well reviewed strata."""
    parts = [clustered(rng, 4000, 0.4), clustered(rng, 16_000, 0.1)]
    strata = [stratum(wrong, scene, rng.choice(len(wrong), 400, replace=False)) for wrong, scene in parts]
    rate = whole_rate(strata)
    assert rate is not None
    expected = 2 * 1.96 * np.sqrt(0.2**2 * 0.24 / 400 + 0.8**2 * 0.09 / 400)
    assert rate.high - rate.low < 1.25 * expected


def test_a_stratum_that_nobody_looked_at_leaves_the_rate_open() -> None:
    looked_at = Stratum((False, True), ("a", "b"), 10)
    assert whole_rate([looked_at, Stratum((), (), 90)]) is None
    assert recall_rate(looked_at, Stratum((), (), 90)) is None


def test_a_part_reviewed_in_full_is_known() -> None:
    rate = whole_rate([Stratum((True, False, False, False), ("a",) * 4, 4)])
    assert rate is not None
    assert (rate.value, rate.low, rate.high) == (0.25, 0.25, 0.25)


def test_nothing_wrong_in_59_means_at_most_six_percent() -> None:
    """Two-sided, so a little more than the 5 % of the one-sided rule of three."""
    rate = whole_rate([Stratum((False,) * 59, ("a",) * 59, 10**9)])
    assert rate is not None
    assert rate.low == 0
    assert rate.high == pytest.approx(1 - 0.025 ** (1 / 59), abs=1e-6)


def test_errors_in_one_scene_are_worth_less_than_errors_all_over() -> None:
    scenes = [str(number // 10) for number in range(100)]
    together = [number < 10 for number in range(100)]
    apart = [number % 10 == 0 for number in range(100)]
    assert design_effect(together, scenes) > 5
    assert design_effect(apart, scenes) == 1
    assert precision_rate(together, scenes).high > precision_rate(apart, scenes).high


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (3, 20, 0.0321, 0.3789), (0, 0, 0.0, 1.0)],
    ids=["none", "all", "some", "nothing counted"],
)
def test_the_exact_interval_is_as_published(hits: int, cases: int, low: float, high: float) -> None:
    assert exact_interval(hits, cases) == pytest.approx((low, high), abs=5e-5)
