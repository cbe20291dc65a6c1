"""What a run says about a planted fault: whether it was found, under which name, and how soon a reviewer meets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fusion.checks.finding import Finding
from fusion.checks.severity import Severity
from fusion.judge.causes import leading
from fusion.planting.catalogue import find_kind
from fusion.planting.fault import Truth

# A jump shows in the step to the frame before or after as well.
FRAMES_BESIDE = 1


@dataclass(frozen=True)
class Verdict:
    """One planted fault, as found.

    found: a new error or warning about what it befell; named: one by a check that is meant for it; hinted: an info
    at least; rank: how many findings a reviewer goes through until then, 1 is the first; score: the highest of those
    about it; codes: the checks that reported it.
    """

    truth: Truth
    found: bool
    named: bool
    hinted: bool
    rank: int | None
    score: float | None
    codes: tuple[str, ...]


def verdicts_on(truths: Sequence[Truth], before: Sequence[Finding], after: Sequence[Finding]) -> list[Verdict]:
    """Each planted fault of a scene, as found.

    Args:
        before: findings on the clean scene, which prove nothing; after: on the planted one.
    """
    new = new_findings(before, after)
    order = leading(after)
    about = [[finding for finding in new if is_about(finding, truth)] for truth in truths]
    planted = {finding.id for findings in about for finding in findings}
    return [_verdict(truth, own, order, planted) for truth, own in zip(truths, about, strict=True)]


def new_findings(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """Findings that the clean scene doesn't have, or not as bad."""
    known: Mapping[str, Severity] = {finding.id: Severity(finding.severity) for finding in before}
    return [f for f in after if f.id not in known or Severity(f.severity).rank > known[f.id].rank]


def is_about(finding: Finding, truth: Truth) -> bool:
    """Whether a finding is about what the fault befell: the object, the frame or the sensor."""
    if truth.sensor is not None:
        return finding.sensor == truth.sensor
    family = find_kind(truth.fault).family
    if family == "convention" or (finding.subject in ("scene", "rig") and finding.code in truth.expected_codes):
        return True
    if family == "time":
        return _of_frames(finding, truth)
    return _of_object(finding, truth) or (finding.code.startswith("MIS") and finding.frame in truth.keys)


def _of_object(finding: Finding, truth: Truth) -> bool:
    tracks, labels = set(truth.tracks), set(truth.labels)
    if finding.track in tracks or finding.label in labels:
        return True
    return any(named.track in tracks or named.label in labels for named in finding.labels)


def _of_frames(finding: Finding, truth: Truth) -> bool:
    """Of one of its frames, or of none in particular, such as a stream."""
    if finding.frame_index is None:
        return finding.frame is None or finding.frame in truth.keys
    return any(abs(finding.frame_index - frame) <= FRAMES_BESIDE for frame in truth.frames)


def _verdict(truth: Truth, about: list[Finding], order: list[Finding], planted: set[str]) -> Verdict:
    serious = [finding for finding in about if finding.severity != "info"]
    expected = set(truth.expected_codes)
    return Verdict(
        truth=truth,
        found=bool(serious),
        named=any(finding.code in expected for finding in serious),
        hinted=bool(about),
        rank=_rank(serious, order, planted),
        score=max((finding.score for finding in serious), default=None),
        codes=tuple(sorted({finding.code for finding in about})),
    )


def _rank(serious: list[Finding], order: list[Finding], planted: set[str]) -> int | None:
    """Place of the first finding about it, or of the one that explains it; other planted faults don't count."""
    wanted = {finding.id for finding in serious} | {finding.cause for finding in serious if finding.cause}
    ahead = 0
    for finding in order:
        if finding.id in wanted:
            return ahead + 1
        ahead += finding.id not in planted
    return None
