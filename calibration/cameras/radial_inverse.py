"""Going back through a lens: which radius or angle was bent to this one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from calibration.arrays import FloatArray

TOLERANCE = 1e-13
MAX_ROUNDS = 200

RadialMapping = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def invert_radial(mapping: RadialMapping, targets: FloatArray, limit: float) -> FloatArray:
    """Arguments in [0, limit) that a growing mapping sends to the targets.

    Newton's method, kept inside a bracket that shrinks every round. The bracket is halved instead where Newton would
    leave it or does not halve its own step, so it can neither run off near the limit nor jump to and fro.

    Source: Press et al., "Numerical Recipes", 3rd edition, 9.4 (rtsafe).

    Args:
        mapping: values and slopes (N,) at arguments (N,); 0 at 0 and growing up to `limit`.
        targets: (N,) non-negative and finite.
        limit: the valid radius; may be infinite.

    Returns:
        (N,) arguments, NaN where the mapping never reaches the target within the limit.
    """
    highs = _upper_brackets(mapping, targets, limit)
    solved = np.full(len(targets), np.nan)
    rows = np.flatnonzero(np.isfinite(highs))
    low, high = np.zeros(len(rows)), highs[rows]
    guess = np.minimum(targets[rows], 0.5 * high)
    last_step = high
    for _ in range(MAX_ROUNDS):
        if not len(rows):
            break
        wanted = targets[rows]
        values, slopes = mapping(guess)
        errors = values - wanted
        low = np.where(errors <= 0, guess, low)
        high = np.where(errors > 0, guess, high)
        closed = high - low <= np.spacing(high)
        done = (np.abs(errors) <= TOLERANCE * (1.0 + wanted)) | closed
        solved[rows[done]] = guess[done]
        newton = guess - errors / slopes
        trusted = (newton > low) & (newton < high) & (np.abs(newton - guess) <= 0.5 * last_step)
        following = np.where(trusted, newton, 0.5 * (low + high))
        last_step = np.abs(following - guess)[~done]
        rows, low, high, guess = rows[~done], low[~done], high[~done], following[~done]
    return solved


def _upper_brackets(mapping: RadialMapping, targets: FloatArray, limit: float) -> FloatArray:
    """(N,) arguments at which the mapping is above each target, NaN where it never gets there."""
    if np.isfinite(limit):
        reach = float(_values_or_infinity(mapping, np.array([limit]))[0])
        return np.where(targets < reach, limit, np.nan)
    highs = np.maximum(1.0, 2.0 * targets)
    short = _values_or_infinity(mapping, highs) <= targets
    while short.any():
        highs[short] *= 2.0
        short = _values_or_infinity(mapping, highs) <= targets
    return highs


def _values_or_infinity(mapping: RadialMapping, arguments: FloatArray) -> FloatArray:
    """Values of the mapping; infinite at a pole, on either side of which rounding may put us."""
    values, _ = mapping(arguments)
    return np.where(np.isfinite(values) & (values >= 0), values, np.inf)
