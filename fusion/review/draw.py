"""What is reviewed by lot: only such reviews tell how often a check is right, and what no check found.

A reviewer works on the most urgent first, which says nothing about the rest. A draw puts all members of a stratum
(the findings of one check; the labels somebody flagged; the labels nobody flagged) in a seeded random order and keeps
the front of it in the store, with the size of the whole. However far reviewers get, what they decided from the front
on without a gap is a simple random sample. Later verdicts are left out, as gaps may be where it was hard to tell.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from fusion.checks.finding import Finding
from fusion.checks.rounding import digest
from fusion.judge.causes import leading
from fusion.review.event import ReviewEvent, Verdict
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

MOST_DRAWN = 500
DrawnKind = Literal["finding", "flagged", "unflagged"]
# By what label error rates are told apart, where the labels say it.
TRAITS = ("category", "range", "annotator", "vendor")


@dataclass(frozen=True)
class Member:
    """One thing that can be drawn.

    traits: what kind of thing it is, for rates by kind; score: what the run gave a finding; findings: of a label.
    """

    subject: str
    scene: str
    traits: dict[str, str] = field(default_factory=dict)
    score: float | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draw:
    """The front of a stratum in random order.

    stratum: a check's code, "flagged" or "unflagged"; population: members of the whole stratum; traits: how many
    members have each trait; limits: stands for the check's limits, whose change makes older verdicts void.
    """

    name: str
    kind: DrawnKind
    stratum: str
    population: int
    seed: int
    drawn: tuple[Member, ...]
    traits: dict[str, dict[str, int]] = field(default_factory=dict)
    limits: str = ""

    @property
    def subject(self) -> ReviewSubject:
        """What the store keeps it under."""
        return ReviewSubject("draw", self.name)

    @classmethod
    def of(cls, kind: DrawnKind, stratum: str, members: Sequence[Member], seed: int, limits: str = "") -> Draw:
        """Draw from a stratum; the same members and seed give the same draw."""
        ordered = sorted(members, key=lambda member: member.subject)
        name = digest(kind, stratum, seed, limits, [member.subject for member in ordered])
        order = np.random.default_rng([seed, int(name, 16)]).permutation(len(ordered))[:MOST_DRAWN]
        counts = {trait: Counter(member.traits.get(trait, "") for member in ordered) for trait in TRAITS}
        return cls(
            name=name,
            kind=kind,
            stratum=stratum,
            population=len(ordered),
            seed=seed,
            drawn=tuple(ordered[int(row)] for row in order),
            traits={trait: dict(count) for trait, count in counts.items() if set(count) - {""}},
            limits=limits,
        )

    @classmethod
    def of_event(cls, event: ReviewEvent) -> Draw:
        """The draw that an event keeps."""
        drawn = (Member(**{**one, "findings": tuple(one["findings"])}) for one in event.about["drawn"])
        content = {**event.about, "drawn": tuple(drawn)}
        return cls(name=event.subject.name, **content)

    def as_about(self) -> dict[str, Any]:
        """What the event keeps."""
        content = asdict(self)
        del content["name"]
        return content


@dataclass(frozen=True)
class NextDrawn:
    """What a draw says is next."""

    subject: ReviewSubject
    draw: str


def recorded(store: ReviewStore, draws: Iterable[Draw], reviewer: str) -> list[Draw]:
    """Keep draws in the store, each once; all of them.

    Raises:
        ReviewStoreError: they can't be stored.
    """
    wanted = list(draws)
    with store.transaction():
        known = {event.subject for event in store.events("action = 'draw'")}
        for draw in wanted:
            if draw.subject not in known and draw.drawn:
                store.add(reviewer, "draw", draw.subject, draw.as_about())
    return wanted


def finding_draws(
    findings: Sequence[Finding],
    seed: int,
    limits: Mapping[str, str] | None = None,
    shifts: Mapping[str, float] | None = None,
) -> list[Draw]:
    """A draw for each check of a run, from the findings that no other explains.

    Args:
        limits: by code, what stands for the limits the run had.
        shifts: by code, what the run's scores had been moved by already; the draw keeps them without.
    """
    by_code: dict[str, list[Member]] = {}
    for one in leading(tuple(findings)):
        member = Member(
            str(ReviewSubject.finding(one.id)),
            one.scene,
            {"category": one.category} if one.category else {},
            _unshifted(one.score, (shifts or {}).get(one.code, 0.0)),
        )
        by_code.setdefault(one.code, []).append(member)
    return [Draw.of("finding", code, of, seed, (limits or {}).get(code, "")) for code, of in sorted(by_code.items())]


def _unshifted(score: float, shift: float) -> float:
    odds = score / max(1 - score, 1e-9) * math.exp(-shift)
    return odds / (1 + odds)


def next_drawn(
    draws: Sequence[tuple[Draw, float]],
    verdicts: dict[ReviewSubject, Standing],
    taken: set[ReviewSubject],
    nothing_else: bool,
) -> NextDrawn | None:
    """The next of a draw whose share of all decisions isn't reached; any that is left where there is nothing else.

    Draws of one kind share their share; the one that got furthest behind comes first.
    """
    decided = {subject for subject, standing in verdicts.items() if standing.verdict is not None}
    shares = {draw.kind: share for draw, share in draws}
    for kind, share in shares.items():
        of_kind = [draw for draw, _ in draws if draw.kind == kind]
        done = {member.subject for draw in of_kind for member in draw.drawn if _is_decided(member, verdicts)}
        if share <= 0 or (not nothing_else and len(done) >= share * (len(decided) + 1)):
            continue
        waiting = [(_front(draw, verdicts), draw) for draw in of_kind]
        for _, draw in sorted(waiting, key=lambda pair: (pair[0], pair[1].name)):
            for member in draw.drawn:
                subject = _to_decide(member, verdicts)
                if subject is not None and subject not in taken:
                    return NextDrawn(subject, draw.name)
    return None


def outcome(member: Member, verdicts: dict[ReviewSubject, Standing]) -> Verdict | None:
    """What is known of a drawn member; None while it is undecided.

    A label is wrong if anybody found an error at it, and right once all its findings turned out to be none.
    """
    own = verdicts.get(ReviewSubject.parse(member.subject))
    if own is not None and own.verdict is not None:
        return own.verdict
    said = [verdicts.get(ReviewSubject.finding(one)) for one in member.findings]
    of_findings = [standing.verdict if standing else None for standing in said]
    for wrong in (Verdict.CONFIRMED, Verdict.FIXED, Verdict.NEW_ERROR):
        if wrong in of_findings:
            return Verdict.NEW_ERROR
    if not of_findings or None in of_findings:
        return None
    return Verdict.UNSURE if Verdict.UNSURE in of_findings else Verdict.CORRECT


def _front(draw: Draw, verdicts: dict[ReviewSubject, Standing]) -> int:
    """How many from the front on are decided."""
    decided = [_is_decided(member, verdicts) for member in draw.drawn]
    return decided.index(False) if False in decided else len(decided)


def decided_front(draw: Draw, verdicts: dict[ReviewSubject, Standing]) -> list[tuple[Member, Verdict]]:
    """The members decided without a gap: a simple random sample of the stratum."""
    front: list[tuple[Member, Verdict]] = []
    for member in draw.drawn:
        verdict = outcome(member, verdicts)
        if verdict is None:
            break
        front.append((member, verdict))
    return front


def _is_decided(member: Member, verdicts: dict[ReviewSubject, Standing]) -> bool:
    return outcome(member, verdicts) is not None


def _to_decide(member: Member, verdicts: dict[ReviewSubject, Standing]) -> ReviewSubject | None:
    """The first thing about a member that nobody decided: a finding of it, or itself."""
    if _is_decided(member, verdicts):
        return None
    for name in member.findings:
        subject = ReviewSubject.finding(name)
        standing = verdicts.get(subject)
        if standing is None or standing.verdict is None:
            return subject
    return ReviewSubject.parse(member.subject)
