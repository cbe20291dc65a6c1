"""What reviewers decided, for those who act on it: which findings are to be corrected, and how.

dismissed, fixed, unsure, contested     nothing is changed
confirmed                               what the finding proposes, or what the reviewer proposed in its place
nobody decided, but proposed            what the reviewer proposed
new error, with a correction            that correction, as a finding of its own
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.errors import ReviewStoreError
from fusion.review.event import ReviewEvent, Verdict
from fusion.review.memory import decided_before
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.corrections import Correction

# What stands where a check's code stands: a person found it.
BY_REVIEWER = "REVIEW"


@dataclass(frozen=True)
class Reviewed:
    """Findings as reviewers left them.

    findings: with what is proposed now, a finding once for each correction; meant: ids of those that a person
    confirmed, corrected or found; left_out: what people decided against, and why.
    """

    findings: tuple[Finding, ...]
    meant: frozenset[str] = frozenset()
    left_out: tuple[Correction, ...] = ()

    @property
    def by_people(self) -> tuple[Finding, ...]:
        """Those that a person stands for."""
        return tuple(one for one in self.findings if one.id in self.meant)


def reviewed(findings: Sequence[Finding], store: ReviewStore, scenes: Iterable[str]) -> Reviewed:
    """Findings of a run, as the reviews of it left them.

    Args:
        scenes: of the data set; what was found elsewhere is another's.

    Raises:
        ReviewStoreError: somebody tampered with the reviews, or they can't be read.
    """
    faults = store.verify()
    if faults:
        raise ReviewStoreError(f"{store.path}: nothing is corrected by a broken store: {faults[0].reason}")
    verdicts = store.verdicts()
    offered = _offered(store.events("action = 'proposal'"))
    decided = decided_before(findings, verdicts)
    against = {name: why for name, standing in decided.items() if (why := _against(standing))}
    accepted = {name for name, at in decided.items() if at.verdict is Verdict.ACCEPTED_DEVIATION}
    left, meant, out = [], set(), []
    for one in findings:
        why = against.get(one.id) or (against[one.cause] if one.cause in accepted and one.cause else "")
        if why:
            out.append(Correction(one, skipped=why))
            continue
        subject = ReviewSubject.finding(one.id)
        standing = decided.get(one.id, Standing(subject))
        made = _proposed(standing, offered.get(subject, offered.get(standing.subject)))
        if made or standing.verdict is Verdict.CONFIRMED:
            meant.add(one.id)
        # What a dismissed cause was said to explain stands for itself.
        alone = one.model_copy(update={"cause": None}) if one.cause in against else one
        left += [alone.model_copy(update={"proposal": proposal}) for proposal in made] or [alone]
    known = set(scenes)
    for subject in sorted({*verdicts, *offered}):
        standing = verdicts.get(subject, Standing(subject))
        made = _proposed(standing, offered.get(subject))
        if subject.kind == "finding" or subject.scene not in known or not made:
            continue
        if standing.contested or standing.verdict not in (None, Verdict.NEW_ERROR):
            continue
        found = [_found(subject, standing, offered.get(subject), proposal) for proposal in made]
        meant.update(one.id for one in found)
        left += found
    return Reviewed(tuple(left), frozenset(meant), tuple(out))


def _offered(events: Iterable[ReviewEvent]) -> dict[ReviewSubject, ReviewEvent]:
    """The latest correction without a verdict, by subject."""
    return {event.subject: event for event in events}


def _proposed(standing: Standing, offered: ReviewEvent | None) -> tuple[Proposal, ...]:
    """What the verdict that holds proposes, or what was proposed since."""
    held = standing.event
    if offered is not None and (held is None or offered.id > held.id):
        return offered.proposals
    return () if held is None else held.proposals


def _against(standing: Standing) -> str:
    """Why nothing is to be changed for a finding, "" where it may be."""
    if standing.contested:
        return "reviewers disagree"
    if standing.verdict is None or standing.verdict is Verdict.CONFIRMED or standing.event is None:
        return ""
    return f"{standing.verdict.value}, says {standing.event.reviewer}"


def _found(subject: ReviewSubject, standing: Standing, offered: ReviewEvent | None, proposal: Proposal) -> Finding:
    """What a person found, as a finding."""
    event = standing.event or offered
    name = (event.error_type if event else "") or "new-error"
    comment = event.comment if event else ""
    about = event.about if event else {}
    frame = subject.name.partition("@")[0] if subject.kind in ("frame", "region") else about.get("frame")
    return Finding(
        id=str(subject),
        code=BY_REVIEWER,
        name=name,
        severity="error",
        score=1.0,
        subject="box" if subject.kind == "label" else "track" if subject.kind == "track" else "frame",
        scene=subject.scene,
        frame=frame,
        timestamp_ns=None,
        sensor=None,
        label=subject.name if subject.kind == "label" else None,
        track=subject.name if subject.kind == "track" else None,
        category=None,
        message=f"{comment or name}, says {event.reviewer if event else 'a reviewer'}",
        measured=None,
        limit=None,
        unit="",
        evidence={},
        evidence_hash="",
        proposal=proposal,
    )
