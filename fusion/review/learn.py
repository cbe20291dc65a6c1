"""What reviews teach, from those drawn by lot alone: how often each check is right, and how many labels are wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.learned_precision import CheckPrecision, LabelRates, LearnedPrecision, LearnedRate
from fusion.errors import ReviewStoreError
from fusion.review.draw import TRAITS, Draw, Member, decided_front
from fusion.review.event import RIGHT, WRONG, Verdict
from fusion.review.rates import Rate, Stratum, precision_rate, recall_rate, whole_rate
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.run_record import tool_version

# A check starts as its family's reviews are, as if two of its own had been seen.
PRIOR_CASES = 2.0
MOST_SHIFT = 6.0
# An accepted deviation proves the check right, but nothing is to be repaired.
WRONG_LABEL = WRONG - {Verdict.ACCEPTED_DEVIATION}


@dataclass(frozen=True)
class Drawn:
    """A draw and the verdicts on its front: what of it is a random sample by now."""

    draw: Draw
    front: tuple[tuple[Member, Verdict], ...]

    @property
    def decided(self) -> list[tuple[Member, Verdict]]:
        """The front without what reviewers could not tell."""
        return [(member, verdict) for member, verdict in self.front if verdict in WRONG | RIGHT]


def learn(stores: Sequence[ReviewStore]) -> LearnedPrecision:
    """What the draws of some stores say.

    Raises:
        ReviewStoreError: nothing was drawn by lot, or nothing of that is decided yet.
    """
    findings: list[Drawn] = []
    labels: list[dict[str, Drawn]] = []
    for store in stores:
        verdicts = store.verdicts()
        drawn = [_drawn(Draw.of_event(event), verdicts) for event in store.events("action = 'draw'")]
        findings += [one for one in drawn if one.draw.kind == "finding"]
        # Drawn anew, the strata of labels are others: the latest counts.
        labels.append({one.draw.kind: one for one in drawn if one.draw.kind != "finding"})
    if not any(one.decided for one in (*findings, *(one for part in labels for one in part.values()))):
        raise ReviewStoreError(
            "nothing that was drawn by lot is decided yet; `boresight review next --random 0.2 --unflagged 0.1` "
            "hands such things out"
        )
    return LearnedPrecision(tool_version=tool_version(), checks=_precisions(findings), labels=_label_rates(labels))


def learn_from_files(paths: Iterable[Path]) -> LearnedPrecision:
    """What the draws of some files say.

    Raises:
        ReviewStoreError: a file is no store, or nothing that was drawn by lot is decided yet.
    """
    with ExitStack() as opened:
        unique = dict.fromkeys(path.resolve() for path in paths)
        return learn([opened.enter_context(ReviewStore.open(path, read_only=True)) for path in unique])


def _drawn(draw: Draw, verdicts: dict[ReviewSubject, Standing]) -> Drawn:
    return Drawn(draw, tuple(decided_front(draw, verdicts)))


def _precisions(drawn: Sequence[Drawn]) -> dict[str, CheckPrecision]:
    by_code: dict[str, list[Drawn]] = {}
    for one in drawn:
        by_code.setdefault(one.draw.stratum, []).append(one)
    cases = {code: _cases(parts) for code, parts in sorted(by_code.items())}
    return {
        code: _precision(code, of, _unsure(by_code[code]), _family_mean(code, cases))
        for code, of in cases.items()
        if of
    }


def _cases(drawn: Sequence[Drawn]) -> list[tuple[Member, bool]]:
    """Decided members, each once; those from before the check's limits changed say nothing about it now."""
    limits = drawn[-1].draw.limits
    found = {
        member.subject: (member, verdict in WRONG)
        for one in drawn
        if one.draw.limits == limits
        for member, verdict in one.decided
    }
    return list(found.values())


def _unsure(drawn: Sequence[Drawn]) -> int:
    return sum(verdict is Verdict.UNSURE for one in drawn for _, verdict in one.front)


def _family_mean(code: str, cases: dict[str, list[tuple[Member, bool]]]) -> float:
    right = [one for other, of in cases.items() if other[:3] == code[:3] for _, one in of]
    return sum(right) / len(right)


def _precision(code: str, cases: Sequence[tuple[Member, bool]], unsure: int, family_mean: float) -> CheckPrecision:
    right = [one for _, one in cases]
    rate = precision_rate(right, [member.scene for member, _ in cases])
    likely = (sum(right) + PRIOR_CASES * family_mean) / (len(right) + PRIOR_CASES)
    # Nothing is certain after a handful of reviews: half a case either way is left open.
    least = 0.5 / (len(right) + PRIOR_CASES)
    scores = [member.score for member, _ in cases if member.score is not None]
    claimed = sum(scores) / len(scores) if scores else likely
    shift = _logit(min(max(likely, least), 1 - least)) - _logit(min(max(claimed, 1e-4), 1 - 1e-4))
    name = next((check.name for check in CATALOGUE if check.code == code), code)
    return CheckPrecision(
        **_learned(rate).model_dump(),
        name=name,
        unsure=unsure,
        log_odds_shift=round(min(max(shift, -MOST_SHIFT), MOST_SHIFT), 4),
    )


def _label_rates(stores: Sequence[dict[str, Drawn]]) -> LabelRates:
    strata = [_stratum(one) for store in stores for one in store.values()]
    caught = [_stratum(store["flagged"]) for store in stores if {"flagged", "unflagged"} <= set(store)]
    missed = [_stratum(store["unflagged"]) for store in stores if {"flagged", "unflagged"} <= set(store)]
    overall = whole_rate(strata) if strata else None
    recall = recall_rate(_joined(caught), _joined(missed)) if caught else None
    return LabelRates(
        error_rate=None if overall is None else _learned(overall),
        recall=None if recall is None else _learned(recall),
        by={trait: rates for trait in TRAITS if (rates := _rates_by(trait, stores))},
    )


def _rates_by(trait: str, stores: Sequence[dict[str, Drawn]]) -> dict[str, LearnedRate]:
    """The error rate of each kind that was looked at in every stratum it occurs in."""
    drawn = [one for store in stores for one in store.values()]
    values = sorted({value for one in drawn for value in one.draw.traits.get(trait, {}) if value})
    rates = {}
    for value in values:
        rate = whole_rate([_stratum(one, trait, value) for one in drawn])
        if rate is not None:
            rates[value] = _learned(rate)
    return rates


def _stratum(one: Drawn, trait: str = "", value: str = "") -> Stratum:
    cases = [(m, verdict) for m, verdict in one.decided if not trait or m.traits.get(trait, "") == value]
    return Stratum(
        wrong=tuple(verdict in WRONG_LABEL for _, verdict in cases),
        scenes=tuple(member.scene for member, _ in cases),
        population=one.draw.traits.get(trait, {}).get(value, 0) if trait else one.draw.population,
    )


def _joined(strata: Iterable[Stratum]) -> Stratum:
    """Deliveries together; their shares of what was reviewed are taken to be their shares of the whole."""
    parts = list(strata)
    return Stratum(
        wrong=tuple(one for part in parts for one in part.wrong),
        scenes=tuple(one for part in parts for one in part.scenes),
        population=sum(part.population for part in parts),
    )


def _learned(rate: Rate) -> LearnedRate:
    return LearnedRate(
        hits=rate.hits,
        reviewed=rate.cases,
        value=round(rate.value, 5),
        low=round(rate.low, 5),
        high=round(rate.high, 5),
        scenes=rate.scenes,
    )


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability))
