"""What was decided before, applied to a new run: dismissed findings stay dismissed until their evidence changes.

A finding is known by its id. Where the ids of a delivery were made anew, it is known by what it is about: the same
check, scene, instant, sensor and class, with the same rounded evidence. What is dismissed is listed, never just gone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fusion.checks.finding import Finding
from fusion.review.event import DISMISSED, Decision, ReviewEvent, Verdict
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.document import Dismissed
from fusion.run.run import Run

Key = tuple[Any, ...]
# What a decision keeps of the finding it is about.
SHOWN = (
    "code",
    "severity",
    "score",
    "subject",
    "scene",
    "frame",
    "timestamp_ns",
    "sensor",
    "label",
    "track",
    "category",
    "measured",
    "limit",
    "unit",
    "message",
)
# Half of the smallest road user: what is nearer is one thing.
SAME_PLACE_M = 0.25
# What a finding is about, whatever its ids.
PLACE = ("code", "subject", "scene", "timestamp_ns", "sensor", "category")


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
    """What a later run recognises a finding by, and what tells a person what it was."""
    content = finding.model_dump(mode="json", include=set(SHOWN))
    place = _place_of(finding)
    content["place_m"] = None if place is None else list(place)
    return {name: value for name, value in content.items() if value not in (None, "")}


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
        if event is not None and event.evidence_hash not in ("", one.evidence_hash):
            found[one.id] = Standing(found[one.id].subject, found[one.id].revision)
    for name, event in _decided_on(findings, verdicts).items():
        if name not in found and event.verdict in DISMISSED:
            found[name] = Standing(ReviewSubject.finding(name), 0, (event,))
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
        elif event.evidence_hash in ("", finding.evidence_hash):
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
    here = {one.id for one in findings}
    by_key: dict[Key, list[ReviewEvent]] = {}
    for name, event in relevant.items():
        if name not in here:
            by_key.setdefault(_key(event.about, event.evidence_hash), []).append(event)
    crowd = Counter(_key_of(one) for one in strangers)
    for one in strangers:
        namesakes = [event for event in by_key.get(_key_of(one), []) if _is_near(one, event)]
        # Several alike whose places nobody knows are told apart by nothing, so all of them or none.
        alike = 1 if _place_of(one) else crowd[_key_of(one)]
        if namesakes and alike <= len(namesakes) and len({event.verdict for event in namesakes}) == 1:
            found[one.id] = namesakes[0]
    return found


def _place_of(finding: Finding) -> tuple[float, float, float] | None:
    """Where the box of a finding about one box is, in the ego frame of its instant."""
    box = finding.labels[0].box if len(finding.labels) == 1 else None
    return None if box is None else box.centre_m


def _is_near(finding: Finding, event: ReviewEvent) -> bool:
    """Whether both are about boxes in one place; those without a place are told apart by the rest."""
    here, there = _place_of(finding), event.about.get("place_m")
    return here is None or there is None or math.dist(here, there) <= SAME_PLACE_M


def _key_of(finding: Finding) -> Key:
    return _key(finding.model_dump(mode="json", include=set(PLACE)), finding.evidence_hash)


def _key(about: Mapping[str, Any], evidence_hash: str) -> Key:
    return (*(about.get(name) or None for name in PLACE), evidence_hash)


def _symptoms(findings: Sequence[Finding], out: Mapping[str, DismissedFinding]) -> list[DismissedFinding]:
    """What an accepted cause explains is accepted with it."""
    accepted = {name: one.event for name, one in out.items() if one.event.verdict is Verdict.ACCEPTED_DEVIATION}
    return [DismissedFinding(one, accepted[one.cause], one.cause) for one in findings if one.cause in accepted]


def _on_its_own(finding: Finding, out: Mapping[str, DismissedFinding]) -> Finding:
    """What a false alarm was said to explain isn't explained, and stands for itself."""
    return finding.model_copy(update={"cause": None}) if finding.cause in out else finding
