"""What reviewers decided about the findings of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fusion.checks.finding import Finding
from fusion.review.memory import decided_before
from fusion.review.standing import Standing
from fusion.review.store import STORE_NAME, ReviewStore
from fusion.review.times import utc_text

CONTESTED = "contested"


@dataclass(frozen=True)
class Decided:
    """A verdict in a word, "contested" where reviewers disagree; said: what they wrote, who, and when."""

    verdict: str
    said: str = ""

    @classmethod
    def of(cls, standing: Standing) -> Decided | None:
        """From what the store holds; None where nobody decided, or took it back."""
        if standing.contested:
            return cls(CONTESTED, "; ".join(_said(one) for one in _events(standing)))
        if standing.verdict is None:
            return None
        return cls(standing.verdict.value, "; ".join(_said(one) for one in _events(standing)))


Event = tuple[str, str, str, str]


def _events(standing: Standing) -> Iterable[Event]:
    for event in standing.holding:
        verdict = event.verdict.value if event.verdict else ""
        yield verdict, event.comment, event.reviewer, utc_text(event.created_ns)


def _said(event: Event) -> str:
    verdict, comment, reviewer, when = event
    return f"{verdict} by {reviewer}, {when}{f': {comment}' if comment else ''}"


def decisions(store: Path, findings: Sequence[Finding]) -> dict[str, Decided]:
    """Verdicts on findings by their id, also those decided when a delivery had other ids.

    Raises:
        ReviewStoreError: there is no store, or it is damaged.
    """
    with ReviewStore.open(store, read_only=True) as opened:
        standings = decided_before(findings, opened.verdicts())
    found = {name: Decided.of(standing) for name, standing in standings.items()}
    return {name: decided for name, decided in found.items() if decided is not None}


def store_beside(run: Path) -> Path | None:
    """The store that a run folder holds, if any."""
    store = run / STORE_NAME
    return store if store.is_file() else None
