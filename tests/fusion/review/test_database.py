from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fusion.errors import ReviewStoreError
from fusion.review import database
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject


def decide(store: ReviewStore, name: str = "3fa9", comment: str = "") -> None:
    subject = ReviewSubject.finding(name)
    store.append(Decision(subject=subject, reviewer="ada", verdict=Verdict.CONFIRMED, comment=comment), 0)


def foreign(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE events (id)")
    connection.close()


def newer(file: Path) -> None:
    ReviewStore.open(file, create=True).close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 9")
    connection.close()


def spoiled(file: Path) -> None:
    with ReviewStore.open(file, create=True) as store:
        for number in range(40):
            decide(store, str(number), "x" * 400)
    content = bytearray(file.read_bytes())
    content[5000:] = os.urandom(len(content) - 5000)
    file.write_bytes(content)


def cut_short(file: Path) -> None:
    ReviewStore.open(file, create=True).close()
    file.write_bytes(file.read_bytes()[:3000])


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda file: None, "no such review store"),
        (lambda file: file.write_text("hello, I am a diary, and far from any data base" * 9), "no review store"),
        (lambda file: file.write_bytes(b""), "no review store of Boresight"),
        (foreign, "no review store of Boresight"),
        (newer, "store version 9, this one knows 1"),
        (spoiled, "damaged|spoiled"),
        (cut_short, "damaged|review store"),
    ],
    ids=["absent", "a text", "empty", "another program's", "newer", "overwritten", "cut short"],
)
def test_what_is_no_store_is_refused_in_words(tmp_path: Path, make: Callable[[Path], None], complaint: str) -> None:
    file = tmp_path / "reviews.sqlite"
    make(file)
    with pytest.raises(ReviewStoreError, match=complaint) as refused, ReviewStore.open(file) as store:
        store.verify()  # opening notices most of it
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReviewStoreError, match=r"can't be (made|opened)"):
        ReviewStore.open(tmp_path / "nowhere" / "reviews.sqlite", create=True)


def test_who_holds_the_file_too_long_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with ReviewStore.open(tmp_path, create=True) as store:
        holder = sqlite3.connect(store.path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(ReviewStoreError, match=r"somebody else has been writing .* nothing was stored"):
            decide(store)
        holder.close()
        decide(store)
        assert len(store.verdicts()) == 1


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    with ReviewStore.open(tmp_path, create=True) as store:
        decide(store)
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ReviewStoreError, match="disk is full; nothing was stored of this"):
            decide(store, "big", "x" * 100_000)
        assert [str(subject) for subject in store.verdicts()] == ["finding:3fa9"]
        assert store.verify() == []
        store._connection.execute("PRAGMA max_page_count = 100000")
        decide(store, "big", "x" * 100_000)
        assert len(store.verdicts()) == 2


def test_a_store_that_may_not_be_written_can_still_be_read(tmp_path: Path) -> None:
    with ReviewStore.open(tmp_path, create=True) as store:
        decide(store)
    with ReviewStore.open(tmp_path, read_only=True) as store:
        assert len(store.verdicts()) == 1
        with pytest.raises(ReviewStoreError, match="can't be written to; nothing was stored"):
            decide(store, "another")


def test_a_store_in_use_can_be_read_by_others(tmp_path: Path) -> None:
    with ReviewStore.open(tmp_path, create=True) as writer:
        decide(writer)
        with ReviewStore.open(tmp_path, read_only=True) as reader:
            assert len(reader.verdicts()) == 1


def test_a_store_made_by_two_at_once_is_one_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "reviews.sqlite"
    move = database._move_unless_there

    def somebody_was_faster(source: Path, target: Path) -> None:
        monkeypatch.setattr(database, "_move_unless_there", move)
        with ReviewStore.open(file, create=True) as first:
            decide(first)
        move(source, target)

    monkeypatch.setattr(database, "_move_unless_there", somebody_was_faster)
    with ReviewStore.open(file, create=True) as second:
        assert len(second.verdicts()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["reviews.sqlite"]


def test_the_log_survives_writers_that_do_not_close(tmp_path: Path) -> None:
    first = ReviewStore.open(tmp_path, create=True)
    decide(first)
    with ReviewStore.open(tmp_path) as second:
        assert len(second.verdicts()) == 1
    first.close()
    (mode,) = sqlite3.connect(tmp_path / "reviews.sqlite").execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"
