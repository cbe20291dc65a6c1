"""One vehicle's calibration is one finding, however many drives it spoiled.

Findings about a sensor that several scenes agree on, quantity and interval alike, go under one of the rig. Scenes that
disagree are of other vehicles, or of other dates, and keep their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from fusion.checks.finding import Finding
from fusion.checks.rounding import digest

SUBJECTS = ("rig", "sensor")


def across_scenes(findings: Iterable[Finding], dataset_format: str) -> list[Finding]:
    """All findings, and one more for every defect of a sensor that two scenes or more agree on."""
    kept: list[Finding] = []
    alike: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if _is_measured(finding):
            alike[finding.code, str(finding.sensor), str(finding.evidence.get("quantity", ""))].append(finding)
        else:
            kept.append(finding)
    for group in alike.values():
        for agreed in _agreeing(group):
            kept.extend(agreed if len(agreed) == 1 else _with_parent(agreed, dataset_format))
    return kept


def _is_measured(finding: Finding) -> bool:
    """A defect of a sensor with an interval, that nothing else explains."""
    interval = (finding.evidence.get("low"), finding.evidence.get("high"))
    return finding.subject in SUBJECTS and finding.cause is None and None not in interval


def _agreeing(group: Sequence[Finding]) -> list[list[Finding]]:
    """In the order of scenes, runs of findings whose intervals all have a part in common."""
    parts: list[list[Finding]] = []
    low, high = float("inf"), float("-inf")
    for finding in sorted(group, key=lambda one: one.scene):
        low, high = max(low, finding.evidence["low"]), min(high, finding.evidence["high"])
        if not parts or low > high:
            parts.append([])
            low, high = finding.evidence["low"], finding.evidence["high"]
        parts[-1].append(finding)
    return parts


def _with_parent(group: Sequence[Finding], dataset_format: str) -> list[Finding]:
    surest = min(group, key=lambda one: (one.evidence["high"] - one.evidence["low"], one.scene))
    scenes = [one.scene for one in group]
    evidence = {**surest.evidence, "scenes_affected": len(scenes), "first_scene": scenes[0], "last_scene": scenes[-1]}
    parent = surest.model_copy(
        update={
            "id": digest(surest.code, dataset_format, "rig", surest.sensor, scenes[0]),
            "subject": "rig",
            "message": f"{surest.message} ({len(scenes)} scenes agree, from {scenes[0]} to {scenes[-1]})",
            "evidence": evidence,
            "evidence_hash": digest(surest.measured, surest.limit, evidence),
        }
    )
    return [parent, *(one.model_copy(update={"cause": parent.id}) for one in group)]
