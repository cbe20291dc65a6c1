"""Rates from reviews that were drawn by lot, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from fusion.judge.proportion import design_effect, exact_interval, wilson_interval

SEED = 20_260_131
SIMULATED = 20_000


@dataclass(frozen=True)
class Rate:
    """A share of wrong ones, 0 to 1, and its 95 % interval.

    cases: reviews it rests on; low, high: of the whole that was drawn from; scenes: how many they are from.
    """

    hits: int
    cases: int
    value: float
    low: float
    high: float
    scenes: int
    design_effect: float = 1.0


@dataclass(frozen=True)
class Stratum:
    """Reviews drawn from one part of a whole: (N,) whether each was wrong, the scene of each, the size of the part."""

    wrong: tuple[bool, ...]
    scenes: tuple[str, ...]
    population: int


def precision_rate(right: Sequence[bool], scenes: Sequence[str]) -> Rate:
    """How often a check is right: Wilson's interval, on as many cases as those of like scenes are worth."""
    effect = design_effect(right, scenes)
    hits, cases = sum(right), len(right)
    low, high = wilson_interval(hits / effect, cases / effect)
    return Rate(hits, cases, hits / cases if cases else 0.0, low, high, len(set(scenes)), effect)


def whole_rate(strata: Sequence[Stratum]) -> Rate | None:
    """The share of wrong ones in all strata together; None where a part of them was never looked at.

    One stratum has its exact interval. Several are weighed by size; what each may be is drawn many times from what
    its reviews leave open, a Beta(hits + 1/2, misses + 1/2), and the middle 95 % of the sums is the interval.

    Source: Jeffreys' interval as in Brown, Cai & DasGupta 2001, "Interval estimation for a binomial proportion".
    """
    parts = [stratum for stratum in strata if stratum.population]
    if not parts or any(not stratum.wrong for stratum in parts):
        return None
    total = sum(stratum.population for stratum in parts)
    value = sum(stratum.population * float(np.mean(stratum.wrong)) for stratum in parts) / total
    hits, cases = sum(sum(stratum.wrong) for stratum in parts), sum(len(stratum.wrong) for stratum in parts)
    if len(parts) == 1:
        low, high = _finite(exact_interval(hits, cases), hits, cases, total)
    else:
        possible = np.asarray(sum(stratum.population * _possible(stratum, row) for row, stratum in enumerate(parts)))
        low, high = (float(bound) for bound in np.quantile(possible / total, (0.025, 0.975)))
        low, high = (low if hits else 0.0), (high if hits < cases else 1.0)
    scenes = len({scene for stratum in parts for scene in stratum.scenes})
    return Rate(hits, cases, value, min(low, value), max(high, value), scenes)


def recall_rate(flagged: Stratum, unflagged: Stratum) -> Rate | None:
    """The share of wrong labels that somebody flagged; None where nobody looked at what was not flagged.

    hits, cases: errors found by review among the flagged, and in all.
    """
    if not unflagged.wrong or (not flagged.wrong and flagged.population):
        return None
    caught = flagged.population * float(np.mean(flagged.wrong)) if flagged.wrong else 0.0
    missed = unflagged.population * float(np.mean(unflagged.wrong))
    if caught + missed <= 0:
        return None
    possible_caught = flagged.population * _possible(flagged, 0) if flagged.wrong else np.zeros(SIMULATED)
    possible = possible_caught / (possible_caught + unflagged.population * _possible(unflagged, 1))
    low, high = (float(bound) for bound in np.quantile(possible, (0.025, 0.975)))
    value = caught / (caught + missed)
    hits, misses = sum(flagged.wrong), sum(unflagged.wrong)
    scenes = len({*flagged.scenes, *unflagged.scenes})
    return Rate(hits, hits + misses, value, min(low, value), 1.0 if not misses else max(high, value), scenes)


def _possible(stratum: Stratum, number: int) -> FloatArray:
    """(SIMULATED,) shares that the reviews of a stratum leave open; one that was looked at in full leaves nothing."""
    hits, cases = sum(stratum.wrong), len(stratum.wrong)
    if cases >= stratum.population:
        return np.full(SIMULATED, hits / cases)
    random = np.random.default_rng([SEED, number])
    seen = cases / stratum.population
    # What was reviewed is known; only the rest is open.
    return seen * hits / cases + (1 - seen) * random.beta(hits + 0.5, cases - hits + 0.5, SIMULATED)


def _finite(interval: tuple[float, float], hits: int, cases: int, population: int) -> tuple[float, float]:
    """The interval of a population of which a part is known."""
    seen = min(cases / population, 1.0)
    return seen * hits / cases + (1 - seen) * interval[0], seen * hits / cases + (1 - seen) * interval[1]
