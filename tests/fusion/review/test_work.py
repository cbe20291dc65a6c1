from __future__ import annotations

from collections.abc import Callable

import pytest

from fusion.checks.finding import Finding
from fusion.checks.rounding import digest
from fusion.errors import ReviewStoreError
from fusion.review.deciding import decide
from fusion.review.draw import Draw, Member, finding_draws, recorded
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.review.work import WorkFilter, WorkItem, assign, named_subject, next_item, work_of

Make = Callable[..., Finding]


@pytest.fixture
def three(finding: Make) -> list[Finding]:
    """The most urgent last."""
    return [
        finding("low", score=0.1, category="van"),
        finding("middle", score=0.5),
        finding("high", score=0.9, severity="error"),
    ]


def names(items: list) -> list[str]:
    return [item.finding.label for item in items]


def test_the_most_urgent_comes_first_and_symptoms_not_at_all(store: ReviewStore, three: list[Finding], finding: Make):
    symptom = finding("symptom", score=1.0, severity="error", cause=three[0].id)
    assert names(work_of([*three, symptom], store, WorkFilter())) == ["high", "middle", "low"]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (WorkFilter(classes=("van",)), ["low"]),
        (WorkFilter(severities=("error",)), ["high"]),
        (WorkFilter(codes=("BOX",)), ["high", "middle", "low"]),
        (WorkFilter(codes=("floating-box",), classes=("car",)), ["high", "middle"]),
        (WorkFilter(codes=("TRK501",)), []),
        (WorkFilter(scenes=("night",)), []),
    ],
    ids=["class", "severity", "family", "name and class", "another code", "another scene"],
)
def test_filters(store: ReviewStore, three: list[Finding], wanted: WorkFilter, left: list[str]) -> None:
    assert names(work_of(three, store, wanted)) == left


def test_two_reviewers_never_hold_the_same(store: ReviewStore, three: list[Finding]) -> None:
    held = [next_item(three, store, reviewer) for reviewer in ("ada", "bob", "cyd", "dan")]
    assert names(held[:3]) == ["high", "middle", "low"]
    assert held[3] is None


def test_who_asks_again_gets_what_they_hold(store: ReviewStore, three: list[Finding]) -> None:
    assert names([next_item(three, store, "ada"), next_item(three, store, "ada")]) == ["high", "high"]


def test_a_claim_runs_out_and_ends_with_the_verdict(store: ReviewStore, three: list[Finding]) -> None:
    next_item(three, store, "ada", claim_minutes=0)
    assert names([next_item(three, store, "bob")]) == ["high"]
    decide(store, three, three[2].id, "bob", Verdict.CONFIRMED)
    assert names([next_item(three, store, "bob")]) == ["middle"]


def test_what_was_given_to_somebody_comes_first_and_goes_to_nobody_else(
    store: ReviewStore, three: list[Finding]
) -> None:
    low = ReviewSubject.finding(three[0].id)
    assert assign(store, [low], "bob", by="lead") == 1
    assert assign(store, [low], "bob", by="lead") == 0
    assert names([next_item(three, store, "bob")]) == ["low"]
    for urgent in ("high", "middle"):
        assert names([next_item(three, store, "ada")]) == [urgent]
        decide(store, three, digest(urgent), "ada", Verdict.FIXED)
    assert next_item(three, store, "ada") is None
    assign(store, [low], "", by="lead")
    next_item(three, store, "bob", claim_minutes=0)
    assert names([next_item(three, store, "ada")]) == ["low"]


def test_a_dismissed_finding_is_to_be_decided_again_when_its_evidence_changes(
    store: ReviewStore, finding: Make
) -> None:
    decide(store, [finding("a")], finding("a").id, "ada", Verdict.FALSE_ALARM)
    assert work_of([finding("a")], store, WorkFilter(), "undecided") == []
    (item,) = work_of([finding("a", evidence_hash="other")], store, WorkFilter(), "undecided")
    assert item.standing.revision == 1


def test_a_finding_is_named_by_the_start_of_its_id(store: ReviewStore, three: list[Finding]) -> None:
    assert named_subject(three[0].id[:6], three, store) == ReviewSubject.finding(three[0].id)
    assert named_subject("label:day/high", three, store) == ReviewSubject("label", "high", "day")
    with pytest.raises(ReviewStoreError, match="no finding's id starts with"):
        named_subject(three[0].id[:3], three, store)
    with pytest.raises(ReviewStoreError, match="no finding's id starts with 'zzzzzz'"):
        named_subject("zzzzzz", three, store)


def test_an_ambiguous_start_lists_what_it_could_be(store: ReviewStore, finding: Make) -> None:
    alike = [finding(name, id=f"abcd{name}") for name in "12"]
    with pytest.raises(ReviewStoreError, match="2 findings start with 'abcd': abcd1, abcd2"):
        named_subject("abcd", alike, store)


def test_ones_own_verdict_can_be_changed_and_anothers_only_when_seen(store: ReviewStore, finding: Make) -> None:
    found = [finding("a")]
    decide(store, found, found[0].id, "ada", Verdict.UNSURE)
    decide(store, found, found[0].id, "ada", Verdict.CONFIRMED)
    with pytest.raises(ReviewStoreError, match="ada said confirmed"):
        decide(store, found, found[0].id, "bob", Verdict.FALSE_ALARM)
    decide(store, found, found[0].id, "bob", Verdict.FALSE_ALARM, seen_revision=2)


def test_the_drawn_get_their_share_and_the_urgent_the_rest(store: ReviewStore, finding: Make) -> None:
    found = [finding(str(number), score=number / 100) for number in range(60)]
    lots = [(draw, 0.25) for draw in recorded(store, finding_draws(found, seed=3), "ada")]
    by_lot = 0
    for _ in range(40):
        item = next_item(found, store, "ada", draws=lots)
        assert item is not None
        by_lot += bool(item.drawn)
        store.append(Decision(subject=item.subject, reviewer="ada", verdict=Verdict.CONFIRMED), 0)
    in_front = [m.subject for m in lots[0][0].drawn]
    decided = {str(subject) for subject in store.verdicts()}
    front = next(number for number, subject in enumerate(in_front) if subject not in decided)
    assert front >= 4, "what was drawn is decided from the front on"
    assert sum(subject in decided for subject in in_front) == 40


def test_labels_nobody_flagged_get_their_share(store: ReviewStore, finding: Make) -> None:
    found = [finding(str(number), score=number / 100) for number in range(60)]
    members = [Member(str(ReviewSubject("label", f"label {number}", "day")), "day") for number in range(500)]
    lots = [(draw, 0.1) for draw in recorded(store, [Draw.of("unflagged", "unflagged", members, 1)], "ada")]
    for _ in range(30):
        item = next_item(found, store, "ada", draws=lots)
        assert item is not None
        verdict = Verdict.CORRECT if item.finding is None else Verdict.CONFIRMED
        store.append(Decision(subject=item.subject, reviewer="ada", verdict=verdict), 0)
    assert sum(subject.kind == "label" for subject in store.verdicts()) == 3


def test_a_draw_is_the_same_for_the_same_seed_and_kept_once(store: ReviewStore, finding: Make) -> None:
    found = [finding(str(number)) for number in range(30)]
    once, again = finding_draws(found, seed=3), finding_draws(found[::-1], seed=3)
    assert once == again
    assert finding_draws(found, seed=4) != once
    recorded(store, once, "ada")
    recorded(store, again, "bob")
    (event,) = store.events("action = 'draw'")
    assert Draw.of_event(event) == once[0]


def test_a_long_search_keeps_nobody_from_deciding(
    store: ReviewStore, three: list[Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []

    def slow_search(*arguments: object) -> list[WorkItem]:
        if not searched:
            with ReviewStore.open(store.path) as other:
                other.append(
                    Decision(subject=ReviewSubject.finding(three[2].id), reviewer="bob", verdict=Verdict.CONFIRMED), 0
                )
        searched.append(work_of(*arguments))
        return searched[-1]

    monkeypatch.setattr("fusion.review.work.work_of", slow_search)
    handed_out = next_item(three, store, "ada")
    assert handed_out is not None
    assert names([handed_out]) == ["middle"]
    assert len(searched) == 2
