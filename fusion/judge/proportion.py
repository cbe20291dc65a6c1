"""How sure a share is, that was counted in a few cases."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import beta

# Two-sided 95 % of the normal distribution.
NORMAL_95 = 1.959963984540054


def wilson_interval(hits: float, cases: float) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1 where nothing was counted.

    Counts may be fractions: cases that resemble each other are worth fewer, see `design_effect`.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if cases == 0:
        return 0.0, 1.0
    share, z2 = hits / cases, NORMAL_95**2
    middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = NORMAL_95 / (1 + z2 / cases) * sqrt(share * (1 - share) / cases + z2 / (4 * cases**2))
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == cases else middle + half)


def exact_interval(hits: float, cases: float) -> tuple[float, float]:
    """The 95 % interval of a share that holds at least as often as it says, 0 to 1 where nothing was counted.

    Source: Clopper & Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the binomial".
    """
    if cases <= 0:
        return 0.0, 1.0
    low = 0.0 if hits <= 0 else float(beta.ppf(0.025, hits, cases - hits + 1))
    high = 1.0 if hits >= cases else float(beta.ppf(0.975, hits + 1, cases - hits))
    return low, high


def design_effect(hit: ArrayLike, cluster: ArrayLike) -> float:
    """How many times more cases are needed than if each stood for itself: errors of one scene resemble each other.

    Args:
        hit: (N,) bool; cluster: (N,) number of the scene each case is from.

    Returns:
        At least 1; 1 where all cases agree or come from one scene, as nothing can be said then.

    Source: Kish 1965, "Survey Sampling", variance of a ratio over clusters of unequal size by linearisation.
    """
    values = np.asarray(hit, dtype=np.float64)
    _, rows = np.unique(np.asarray(cluster), return_inverse=True)
    clusters = int(rows.max(initial=-1)) + 1
    share = float(values.mean()) if len(values) else 0.0
    if clusters < 2 or not 0 < share < 1:
        return 1.0
    totals = np.bincount(rows, weights=values - share)
    between = clusters / (clusters - 1) * float((totals**2).sum()) / len(values) ** 2
    return max(1.0, between / (share * (1 - share) / len(values)))
