"""What was decided before, applied to a new run: dismissed findings stay dismissed until their evidence changes.

A finding is known by its id, and where the ids of a delivery were made anew, as `fusion.run.finding_match` knows it:
by check, scene, time, class and the overlap of boxes. What is dismissed is listed, never just gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from fusion.checks.finding import Finding
from fusion.review.event import DISMISSED, Decision, ReviewEvent, Verdict
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.document import Dismissed
from fusion.run.finding_match import matched_findings
from fusion.run.run import Run

# Of a finding about a whole delivery; enough labels to know it again by.
MOST_LABELS = 30


@dataclass(frozen=True)
class DismissedFinding:
    """A finding that is left out, and the decision that says so; `under` is the cause it went with."""

    finding: Finding
    event: ReviewEvent
    under: str | None = None

    def record(self) -> Dismissed:
        """What the document of the run says of it."""
        return Dismissed(
            **{name: getattr(self.finding, name) for name in ("id", "code", "severity", "scene", "frame", "message")},
            verdict=self.event.verdict.value if self.event.verdict else "",
            reviewer=self.event.reviewer,
            comment=self.event.comment,
            decided_ns=self.event.created_ns,
            under=self.under,
        )


@dataclass(frozen=True)
class Remembered:
    """The findings of a run after what reviewers said.

    open: what is left to work on; dismissed: left out; changed: dismissed once, and back since their evidence changed;
    reappeared: said to be fixed, and here again. The last two are among the open ones.
    """

    open: tuple[Finding, ...]
    dismissed: tuple[DismissedFinding, ...] = ()
    changed: tuple[Finding, ...] = ()
    reappeared: tuple[Finding, ...] = ()


def about_finding(finding: Finding) -> dict[str, Any]:
    """The finding as it was shown, so that it's understood when its run is gone, and known again under another id."""
    labels = finding.labels[:MOST_LABELS]
    # The hash stands for the evidence, and the proposal is made anew by every run.
    return finding.model_copy(update={"labels": labels, "evidence": {}, "proposal": None}).model_dump(mode="json")


def decision_on(subject: ReviewSubject, findings: Iterable[Finding], **said: Any) -> Decision:
    """A decision, with what the finding said where it is about one of these."""
    finding = next((one for one in findings if subject.kind == "finding" and one.id == subject.name), None)
    if finding is None:
        return Decision(subject=subject, **said)
    return Decision(subject=subject, evidence_hash=finding.evidence_hash, about=about_finding(finding), **said)


def decided_before(findings: Sequence[Finding], verdicts: Mapping[ReviewSubject, Standing]) -> dict[str, Standing]:
    """Where findings stand, by id, as their subjects were decided under this id or an earlier one.

    A dismissal that rested on other evidence stands no longer: the subject has its revision, and no verdict.
    """
    standing = {one.id: verdicts.get(ReviewSubject.finding(one.id)) for one in findings}
    found = {name: known for name, known in standing.items() if known is not None}
    for one in findings:
        event = (found[one.id].event if found[one.id].verdict in DISMISSED else None) if one.id in found else None
        if event is not None and not _holds_for(event, one):
            found[one.id] = Standing(found[one.id].subject, found[one.id].revision)
    decided = _decided_on(findings, verdicts)
    for one in findings:
        event = decided.get(one.id)
        if event is not None and one.id not in found and _holds_for(event, one):
            found[one.id] = Standing(ReviewSubject.finding(one.id), 0, (event,))
    return found


def remembered(findings: Sequence[Finding], store: ReviewStore) -> Remembered:
    """What is left of a run's findings, and what became of the rest.

    Raises:
        ReviewStoreError: the store can't be read.
    """
    decided = _decided_on(findings, store.verdicts())
    out: dict[str, DismissedFinding] = {}
    changed, reappeared = [], []
    for finding in findings:
        event = decided.get(finding.id)
        if event is None:
            continue
        if event.verdict is Verdict.FIXED:
            reappeared.append(finding.id)
        elif _holds_for(event, finding):
            out[finding.id] = DismissedFinding(finding, event)
        else:
            changed.append(finding.id)
    out |= {one.finding.id: one for one in _symptoms(findings, out) if one.finding.id not in out}
    left = tuple(_on_its_own(one, out) for one in findings if one.id not in out)
    return Remembered(
        open=left,
        dismissed=tuple(out[one.id] for one in findings if one.id in out),
        changed=tuple(one for one in left if one.id in changed),
        reappeared=tuple(one for one in left if one.id in reappeared),
    )


def with_memory(run: Run, store: ReviewStore) -> tuple[Run, Remembered]:
    """The run without what reviewers dismissed, which its document lists apart; and what was remembered.

    Raises:
        ReviewStoreError: the store can't be read.
    """
    memory = remembered(run.findings, store)
    document = run.document.model_copy(
        update={
            "findings": memory.open,
            "dismissed": tuple(one.record() for one in memory.dismissed),
            "reappeared": tuple(one.id for one in memory.reappeared),
        }
    )
    return replace(run, document=document), memory


def _decided_on(findings: Sequence[Finding], verdicts: Mapping[ReviewSubject, Standing]) -> dict[str, ReviewEvent]:
    """The verdict on each finding that one was dismissed or said to be fixed with, by id or else by place."""
    relevant = {
        subject.name: standing.event
        for subject, standing in verdicts.items()
        if subject.kind == "finding" and standing.event and standing.verdict in (*DISMISSED, Verdict.FIXED)
    }
    known = {subject.name for subject in verdicts if subject.kind == "finding"}
    found = {one.id: relevant[one.id] for one in findings if one.id in relevant}
    # A finding that has an opinion of its own needs none from a namesake, whatever that opinion is.
    strangers = [one for one in findings if one.id not in known]
    # Where labels are numbered by their lines, an id may have gone to another label: its evidence is another then.
    same = {one.id for one in findings if one.id in found and not _lost_its_ground(found[one.id], one)}
    former = [shown for name, event in relevant.items() if name not in same and (shown := _shown(event)) is not None]
    alike_now, alike_then = (Counter(_key(one) for one in side) for side in (strangers, former))
    for old, new in matched_findings(former, strangers):
        one = strangers[new]
        # Several alike whose places nobody knows are told apart by nothing, so all of them or none.
        if any(label.box for label in one.labels) or alike_now[_key(one)] <= alike_then[_key(one)]:
            found[one.id] = relevant[former[old].id]
            if former[old].id in found and _holds_for(found[one.id], one):
                del found[former[old].id]
    return found


def _holds_for(event: ReviewEvent, finding: Finding) -> bool:
    """Whether a dismissal was of what the finding says now."""
    return event.verdict in DISMISSED and event.evidence_hash in ("", finding.evidence_hash)


def _lost_its_ground(event: ReviewEvent, finding: Finding) -> bool:
    """Whether a finding was dismissed for other evidence than it has now."""
    return event.verdict in DISMISSED and not _holds_for(event, finding)


def _shown(event: ReviewEvent) -> Finding | None:
    """The finding that a decision was about; None where it kept too little of it."""
    try:
        return Finding.model_validate(event.about).model_copy(update={"evidence_hash": event.evidence_hash})
    except ValidationError:
        return None


def _key(finding: Finding) -> tuple[str | None, ...]:
    return (finding.code, finding.scene, finding.frame, finding.category, finding.evidence_hash)


def _symptoms(findings: Sequence[Finding], out: Mapping[str, DismissedFinding]) -> list[DismissedFinding]:
    """What an accepted cause explains is accepted with it."""
    accepted = {name: one.event for name, one in out.items() if one.event.verdict is Verdict.ACCEPTED_DEVIATION}
    return [DismissedFinding(one, accepted[one.cause], one.cause) for one in findings if one.cause in accepted]


def _on_its_own(finding: Finding, out: Mapping[str, DismissedFinding]) -> Finding:
    """What a false alarm was said to explain isn't explained, and stands for itself."""
    return finding.model_copy(update={"cause": None}) if finding.cause in out else finding
