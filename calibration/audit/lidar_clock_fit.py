"""Which clock offset makes the world crispest: a search, a robust fit of five numbers, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.audit.crispness import OFFSET, SMEAR, UNKNOWNS, Drive, Gaps, blur_m, gaps_of
from calibration.clock import SIGMA_PER_MAD

# Two sweeps of a lidar that turns ten times a second, and a bit.
SEARCHED_S = 0.25
STEP_S = 0.05
# For a curve to look at.
NEAR_STEPS, NEAR_STEP_S = 4, 0.01
# A wrong offset of one step moves surfaces by less; what is farther apart is another surface.
WIDEST_M = 0.4
ROUNDS = 10
SETTLED_S, SETTLED_SHARE = 2e-5, 1e-3
START_SCALE_M = 0.1
# Patches of a flat wall lie apart by less than the lidar's noise; sharper is luck.
FINEST_M = 0.005
# Biweight of Beaton and Tukey: 95 % as efficient as least squares where gaps are normal. Movers weigh nothing.
BIWEIGHT = 4.685
# How far off offset (s), smear, mounting (m, m, rad) may be at all; any drive that tells something outweighs this.
PRIOR_SIGMAS = np.array([1.0, 2.0, 0.1, 0.1, np.radians(1.0)])
# Patches of one pair err together (a leaning pose, a tree in the wind): so many count as one.
ALIKE = 20.0
MIN_PATCHES = 300


@dataclass(frozen=True, eq=False)
class ClockFit:
    """Five numbers, as `gaps_of` takes them, and what they rest on.

    numbers: (5,), sigmas: (5,) their standard errors, patches: that had a counterpart; gap_m: robust standard deviation
    of their gaps; excitation: (5,) root mean square change of a gap with each number that the others can't imitate, in
    metres per unit; blocks: stretches of driving that the standard errors rest on.
    """

    numbers: FloatArray
    sigmas: FloatArray
    patches: int
    gap_m: float
    excitation: FloatArray
    blocks: int


@dataclass(frozen=True, eq=False)
class _Linear:
    """Normal equations of every pair about some numbers, (P, 5, 5) and (P, 5), with the scale that weighs gaps.

    curvatures: (P, 5, 5) how the products really change with the numbers, weights included; patches, gap_m: as in
    `ClockFit`.
    """

    squares: FloatArray
    curvatures: FloatArray
    products: FloatArray
    scale_m: float
    patches: int
    gap_m: float


def fit_clock(drives: Sequence[Drive], blocks: IntArray, smears: Sequence[float]) -> ClockFit | None:
    """The crispest offset, with what is left of the motion and the mounting left free.

    Args:
        blocks: (P,) stretch of driving of each pair, of all drives.
        smears: where the search begins; a single one stays as it is, as where firing times are unknown.

    Returns:
        None where fewer than 300 patches have a counterpart.
    """
    numbers = _searched(drives, smears)
    free = np.ones(UNKNOWNS, dtype=bool)
    free[SMEAR] = len(smears) > 1
    linear = _linearised(drives, numbers, START_SCALE_M)
    for _ in range(ROUNDS):
        if linear is None:
            return None
        step = _steps(
            linear.squares.sum(axis=0)[None], linear.products.sum(axis=0)[None], numbers, linear.scale_m, free
        )[0]
        if abs(step[OFFSET]) < SETTLED_S and abs(step[SMEAR]) < SETTLED_SHARE:
            break
        numbers = numbers + step
        numbers[OFFSET] = np.clip(numbers[OFFSET], -SEARCHED_S, SEARCHED_S)
        linear = _linearised(drives, numbers, linear.scale_m)
    return None if linear is None else _judged(linear, numbers, blocks, free)


def _judged(linear: _Linear, numbers: FloatArray, blocks: IntArray, free: BoolArray) -> ClockFit:
    """How sure the numbers are, from leaving out one stretch of driving after the other.

    Poses err for a whole sweep at once, and a few sharp turns say most: drawn again, such stretches look too sure.

    Source: MacKinnon and Webb 2018 (jackknife over clusters).
    """
    stretches, which = np.unique(blocks, return_inverse=True)
    count = len(stretches)
    curvatures, products = np.zeros((count, UNKNOWNS, UNKNOWNS)), np.zeros((count, UNKNOWNS))
    np.add.at(curvatures, which, linear.curvatures)
    np.add.at(products, which, linear.products)
    without, pulled = curvatures.sum(axis=0) - curvatures, products.sum(axis=0) - products
    steps = _steps(without, pulled, numbers, linear.scale_m, free)
    away = (steps - steps.mean(axis=0)) ** 2
    return ClockFit(
        numbers=numbers,
        sigmas=np.sqrt((count - 1) / count * away.sum(axis=0)),
        patches=linear.patches,
        gap_m=linear.gap_m,
        excitation=_excitation(linear.squares.sum(axis=0) / linear.patches, free),
        blocks=count,
    )


def blurs_about(drives: Sequence[Drive], numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(T,) seconds all over what is searched, finer about the numbers' own offset, and how blurred each is, (T,) m."""
    steps = round(SEARCHED_S / STEP_S)
    near = numbers[OFFSET] + np.arange(-NEAR_STEPS, NEAR_STEPS + 1) * NEAR_STEP_S
    offsets_s = np.unique(np.concatenate([np.arange(-steps, steps + 1) * STEP_S, near[np.abs(near) <= SEARCHED_S]]))
    tried = np.repeat(numbers[None], len(offsets_s), axis=0)
    tried[:, OFFSET] = offsets_s
    blurs = [blur_m(gaps_of(drives, trial, with_columns=False), WIDEST_M) for trial in tried]
    return offsets_s, np.asarray(blurs)


def _searched(drives: Sequence[Drive], smears: Sequence[float]) -> FloatArray:
    """The least blurred of a coarse grid of offsets and the given smears."""
    steps = round(SEARCHED_S / STEP_S)
    trials = [
        np.array([step * STEP_S, smear, 0.0, 0.0, 0.0])
        for smear in smears
        for step in sorted(range(-steps, steps + 1), key=abs)  # of equally crisp ones the smallest
    ]
    blurs = [blur_m(gaps_of(drives, trial, with_columns=False), WIDEST_M) for trial in trials]
    return trials[int(np.argmin(np.nan_to_num(blurs, nan=np.inf)))]


def _linearised(drives: Sequence[Drive], numbers: FloatArray, widest_m: float) -> _Linear | None:
    """About the numbers; None where too few patches have a counterpart."""
    found = gaps_of(drives, numbers)
    gaps_m = np.concatenate([np.empty(0), *(one.gap_m for one in found)])
    if len(gaps_m) < MIN_PATCHES:
        return None
    gap_m = SIGMA_PER_MAD * float(np.median(np.abs(gaps_m)))
    scale_m = max(FINEST_M, min(widest_m, gap_m))
    return _Linear(*_normal_equations(found, scale_m), scale_m, len(gaps_m), gap_m)


def _normal_equations(found: Sequence[Gaps], scale_m: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of every pair (P, 5, 5), the same with weights that give way, and (P, 5); gaps count as they are ordinary."""
    squares, curvatures = np.zeros((2, len(found), UNKNOWNS, UNKNOWNS))
    products = np.zeros((len(found), UNKNOWNS))
    for row, one in enumerate(found):
        share = (one.gap_m / (BIWEIGHT * scale_m)) ** 2
        inside = np.clip(1 - share, 0, None)
        squares[row] = one.columns.T @ (inside[:, None] ** 2 * one.columns)
        curvatures[row] = one.columns.T @ ((inside * (1 - 5 * share))[:, None] * one.columns)
        products[row] = -one.columns.T @ (inside**2 * one.gap_m)
    return squares, curvatures, products


def _steps(
    squares: FloatArray, products: FloatArray, numbers: FloatArray, scale_m: float, free: BoolArray
) -> FloatArray:
    """What to add to the numbers, (B, 5), for each of B sums of normal equations; the prior keeps them bounded."""
    prior = ALIKE * scale_m**2 / PRIOR_SIGMAS**2
    bounded = squares + np.diag(prior)
    pulled = products - prior * numbers
    steps = np.zeros_like(products)
    steps[:, free] = np.linalg.solve(bounded[:, free][:, :, free], pulled[:, free, None])[:, :, 0]
    return steps


def _excitation(squares: FloatArray, free: BoolArray) -> FloatArray:
    """(5,) what is left of each column's root mean square when the other free ones are taken out of it."""
    left = np.zeros(UNKNOWNS)
    for one in np.flatnonzero(free):
        others = free.copy()
        others[one] = False
        imitated = squares[one, others] @ np.linalg.pinv(squares[np.ix_(others, others)]) @ squares[others, one]
        left[one] = np.sqrt(max(float(squares[one, one] - imitated), 0.0))
    return left
