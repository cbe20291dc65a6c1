from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.errors import ReviewStoreError
from fusion.review.database import TRIGGERS
from fusion.review.event import Verdict
from fusion.review.memory import decision_on
from fusion.review.reviewed import BY_REVIEWER, reviewed
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

Make = Callable[..., Finding]
OFFERED = Proposal(action="set", target="a1", values={"centre_m": [1.0, 0.0, 0.0]})
NUDGED = Proposal(action="set", target="a1", values={"centre_m": [1.2, 0.0, 0.0]})
DAY = ("day",)


def say(store: ReviewStore, subject: ReviewSubject, about: list[Finding], **said: Any) -> None:
    decision = decision_on(subject, about, reviewer=said.pop("reviewer", "ada"), **said)
    store.append(decision, store.current(subject).revision)


@pytest.fixture
def a1(finding: Make) -> Finding:
    return finding("a1", proposal=OFFERED)


def test_without_reviews_nothing_changes(store: ReviewStore, a1: Finding) -> None:
    left = reviewed([a1], store, DAY)
    assert (left.findings, left.by_people, left.left_out) == ((a1,), (), ())


def test_a_confirmed_finding_is_meant_as_it_is(store: ReviewStore, a1: Finding) -> None:
    say(store, ReviewSubject.finding(a1.id), [a1], verdict=Verdict.CONFIRMED)
    assert reviewed([a1], store, DAY).by_people == (a1,)


def test_a_reviewers_correction_takes_the_place_of_the_runs(store: ReviewStore, a1: Finding) -> None:
    say(store, ReviewSubject.finding(a1.id), [a1], verdict=Verdict.CONFIRMED, proposals=(NUDGED,))
    (corrected,) = reviewed([a1], store, DAY).by_people
    assert corrected == a1.model_copy(update={"proposal": NUDGED})


def test_a_correction_without_a_verdict_counts_too_and_the_last_one_wins(store: ReviewStore, a1: Finding) -> None:
    say(store, ReviewSubject.finding(a1.id), [a1], proposals=(OFFERED,))
    say(store, ReviewSubject.finding(a1.id), [a1], proposals=(NUDGED,))
    assert [one.proposal for one in reviewed([a1], store, DAY).by_people] == [NUDGED]


@pytest.mark.parametrize(
    "verdict",
    [Verdict.FALSE_ALARM, Verdict.ACCEPTED_DEVIATION, Verdict.FIXED, Verdict.UNSURE],
    ids=lambda one: one.value,
)
def test_what_was_decided_otherwise_is_left_out_and_says_why(store: ReviewStore, a1: Finding, verdict: Verdict) -> None:
    say(store, ReviewSubject.finding(a1.id), [a1], proposals=(NUDGED,))
    say(store, ReviewSubject.finding(a1.id), [a1], verdict=verdict)
    left = reviewed([a1], store, DAY)
    assert left.findings == ()
    assert [one.skipped for one in left.left_out] == [f"{verdict.value}, says ada"]


def test_what_an_accepted_cause_explains_is_left_out_and_what_a_false_one_explains_stands_alone(
    store: ReviewStore, finding: Make
) -> None:
    causes = [finding("accepted"), finding("false")]
    symptoms = [finding(f"under {one.label}", cause=one.id) for one in causes]
    for cause, verdict in zip(causes, (Verdict.ACCEPTED_DEVIATION, Verdict.FALSE_ALARM), strict=True):
        say(store, ReviewSubject.finding(cause.id), causes, verdict=verdict)
    (alone,) = reviewed([*causes, *symptoms], store, DAY).findings
    assert (alone.id, alone.cause) == (symptoms[1].id, None)


def test_an_error_found_by_a_person_becomes_a_finding_of_its_scene(store: ReviewStore) -> None:
    for scene in ("day", "elsewhere"):
        subject = ReviewSubject("label", "b2", scene)
        say(store, subject, [], verdict=Verdict.NEW_ERROR, comment="too short", proposals=(NUDGED,))
    (found,) = reviewed([], store, DAY).by_people
    assert (found.code, found.scene, found.label, found.proposal) == (BY_REVIEWER, "day", "b2", NUDGED)
    assert found.message == "too short, says ada"


def test_a_label_that_is_correct_after_all_keeps_its_place(store: ReviewStore) -> None:
    subject = ReviewSubject("label", "b2", "day")
    say(store, subject, [], verdict=Verdict.NEW_ERROR, proposals=(NUDGED,))
    say(store, subject, [], verdict=Verdict.CORRECT)
    assert reviewed([], store, DAY).findings == ()


def test_a_store_that_was_tampered_with_corrects_nothing(store: ReviewStore, a1: Finding) -> None:
    say(store, ReviewSubject.finding(a1.id), [a1], verdict=Verdict.FALSE_ALARM)
    with sqlite3.connect(store.path) as forger:
        for guard in TRIGGERS:
            forger.execute(f"DROP TRIGGER {guard}")
        forger.execute("UPDATE events SET verdict = 'confirmed'")
    with pytest.raises(ReviewStoreError, match="nothing is corrected by a broken store"):
        reviewed([a1], store, DAY)
