"""How sure a share is, that was counted in a few cases."""

from __future__ import annotations

from math import sqrt

# Two-sided 95 % of the normal distribution.
NORMAL_95 = 1.959963984540054


def wilson_interval(hits: int, cases: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1 where nothing was counted.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if cases == 0:
        return 0.0, 1.0
    share, z2 = hits / cases, NORMAL_95**2
    middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = NORMAL_95 / (1 + z2 / cases) * sqrt(share * (1 - share) / cases + z2 / (4 * cases**2))
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == cases else middle + half)
