"""What verbs need in which a person decides: a run's findings, a review store, who it is, a log."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from calibration.errors import FileProblemError
from fusion.checks.finding import Finding
from fusion.review.store import STORE_NAME, ReviewStore
from fusion.run.repair import read_run
from viewers.desktop.state.decisions import Decisions, NoDecisions, StoredDecisions
from viewers.errors import CommandError


def findings_of(run: Path | None) -> tuple[Finding, ...]:
    """The findings of a run folder, none without one.

    Raises:
        CommandError: it is no run folder.
    """
    if run is None:
        return ()
    try:
        return read_run(run).document.findings
    except FileProblemError as error:
        raise CommandError(f"--run: {error}") from error


@contextmanager
def decisions_of(run: Path | None, store: Path | None, reviewer: str | None) -> Iterator[Decisions]:
    """Where verdicts go: the store that was named, else the run folder's; nowhere without either.

    Raises:
        ReviewStoreError: it can't be opened or made.
    """
    file = store or (None if run is None else run / STORE_NAME)
    if file is None:
        yield NoDecisions()
        return
    with ReviewStore.open(file, create=True) as opened:
        yield StoredDecisions(opened, reviewer or user_name())


def user_name() -> str:
    """BORESIGHT_REVIEWER, else whom the system says is logged in."""
    named = os.environ.get("BORESIGHT_REVIEWER", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # containers run as users that nobody has named
        raise CommandError("say who decides: --reviewer NAME, or set BORESIGHT_REVIEWER") from None


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
