"""Sampling plans: how many to inspect, and at how many defects to accept or reject a delivery.

A plan keeps two promises. A delivery whose share of defects is at most the acceptable one (AQL) is rejected with no
more than the producer's risk; one at the rejectable share (RQL) is accepted with no more than the consumer's. Both are
worked out exactly, step by step, with small lots drawn without replacement; nothing rests on the normal distribution.

Source: Wald 1945, "Sequential Tests of Statistical Hypotheses"; ISO 2859-1 and ISO 8422 have the same plans as tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import binom, hypergeom, norm

from calibration.arrays import IntArray
from fusion.errors import AcceptanceError

PlanKind = Literal["single", "sequential"]
Decision = Literal["accept", "reject", "continue"]
NEVER_ACCEPT = -1
# A lot this many times the sample can be taken as endless: the risks differ in the third digit.
SMALL_LOT = 10
MOST_INSPECTED = 50_000


@dataclass(frozen=True)
class QualityGoal:
    """What both sides agreed on, as shares: acceptable and rejectable defects, and the risk each side takes."""

    aql: float
    rql: float
    producer_risk: float = 0.05
    consumer_risk: float = 0.10

    def __post_init__(self) -> None:
        if not 0 < self.aql < self.rql < 1:
            raise AcceptanceError(
                f"the acceptable share of defects must be above 0 and below the rejectable one, and that below 100 %; "
                f"got {self.aql:.3%} and {self.rql:.3%}"
            )
        if not (0 < self.producer_risk < 0.5 and 0 < self.consumer_risk < 0.5):
            raise AcceptanceError(
                f"risks must lie between 0 and 50 %, got {self.producer_risk:.1%} and {self.consumer_risk:.1%}"
            )


@dataclass(frozen=True, eq=False)
class SamplingPlan:
    """When to stop. After n inspected: accept at `accept_at[n]` defects or fewer, reject at `reject_at[n]` or more.

    accept_at, reject_at: (size + 1,), NEVER_ACCEPT and size + 1 where n is too early to tell; at n = size one of the
    two holds. lot: units there are, None where there are so many that it makes no difference.
    """

    kind: PlanKind
    goal: QualityGoal
    accept_at: IntArray
    reject_at: IntArray
    lot: int | None
    design_effect: float = 1.0

    @property
    def size(self) -> int:
        """Most units that are inspected."""
        return len(self.accept_at) - 1

    def decision(self, inspected: int, defects: int) -> Decision:
        """What the numbers say."""
        if defects <= self.accept_at[inspected]:
            return "accept"
        return "reject" if defects >= self.reject_at[inspected] else "continue"

    def outcome(self, defective: IntArray) -> tuple[Decision, int]:
        """Decision and units inspected until then, of units (n,) in the order they are drawn; 1 is defective."""
        defects = np.concatenate([[0], np.cumsum(defective[: self.size])]).astype(np.int64)
        shown = slice(0, len(defects))
        stops = (defects <= self.accept_at[shown]) | (defects >= self.reject_at[shown])
        at = int(np.argmax(stops)) if stops.any() else len(defects) - 1
        return self.decision(at, int(defects[at])), at

    def characteristic(self, share: float) -> tuple[float, float]:
        """Probability to accept a lot with that share of defects, and the mean number inspected, worked out exactly.

        For units drawn one by one; a sample of whole scenes has `design_effect` in its limits and isn't exact.
        """
        defective = None if self.lot is None else round(share * self.lot)
        alive = np.zeros(int(self.reject_at.max()) + 2)
        alive[0], accepted, inspected = 1.0, 0.0, 0.0
        defects = np.arange(len(alive))
        for n in range(1, self.size + 1):
            inspected += alive.sum()
            if defective is None or self.lot is None:
                bad = np.full(len(alive), share)
            else:
                bad = np.clip((defective - defects) / (self.lot - n + 1), 0.0, 1.0)
            alive = alive * (1 - bad) + np.concatenate([[0.0], (alive * bad)[:-1]])
            good = defects <= self.accept_at[n]
            accepted += alive[good].sum()
            alive[good | (defects >= self.reject_at[n])] = 0.0
            if not alive.any():
                break
        return float(accepted), float(inspected)

    @property
    def risks(self) -> tuple[float, float]:
        """The producer's and the consumer's risk as they are with this plan."""
        rejected = 1 - self.characteristic(_floor(self.goal.aql, self.lot))[0]
        return max(rejected, 0.0), self.characteristic(_ceil(self.goal.rql, self.lot))[0]


def _floor(share: float, lot: int | None) -> float:
    """The share as whole units of a small lot."""
    return share if lot is None else int(np.floor(share * lot + 1e-9)) / lot


def _ceil(share: float, lot: int | None) -> float:
    return share if lot is None else int(np.ceil(share * lot - 1e-9)) / lot


def sampling_plan(
    goal: QualityGoal, lot: int, kind: PlanKind = "sequential", design_effect: float = 1.0
) -> SamplingPlan:
    """The smallest plan that keeps both promises.

    Args:
        goal: shares and risks.
        lot: units the delivery has.
        kind: "single" decides by one number, "sequential" as soon as the numbers allow and usually after half as many.
        design_effect: how many times the variance of a simple sample the real one has, 1 for units drawn one by one.

    Raises:
        AcceptanceError: an empty lot, or shares so close that nobody could inspect so many.
    """
    if lot < 1:
        raise AcceptanceError("there is nothing to draw a sample from")
    if design_effect <= 1.0:
        return _best(goal, lot, kind)
    spread = _best(goal, 10**9, kind)
    size = int(np.ceil(spread.size * design_effect))
    if size >= lot:
        return _best(goal, lot, kind)
    return _scaled(spread, size, design_effect)


def _best(goal: QualityGoal, lot: int, kind: PlanKind) -> SamplingPlan:
    endless = _single_numbers(goal, None)
    most = SMALL_LOT * (MOST_INSPECTED if endless is None else endless[0])
    small = lot if lot <= most else None
    numbers = _single_numbers(goal, small) if small is not None else endless
    if numbers is None:
        raise AcceptanceError(
            f"to tell {goal.aql:.3%} from {goal.rql:.3%} with these risks more than {MOST_INSPECTED:,} units would "
            "have to be inspected; agree on shares further apart"
        )
    single = _lines(goal, *numbers, small, None)
    if kind == "single":
        return single
    return next((plan for plan in _sequential_plans(goal, numbers, small) if _keeps(plan)), single)


def _single_numbers(goal: QualityGoal, lot: int | None) -> tuple[int, int] | None:
    """Size and acceptance number of the smallest single plan; None where it would be too large."""
    most = MOST_INSPECTED if lot is None else min(lot, MOST_INSPECTED)
    about = _normal_size(goal)
    about = about if lot is None else about / (1 + about / lot)
    if about > MOST_INSPECTED:
        return None
    good, bad = _floor(goal.aql, lot), _ceil(goal.rql, lot)
    # The normal distribution is off by a few defects at most; below its guess by that much no plan does.
    guess = round(about * (goal.aql + goal.rql) / 2)
    first = 0 if guess < 30 else round(guess * 0.5)
    for number in range(first, most):
        if _accepts(number, most, bad, lot) > goal.consumer_risk:
            return None
        low, high = number + 1, most
        while low < high:
            middle = (low + high) // 2
            if _accepts(number, middle, bad, lot) <= goal.consumer_risk:
                high = middle
            else:
                low = middle + 1
        if _accepts(number, low, good, lot) >= 1 - goal.producer_risk:
            return low, number
    return None


def _normal_size(goal: QualityGoal) -> float:
    """About how many a single plan inspects."""
    good, bad = (float(np.sqrt(share * (1 - share))) for share in (goal.aql, goal.rql))
    reach = norm.isf(goal.producer_risk) * good + norm.isf(goal.consumer_risk) * bad
    return float((reach / (goal.rql - goal.aql)) ** 2)


def _accepts(number: int, size: int, share: float, lot: int | None) -> float:
    """Probability of at most so many defects among so many."""
    if lot is None:
        return float(binom.cdf(number, size, share))
    return float(hypergeom.cdf(number, lot, round(share * lot), size))


def _sequential_plans(goal: QualityGoal, numbers: tuple[int, int], lot: int | None) -> Iterator[SamplingPlan]:
    """Wald's lines, cut off at ever more units and drawn ever further apart until both promises hold."""
    single_size, _ = numbers
    odds = np.log(goal.rql * (1 - goal.aql) / (goal.aql * (1 - goal.rql)))
    slope = np.log((1 - goal.aql) / (1 - goal.rql)) / odds
    below = np.log((1 - goal.producer_risk) / goal.consumer_risk) / odds
    above = np.log((1 - goal.consumer_risk) / goal.producer_risk) / odds
    for wider in (1.0, 1.1, 1.25, 1.5):
        for longer in (1.0, 1.1, 1.25, 1.5, 2.0):
            size = min(int(np.ceil(single_size * longer)), lot or MOST_INSPECTED)
            middle = round(slope * size)
            for number in sorted(range(max(middle - 2, 0), middle + 3), key=lambda c: (abs(c - middle), c)):
                yield _lines(goal, size, number, lot, (float(slope), float(below * wider), float(above * wider)))


def _lines(
    goal: QualityGoal, size: int, number: int, lot: int | None, wald: tuple[float, float, float] | None
) -> SamplingPlan:
    """A plan of so many at most, accepted at the end at so many defects; it stops when the end is certain."""
    n = np.arange(size + 1)
    accept_at = np.maximum(number - (size - n), NEVER_ACCEPT)
    reject_at = np.full(size + 1, number + 1)
    if wald is not None:
        slope, below, above = wald
        accept_at = np.maximum(accept_at, np.floor(slope * n - below).astype(np.int64))
        reject_at = np.minimum(reject_at, np.ceil(slope * n + above).astype(np.int64))
    accept_at[0], reject_at[0] = NEVER_ACCEPT, size + 1
    accept_at = np.where(accept_at < 0, NEVER_ACCEPT, np.minimum(accept_at, number))
    kind: PlanKind = "single" if wald is None else "sequential"
    return SamplingPlan(kind, goal, accept_at.astype(np.int64), reject_at.astype(np.int64), lot)


def _keeps(plan: SamplingPlan) -> bool:
    producer, consumer = plan.risks
    return producer <= plan.goal.producer_risk and consumer <= plan.goal.consumer_risk


def _scaled(plan: SamplingPlan, size: int, effect: float) -> SamplingPlan:
    """The same plan where units of a scene repeat each other: `effect` units say as much as one."""
    n = np.arange(size + 1)
    as_if = np.minimum((n / effect), plan.size)
    whole = np.floor(as_if).astype(np.int64)
    accept, reject = plan.accept_at[whole], plan.reject_at[np.minimum(np.ceil(as_if).astype(np.int64), plan.size)]
    accept_at = np.where(accept < 0, NEVER_ACCEPT, np.floor((accept + 0.5) * effect - 0.5).astype(np.int64))
    reject_at = np.ceil((reject - 0.5) * effect + 0.5).astype(np.int64)
    accept_at[-1] = int(np.floor((plan.accept_at[-1] + 0.5) * effect - 0.5))
    reject_at[-1] = accept_at[-1] + 1
    accept_at[0], reject_at[0] = NEVER_ACCEPT, size + 1
    return SamplingPlan(plan.kind, plan.goal, accept_at, np.maximum(reject_at, accept_at + 1), None, effect)


def design_effect_of(units_per_scene: float, correlation: float, scenes_drawn: int, scenes: int) -> float:
    """How many times the variance of a simple sample one of few scenes has.

    Args:
        units_per_scene: mean number inspected in each.
        correlation: of two units of one scene (intraclass), 0 where scenes are alike.
        scenes_drawn, scenes: how many of how many; with all of them nothing is left to chance between scenes.

    Source: Kish 1965, "Survey Sampling", section 5.4; the last factor is the finite population correction.
    """
    return 1.0 + max(units_per_scene - 1.0, 0.0) * correlation * (1.0 - scenes_drawn / scenes)
