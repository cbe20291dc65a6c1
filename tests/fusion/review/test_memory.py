from __future__ import annotations

from collections.abc import Callable

import pytest

from fusion.checks.finding import Finding
from fusion.checks.rounding import digest
from fusion.review.event import Verdict
from fusion.review.memory import decision_on, remembered, with_memory
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.document import FindingsDocument, Tool
from fusion.run.run import Run

Make = Callable[..., Finding]


def decide(store: ReviewStore, finding: Finding, verdict: Verdict) -> None:
    subject = ReviewSubject.finding(finding.id)
    decision = decision_on(subject, [finding], reviewer="ada", verdict=verdict, comment="seen")
    store.append(decision, store.current(subject).revision)


@pytest.mark.parametrize("verdict", [Verdict.FALSE_ALARM, Verdict.ACCEPTED_DEVIATION], ids=lambda one: one.value)
def test_what_was_dismissed_stays_dismissed_and_is_listed(store: ReviewStore, finding: Make, verdict: Verdict) -> None:
    decide(store, finding("a"), verdict)
    memory = remembered([finding("a"), finding("b")], store)
    assert memory.open == (finding("b"),)
    assert [one.finding for one in memory.dismissed] == [finding("a")]
    assert memory.dismissed[0].event.comment == "seen"


@pytest.mark.parametrize("verdict", [Verdict.CONFIRMED, Verdict.UNSURE, Verdict.UNDECIDED], ids=lambda one: one.value)
def test_what_was_not_dismissed_stays_open(store: ReviewStore, finding: Make, verdict: Verdict) -> None:
    decide(store, finding("a"), verdict)
    assert remembered([finding("a")], store).open == (finding("a"),)


def test_a_dismissed_finding_comes_back_when_its_evidence_changes(store: ReviewStore, finding: Make) -> None:
    decide(store, finding("a"), Verdict.FALSE_ALARM)
    worse = finding("a", measured=0.9, evidence_hash=digest("worse"))
    memory = remembered([worse], store)
    assert memory.open == memory.changed == (worse,)
    assert memory.dismissed == ()


def test_what_was_fixed_and_is_back_is_said_to_be(store: ReviewStore, finding: Make) -> None:
    decide(store, finding("a"), Verdict.FIXED)
    memory = remembered([finding("a")], store)
    assert memory.reappeared == memory.open == (finding("a"),)


def test_ids_made_anew_are_recognised_by_place_and_evidence(store: ReviewStore, finding: Make) -> None:
    decide(store, finding("a"), Verdict.FALSE_ALARM)
    renamed = finding("a", id=digest("another token"), label="another token")
    assert remembered([renamed], store).open == ()
    for changed in (
        {"scene": "night"},
        {"frame": "000009", "timestamp_ns": 5_000_000_000},
        {"category": "van"},
        {"code": "BOX305"},
    ):
        assert remembered([renamed.model_copy(update=changed)], store).dismissed == (), changed


def test_namesakes_in_one_instant_are_told_apart_by_where_they_are(store: ReviewStore, finding: Make) -> None:
    same = digest("the same evidence")
    decide(store, finding("a", evidence_hash=same, place_m=(10, 0, 1)), Verdict.FALSE_ALARM)
    near = finding("new 1", evidence_hash=same, place_m=(10.05, 0, 1))
    far = finding("new 2", evidence_hash=same, place_m=(14, 0, 1))
    memory = remembered([near, far], store)
    assert memory.open == (far,)
    assert [one.finding for one in memory.dismissed] == [near]


def test_namesakes_without_a_place_are_dismissed_all_or_none(store: ReviewStore, finding: Make) -> None:
    same = digest("the same evidence")
    decide(store, finding("a", evidence_hash=same), Verdict.FALSE_ALARM)
    both = [finding("new 1", evidence_hash=same), finding("new 2", evidence_hash=same)]
    assert remembered(both, store).dismissed == ()
    decide(store, finding("b", evidence_hash=same), Verdict.FALSE_ALARM)
    assert remembered(both, store).open == ()


def test_what_a_false_alarm_explained_stands_for_itself(store: ReviewStore, finding: Make) -> None:
    cause = finding("rig", code="RIG103", subject="rig")
    decide(store, cause, Verdict.FALSE_ALARM)
    memory = remembered([cause, finding("a", cause=cause.id)], store)
    assert memory.open == (finding("a"),)


def test_what_an_accepted_cause_explains_is_accepted_with_it(store: ReviewStore, finding: Make) -> None:
    cause = finding("rig", code="RIG103", subject="rig")
    decide(store, cause, Verdict.ACCEPTED_DEVIATION)
    memory = remembered([cause, finding("a", cause=cause.id)], store)
    assert memory.open == ()
    assert [one.under for one in memory.dismissed] == [None, cause.id]


def test_people_who_disagree_dismiss_nothing(store: ReviewStore, finding: Make, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from fusion.review.merge import merge

    decide(store, finding("a"), Verdict.FALSE_ALARM)
    with ReviewStore.open(tmp_path / "theirs", create=True) as other:
        decide(other, finding("a"), Verdict.CONFIRMED)
        merge(store, other)
    assert remembered([finding("a")], store).open == (finding("a"),)


def test_the_document_lists_what_was_left_out(store: ReviewStore, finding: Make) -> None:
    decide(store, finding("a"), Verdict.FALSE_ALARM)
    decide(store, finding("c"), Verdict.FIXED)
    found = (finding("a"), finding("b"), finding("c"))
    document = FindingsDocument(
        schema_name="boresight.findings/1",
        tool=Tool(version="1"),
        datasets=(),
        checks=(),
        findings=found,
        incomplete=(),
    )
    left, _ = with_memory(Run(document, settings=None), store)  # type: ignore[arg-type]
    assert left.findings == found[1:]
    assert [(one.id, one.verdict, one.reviewer) for one in left.document.dismissed] == [
        (found[0].id, "false-alarm", "ada")
    ]
    assert left.document.reappeared == (found[2].id,)
