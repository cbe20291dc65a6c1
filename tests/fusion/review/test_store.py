from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from fusion.checks.proposal import Proposal
from fusion.errors import ReviewStoreError, StaleRevisionError
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

CAR = ReviewSubject.finding("3fa9c0d2e4b81706")
FRAME = ReviewSubject("frame", "000012", "scene-0061")


def said(reviewer: str, verdict: Verdict | None = Verdict.CONFIRMED, subject: ReviewSubject = CAR, **more: object):
    return Decision(subject=subject, reviewer=reviewer, verdict=verdict, **more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reviews.sqlite"


def test_a_decision_comes_back_as_it_was_handed_in(file: Path) -> None:
    moved = Proposal(action="set", target="car-1", values={"centre_m": [1.0, 2.0, 3.0]}, reference="world")
    with ReviewStore.open(file, create=True) as store:
        stored = store.append(
            said("ada", comment="half a metre up", error_type="height", evidence_hash="ab", proposals=(moved,)), 0
        )
    with ReviewStore.open(file) as store:
        standing = store.current(CAR)
    assert standing.event == stored
    assert standing.verdict is Verdict.CONFIRMED
    assert standing.revision == 1
    assert stored.proposals == (moved,)
    assert stored.comment == "half a metre up"
    assert stored.created_ns > 1_700_000_000_000_000_000


def test_who_decides_on_what_was_decided_since_is_told_the_others_verdict(file: Path) -> None:
    with ReviewStore.open(file, create=True) as ada, ReviewStore.open(file) as bob:
        seen = bob.current(CAR).revision
        ada.append(said("ada", Verdict.FALSE_ALARM, comment="a kerb"), seen)
        with pytest.raises(StaleRevisionError, match=r"ada said false-alarm \(a kerb\).*revision 1") as refused:
            bob.append(said("bob"), seen)
        assert bob.current(CAR).verdict is Verdict.FALSE_ALARM
        bob.append(said("bob"), refused.value.revision)
        assert ada.current(CAR).verdict is Verdict.CONFIRMED
        assert [event.reviewer for event in ada.history(CAR)] == ["ada", "bob"]


def test_a_revision_that_never_was_is_refused(file: Path) -> None:
    with ReviewStore.open(file, create=True) as store, pytest.raises(StaleRevisionError, match="no revision 3"):
        store.append(said("ada"), 3)


def test_a_verdict_can_be_taken_back(file: Path) -> None:
    with ReviewStore.open(file, create=True) as store:
        store.append(said("ada"), 0)
        store.append(said("ada", Verdict.UNDECIDED), 1)
        assert store.current(CAR).verdict is None
        assert store.current(CAR).revision == 2


def test_proposals_alone_leave_the_verdict_as_it_is(file: Path) -> None:
    later = Proposal(action="set", target="CAM_FRONT", values={"clock_offset_ns": 12_000_000}, reference="rig")
    with ReviewStore.open(file, create=True) as store:
        store.append(said("ada"), 0)
        store.append(said("bob", None, proposals=(later,)), 0)
        assert store.current(CAR).revision == 1
        assert [event.action for event in store.history(CAR)] == ["verdict", "proposal"]


@pytest.mark.parametrize(
    ("subject", "verdict", "complaint"),
    [
        (CAR, Verdict.CORRECT, "false-alarm, not correct"),
        (FRAME, Verdict.CONFIRMED, "said of findings"),
        (CAR, None, "neither a verdict nor a proposal"),
    ],
    ids=["a finding is correct", "a frame is confirmed", "nothing said"],
)
def test_a_verdict_that_says_nothing_about_its_subject_is_refused(
    file: Path, subject: ReviewSubject, verdict: Verdict | None, complaint: str
) -> None:
    with ReviewStore.open(file, create=True) as store, pytest.raises(ReviewStoreError, match=complaint):
        store.append(said("ada", verdict, subject), 0)


def test_hostile_text_survives(file: Path) -> None:
    odd = ReviewSubject("label", "a/b:%2F\udcff", "scene/1%25")
    with ReviewStore.open(file, create=True) as store:
        store.append(said("o'; DROP TABLE events; --", Verdict.NEW_ERROR, odd, comment="\x00\x1b[2J\ud800"), 0)
        assert store.verify() == []
        (subject,) = store.verdicts()
    assert subject == odd


def test_events_can_be_neither_changed_nor_deleted_nor_replaced(file: Path) -> None:
    with ReviewStore.open(file, create=True) as store:
        store.append(said("ada"), 0)
    other_tool = sqlite3.connect(file)
    for attempt in (
        "UPDATE events SET verdict = 'false-alarm'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="appended, never"):
            other_tool.execute(attempt)
    other_tool.close()


def test_a_subject_has_every_revision_once(file: Path) -> None:
    with ReviewStore.open(file, create=True) as store:
        store.append(said("ada"), 0)
    other_tool = sqlite3.connect(file)
    columns = [row[1] for row in other_tool.execute("PRAGMA table_info(events)") if row[1] not in ("id", "hash")]
    other_tool.execute("DROP TRIGGER events_are_not_replaced")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        other_tool.execute(
            f"INSERT INTO events (hash, {', '.join(columns)}) SELECT 'x', {', '.join(columns)} FROM events"
        )
    other_tool.close()


def test_threads_share_a_store(file: Path) -> None:
    with ReviewStore.open(file, create=True) as store:

        def decide(name: str) -> None:
            for number in range(20):
                store.append(said(name, subject=ReviewSubject.finding(f"{name}{number}")), 0)

        threads = [threading.Thread(target=decide, args=(name,)) for name in ("ada", "bob", "cyd")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.verdicts()) == 60
        assert store.verify() == []


def test_a_folder_holds_its_store_under_the_usual_name(tmp_path: Path) -> None:
    ReviewStore.open(tmp_path, create=True).close()
    assert [path.name for path in tmp_path.iterdir()] == ["reviews.sqlite"]
