"""95 % intervals of anything that is counted in clusters: scenes, or tracks, never single boxes.

Boxes of a track repeat one decision, and tracks of a scene one annotator's day; drawing them one by one would make
intervals several times too narrow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import t as student

from calibration.arrays import FloatArray, IntArray
from fusion.judge.proportion import NORMAL_95, wilson_interval

# With fewer clusters nobody knows how much they differ.
LEAST_CLUSTERS = 5
DRAWS = 1000
_LARGEST_TABLE = 2e7
# Ranks that a median is told by.
STEPS = 1000
ROUNDING = 1e-9

# From how often each cluster was drawn, (B, C), to the statistic of each draw, (B,), NaN where it has none.
Statistic = Callable[[FloatArray], FloatArray]


def cluster_interval(
    statistic: Statistic, clusters: int, low: float = -np.inf, high: float = np.inf, seed: int = 0
) -> tuple[float, float] | None:
    """The 95 % interval of a statistic by drawing whole clusters with replacement; None where that can't tell.

    The percentiles are spread as Student's distribution is wider than the normal one, as few clusters otherwise give
    intervals that are too narrow.

    Args:
        statistic: of weighted clusters; called once with ones for the estimate.
        clusters: how many there are.
        low, high: values beyond which the statistic can't be.
        seed: of the draws; the same gives the same interval.

    Source: Hesterberg 2015, "What Teachers Should Know About the Bootstrap", section 4.4 (expanded percentile).
    """
    if clusters < LEAST_CLUSTERS:
        return None
    estimate = float(statistic(np.ones((1, clusters)))[0])
    draws = int(np.clip(_LARGEST_TABLE / clusters, 100, DRAWS))
    weights = np.random.default_rng(seed).multinomial(clusters, np.full(clusters, 1 / clusters), size=draws)
    values = statistic(weights.astype(np.float64))
    values = values[np.isfinite(values)]
    if not np.isfinite(estimate) or len(values) < draws / 2:
        return None
    wider = float(student.ppf(0.975, clusters - 1)) / NORMAL_95 * np.sqrt(clusters / (clusters - 1))
    below, above = np.percentile(values, [2.5, 97.5])
    if (low, high) == (0.0, 1.0) and below == above and estimate in (low, high):
        # Clusters that are all alike can't be told apart by drawing them; each is one case of one kind.
        return wilson_interval(clusters if estimate else 0, clusters)
    return (
        float(np.clip(estimate + (below - estimate) * wider, low, high)),
        float(np.clip(estimate + (above - estimate) * wider, low, high)),
    )


def weighted_medians(values: FloatArray, cluster: IntArray, weights: FloatArray) -> FloatArray:
    """(B,) medians of values (N,) whose clusters (N,) were drawn as often as weights (B, C) say; NaN of none.

    Many values are taken together in steps of their rank, so fine that no interval notices.
    """
    if not len(values):
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    steps = min(len(values), STEPS, max(int(_LARGEST_TABLE / weights.shape[1]), 100))
    step = np.arange(len(values)) * steps // len(values)
    inside = np.bincount(step, minlength=steps)
    starts = np.cumsum(inside) - inside
    level = (values[order[starts + (inside - 1) // 2]] + values[order[starts + inside // 2]]) / 2
    size = np.bincount(cluster[order] * steps + step, minlength=weights.shape[1] * steps)
    reached = np.cumsum(weights @ size.reshape(weights.shape[1], steps).astype(np.float64), axis=1)
    half = reached[:, -1:] / 2
    lower, upper = (reached >= half - ROUNDING).argmax(axis=1), (reached > half + ROUNDING).argmax(axis=1)
    return np.where(half[:, 0] > 0, (level[lower] + level[upper]) / 2, np.nan)
