"""Bringing together what reviewers did apart: every event once, every disagreement kept for people to settle.

Events travel with their hashes, so the chains stay whole, merging twice adds nothing, and the order of merging
doesn't matter to which verdicts hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fusion.errors import ReviewStoreError
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore


@dataclass(frozen=True)
class Merged:
    """What a merge did: events that were new, events that both had, and everything people disagree on now."""

    added: int
    known: int
    conflicts: tuple[Standing, ...]


def merge(store: ReviewStore, other: ReviewStore) -> Merged:
    """Put the events of another store into this one, all or none.

    Raises:
        ReviewStoreError: a chain of either is broken, or the file can't be written.
    """
    for one in (store, other):
        faults = one.verify()
        if faults:
            raise ReviewStoreError(f"{one.path}: {faults[0]}; nothing was merged, see `boresight review verify`")
    rows = other.rows()
    with store.transaction() as connection:
        known = {row["hash"] for row in connection.execute("SELECT hash FROM events")}
        new = [row for row in rows if row["hash"] not in known]
        for row in new:
            store.insert(row)
        conflicts = tuple(standing for standing in store.verdicts().values() if standing.contested)
    return Merged(len(new), len(rows) - len(new), conflicts)


def merge_files(store: ReviewStore, paths: Iterable[Path]) -> Merged:
    """Put the events of several files into a store, file by file.

    Raises:
        ReviewStoreError: a file is no store, or a chain is broken; what came from the files before it is kept.
    """
    added = known = 0
    conflicts: tuple[Standing, ...] = ()
    for path in paths:
        with ReviewStore.open(path, read_only=True) as other:
            merged = merge(store, other)
        added, known, conflicts = added + merged.added, known + merged.known, merged.conflicts
    return Merged(added, known, conflicts)
