"""How sure a least-squares solution is, from drawing the parts of the data it rests on again and again.

The scatter of single residuals says little: neighbours share the error of a plane, frames share the errors of a place.
Whole blocks are drawn, so what they share stays together.

Source: Efron 1979, "Bootstrap methods: another look at the jackknife".
"""

from __future__ import annotations

import numpy as np
from scipy.stats import t as students_t

from calibration.arrays import FloatArray

DRAWS = 400
TINY = 1e-12


def redrawn(information: FloatArray, gradient: FloatArray, loose: FloatArray) -> FloatArray:
    """(n, n) covariance of a solution, from drawing the blocks it was made of again and again.

    Args:
        information: (B, n, n) of each block; gradient: (B, n), at the solution.
        loose: (n,) standard deviation that what the data don't hold keeps.
    """
    blocks, size = gradient.shape
    prior = np.diag(loose**-2.0)
    if blocks < 2:
        return np.diag(loose**2.0)
    generator = np.random.default_rng(0)
    times = generator.multinomial(blocks, np.full(blocks, 1 / blocks), size=DRAWS).astype(np.float64)
    drawn_information = (times @ information.reshape(blocks, -1)).reshape(DRAWS, size, size) + prior
    solutions = np.linalg.solve(drawn_information, (times @ gradient)[:, :, None])[:, :, 0]
    # Few blocks scatter less than they err; 1.96 standard deviations shall hold 95 % all the same.
    few = (float(students_t.ppf(0.975, blocks - 1)) / 1.96) ** 2 * blocks / (blocks - 1)
    formal = np.linalg.inv(information.sum(axis=0) + prior)
    return wider(few * np.atleast_2d(np.cov(solutions, rowvar=False)), formal)


def wider(one: FloatArray, other: FloatArray) -> FloatArray:
    """The first covariance, each of its standard deviations as large as the larger of the two."""
    sigmas = np.sqrt(np.diag(one))
    correlation = one / np.maximum(np.outer(sigmas, sigmas), TINY)
    np.fill_diagonal(correlation, 1.0)
    wide = np.maximum(sigmas, np.sqrt(np.diag(other)))
    covariance: FloatArray = correlation * np.outer(wide, wide)
    return covariance
