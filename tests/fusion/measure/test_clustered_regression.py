from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.clustered_regression import ClusteredRows, chi_squared_limit, fit_clustered

TRUE = np.array([0.7, -1.5])


def rows(
    seed: int, tracks: int = 30, per_track: int = 20, spread: float = 0.5, noise: float = 0.2, moves: float = 0.2
) -> ClusteredRows:
    """Two effects, errors shared by the rows of a track, and noise."""
    chance = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(tracks), per_track)
    # Rows of a track see the effects alike, as an object keeps its place in the picture.
    x = np.repeat(chance.normal(size=(tracks, 2)), per_track, axis=0) + moves * chance.normal(size=(len(cluster), 2))
    z = np.ones((len(cluster), 1))
    y = x @ TRUE + spread * chance.normal(size=tracks)[cluster] + noise * chance.normal(size=len(cluster))
    return ClusteredRows(y, x, z, cluster, np.full(len(y), noise), spread, np.array([10.0, 10.0]))


def test_finds_the_effects() -> None:
    assert fit_clustered(rows(1, noise=1e-3, spread=1e-3), effects=2).effects == pytest.approx(TRUE, abs=1e-3)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    fits = [fit_clustered(rows(seed), effects=2) for seed in range(100)]
    inside = [np.abs(fit.effects - TRUE) <= fit.reach * fit.sigmas for fit in fits]
    assert 0.90 <= np.mean(inside) <= 0.99


def test_few_tracks_are_not_many_rows() -> None:
    few = fit_clustered(rows(2, tracks=8, per_track=100, moves=0.0), 2)
    many = fit_clustered(rows(2, tracks=80, per_track=10, moves=0.0), 2)
    assert (few.sigmas > 1.5 * many.sigmas).all()


def test_wrong_tracks_and_wrong_rows_pull_little() -> None:
    clean = rows(3)
    y = clean.y.copy()
    y[clean.cluster < 3] += 50
    y[::37] -= 50
    fit = fit_clustered(ClusteredRows(y, clean.x, clean.z, clean.cluster, clean.sigma, clean.spread, clean.prior), 2)
    assert fit.effects == pytest.approx(TRUE, abs=3 * fit.reach * fit_clustered(clean, 2).sigmas.max())


def test_what_nothing_tells_stays_wide() -> None:
    told = rows(4)
    alike = ClusteredRows(told.y, told.x[:, [0, 0]], told.z, told.cluster, told.sigma, told.spread, told.prior)
    assert (fit_clustered(alike, 2).sigmas > 1).all()


def test_one_effect_alone_leaves_what_the_other_explained() -> None:
    fit = fit_clustered(rows(5), effects=2)
    assert fit.unexplained([0, 1]) == pytest.approx(0, abs=1e-6)
    assert fit.unexplained([0]) > chi_squared_limit(1, fit.clusters, 1e-3)
    assert fit.unexplained() > fit.unexplained([1])


def test_fewer_tracks_exceed_by_chance_more_easily() -> None:
    assert chi_squared_limit(3, 5, 1e-3) > chi_squared_limit(3, 100, 1e-3) > 16
