"""Accept a delivery, reject it, or go on inspecting: the sample's verdicts held against the plan.

Units count in the order they were drawn, up to the first that nobody has judged: who judges the bad ones first must
not decide the test. A verdict on the track itself decides; else a finding of the run about it that was confirmed. Of a
sector the later one decides: its own verdict, or an error that somebody reported at a place in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from fusion.checks.finding import Finding
from fusion.errors import AcceptanceError
from fusion.formats.json_files import in_utf8
from fusion.judge.proportion import design_effect, exact_interval
from fusion.review.acceptance_plan import Decision, SamplingPlan
from fusion.review.acceptance_sample import (
    FILE_NAME,
    AcceptanceOptions,
    AcceptanceRecord,
    DrawnLot,
    Unit,
    draw,
    read_record,
    still_the_same,
    write_record,
)
from fusion.review.chain import Head
from fusion.review.event import Verdict, canonical_json
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.run import Run
from fusion.scene.dataset import Dataset

SCHEMA: Final = "boresight.accept/1"
# What a finding of the run has to be for its track to count as wrong.
FINDING_IS_DEFECT = frozenset({Verdict.CONFIRMED, Verdict.FIXED})
NEXT = 20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class JudgedUnit(_Part):
    """A drawn unit. defective: null where nobody decided; because: whose verdict on what."""

    subject: str
    defective: bool | None
    because: str


class LotVerdict(_Part):
    """Units of one kind.

    inspected: judged ones up to the first open one, which count; judged_beyond: later ones, which don't yet;
    accept_at, reject_at: defects at which it stops after so many, null where it's too early; share, low, high:
    defective ones, 95 % interval; producer_risk, consumer_risk: as they are with this plan; mean_inspected: of a
    delivery at the acceptable share.
    """

    unit: Unit
    decision: Decision
    size: int
    sample: int
    inspected: int
    defects: int
    judged_beyond: int
    accept_at: int | None
    reject_at: int | None
    share: float | None
    low: float
    high: float
    aql: float
    rql: float
    producer_risk: float
    consumer_risk: float
    mean_inspected: float
    design_effect: float
    design_effect_measured: float
    units: tuple[JudgedUnit, ...]
    next: tuple[str, ...]


class AcceptanceVerdict(_Part):
    """What `accept` says. store_hash: of the ends of all chains of reviews it rests on; reviewers: verdicts by name."""

    schema_name: Literal["boresight.accept/1"] = Field(SCHEMA, alias="schema")
    decision: Decision
    root: str
    drawn: str
    judged: str
    plan: str
    seed: int
    signed_by: str | None
    store: str
    store_hash: str
    reviewers: dict[str, int]
    lots: tuple[LotVerdict, ...]

    def to_json(self) -> str:
        """The document as text."""
        return self.model_dump_json(by_alias=True, indent=1)


@dataclass(frozen=True)
class _Defect:
    """What speaks against a unit besides a verdict on itself; since_ns: when a verdict on itself is no longer later."""

    because: str
    since_ns: int = 0


@dataclass(frozen=True)
class Reviews:
    """What the store says: where subjects stand, and the ends of its chains."""

    path: str
    standings: Mapping[ReviewSubject, Standing]
    heads: Sequence[Head]

    @classmethod
    def of(cls, path: Path) -> Reviews:
        """Of a store's file; without one nobody has decided anything.

        Raises:
            AcceptanceError: somebody tampered with it; ReviewStoreError: it can't be read.
        """
        if not path.exists():
            return cls(str(path), {}, ())
        with ReviewStore.open(path, read_only=True) as store:
            faults = store.verify()
            if faults:
                raise AcceptanceError(f"{path}: no delivery is accepted on a broken store: {faults[0].reason}")
            return cls(str(path), store.verdicts(), store.heads())


def accept_delivery(
    run: Run,
    dataset: Dataset,
    reviews: Path,
    options: AcceptanceOptions | None = None,
    signed_by: str | None = None,
) -> AcceptanceVerdict:
    """Draw the sample the first time, and hold the verdicts on it against the plan.

    Args:
        run: whose folder keeps the sample, and whose confirmed findings count.
        dataset: the delivery.
        reviews: the store's file.
        options: what was agreed on; None takes what the sample was drawn with, or the defaults.

    Raises:
        AcceptanceError: the run has no folder, other options than the sample was drawn with, a changed delivery, or
            a store that was tampered with.
    """
    if run.folder is None:
        raise AcceptanceError("a findings.json alone keeps no sample; name the run folder that `check --run` wrote")
    path = run.folder / FILE_NAME
    record = read_record(path)
    if record is None:
        record = draw(dataset, options or AcceptanceOptions())
        write_record(record, path)
    elif options is not None and options != record.options:
        raise AcceptanceError(
            f"the sample was drawn on {record.made} with other options ({_changed(record.options, options)}); what was "
            f"agreed on holds until it is decided. Remove {path} only if both sides agree anew"
        )
    still_the_same(record, dataset)
    return verdict_of(record, Reviews.of(reviews), run.document.findings, signed_by)


def _changed(before: AcceptanceOptions, now: AcceptanceOptions) -> str:
    names = [name for name in AcceptanceOptions.model_fields if getattr(before, name) != getattr(now, name)]
    return ", ".join(f"{name} {getattr(before, name)}, now {getattr(now, name)}" for name in names)


def verdict_of(
    record: AcceptanceRecord, reviews: Reviews, findings: Sequence[Finding] = (), signed_by: str | None = None
) -> AcceptanceVerdict:
    """Hold verdicts against a sample."""
    known = _confirmed_tracks(findings, reviews.standings) | _errors_by_sector(reviews.standings)
    lots = tuple(_lot_verdict(lot, record.plan(lot), reviews.standings, known) for lot in record.lots)
    decisions = [lot.decision for lot in lots]
    decision: Decision = "reject" if "reject" in decisions else "continue" if "continue" in decisions else "accept"
    drawn = {subject for lot in record.lots for subject in lot.drawn}
    who: dict[str, int] = {}
    for subject, standing in reviews.standings.items():
        if standing.event is not None and str(subject) in drawn:
            who[standing.event.reviewer] = who.get(standing.event.reviewer, 0) + 1
    return AcceptanceVerdict(
        decision=decision,
        root=record.root,
        drawn=record.made,
        judged=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC"),
        plan=record.options.kind,
        seed=record.options.seed,
        signed_by=signed_by,
        store=in_utf8(reviews.path),
        store_hash=_hash_of(reviews.heads),
        reviewers=dict(sorted(who.items())),
        lots=lots,
    )


def _hash_of(heads: Sequence[Head]) -> str:
    """SHA-256 over the ends of all chains: no event behind them can change without changing it."""
    ends = [[head.reviewer, head.sequence, head.hash] for head in heads]
    return hashlib.sha256(canonical_json(ends).encode("utf-8")).hexdigest()


def _confirmed_tracks(
    findings: Sequence[Finding], standings: Mapping[ReviewSubject, Standing]
) -> dict[ReviewSubject, _Defect]:
    """Tracks of findings that people confirmed, and which finding it was."""
    confirmed = {}
    for finding in findings:
        standing = standings.get(ReviewSubject.finding(finding.id))
        if finding.track and standing is not None and standing.verdict in FINDING_IS_DEFECT:
            track = ReviewSubject("track", finding.track, finding.scene)
            confirmed[track] = _Defect(f"{finding.code} {finding.id} confirmed")
    return confirmed


def _errors_by_sector(standings: Mapping[ReviewSubject, Standing]) -> dict[ReviewSubject, _Defect]:
    """Sectors in which people pointed at something that isn't labelled, and where; the last one told."""
    found: dict[ReviewSubject, _Defect] = {}
    for subject, standing in standings.items():
        sector = subject.sector if subject.kind == "region" else None
        event = standing.event if standing.verdict is Verdict.NEW_ERROR else None
        if sector is None or event is None or (sector in found and found[sector].since_ns >= event.created_ns):
            continue
        place = subject.name.rpartition("@")[2]
        found[sector] = _Defect(f"new-error at {place} by {event.reviewer}", event.created_ns)
    return found


def _judged(
    text: str, standings: Mapping[ReviewSubject, Standing], known: Mapping[ReviewSubject, _Defect]
) -> JudgedUnit:
    subject = ReviewSubject.parse(text)
    standing = standings.get(subject)
    verdict = None if standing is None else standing.verdict
    defect = known.get(subject)
    if (
        standing is not None
        and standing.event is not None
        and verdict in (Verdict.CORRECT, Verdict.NEW_ERROR, Verdict.FIXED)
        and (defect is None or defect.since_ns < standing.event.created_ns)
    ):
        said = f"{verdict.value if verdict else ''} by {standing.event.reviewer}"
        return JudgedUnit(subject=text, defective=verdict is not Verdict.CORRECT, because=said)
    if defect is not None:
        return JudgedUnit(subject=text, defective=True, because=defect.because)
    contested = standing is not None and standing.contested
    open_because = "reviewers disagree" if contested else "unsure" if verdict is Verdict.UNSURE else ""
    return JudgedUnit(subject=text, defective=None, because=open_because)


def _lot_verdict(
    lot: DrawnLot,
    plan: SamplingPlan,
    standings: Mapping[ReviewSubject, Standing],
    known: Mapping[ReviewSubject, _Defect],
) -> LotVerdict:
    units = tuple(_judged(text, standings, known) for text in lot.drawn)
    still_open = next((row for row, unit in enumerate(units) if unit.defective is None), len(units))
    counted = units[:still_open]
    decision, inspected = plan.outcome(np.asarray([bool(unit.defective) for unit in counted], dtype=np.int64))
    counted = counted[:inspected]
    defects = sum(bool(unit.defective) for unit in counted)
    measured = design_effect(
        [bool(unit.defective) for unit in counted], [ReviewSubject.parse(unit.subject).scene for unit in counted]
    )
    effect = max(lot.design_effect, measured)
    low, high = exact_interval(defects / effect, inspected / effect)
    producer, consumer = plan.risks if lot.design_effect == 1.0 else (plan.goal.producer_risk, plan.goal.consumer_risk)
    accept_at, reject_at = int(plan.accept_at[inspected]), int(plan.reject_at[inspected])
    return LotVerdict(
        unit=lot.unit,
        decision=decision,
        size=lot.size,
        sample=plan.size,
        inspected=inspected,
        defects=defects,
        judged_beyond=sum(unit.defective is not None for unit in units[inspected:]),
        accept_at=None if accept_at < 0 else accept_at,
        reject_at=None if reject_at > plan.size else reject_at,
        share=round(defects / inspected, 6) if inspected else None,
        low=round(low, 6),
        high=round(high, 6),
        aql=plan.goal.aql,
        rql=plan.goal.rql,
        producer_risk=round(producer, 6),
        consumer_risk=round(consumer, 6),
        mean_inspected=round(plan.characteristic(plan.goal.aql)[1], 1),
        design_effect=lot.design_effect,
        design_effect_measured=round(measured, 3),
        units=units,
        next=tuple(unit.subject for unit in units if unit.defective is None)[:NEXT] if decision == "continue" else (),
    )
