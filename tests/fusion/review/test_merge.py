from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fusion.errors import ReviewStoreError
from fusion.review.event import Decision, Verdict
from fusion.review.merge import merge
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

CAR, VAN = ReviewSubject.finding("car"), ReviewSubject.finding("van")


def say(file: Path, reviewer: str, verdict: Verdict, subject: ReviewSubject = CAR) -> None:
    with ReviewStore.open(file, create=True) as store:
        decision = Decision(subject=subject, reviewer=reviewer, verdict=verdict)
        store.append(decision, store.current(subject).revision)


def test_events_of_both_are_there_once_and_merging_again_adds_nothing(tmp_path: Path) -> None:
    say(tmp_path / "a", "ada", Verdict.CONFIRMED, CAR)
    say(tmp_path / "b", "bob", Verdict.CONFIRMED, VAN)
    with ReviewStore.open(tmp_path / "a") as ours, ReviewStore.open(tmp_path / "b", read_only=True) as theirs:
        first, second = merge(ours, theirs), merge(ours, theirs)
        assert (first.added, first.known, first.conflicts) == (1, 0, ())
        assert (second.added, second.known) == (0, 1)
        assert set(ours.verdicts()) == {CAR, VAN}
        assert ours.verify() == []


def test_those_who_did_not_see_each_other_and_differ_are_left_to_decide(tmp_path: Path) -> None:
    say(tmp_path / "a", "ada", Verdict.CONFIRMED)
    say(tmp_path / "b", "bob", Verdict.FALSE_ALARM)
    with ReviewStore.open(tmp_path / "a") as ours, ReviewStore.open(tmp_path / "b") as theirs:
        (conflict,) = merge(ours, theirs).conflicts
        assert [event.reviewer for event in conflict.holding] == ["ada", "bob"]
        assert ours.current(CAR).verdict is None
        ours.append(Decision(subject=CAR, reviewer="lead", verdict=Verdict.CONFIRMED), conflict.revision)
        assert ours.current(CAR).verdict is Verdict.CONFIRMED
        assert not ours.current(CAR).contested
        # The decision travels back, and settles it there as well.
        assert merge(theirs, ours).conflicts == ()
        assert theirs.current(CAR).verdict is Verdict.CONFIRMED


def test_the_same_verdict_twice_is_agreement(tmp_path: Path) -> None:
    say(tmp_path / "a", "ada", Verdict.CONFIRMED)
    say(tmp_path / "b", "bob", Verdict.CONFIRMED)
    with ReviewStore.open(tmp_path / "a") as ours, ReviewStore.open(tmp_path / "b") as theirs:
        assert merge(ours, theirs).conflicts == ()
        assert ours.current(CAR).verdict is Verdict.CONFIRMED


def test_a_copy_taken_home_comes_back(tmp_path: Path) -> None:
    """The same person goes on in both: the chain has two ends, and both are whole."""
    say(tmp_path / "office", "ada", Verdict.CONFIRMED)
    shutil.copy(tmp_path / "office", tmp_path / "home")
    say(tmp_path / "home", "ada", Verdict.FALSE_ALARM)
    say(tmp_path / "office", "ada", Verdict.CONFIRMED, VAN)
    with ReviewStore.open(tmp_path / "office") as ours, ReviewStore.open(tmp_path / "home") as theirs:
        heads = [*ours.heads(), *theirs.heads()]
        assert merge(ours, theirs).conflicts == ()
        assert ours.current(CAR).verdict is Verdict.FALSE_ALARM, "it was decided by someone who had seen the first"
        assert ours.verify(heads) == []
        say(tmp_path / "office", "ada", Verdict.FIXED)
        assert ours.verify(heads) == []


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "a", "b"), ("b", "c", "a")], ids="-".join)
def test_the_order_of_merging_does_not_matter(tmp_path: Path, order: tuple[str, ...]) -> None:
    say(tmp_path / "a", "ada", Verdict.CONFIRMED)
    shutil.copy(tmp_path / "a", tmp_path / "b")
    say(tmp_path / "b", "bob", Verdict.FALSE_ALARM)
    say(tmp_path / "c", "cyd", Verdict.UNSURE)
    with ReviewStore.open(tmp_path / "all", create=True) as together:
        for name in order:
            with ReviewStore.open(tmp_path / name, read_only=True) as part:
                merge(together, part)
        held = {(event.reviewer, event.verdict) for event in together.current(CAR).holding}
        assert held == {("bob", Verdict.FALSE_ALARM), ("cyd", Verdict.UNSURE)}
        assert together.verify() == []


def test_a_broken_store_is_not_let_in(tmp_path: Path) -> None:
    import sqlite3

    say(tmp_path / "a", "ada", Verdict.CONFIRMED)
    say(tmp_path / "b", "bob", Verdict.CONFIRMED)
    forger = sqlite3.connect(tmp_path / "b")
    forger.execute("DROP TRIGGER events_are_not_changed")
    forger.execute("UPDATE events SET reviewer = 'ada'")
    forger.commit()
    forger.close()
    with ReviewStore.open(tmp_path / "a") as ours, ReviewStore.open(tmp_path / "b") as theirs:
        with pytest.raises(ReviewStoreError, match=r"event 1: .* was changed.* nothing was merged"):
            merge(ours, theirs)
        assert len(ours.events()) == 1
