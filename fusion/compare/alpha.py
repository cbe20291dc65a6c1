"""Krippendorff's alpha: how far two or more people agree beyond what their habits alone would make them.

1 is perfect, 0 no better than drawing lots from what they all said, below 0 they contradict each other. Missing answers
are allowed; a unit that only one of them judged says nothing.

Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray, IntArray
from calibration.errors import ShapeError
from fusion.judge.resampling import cluster_interval

Level = Literal["nominal", "interval", "ratio"]
# Ratio differences are worked out between all values there are, so many at most.
MOST_RATIO_VALUES = 4000


@dataclass(frozen=True, eq=False)
class AlphaParts:
    """What alpha is made of, summed by cluster (C of them), so that drawing clusters anew is a product.

    disagreement: (C,) observed, summed over units; given: (C, K) how often each value was given, and apart (K, K) how
    different two values are; on an interval scale given is (C, 3), how many values, their sum and that of their
    squares, and apart isn't needed; units: that at least two judged.
    """

    disagreement: FloatArray
    given: FloatArray
    apart: FloatArray | None
    units: int

    @property
    def alpha(self) -> float:
        """Alpha of everything; NaN where nobody could have disagreed."""
        return float(self.drawn(np.ones((1, len(self.disagreement))))[0])

    def interval(self, seed: int = 0) -> tuple[float, float] | None:
        """The 95 % interval over clusters, None where there are too few."""
        return cluster_interval(self.drawn, len(self.disagreement), -1.0, 1.0, seed)

    def drawn(self, weights: FloatArray) -> FloatArray:
        """(B,) alpha where clusters weigh (B, C)."""
        observed, often = weights @ self.disagreement, weights @ self.given
        if self.apart is None:
            total, sums, squared = often.T
            squares = 2 * (total * squared - sums**2)
        else:
            total = often.sum(axis=1)
            squares = np.einsum("bk,bk->b", often @ self.apart, often)
        expected = squares / np.maximum(total - 1, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            alpha: FloatArray = np.where(expected > 0, 1 - observed / expected, np.nan)
        return alpha


def krippendorff_alpha(values: ArrayLike, level: Level = "nominal") -> float:
    """Alpha of U units judged by S people.

    Args:
        values: (U, S), NaN where somebody didn't judge; nominal ones are codes, of which only equality counts.
        level: "nominal"; "interval" for differences; "ratio" for differences relative to their size, not negative.

    Returns:
        Alpha; NaN where no unit was judged twice, or everybody said the same thing every time.

    Raises:
        ShapeError: not a table, negative values on a ratio scale, or too many of them.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ShapeError(f"values must be (units, people), got {table.shape}")
    return alpha_parts(table, np.zeros(len(table), dtype=np.int64), level).alpha


def alpha_parts(values: FloatArray, cluster: IntArray, level: Level = "nominal") -> AlphaParts:
    """The sums behind alpha, of values (U, S) by cluster (U,), numbered from 0.

    Raises:
        ShapeError: negative values on a ratio scale, or too many of them.
    """
    judged = np.isfinite(values).sum(axis=1)
    paired = judged >= 2
    values, cluster, judged = values[paired], cluster[paired], judged[paired]
    clusters = int(cluster.max(initial=-1)) + 1
    unit, person = np.nonzero(np.isfinite(values))
    distinct, code = np.unique(values[unit, person], return_inverse=True)
    if level == "ratio" and (len(distinct) > MOST_RATIO_VALUES or (distinct < 0).any()):
        raise ShapeError(f"a ratio scale needs values from 0 on, {MOST_RATIO_VALUES} different ones at most")
    observed = np.zeros(len(values))
    for first in range(values.shape[1]):
        for second in range(first):
            apart = _apart(values[:, first], values[:, second], level)
            observed += 2 * np.where(np.isfinite(apart), apart, 0.0)
    if level == "interval":
        centred = distinct - distinct.mean() if len(distinct) else distinct  # squares lose digits far from zero
        given = np.stack([_sums(cluster[unit], weight, clusters) for weight in _powers(centred[code])], axis=1)
    else:
        frequency = np.bincount(cluster[unit] * len(distinct) + code, minlength=clusters * len(distinct))
        given = frequency.reshape(clusters, len(distinct)).astype(np.float64)
    return AlphaParts(
        disagreement=_sums(cluster, observed / (judged - 1), clusters),
        given=given,
        apart=None if level == "interval" else _apart(distinct[:, None], distinct[None], level),
        units=len(values),
    )


def _sums(cluster: IntArray, weights: FloatArray, clusters: int) -> FloatArray:
    return np.asarray(np.bincount(cluster, weights=weights, minlength=clusters), dtype=np.float64)


def _powers(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return np.ones_like(values), values, np.square(values)


def _apart(a: FloatArray, b: FloatArray, level: Level) -> FloatArray:
    """How different two values are, NaN where one is missing."""
    if level == "nominal":
        return np.where(np.isfinite(a) & np.isfinite(b), (a != b).astype(np.float64), np.nan)
    if level == "interval":
        return np.square(a - b)
    total = a + b
    ratio = np.divide(a - b, total, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=total > 0)
    return np.where(np.isfinite(total), np.square(ratio), np.nan)
