"""One cause, one finding: what repeats on one object goes under one finding about the object.

A box drawn too low on one keyframe and copied along its track shows in every frame; a reviewer decides it once. The
repeated findings stay in the run, each naming the finding that explains it in `cause`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fusion.checks.finding import Finding
from fusion.checks.rounding import digest


def rolled_up(findings: Iterable[Finding], dataset_key: tuple[str, ...]) -> list[Finding]:
    """All findings, and one more for every track or sensor of which the same check speaks in several frames."""
    kept: list[Finding] = []
    by_object: dict[tuple[str, str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        owner = _owner(finding)
        if owner is None:
            kept.append(finding)
        else:
            by_object[(finding.code, *owner, finding.sensor or "")].append(finding)
    for (_, subject, name, _), group in by_object.items():
        kept.extend(group if len(group) == 1 else _with_parent(group, subject, name, dataset_key))
    return kept


def _owner(finding: Finding) -> tuple[str, str] | None:
    """What a finding of one frame belongs to over all frames: the object's track, or the sensor."""
    if finding.subject in ("box", "view") and finding.track is not None:
        return "track", finding.track
    if finding.subject == "pair" and all(label.track for label in finding.labels):
        return "track", " + ".join(sorted(str(label.track) for label in finding.labels))
    if finding.subject == "frame" and finding.sensor is not None:
        return "sensor", finding.sensor
    return None


def _with_parent(group: list[Finding], subject: str, name: str, dataset_key: tuple[str, ...]) -> list[Finding]:
    worst = min(group, key=lambda finding: finding.rank)
    evidence = {**worst.evidence, "frames_affected": len(group), "worst_frame": worst.frame}
    parent = worst.model_copy(
        update={
            "id": digest(worst.code, *dataset_key, subject, name, worst.sensor or ""),
            "subject": subject,
            "message": f"{worst.message} (worst of {len(group)} frames)",
            "evidence": evidence,
            "evidence_hash": digest(worst.measured, worst.limit, evidence),
            "labels": tuple(label for finding in group for label in finding.labels),
        }
    )
    return [parent, *(finding.model_copy(update={"cause": parent.id}) for finding in group)]


def leading(findings: Iterable[Finding]) -> list[Finding]:
    """The findings a person works through: those that no other finding explains, most urgent first."""
    return sorted((finding for finding in findings if finding.cause is None), key=lambda finding: finding.rank)
