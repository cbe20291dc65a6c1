"""Regression on labels: rows of one track share its error, some rows are wrong, and so are some tracks.

    y = X theta + Z_track b_track + noise,   b_track ~ (0, spread^2 I),   theta ~ (0, prior^2)

Noise and track errors are normal up to 2.5 standard deviations; what lies further off pulls less, and beyond twice
that ever less (weights after Huber and Hampel). Intervals are those of the model, widened to what leaving out one
track after the other shows where that is wider: tracks err in more ways than the model has.

Source: Hampel et al. 1986, "Robust Statistics" (weights); Tukey 1958, "Bias and confidence in not-quite large
samples", as by MacKinnon and Webb 2018 for clusters (jackknife).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2, f, t

from calibration.arrays import FloatArray, IntArray

NORMAL_UP_TO = 2.5
HOPELESS_FROM = 5.0
ROUNDS = 25
# Scales are told by the data within these factors of what was expected.
SCALE_RANGE = (0.2, 5.0)
SPREAD_RANGE = (0.25, 4.0)
# A track's own errors are told as if those of others were so many times wider: they are what is looked for.
WIDE_SPREAD = 20.0


@dataclass(frozen=True, eq=False)
class ClusteredRows:
    """What is regressed.

    y: (N,); x: (N, Q) effects; z: (N, R) what one unit of its track's errors does to a row; cluster: (N,) 0..T-1;
    sigma: (N,) expected noise, of y; spread: expected standard deviation of a track's errors;
    prior: (Q,) standard deviation of each effect before anything was seen.
    """

    y: FloatArray
    x: FloatArray
    z: FloatArray
    cluster: IntArray
    sigma: FloatArray
    spread: float
    prior: FloatArray

    @property
    def clusters(self) -> int:
        """How many tracks."""
        return int(self.cluster.max(initial=-1)) + 1


@dataclass(frozen=True, eq=False)
class ClusteredFit:
    """What the rows say of the effects, everything else accounted for.

    effects: (Q,); information: (Q, Q) inverse of their covariance, priors included; clusters: how many tracks spoke;
    cluster_effects: (T, R) each track's own errors, hardly drawn to those of the others; cluster_sigma: (T, R) how
    uncertain those are; spread: their standard deviation as found; scale: noise as found over noise as expected.
    """

    effects: FloatArray
    information: FloatArray
    clusters: int
    cluster_effects: FloatArray
    cluster_sigma: FloatArray
    spread: float
    scale: float

    @property
    def covariance(self) -> FloatArray:
        """(Q, Q) of the effects."""
        return _inverse(self.information)

    @property
    def sigmas(self) -> FloatArray:
        """(Q,) standard deviations."""
        sigmas: FloatArray = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return sigmas

    @property
    def reach(self) -> float:
        """Standard deviations to either end of a 95 % interval, more where few tracks spoke."""
        return float(t.ppf(0.975, max(self.clusters - 1, 1)))

    def of(self, chosen: Sequence[int]) -> ClusteredFit:
        """The fit in which all other effects are none; the tracks' own errors are kept as they are."""
        score = (self.information @ self.effects)[list(chosen)]
        inside = self.information[list(chosen)][:, list(chosen)]
        return replace(self, effects=_inverse(inside) @ score, information=inside)

    def unexplained(self, chosen: Sequence[int] = ()) -> float:
        """Chi-squared that is left where only the chosen effects are let be."""
        everything = float(self.effects @ self.information @ self.effects)
        if not chosen:
            return everything
        part = self.of(chosen)
        return max(everything - float(part.effects @ part.information @ part.effects), 0.0)


def chi_squared_limit(effects: int, clusters: int, chance: float) -> float:
    """What chi-squared of so many effects, told by so many tracks, exceeds by chance only this often."""
    return effects * float(f.isf(chance, effects, max(clusters - 1, 1))) if effects else 0.0


def fit_clustered(rows: ClusteredRows, effects: int) -> ClusteredFit:
    """The first so many of the effects, whatever the others are, with an information that is honest about tracks."""
    weight = np.ones(len(rows.y))
    cluster_weight = np.ones(rows.clusters)
    scale, spread = 1.0, rows.spread
    solved = _solve(rows, weight / rows.sigma**2, cluster_weight / spread**2)
    for _ in range(ROUNDS):
        ratio = np.abs(solved.residuals) / rows.sigma
        weight = _weights(ratio / scale)
        scale = float(np.clip(np.sqrt(np.average(ratio**2, weights=weight)), *SCALE_RANGE))
        size = np.sqrt(((solved.b**2).sum(axis=1) + solved.b_variance.sum(axis=1)) / rows.z.shape[1])
        cluster_weight = _weights(size / spread)
        # By the middle track: one label a metre off must not make all tracks look bad.
        found = float(np.median(size)) / np.sqrt(chi2.median(rows.z.shape[1]) / rows.z.shape[1])
        spread = float(np.clip(found, SPREAD_RANGE[0] * rows.spread, SPREAD_RANGE[1] * rows.spread))
        solved = _solve(rows, weight / (rows.sigma * scale) ** 2, cluster_weight / spread**2)
    own_errors, own_sigma = _own_errors(rows, solved.theta, scale)
    kept = slice(0, effects)
    information = _inverse(_inverse(solved.information)[kept, kept])
    return ClusteredFit(
        effects=solved.theta[kept],
        information=_widened(information, solved.left_out(effects)),
        clusters=rows.clusters,
        cluster_effects=own_errors,
        cluster_sigma=own_sigma,
        spread=spread,
        scale=scale,
    )


def _inverse(matrix: FloatArray) -> FloatArray:
    inverse: FloatArray = np.linalg.pinv(matrix, hermitian=True).astype(np.float64)
    return inverse


def _widened(information: FloatArray, left_out: FloatArray) -> FloatArray:
    """The information, less in each direction in which leaving out tracks moves the effects more than the model has it.

    No direction is widened by less than the mean of all: single ones are told by few tracks.
    """
    tracks = len(left_out)
    away = left_out - left_out.mean(axis=0)
    values, vectors = np.linalg.eigh(information)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    seen, directions = np.linalg.eigh((tracks - 1) / tracks * (away @ root).T @ (away @ root))
    wider = np.maximum(seen, max(float(seen.mean()), 1.0))
    widened: FloatArray = root @ (directions / wider) @ directions.T @ root
    return widened


def _weights(deviations: FloatArray) -> FloatArray:
    """1 for what is usual, falling with the deviation, and with its cube where it is hopeless."""
    far = np.maximum(deviations, NORMAL_UP_TO)
    weights: FloatArray = NORMAL_UP_TO / far * np.minimum(1.0, (HOPELESS_FROM / far) ** 2)
    return weights


@dataclass(frozen=True, eq=False)
class _Solution:
    theta: FloatArray
    information: FloatArray
    residuals: FloatArray
    b: FloatArray
    b_variance: FloatArray
    parts: FloatArray
    right_parts: FloatArray

    def left_out(self, effects: int) -> FloatArray:
        """(T, effects) what remains of the effects without each track."""
        right = self.information @ self.theta
        left = self.information - self.parts
        without: FloatArray = np.linalg.solve(left, (right - self.right_parts)[:, :, None]).astype(np.float64)
        return without[:, :effects, 0]


def _solve(rows: ClusteredRows, precision: FloatArray, cluster_precision: FloatArray) -> _Solution:
    """Weighted least squares, the tracks' errors eliminated one by one: they never meet."""
    tracks, width = rows.clusters, rows.z.shape[1]
    weighted_z = rows.z * precision[:, None]
    own = _summed(weighted_z[:, :, None] * rows.z[:, None, :], rows.cluster, tracks)
    inverse = np.linalg.inv(own + cluster_precision[:, None, None] * np.eye(width))
    mixed = _summed(weighted_z[:, :, None] * rows.x[:, None, :], rows.cluster, tracks)
    seen = _summed(weighted_z * rows.y[:, None], rows.cluster, tracks)
    weighted_x = rows.x * precision[:, None]
    taken = np.einsum("tij,tjq->tiq", inverse, mixed)
    # What each track says of the effects, and what it makes of them.
    parts = _summed(weighted_x[:, :, None] * rows.x[:, None, :], rows.cluster, tracks)
    parts -= np.einsum("tiq,tip->tqp", mixed, taken)
    right_parts = _summed(weighted_x * rows.y[:, None], rows.cluster, tracks) - np.einsum("tiq,ti->tq", taken, seen)
    information = parts.sum(axis=0) + np.diag(1 / rows.prior**2)
    theta = np.linalg.solve(information, right_parts.sum(axis=0))
    b = np.einsum("tij,tj->ti", inverse, seen - mixed @ theta)
    residuals = rows.y - rows.x @ theta - np.einsum("nr,nr->n", rows.z, b[rows.cluster])
    variance = np.einsum("tii->ti", inverse)
    return _Solution(theta, information, residuals, b, variance, parts, right_parts)


def _own_errors(rows: ClusteredRows, theta: FloatArray, scale: float) -> tuple[FloatArray, FloatArray]:
    """(T, R) what is left of each track, none of its rows set aside, and its sigma."""
    weighted_z = rows.z / ((rows.sigma * scale) ** 2)[:, None]
    told = _summed(weighted_z[:, :, None] * rows.z[:, None, :], rows.cluster, rows.clusters)
    seen = _summed(weighted_z * (rows.y - rows.x @ theta)[:, None], rows.cluster, rows.clusters)
    covariance = np.linalg.inv(told + np.eye(rows.z.shape[1]) / (WIDE_SPREAD * rows.spread) ** 2)
    errors: FloatArray = np.einsum("tij,tj->ti", covariance, seen)
    return errors, np.sqrt(np.einsum("tii->ti", covariance))


def _summed(values: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """Sums of the rows of each group, (groups, ...)."""
    flat = values.reshape(len(values), -1)
    columns = [np.bincount(group, weights=column, minlength=groups) for column in flat.T]
    sums: FloatArray = np.stack(columns, axis=1).astype(np.float64)
    return sums.reshape(groups, *values.shape[1:])
