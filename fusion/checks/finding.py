"""A finding: one violation, with everything a person or program needs to judge it. One model, every schema from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from fusion.checks.assessment import Assessment
from fusion.checks.check import Check
from fusion.checks.proposal import Proposal
from fusion.checks.rounding import digest, rounded, unit_of
from fusion.checks.severity import Severity
from fusion.checks.subject import SubjectKind

SCHEMA: Final = "boresight.findings/1"


class BoxPlace(BaseModel):
    """Where a labelled box is: in the ego frame of its own frame; rounded, like every number of a finding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    centre_m: tuple[float, float, float]
    size_m: tuple[float, float, float]
    yaw_rad: float


class LabelReference(BaseModel):
    """One label a finding is about; box: None for labels in images, and where the box has no finite place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    track: str | None
    scene: str
    frame: str
    set: str
    timestamp_ns: int | None = None
    box: BoxPlace | None = None


class Finding(BaseModel):
    """One violation.

    id: stable over runs, made of the rule, the data set's names and the subject's names; score: probability that it is
    a true error, under the base rate of the run; cause: id of the finding that explains this one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    code: str
    name: str
    severity: Literal["error", "warning", "info"]
    score: float
    subject: SubjectKind
    scene: str
    frame: str | None
    frame_index: int | None = None
    timestamp_ns: int | None
    sensor: str | None
    label: str | None
    track: str | None
    category: str | None
    message: str
    measured: float | None
    limit: float | None
    unit: str
    evidence: dict[str, Any]
    evidence_hash: str
    proposal: Proposal | None = None
    cause: str | None = None
    labels: tuple[LabelReference, ...] = ()
    source: str | None = None

    @property
    def rank(self) -> tuple[int, float, str, str]:
        """Sorts the most urgent first; ties always fall the same way."""
        return (-Severity(self.severity).rank, -self.score, self.code, self.id)


Score = Callable[[Severity, float], float]


def findings_of(
    check: Check[Any],
    assessment: Assessment,
    dataset_key: tuple[str, ...],
    score: Score,
    severity: Severity | None = None,
) -> list[Finding]:
    """The findings of an assessment's violated rows.

    dataset_key: format and scene, never a path, so that a moved copy has the same ids;
    score: probability of a true error from severity and excess; severity: replaces the check's own.
    """
    return [_finding(check, assessment, int(row), dataset_key, score, severity) for row in assessment.reported]


def _finding(
    check: Check[Any],
    assessment: Assessment,
    row: int,
    dataset_key: tuple[str, ...],
    score: Score,
    severity: Severity | None,
) -> Finding:
    described = assessment.about.describe(row)
    measured = assessment.column(assessment.measured)[row]
    limit = assessment.column(assessment.limit)[row]
    evidence = {
        name: rounded(assessment.column(values)[row], unit_of(name)) for name, values in assessment.evidence.items()
    }
    weight = severity or assessment.severity_of(row, check.severity)
    numbers = {name: assessment.column(values)[row] for name, values in assessment.evidence.items()}
    measured_out, limit_out = rounded(float(measured), assessment.unit), rounded(float(limit), assessment.unit)
    return Finding(
        id=digest(check.code, *dataset_key, described.kind, *described.key),
        code=check.code,
        name=check.name,
        severity=weight.value,
        score=rounded(score(weight, float(assessment.excess[row])), "ratio"),
        subject=described.kind,
        scene=described.scene,
        frame=described.frame,
        frame_index=described.frame_index,
        timestamp_ns=described.timestamp_ns,
        sensor=described.sensor,
        label=described.label,
        track=described.track,
        category=described.category,
        message=assessment.message.format(measured=measured, limit=limit, **numbers),
        measured=measured_out,
        limit=limit_out,
        unit=assessment.unit,
        evidence=evidence,
        evidence_hash=digest(measured_out, limit_out, evidence),
        proposal=assessment.propose(row) if assessment.propose is not None else None,
        labels=tuple(LabelReference(**label) for label in described.labels),
        source=described.source,
    )
