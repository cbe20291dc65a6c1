"""What reviewers made of the findings of a run, for the verbs that act on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fusion.checks.finding import Finding
from fusion.review.reviewed import Reviewed, reviewed
from fusion.review.store import ReviewStore
from fusion.scene.dataset import Dataset
from viewers.cli.review_options import store_path
from viewers.errors import CommandError


def reviewed_findings(
    findings: Sequence[Finding], run: Path, store: Path | None, dataset: Dataset, needed: bool
) -> Reviewed:
    """The findings as they are after the reviews that --store names, or else those in the run folder.

    Raises:
        CommandError: reviews are needed, and there are none; ReviewStoreError: they can't be read.
    """
    path = store_path(run, store)
    if store is None and not path.exists():
        if needed:
            raise CommandError(f"--reviewed: {path}: no such review store; --store names another")
        return Reviewed(tuple(findings))
    with ReviewStore.open(path, read_only=True) as opened:
        return reviewed(findings, opened, dataset.scene_names)
