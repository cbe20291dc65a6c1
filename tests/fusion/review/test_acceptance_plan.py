from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from fusion.errors import AcceptanceError
from fusion.review.acceptance_plan import QualityGoal, SamplingPlan, design_effect_of, sampling_plan

GOALS = {
    "1 against 5 %": QualityGoal(0.01, 0.05),
    "2 against 6 %": QualityGoal(0.02, 0.06),
    "5 against 15 %, small risks": QualityGoal(0.05, 0.15, 0.02, 0.05),
    "10 against 30 %": QualityGoal(0.10, 0.30),
}
ENDLESS = 10**6


def accepted(plan: SamplingPlan, lots: list[np.ndarray]) -> float:
    return float(np.mean([plan.outcome(lot)[0] == "accept" for lot in lots]))


def test_a_single_plan_is_the_known_one() -> None:
    # Schilling and Neubauer, "Acceptance Sampling in Quality Control": 1 and 5 %, 5 and 10 % risk: n = 132, c = 3.
    plan = sampling_plan(QualityGoal(0.01, 0.05), ENDLESS, "single")
    assert (plan.size, int(plan.accept_at[-1])) == (132, 3)
    assert plan.risks == (
        pytest.approx(1 - binom.cdf(3, 132, 0.01), abs=1e-9),
        pytest.approx(binom.cdf(3, 132, 0.05), abs=1e-9),
    )


def test_no_smaller_single_plan_keeps_both_promises() -> None:
    goal = QualityGoal(0.05, 0.2)
    plan = sampling_plan(goal, ENDLESS, "single")
    for size in range(1, plan.size):
        for number in range(size):
            assert binom.cdf(number, size, 0.05) < 0.95 or binom.cdf(number, size, 0.2) > 0.10


@pytest.mark.parametrize("kind", ["single", "sequential"])
@pytest.mark.parametrize("lot", [30, 150, 900, ENDLESS])
@pytest.mark.parametrize("goal", GOALS.values(), ids=GOALS)
def test_both_risks_are_within_the_plan(goal: QualityGoal, lot: int, kind: str) -> None:
    plan = sampling_plan(goal, lot, kind)  # type: ignore[arg-type]
    producer, consumer = plan.risks
    assert producer <= goal.producer_risk + 1e-12
    assert consumer <= goal.consumer_risk + 1e-12
    assert plan.size <= lot


@pytest.mark.parametrize("kind", ["single", "sequential"])
@pytest.mark.parametrize("lot", [200, ENDLESS])
def test_simulated_deliveries_are_accepted_as_often_as_worked_out(lot: int, kind: str) -> None:
    goal, rng = QualityGoal(0.02, 0.08), np.random.default_rng(lot)
    plan = sampling_plan(goal, lot, kind)  # type: ignore[arg-type]
    for share in (0.02, 0.045, 0.08):
        if lot == ENDLESS:
            lots = [(rng.random(plan.size) < share).astype(int) for _ in range(4000)]
        else:
            whole = np.arange(lot) < round(share * lot)
            lots = [rng.permutation(whole).astype(int) for _ in range(4000)]
        probability, inspected = plan.characteristic(share)
        assert accepted(plan, lots) == pytest.approx(probability, abs=0.03)
        assert np.mean([plan.outcome(one)[1] for one in lots]) == pytest.approx(inspected, rel=0.05)
    assert accepted(plan, lots) <= goal.consumer_risk + 0.02


def test_a_sequential_plan_inspects_fewer_where_the_delivery_is_plainly_good_or_bad() -> None:
    goal = QualityGoal(0.01, 0.05)
    single, sequential = (sampling_plan(goal, ENDLESS, kind) for kind in ("single", "sequential"))  # type: ignore[arg-type]
    assert sequential.characteristic(0.01)[1] < 0.7 * single.size
    assert sequential.characteristic(0.10)[1] < 0.5 * single.characteristic(0.10)[1] + 20


@pytest.mark.parametrize("kind", ["single", "sequential"])
def test_a_sample_of_few_scenes_keeps_its_risks_where_scenes_differ(kind: str) -> None:
    # 12 scenes of 60 whose own shares scatter: two tracks of a scene are alike with a correlation of 0.05.
    goal, rng, correlation = QualityGoal(0.03, 0.12), np.random.default_rng(5), 0.05
    size = sampling_plan(goal, ENDLESS, kind).size  # type: ignore[arg-type]
    effect = design_effect_of(size * 1.3 / 12, correlation, 12, 60)
    plan = sampling_plan(goal, ENDLESS, kind, effect)  # type: ignore[arg-type]
    naive = sampling_plan(goal, ENDLESS, kind)  # type: ignore[arg-type]

    def lots(share: float, plan: SamplingPlan) -> list[np.ndarray]:
        spread = 1 / correlation - 1
        made = []
        for _ in range(3000):
            shares = rng.beta(share * spread, (1 - share) * spread, 12)
            made.append((rng.random(plan.size) < shares[rng.integers(0, 12, plan.size)]).astype(int))
        return made

    assert 1 - accepted(plan, lots(goal.aql, plan)) <= goal.producer_risk + 0.02
    assert accepted(plan, lots(goal.rql, plan)) <= goal.consumer_risk + 0.02
    wrong = 1 - accepted(naive, lots(goal.aql, naive)) + accepted(naive, lots(goal.rql, naive))
    assert wrong > 1 - accepted(plan, lots(goal.aql, plan)) + accepted(plan, lots(goal.rql, plan))


def test_a_lot_that_is_inspected_whole_is_judged_without_risk() -> None:
    plan = sampling_plan(QualityGoal(0.1, 0.2, 0.001, 0.001), 10, "single")
    assert plan.size == 10
    assert plan.risks == (pytest.approx(0.0), pytest.approx(0.0))


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.0, 0.1), "above 0"),
        ((0.1, 0.1), "below the rejectable"),
        ((0.1, 1.0), "below 100"),
        ((0.1, 0.2, 0.6), "risks"),
    ],
)
def test_promises_nobody_could_keep_are_refused(shares: tuple[float, ...], said: str) -> None:
    with pytest.raises(AcceptanceError, match=said):
        QualityGoal(*shares)


def test_shares_too_close_for_any_sample_are_refused() -> None:
    with pytest.raises(AcceptanceError, match="further apart"):
        sampling_plan(QualityGoal(0.0100, 0.0101), 10**9)
    with pytest.raises(AcceptanceError, match="nothing to draw"):
        sampling_plan(QualityGoal(0.01, 0.05), 0)


def test_the_design_effect_is_one_where_nothing_repeats() -> None:
    assert design_effect_of(1.0, 0.3, 5, 50) == 1.0
    assert design_effect_of(20.0, 0.0, 5, 50) == 1.0
    assert design_effect_of(20.0, 0.3, 50, 50) == 1.0
    assert design_effect_of(21.0, 0.1, 10, 20) == pytest.approx(2.0)
