"""Whoever changes a store past its guards is found out."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fusion.review.chain import Head
from fusion.review.database import SCHEMA
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

GUARDS = SCHEMA[SCHEMA.index("CREATE TRIGGER") : SCHEMA.index("CREATE TABLE claims")]


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    """Ten verdicts by two reviewers in turn, the last two on what the other had decided."""
    file = tmp_path / "reviews.sqlite"
    with ReviewStore.open(file, create=True) as store:
        for number in range(8):
            subject = ReviewSubject.finding(f"{number:016x}")
            store.append(Decision(subject=subject, reviewer=["ada", "bob"][number % 2], verdict=Verdict.CONFIRMED), 0)
        for number, reviewer in ((1, "ada"), (0, "bob")):
            subject = ReviewSubject.finding(f"{number:016x}")
            store.append(Decision(subject=subject, reviewer=reviewer, verdict=Verdict.FALSE_ALARM), 1)
    return file


def tamper(file: Path, *statements: str, put_guards_back: bool = True) -> None:
    connection = sqlite3.connect(file)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    if put_guards_back:
        connection.executescript(GUARDS)
    connection.close()


def reasons(file: Path, heads: list[Head] | None = None) -> list[str]:
    with ReviewStore.open(file) as store:
        return [str(fault) for fault in store.verify(heads or ())]


def test_an_honest_store_is_whole(store_file: Path) -> None:
    with ReviewStore.open(store_file) as store:
        heads = store.heads()
    assert reasons(store_file, heads) == []
    assert [(head.reviewer, head.sequence) for head in heads] == [("ada", 5), ("bob", 5)]


@pytest.mark.parametrize(
    ("statements", "complaint"),
    [
        (["UPDATE events SET verdict = 'false-alarm' WHERE id = 3"], "event 3: the event of ada on .* was changed"),
        (["UPDATE events SET comment = 'never mind' WHERE id = 4"], "event 4: the event of bob on .* was changed"),
        (["UPDATE events SET created_ns = created_ns - 1 WHERE id = 2"], "event 2: .* was changed"),
        (["UPDATE events SET reviewer = 'bob' WHERE id = 3"], "event 3: .* was changed"),
        (["UPDATE events SET about = x'ff' WHERE id = 3"], "event 3: .* was changed"),
        (["UPDATE events SET revision = 7 WHERE id = 3"], "event 3: it calls itself revision 7"),
        (["DELETE FROM events WHERE id = 5"], "event 7: the event of ada before it"),
        (["DELETE FROM events WHERE id = 10"], "events 10 to 10 were removed from the end"),
        (["DELETE FROM events"], "all 10 events were removed"),
        (
            [
                "UPDATE events SET id = 99 WHERE id = 3",
                "UPDATE events SET id = 3 WHERE id = 5",
                "UPDATE events SET id = 5 WHERE id = 99",
            ],
            "event 3: the event of ada before it, .* comes later",
        ),
    ],
    ids=[
        "verdict",
        "comment",
        "time",
        "reviewer",
        "no text",
        "revision",
        "deleted inside",
        "deleted at the end",
        "all deleted",
        "reordered",
    ],
)
def test_tampering_is_named(store_file: Path, statements: list[str], complaint: str) -> None:
    tamper(store_file, *statements)
    found = reasons(store_file)
    assert found
    assert any(re.search(complaint, reason) for reason in found), found


def test_missing_guards_are_named(store_file: Path) -> None:
    tamper(store_file, put_guards_back=False)
    assert len(reasons(store_file)) == 3


def test_a_cut_end_whose_numbering_was_put_right_shows_against_heads_kept_elsewhere(store_file: Path) -> None:
    with ReviewStore.open(store_file) as store:
        heads = store.heads()
    tamper(store_file, "DELETE FROM events WHERE id = 10", "UPDATE sqlite_sequence SET seq = 9")
    assert reasons(store_file) == []
    assert [reason.partition(",")[0] for reason in reasons(store_file, heads)] == ["event 5 of bob"]


def test_a_chain_written_anew_shows_against_heads_kept_elsewhere(store_file: Path, tmp_path: Path) -> None:
    with ReviewStore.open(store_file) as store:
        heads = store.heads()
    forged = tmp_path / "forged.sqlite"
    with ReviewStore.open(forged, create=True) as store:
        for number in range(10):
            decision = Decision(subject=ReviewSubject.finding(str(number)), reviewer="ada", verdict=Verdict.CONFIRMED)
            store.append(decision, 0)
    assert reasons(forged) == []
    assert len(reasons(forged, heads)) == 2


@pytest.mark.parametrize("make", [lambda file: file, str], ids=["path", "text"])
def test_verifying_changes_nothing(store_file: Path, make: Callable[[Path], Path | str]) -> None:
    before = store_file.read_bytes()
    with ReviewStore.open(make(store_file)) as store:
        store.verify()
    assert store_file.read_bytes() == before
