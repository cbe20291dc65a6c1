"""Runs that were made before, and what was said of them: what `check --baseline` and `diff` hold a run against."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from calibration.errors import FileProblemError
from fusion.review.event import Verdict
from fusion.review.store import ReviewStore
from fusion.run.diff import new_findings
from fusion.run.run import Run
from fusion.run.saved_run import load_run
from viewers.errors import CommandError


def baseline_of(path: Path | None) -> Run | None:
    """The run that --baseline names.

    Raises:
        CommandError: it is none.
    """
    try:
        return None if path is None else load_run(path)
    except FileProblemError as error:
        raise CommandError(f"--baseline: {error}") from error


def against(baseline: Run | None, run: Run) -> Run:
    """The run, knowing what a baseline does not have."""
    return run if baseline is None else replace(run, new=new_findings(baseline, run))


def said_fixed(reviews: Path | None) -> frozenset[str]:
    """Ids of the findings that a review store calls fixed."""
    if reviews is None:
        return frozenset()
    with ReviewStore.open(reviews, read_only=True) as store:
        verdicts = store.verdicts().items()
        return frozenset(one.name for one, at in verdicts if one.kind == "finding" and at.verdict is Verdict.FIXED)
