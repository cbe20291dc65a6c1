"""What the verbs of `boresight review` share: their options, the store and the run behind what was typed."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import viewers.cli.options as typed

if TYPE_CHECKING:
    from fusion.review.store import ReviewStore
    from fusion.review.work import WorkFilter
    from fusion.run.document import FindingsDocument

WHO = "Who and what"

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `check --run` wrote, or its findings.json.")]
RunOrStore = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or the file of its reviews.")]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        "--reviews",
        metavar="FILE",
        help="The reviews; left out, reviews.sqlite in RUN.",
        rich_help_panel=WHO,
    ),
]
Reviewed = Annotated[
    bool, typer.Option("--reviewed", help="Only what reviewers confirmed, corrected or found.", rich_help_panel=WHO)
]
Who = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Who decides; left out, BORESIGHT_REVIEWER or you.", rich_help_panel=WHO),
]
Classes = Annotated[
    list[str] | None,
    typer.Option("--class", metavar="NAME", help="Only this class; may be repeated.", rich_help_panel=typed.JUDGEMENT),
]
Severities = Annotated[
    list[str] | None,
    typer.Option("--severity", metavar="NAME", help="Only error, warning or info.", rich_help_panel=typed.JUDGEMENT),
]
SEVERITIES = ("error", "warning", "info")


def store_path(run: Path, store: Path | None) -> Path:
    """Where the reviews of a run are: what --store says, else a file in the run folder, else what was named itself."""
    from fusion.review.store import STORE_NAME

    if store is not None:
        return store / STORE_NAME if store.is_dir() else store
    if run.is_dir():
        return run / STORE_NAME
    return run.parent / STORE_NAME if run.suffix == ".json" else run


def opened_store(run: Path, store: Path | None, create: bool = False) -> ReviewStore:
    """The reviews of a run.

    Raises:
        ReviewStoreError: there are none, or they can't be read.
    """
    from fusion.review.store import ReviewStore

    return ReviewStore.open(store_path(run, store), create)


def findings_of_run(run: Path) -> FindingsDocument:
    """What a run found.

    Raises:
        CommandError: it is no run.
    """
    from calibration.errors import FileProblemError
    from fusion.run.saved_run import findings_in
    from viewers.errors import CommandError

    try:
        return findings_in(run)
    except FileProblemError as error:
        raise CommandError(f"RUN: {error}") from error


def reviewer(name: str | None) -> str:
    """Who decides.

    Raises:
        CommandError: nobody knows.
    """
    from viewers.errors import CommandError

    known = (name or os.environ.get("BORESIGHT_REVIEWER") or _user()).strip()
    if not known:
        raise CommandError("--as: who decides? name yourself here or in BORESIGHT_REVIEWER")
    return known


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return ""


def wanted(
    select: Sequence[str] | None,
    scenes: Sequence[str] | None,
    classes: Sequence[str] | None,
    severities: Sequence[str] | None,
    assigned_to: str | None = None,
) -> WorkFilter:
    """What the filters on the command line mean.

    Raises:
        CommandError: no such severity.
    """
    from fusion.review.work import WorkFilter
    from viewers.errors import CommandError

    chosen = typed.words(severities)
    unknown = [word for word in chosen if word not in SEVERITIES]
    if unknown:
        raise CommandError(f"--severity: expected {', '.join(SEVERITIES)}, got {unknown[0]!r}")
    return WorkFilter(typed.words(select), tuple(scenes or ()), tuple(classes or ()), chosen, assigned_to or "")
