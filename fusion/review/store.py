"""The review store: decisions of several people in one SQLite file, appended and never changed.

    with ReviewStore.open("run/reviews.sqlite", create=True) as store:
        standing = store.current(ReviewSubject.finding("3fa9c0d2e4b81706"))
        store.append(Decision(subject=standing.subject, reviewer="ada", verdict=Verdict.CONFIRMED), standing.revision)

What `append` returned is on the disk, whatever happens to the process afterwards. Who decides on what somebody else
decided since they looked gets a `StaleRevisionError`, never the last word by accident.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from fusion.errors import ReviewStoreError, StaleRevisionError
from fusion.review.chain import ChainFault, Head, Row, chain_faults, hash_of, heads_of
from fusion.review.database import TRIGGERS, connect, worded
from fusion.review.event import Action, Decision, ReviewEvent, Verdict, canonical_json
from fusion.review.standing import Standing, standings
from fusion.review.subject import ReviewSubject
from fusion.review.times import utc_text
from fusion.run.run_record import tool_version

STORE_NAME = "reviews.sqlite"


class ReviewStore:
    """An open store; use it in a `with` block, or close it. Threads may share it."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: str | Path, create: bool = False, read_only: bool = False) -> ReviewStore:
        """The store of a file; the name it usually has where `path` is a folder.

        Args:
            create: make it where there is none.
            read_only: for what another person sent, also from a disk that can't be written.

        Raises:
            ReviewStoreError: there is none, it lies on a network file system, is damaged, or something else.
        """
        file = Path(path) / STORE_NAME if Path(path).is_dir() else Path(path)
        return cls(file, connect(file, create, read_only))

    def close(self) -> None:
        """Let go of the file; whoever closes last tidies its log into it."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> ReviewStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, decision: Decision, seen_revision: int) -> ReviewEvent:
        """Store a decision; it is on the disk when this returns.

        Args:
            decision: a verdict, or proposals alone.
            seen_revision: `current(subject).revision` as the reviewer saw it, 0 for none.

        Raises:
            StaleRevisionError: somebody decided on the subject since; ReviewStoreError: it can't be stored.
        """
        require_fitting(decision)
        with self.transaction():
            standing = self.current(decision.subject)
            if decision.verdict is not None and standing.revision != seen_revision:
                raise StaleRevisionError(_stale(standing, seen_revision), standing.revision)
            if decision.verdict is not None:
                self._connection.execute("DELETE FROM claims WHERE subject = ?", (str(decision.subject),))
            return self.add(
                reviewer=decision.reviewer,
                action="verdict" if decision.verdict else "proposal",
                subject=decision.subject,
                about=decision.about,
                decision=decision,
                replaces=[event.hash for event in standing.holding],
            )

    def current(self, subject: ReviewSubject) -> Standing:
        """Where a subject stands."""
        return Standing.of(subject, [event for event in self.history(subject) if event.action == "verdict"])

    def verdicts(self) -> dict[ReviewSubject, Standing]:
        """Every subject that has a verdict, and where it stands."""
        return standings(self.events("action = 'verdict'"))

    def history(self, subject: ReviewSubject) -> list[ReviewEvent]:
        """All events on a subject, oldest first; proposals and assignments too."""
        return self.events("subject = ?", (str(subject),))

    def events(self, condition: str = "1", values: Sequence[Any] = ()) -> list[ReviewEvent]:
        """All events in the order of the store, or those of an SQL condition."""
        try:
            return [ReviewEvent.of_row(row) for row in self.rows(condition, values)]
        except (ValueError, TypeError, ReviewStoreError) as error:
            raise ReviewStoreError(
                f"{self.path}: an event is spoiled; `boresight review verify` says which ({error})"
            ) from error

    def rows(self, condition: str = "1", values: Sequence[Any] = ()) -> list[Row]:
        """Events as the file holds them, for the chain."""
        with self._lock, worded(self.path):
            found = self._connection.execute(f"SELECT * FROM events WHERE {condition} ORDER BY id", tuple(values))
            return [dict(row) for row in found.fetchall()]

    def last_event(self) -> int:
        """The number of the last event, 0 in an empty store: where it is the same, nothing was said meanwhile."""
        with self._lock, worded(self.path):
            (last,) = self._connection.execute("SELECT COALESCE(MAX(id), 0) FROM events").fetchone()
        return int(last)

    def heads(self) -> list[Head]:
        """The ends of the chains, to be kept elsewhere."""
        return heads_of(self.rows())

    def verify(self, heads: Iterable[Head] = ()) -> list[ChainFault]:
        """Everything that shows tampering; empty where all chains are whole.

        Args:
            heads: ends of chains that were written down before; an event cut off the end shows in nothing else
                where the file's own numbering was put right as well.
        """
        with self._lock, worded(self.path):
            numbered = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
            there = {row["name"] for row in self._connection.execute("SELECT name FROM sqlite_master")}
            (health,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        faults = chain_faults(self.rows(), heads, None if numbered is None else numbered["seq"])
        faults += [ChainFault(None, f"the guard {name} was removed") for name in TRIGGERS if name not in there]
        return faults if health == "ok" else [*faults, ChainFault(None, f"the file is damaged: {health}")]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is written inside, or nothing; nobody else writes meanwhile. One inside another is one."""
        with self._lock, worded(self.path):
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def add(
        self,
        reviewer: str,
        action: Action,
        subject: ReviewSubject,
        about: Mapping[str, Any],
        decision: Decision | None = None,
        replaces: Sequence[str] = (),
    ) -> ReviewEvent:
        """Put an event at the end of its reviewer's chain, inside a transaction."""
        last = self._connection.execute(
            "SELECT hash, sequence FROM events WHERE reviewer = ? ORDER BY sequence DESC, id DESC LIMIT 1", (reviewer,)
        ).fetchone()
        try:
            texts = {
                "proposals": canonical_json(
                    [one.model_dump(mode="json") for one in decision.proposals] if decision else []
                ),
                "about": canonical_json(dict(about)),
                "replaces": canonical_json(list(replaces) if action == "verdict" else []),
            }
        except (TypeError, ValueError) as error:
            raise ReviewStoreError(f"what comes with the decision on {subject} can't be stored: {error}") from error
        row: dict[str, Any] = {
            "previous": "" if last is None else last["hash"],
            "reviewer": reviewer,
            "sequence": 1 if last is None else last["sequence"] + 1,
            "action": action,
            "subject": str(subject),
            "verdict": decision.verdict.value if decision and decision.verdict else None,
            "error_type": decision.error_type if decision else "",
            "comment": decision.comment if decision else "",
            "evidence_hash": decision.evidence_hash if decision else "",
            **texts,
            "created_ns": time.time_ns(),
            "tool_version": tool_version(),
        }
        return self.insert({**row, "hash": hash_of(row)})

    def insert(self, row: Row) -> ReviewEvent:
        """Put a hashed event into the file, inside a transaction; a verdict becomes its subject's next revision."""
        revision = None
        if row["action"] == "verdict":
            (revision,) = self._connection.execute(
                "SELECT COALESCE(MAX(revision), 0) + 1 FROM events WHERE subject = ?", (row["subject"],)
            ).fetchone()
        stored = {**row, "revision": revision}
        stored.pop("id", None)
        names = ", ".join(stored)
        marks = ", ".join("?" for _ in stored)
        cursor = self._connection.execute(f"INSERT INTO events ({names}) VALUES ({marks})", tuple(stored.values()))
        return ReviewEvent.of_row({**stored, "id": cursor.lastrowid})


def require_fitting(decision: Decision) -> None:
    """Refuse verdicts that say nothing about their subject.

    Raises:
        ReviewStoreError: the verdict belongs to another kind of subject, or there is neither verdict nor proposal.
    """
    about_finding = decision.subject.kind == "finding"
    of_findings = decision.verdict in (
        Verdict.CONFIRMED,
        Verdict.FALSE_ALARM,
        Verdict.ACCEPTED_DEVIATION,
    )
    if decision.verdict is None and not decision.proposals:
        raise ReviewStoreError(f"{decision.subject}: neither a verdict nor a proposal")
    if decision.verdict is Verdict.CORRECT and about_finding:
        raise ReviewStoreError(f"{decision.subject}: a finding that is wrong is a false-alarm, not correct")
    if of_findings and not about_finding:
        raise ReviewStoreError(
            f"{decision.subject}: {decision.verdict.value if decision.verdict else ''} is said of findings; "
            f"of a {decision.subject.kind} say correct or new-error"
        )


def _stale(standing: Standing, seen_revision: int) -> str:
    other = standing.event
    if other is None or other.verdict is None:
        return f"{standing.subject} has no revision {seen_revision}; nobody decided on it yet"
    when = utc_text(other.created_ns)
    said = f"{other.verdict.value}{f' ({other.comment})' if other.comment else ''}"
    return (
        f"{standing.subject}: {other.reviewer} said {said} at {when}, which is revision {standing.revision}, "
        f"and you saw revision {seen_revision}; nothing was stored: look again, then decide from {standing.revision}"
    )
