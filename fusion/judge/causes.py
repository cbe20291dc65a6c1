"""One cause, one finding: what repeats on one object goes under one finding about the object.

A box drawn too low on one keyframe and copied along its track shows in every frame; a reviewer decides it once. The
repeated findings stay in the run, each naming the finding that explains it in `cause`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fusion.checks.finding import Finding
from fusion.checks.rounding import digest

REPEATABLE_SUBJECTS = ("box", "view")


def rolled_up(findings: Iterable[Finding], dataset_key: tuple[str, ...]) -> list[Finding]:
    """All findings, and one more for every track on which the same check speaks in several frames."""
    kept: list[Finding] = []
    by_object: dict[tuple[str, str, str | None], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.subject in REPEATABLE_SUBJECTS and finding.track is not None:
            by_object[finding.code, finding.track, finding.sensor].append(finding)
        else:
            kept.append(finding)
    for group in by_object.values():
        kept.extend(group if len(group) == 1 else _with_parent(group, dataset_key))
    return kept


def _with_parent(group: list[Finding], dataset_key: tuple[str, ...]) -> list[Finding]:
    worst = min(group, key=lambda finding: finding.rank)
    key = (str(worst.track), worst.sensor or "")
    evidence = {**worst.evidence, "frames_affected": len(group), "worst_frame": worst.frame}
    parent = worst.model_copy(
        update={
            "id": digest(worst.code, *dataset_key, "track", *key),
            "subject": "track",
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
