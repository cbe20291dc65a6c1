"""Deciding in one step, as a person types it."""

from __future__ import annotations

from collections.abc import Sequence

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.review.event import ReviewEvent, Verdict
from fusion.review.memory import decision_on
from fusion.review.store import ReviewStore
from fusion.review.work import named_subject


def decide(
    store: ReviewStore,
    findings: Sequence[Finding],
    subject: str,
    reviewer: str,
    verdict: Verdict,
    seen_revision: int | None = None,
    comment: str = "",
    error_type: str = "",
    proposals: tuple[Proposal, ...] = (),
) -> ReviewEvent:
    """Store a verdict on what a person names.

    Args:
        subject: as `named_subject` reads it.
        seen_revision: what the reviewer saw; left out, it is taken that they know of their own verdicts and no others.

    Raises:
        StaleRevisionError: somebody else decided; ReviewStoreError: it can't be stored, or nothing is called so.
    """
    meant = named_subject(subject, findings, store)
    decision = decision_on(
        meant,
        findings,
        reviewer=reviewer,
        verdict=verdict,
        comment=comment,
        error_type=error_type,
        proposals=proposals,
    )
    if seen_revision is None:
        standing = store.current(meant)
        own = all(event.reviewer == decision.reviewer for event in standing.holding)
        seen_revision = standing.revision if own else 0
    return store.append(decision, seen_revision)
