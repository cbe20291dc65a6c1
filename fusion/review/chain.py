"""The chain of each reviewer's events: what is hashed, and what a broken chain looks like.

Every event hashes its own content and the hash of the same reviewer's event before it, so that an event can't be
changed, taken out or put elsewhere without what follows showing it. Where a copy of the store was worked on, a
reviewer's chain has two ends; both are kept. What was cut off an end shows only in the store's own numbering, or
against heads that were written down before: `review verify --head FILE`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

HASHED_COLUMNS = (
    "reviewer",
    "sequence",
    "previous",
    "action",
    "subject",
    "verdict",
    "error_type",
    "comment",
    "evidence_hash",
    "proposals",
    "about",
    "replaces",
    "created_ns",
    "tool_version",
)


@dataclass(frozen=True, order=True)
class Head:
    """The end of a reviewer's chain: how many events lead to it, and its hash."""

    reviewer: str
    sequence: int
    hash: str


@dataclass(frozen=True)
class ChainFault:
    """What is wrong, and with which event; event: its number in the store, None where it concerns none that is left."""

    event: int | None
    reason: str

    def __str__(self) -> str:
        return self.reason if self.event is None else f"event {self.event}: {self.reason}"


def hash_of(row: Row) -> str:
    """SHA-256 of an event; columns that are empty don't count, so that new ones can be added."""
    content = [[name, row[name]] for name in HASHED_COLUMNS if row[name] not in (None, "")]
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def heads_of(rows: Iterable[Row]) -> list[Head]:
    """The ends of all chains."""
    rows = list(rows)
    continued = {row["previous"] for row in rows}
    return sorted(Head(row["reviewer"], row["sequence"], row["hash"]) for row in rows if row["hash"] not in continued)


def chain_faults(rows: Sequence[Row], heads: Iterable[Head] = (), last_number: int | None = None) -> list[ChainFault]:
    """Everything that shows that events were changed, removed, put elsewhere or forged; empty for whole chains.

    Args:
        rows: all events, in the order of the store.
        heads: ends of chains as they were written down before; each must still be there.
        last_number: the highest number the store ever gave to an event.
    """
    faults: list[ChainFault] = []
    earlier: dict[str, Row] = {}
    revisions: dict[str, int] = {}
    expected = 1
    for row in rows:
        if row["id"] != expected:
            faults.append(ChainFault(row["id"], f"expected event {expected} here: events were removed or renumbered"))
        faults += [ChainFault(row["id"], reason) for reason in _faults_of(row, earlier, revisions)]
        earlier[row["hash"]], expected = row, row["id"] + 1
    if last_number is not None and rows and last_number > rows[-1]["id"]:
        faults.append(ChainFault(None, f"events {rows[-1]['id'] + 1} to {last_number} were removed from the end"))
    if last_number and not rows:
        faults.append(ChainFault(None, f"all {last_number} events were removed"))
    for head in heads:
        found = earlier.get(head.hash)
        if found is None or found["reviewer"] != head.reviewer:
            faults.append(ChainFault(None, f"event {head.sequence} of {head.reviewer}, {head.hash[:12]}, is missing"))
    return faults


def _faults_of(row: Row, earlier: Mapping[str, Row], revisions: dict[str, int]) -> Iterable[str]:
    if hash_of(row) != row["hash"]:
        yield f"the event of {row['reviewer']} on {row['subject']} was changed: its hash does not fit"
    before = earlier.get(row["previous"])
    if row["previous"] and before is None:
        yield f"the event of {row['reviewer']} before it, {str(row['previous'])[:12]}, is missing or comes later"
    elif row["sequence"] != (before["sequence"] + 1 if before is not None else 1):
        yield f"it calls itself number {row['sequence']} of {row['reviewer']}, and follows another"
    elif before is not None and before["reviewer"] != row["reviewer"]:
        yield f"it follows an event of {before['reviewer']}, and is by {row['reviewer']}"
    yield from _faults_of_verdict(row, earlier, revisions)


def _faults_of_verdict(row: Row, earlier: Mapping[str, Row], revisions: dict[str, int]) -> Iterable[str]:
    if row["action"] != "verdict":
        return
    revision = revisions[row["subject"]] = revisions.get(row["subject"], 0) + 1
    if row["revision"] != revision:
        yield f"it calls itself revision {row['revision']} of {row['subject']}, and is {revision}"
    try:
        replaced = json.loads(row["replaces"])
    except (TypeError, ValueError):
        yield "what it replaces is no list"
        return
    if any(one not in earlier or earlier[one]["subject"] != row["subject"] for one in replaced):
        yield f"it replaces a verdict on {row['subject']} that is missing or comes later"
