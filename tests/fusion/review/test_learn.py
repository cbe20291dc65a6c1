from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.learned_precision import CheckPrecision, LearnedPrecision
from fusion.checks.severity import Severity
from fusion.errors import ReviewStoreError, SettingsError
from fusion.judge.ranking import score
from fusion.review.draw import Draw, Member, finding_draws, recorded
from fusion.review.event import Decision, Verdict
from fusion.review.learn import learn
from fusion.review.proposed_settings import proposed_settings
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

Make = Callable[..., Finding]


def say(store: ReviewStore, subject: str, verdict: Verdict) -> None:
    store.append(Decision(subject=ReviewSubject.parse(subject), reviewer="ada", verdict=verdict), 0)


def labels(count: int, flagged: bool, **traits: str) -> list[Member]:
    findings = ("f",) if flagged else ()
    kind = "flagged" if flagged else "unflagged"
    return [
        Member(f"label:day {number % 7}/{kind} {number}", f"day {number % 7}", traits, findings=findings)
        for number in range(count)
    ]


def test_only_the_drawn_teach_and_only_from_the_front(store: ReviewStore, finding: Make) -> None:
    found = [finding(str(number), score=0.8) for number in range(100)]
    (draw,) = recorded(store, finding_draws(found, seed=1), "ada")
    for number, member in enumerate(draw.drawn[:10]):
        say(store, member.subject, Verdict.CONFIRMED if number < 4 else Verdict.FALSE_ALARM)
    # A gap, and urgent ones after it, all right: they say nothing about the rest.
    for member in draw.drawn[11:60]:
        say(store, member.subject, Verdict.CONFIRMED)
    one = learn([store]).checks["BOX304"]
    assert (one.hits, one.reviewed, one.value) == (4, 10, 0.4)
    assert one.low < 0.4 < one.high
    assert one.log_odds_shift == pytest.approx(np.log(0.4 / 0.6) - np.log(0.8 / 0.2), abs=1e-3)


def test_nothing_drawn_teaches_nothing(store: ReviewStore, finding: Make) -> None:
    say(store, f"finding:{finding('a').id}", Verdict.CONFIRMED)
    with pytest.raises(ReviewStoreError, match="nothing that was drawn by lot is decided yet"):
        learn([store])


def test_the_unsure_are_counted_apart_and_deviations_prove_the_check_right(store: ReviewStore, finding: Make) -> None:
    (draw,) = recorded(store, finding_draws([finding(str(number)) for number in range(6)], seed=1), "ada")
    said = [Verdict.UNSURE, Verdict.ACCEPTED_DEVIATION, Verdict.FIXED, Verdict.FALSE_ALARM, Verdict.UNSURE]
    for member, verdict in zip(draw.drawn, said, strict=False):
        say(store, member.subject, verdict)
    one = learn([store]).checks["BOX304"]
    assert (one.hits, one.reviewed, one.unsure) == (2, 3, 2)


def test_verdicts_from_before_a_check_had_its_limits_are_void(store: ReviewStore, finding: Make) -> None:
    found = [finding(str(number)) for number in range(20)]
    (old,) = recorded(store, finding_draws(found, 1, {"BOX304": "0.3 m"}), "ada")
    for member in old.drawn[:10]:
        say(store, member.subject, Verdict.FALSE_ALARM)
    more = [finding(f"new {number}") for number in range(20)]
    (new,) = recorded(store, finding_draws(more, 1, {"BOX304": "0.5 m"}), "ada")
    for member in new.drawn[:5]:
        say(store, member.subject, Verdict.CONFIRMED)
    assert (learn([store]).checks["BOX304"].hits, learn([store]).checks["BOX304"].reviewed) == (5, 5)


def test_error_rate_and_recall_weigh_each_stratum_by_its_size(store: ReviewStore) -> None:
    flagged = Draw.of("flagged", "flagged", labels(100, True, category="car"), 1)
    unflagged = Draw.of("unflagged", "unflagged", labels(900, False, category="van", annotator="ann"), 1)
    recorded(store, [flagged, unflagged], "ada")
    for number, member in enumerate(flagged.drawn[:40]):
        say(store, member.subject, Verdict.NEW_ERROR if number % 2 else Verdict.CORRECT)
    for number, member in enumerate(unflagged.drawn[:60]):
        say(store, member.subject, Verdict.NEW_ERROR if number % 20 == 0 else Verdict.CORRECT)
    rates = learn([store]).labels
    assert rates.error_rate is not None
    assert rates.recall is not None
    assert rates.error_rate.value == pytest.approx(0.1 * 0.5 + 0.9 * 0.05)
    assert rates.recall.value == pytest.approx(50 / (50 + 45), abs=1e-4)
    assert rates.recall.low < rates.recall.value < rates.recall.high
    assert rates.by["category"]["car"].value == 0.5
    assert rates.by["category"]["van"].value == 0.05
    assert rates.by["annotator"]["ann"].value == 0.05


def test_a_flagged_label_is_judged_by_its_findings(store: ReviewStore) -> None:
    members = [Member(f"label:day/{n}", "day", findings=(f"{n}-a", f"{n}-b")) for n in range(2)]
    draw = Draw.of("flagged", "flagged", members, 1)
    recorded(store, [draw, Draw.of("unflagged", "unflagged", labels(5, False), 1)], "ada")
    first, second = (member.findings for member in draw.drawn)
    say(store, f"finding:{first[1]}", Verdict.CONFIRMED)
    say(store, f"finding:{second[0]}", Verdict.FALSE_ALARM)
    with pytest.raises(AttributeError):
        learn([store]).labels.error_rate.value  # type: ignore[union-attr]  # noqa: B018
    say(store, f"finding:{second[1]}", Verdict.FALSE_ALARM)
    for member in labels(5, False):
        say(store, member.subject, Verdict.CORRECT)
    rates = learn([store]).labels
    assert rates.error_rate is not None
    assert (rates.error_rate.hits, rates.error_rate.reviewed) == (1, 7)


def test_what_was_learned_survives_its_file(store: ReviewStore, finding: Make, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (draw,) = recorded(store, finding_draws([finding("a")], seed=1), "ada")
    say(store, draw.drawn[0].subject, Verdict.CONFIRMED)
    learned = learn([store])
    (tmp_path / "precision.toml").write_text(learned.to_toml())
    assert LearnedPrecision.from_toml(tmp_path / "precision.toml") == learned
    (tmp_path / "precision.toml").write_text("schema = 'other'")
    with pytest.raises(SettingsError, match=r"precision\.toml: schema"):
        LearnedPrecision.from_toml(tmp_path / "precision.toml")


def check(hits: int, reviewed: int, high: float) -> LearnedPrecision:
    one = CheckPrecision(
        name="floating-box",
        hits=hits,
        reviewed=reviewed,
        value=hits / reviewed,
        low=0,
        high=high,
        scenes=3,
        log_odds_shift=-1,
    )
    return LearnedPrecision(checks={"BOX304": one})


@pytest.mark.parametrize(
    ("learned", "proposed"),
    [
        (check(0, 60, 0.06), 'ignore = ["floating-box"]'),
        (check(5, 25, 0.39), '[checks.floating-box]\nseverity = "info"'),
        (check(0, 5, 0.43), "No check was wrong often enough"),
        (check(20, 25, 0.91), "No check was wrong often enough"),
    ],
    ids=["rarely right", "mostly wrong", "too few to tell", "right"],
)
def test_settings_are_proposed_with_their_reason_and_can_be_used(
    learned: LearnedPrecision, proposed: str, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    from fusion.checks.settings import Settings

    text = proposed_settings(learned)
    assert proposed in text
    (tmp_path / "settings.toml").write_text(text)
    Settings.from_toml(tmp_path / "settings.toml")


def test_a_shift_moves_the_score_and_nothing_else() -> None:
    plain, less = score(0.02, Severity.ERROR, 1.0), score(0.02, Severity.ERROR, 1.0, log_odds_shift=-1.5)
    assert np.log(less / (1 - less)) == pytest.approx(np.log(plain / (1 - plain)) - 1.5)
