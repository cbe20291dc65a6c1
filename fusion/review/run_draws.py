"""The draws of a run, made when reviews by lot are first asked for and kept in its store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.rounding import digest
from fusion.review.draw import Draw, finding_draws, recorded
from fusion.review.population import label_draws
from fusion.review.store import ReviewStore
from fusion.run.document import FindingsDocument
from fusion.run.saved_run import dataset_of, load_run


def draws_of(
    run: Path,
    document: FindingsDocument,
    store: ReviewStore,
    reviewer: str,
    seed: int = 0,
    random_share: float = 0.0,
    unflagged_share: float = 0.0,
    root: str | Path | None = None,
) -> list[tuple[Draw, float]]:
    """What was drawn by lot from a run, each with the share of decisions it should get.

    Args:
        random_share: for findings, check by check; unflagged_share: for labels nobody flagged, and for flagged ones.
        root: where the data set is now; only read for labels, and only once.

    Raises:
        DatasetError: the labels are wanted, and the run doesn't say where they are; ReviewStoreError: can't be stored.
    """
    drawn: list[tuple[Draw, float]] = []
    if random_share > 0:
        limits, shifts = _limits_and_shifts(run)
        findings = finding_draws(document.findings, seed, limits, shifts)
        drawn += [(draw, random_share) for draw in recorded(store, findings, reviewer)]
    if unflagged_share > 0:
        labels = _kept_label_draws(store, document, seed)
        if not labels:
            # Reading all labels takes a while, so the draw remembers which findings it was made of.
            made = label_draws(dataset_of(load_run(run), root), document.findings, seed, _made_of(document))
            labels = recorded(store, made, reviewer)
        drawn += [(draw, unflagged_share) for draw in labels]
    return drawn


def _kept_label_draws(store: ReviewStore, document: FindingsDocument, seed: int) -> list[Draw]:
    made_of = _made_of(document)
    drawn = [Draw.of_event(event) for event in store.events("action = 'draw'")]
    return [one for one in drawn if one.kind != "finding" and one.seed == seed and one.limits == made_of]


def _made_of(document: FindingsDocument) -> str:
    return digest(*sorted(finding.id for finding in document.findings))


def _limits_and_shifts(run: Path) -> tuple[dict[str, str], dict[str, float]]:
    """By check: what stands for the settings it ran with, and what its scores were moved by."""
    settings = _settings_of(run)
    named: Mapping[str, Any] = settings.get("checks") or {}
    learned: Mapping[str, Any] = (settings.get("precision") or {}).get("checks") or {}
    limits = {check.code: digest(named.get(check.code) or named.get(check.name) or {}) for check in CATALOGUE}
    return limits, {code: float(one.get("log_odds_shift", 0.0)) for code, one in learned.items()}


def _settings_of(run: Path) -> Mapping[str, Any]:
    """The settings a run was made with; nothing for findings that lie without their run."""
    record = (run if run.is_dir() else run.parent) / "run.json"
    try:
        settings = json.loads(record.read_bytes())["settings"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return settings if isinstance(settings, dict) else {}
