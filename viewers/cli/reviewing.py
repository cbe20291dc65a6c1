"""What the viewer is opened with besides data: where decisions go, and a log of what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion.review.store import ReviewStore
from viewers.cli.review_options import reviewer, store_path
from viewers.desktop.state.decisions import Decisions, NoDecisions, StoredDecisions
from viewers.errors import CommandError


@contextmanager
def decisions_of(run: Path | None, store: Path | None, who: str | None) -> Iterator[Decisions]:
    """Where verdicts go: the store that was named, else the run folder's; nowhere without either.

    Raises:
        ReviewStoreError: it can't be opened or made; CommandError: nobody knows who decides.
    """
    if run is None and store is None:
        yield NoDecisions()
        return
    with ReviewStore.open(store_path(run or Path(), store), create=True) as opened:
        yield StoredDecisions(opened, reviewer(who))


@contextmanager
def logged_to(path: Path | None) -> Iterator[Callable[[str], None]]:
    """A function that appends a line to a file; it does nothing where there is none.

    Raises:
        CommandError: the file can't be written.
    """
    if path is None:
        yield lambda line: None
        return
    try:
        with path.open("a", encoding="utf-8", buffering=1) as file:
            yield lambda line: print(line, file=file)
    except OSError as error:
        raise CommandError(f"--log: {path}: {error.strerror or error}") from error
