"""The SQLite file under the review store: made whole, opened with care, and every refusal in words."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion.errors import ReviewStoreError
from fusion.review.network_disk import network_type

# "BoRe", so that `file` and every SQLite tool can tell a review store from other databases.
APPLICATION_ID = 0x426F5265
SCHEMA_VERSION = 1
# Two reviewers write for milliseconds; who holds the file longer than this has stopped.
BUSY_SECONDS = 15.0

SCHEMA = f"""
BEGIN;
CREATE TABLE store (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    previous TEXT NOT NULL,
    reviewer TEXT NOT NULL CHECK (reviewer <> ''),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    action TEXT NOT NULL CHECK (action IN ('verdict', 'proposal', 'assignment', 'draw')),
    subject TEXT NOT NULL,
    revision INTEGER CHECK ((revision IS NULL) = (action <> 'verdict')),
    verdict TEXT CHECK ((verdict IS NULL) = (action <> 'verdict')),
    error_type TEXT NOT NULL,
    comment TEXT NOT NULL,
    evidence_hash TEXT NOT NULL,
    proposals TEXT NOT NULL,
    about TEXT NOT NULL,
    replaces TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    tool_version TEXT NOT NULL,
    UNIQUE (subject, revision)
);
CREATE INDEX events_of_reviewer ON events (reviewer, sequence);
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'reviews are appended, never changed'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'reviews are appended, never deleted'); END;
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
    WHEN EXISTS (
        SELECT 1 FROM events
        WHERE id = NEW.id OR hash = NEW.hash OR (subject = NEW.subject AND revision = NEW.revision)
    )
    BEGIN SELECT RAISE(ABORT, 'reviews are appended, never replaced'); END;
CREATE TABLE claims (subject TEXT PRIMARY KEY, reviewer TEXT NOT NULL, until_ns INTEGER NOT NULL);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
TRIGGERS = ("events_are_not_changed", "events_are_not_deleted", "events_are_not_replaced")

# Pieces of SQLite's messages (its codes are exposed from Python 3.11 on), and what they mean to a person.
WORDED = (
    ("locked", "somebody else has been writing for {seconds:.0f} s; nothing was stored, try again"),
    ("readonly", "the file or its folder can't be written to; nothing was stored"),
    ("is full", "the disk is full; nothing was stored of this, and what was stored before is safe"),
    ("disk i/o", "the disk reports an error; nothing was stored of this"),
    ("not a database", "is no review store: not an SQLite file"),
    ("malformed", "is damaged; take a copy, then `sqlite3 FILE .recover` saves what can be read"),
    ("unable to open", "can't be opened; its folder must exist, and be writable for the log beside the file"),
    ("never", "{error}"),
)


@contextmanager
def worded(path: Path) -> Iterator[None]:
    """SQLite's errors as ours.

    Raises:
        ReviewStoreError: the file is locked, full, read-only, damaged or something else.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        text = str(error).lower()
        reason = next((said for part, said in WORDED if part in text), "{error}")
        raise ReviewStoreError(f"{path}: {reason.format(error=error, seconds=BUSY_SECONDS)}") from error


def connect(path: Path, create: bool, read_only: bool = False) -> sqlite3.Connection:
    """An open store, checked to be one.

    Raises:
        ReviewStoreError: there is none, it lies on a network file system, is something else, or of a newer version.
    """
    network = network_type(path if path.exists() else path.parent)
    if network is not None and not read_only:
        raise ReviewStoreError(
            f"{path}: lies on a network file system ({network}), where two machines would damage each other's reviews; "
            "keep a store per reviewer on a local disk and bring them together with `boresight review merge`"
        )
    if create and not path.exists():
        _make(path)
    if not path.is_file():
        raise ReviewStoreError(f"{path}: {'is no file' if path.exists() else 'no such review store'}")
    with worded(path):
        connection = _opened(path, read_only)
        try:
            _require_ours(connection, path)
            if not read_only:
                connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
    return connection


def _opened(path: Path, read_only: bool) -> sqlite3.Connection:
    mode = "mode=rw"
    if read_only:
        # With a log beside it the log is part of the store; without one the file alone is all there is.
        mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "immutable=1"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,  # transactions are opened by hand, as IMMEDIATE
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    return connection


def _text(content: bytes) -> str:
    """Text that somebody else spoiled is for the chain to report, and no reason to fail."""
    return content.decode("utf-8", "backslashreplace")


def _require_ours(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise ReviewStoreError(f"{path}: is an SQLite file, but no review store of Boresight")
    if version > SCHEMA_VERSION:
        raise ReviewStoreError(
            f"{path}: was written by a newer Boresight (store version {version}, this one knows {SCHEMA_VERSION})"
        )
    columns = {row["name"] for row in connection.execute("PRAGMA table_info(events)")}
    if "hash" not in columns:
        raise ReviewStoreError(f"{path}: is damaged: it has no table of events")


def _make(path: Path) -> None:
    """A new store, whole or not at all, and never in place of one that somebody made in the meantime."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.unfinished")
    with worded(path):
        try:
            connection = sqlite3.connect(unfinished, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(SCHEMA)
                connection.execute("INSERT INTO store VALUES ('id', ?)", (uuid.uuid4().hex,))
            finally:
                connection.close()
            _move_unless_there(unfinished, path)
        except OSError as error:
            raise ReviewStoreError(f"{path}: can't be made: {error.strerror or error}") from error
        finally:
            for leftover in ("", "-wal", "-shm", "-journal"):
                unfinished.with_name(unfinished.name + leftover).unlink(missing_ok=True)


def _move_unless_there(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:  # a file system without links; what was made in the meantime is then at least not younger
        if not target.exists():
            source.replace(target)
