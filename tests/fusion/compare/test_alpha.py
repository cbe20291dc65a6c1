from __future__ import annotations

import krippendorff
import numpy as np
import pytest

from calibration.errors import ShapeError
from fusion.compare.alpha import Level, alpha_parts, krippendorff_alpha

NONE = np.nan
# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
).T
LEVELS: tuple[Level, ...] = ("nominal", "interval", "ratio")


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("interval", 0.849), ("ratio", 0.797)])
def test_reproduces_the_published_values(level: Level, published: float) -> None:
    assert krippendorff_alpha(PUBLISHED, level) == pytest.approx(published, abs=5e-4)


def test_reproduces_the_published_example_of_two_observers_with_two_values() -> None:
    # The same paper, section A.
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert krippendorff_alpha(np.array([meg, owen]).T) == pytest.approx(0.095, abs=5e-4)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_an_independent_implementation(level: Level, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, 60).astype(float)
    said = np.where(rng.random((60, 4)) < 0.7, truth[:, None], rng.integers(1, 6, (60, 4)))
    said[rng.random((60, 4)) < 0.3] = NONE
    assert krippendorff_alpha(said, level) == pytest.approx(krippendorff.alpha(said.T, level_of_measurement=level))


def test_people_who_draw_lots_agree_on_nothing() -> None:
    rng = np.random.default_rng(5)
    assert krippendorff_alpha(rng.integers(0, 3, (20_000, 3))) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(
    "values",
    [np.zeros((0, 2)), np.ones((5, 3)), np.array([[1, NONE], [NONE, 2]]), np.array([[1.0], [2.0]])],
    ids=["nothing", "all the same", "nobody judged the same thing", "one person"],
)
def test_can_not_tell_where_nobody_could_have_disagreed(values: np.ndarray) -> None:
    assert np.isnan(krippendorff_alpha(values))


def test_refuses_what_has_no_ratio() -> None:
    with pytest.raises(ShapeError, match="from 0 on"):
        krippendorff_alpha([[-1.0, 2.0]], "ratio")


def test_large_offsets_cost_no_digits() -> None:
    assert krippendorff_alpha(PUBLISHED + 1e7, "interval") == pytest.approx(krippendorff_alpha(PUBLISHED, "interval"))


@pytest.mark.parametrize("level", LEVELS)
def test_drawing_a_cluster_twice_is_having_it_twice(level: Level) -> None:
    cluster = np.repeat([0, 1, 2], 4)
    parts = alpha_parts(PUBLISHED, cluster, level)
    twice = np.concatenate([PUBLISHED, PUBLISHED[cluster == 1]])
    assert parts.drawn(np.array([[1.0, 2.0, 1.0]]))[0] == pytest.approx(krippendorff_alpha(twice, level))
