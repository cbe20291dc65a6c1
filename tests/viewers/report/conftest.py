"""Runs put together by hand, for reports that say what is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fusion.checks.finding import Finding, LabelReference
from fusion.run.document import CheckSummary, DatasetSummary, FindingsDocument, Incomplete, Tool

FIELDS: dict[str, Any] = {
    "code": "BOX304",
    "name": "floating-box",
    "severity": "warning",
    "score": 0.5,
    "subject": "box",
    "scene": "dusk",
    "frame": "3",
    "frame_index": 3,
    "timestamp_ns": 1_715_680_800_850_000_001,
    "sensor": None,
    "label": "17",
    "track": "7",
    "category": "car",
    "message": "bottom face is +0.50 m from the ground",
    "measured": 0.5,
    "limit": 0.3,
    "unit": "m",
    "evidence": {"ground_m": -1.7},
    "evidence_hash": "0",
    "source": "label_2/000003.txt:4",
}
CHECKS = (
    ("BOX304", "floating-box", "warning"),
    ("ONT601", "unknown-class", "error"),
    ("RIG103", "extrinsic-off", "error"),
    ("TIM201", "disordered-timestamps", "error"),
)


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """`finding("id", track="9")`: a floating box, with what is named changed."""

    def make(key: str = "f1", /, **changes: Any) -> Finding:
        fields = {**FIELDS, "id": key, **changes}
        named = {"label": fields["label"] or "", "track": fields["track"], "scene": fields["scene"]}
        reference = LabelReference(**named, frame=fields["frame"] or "", set="labels")
        return Finding(**{"labels": (reference,), **fields})

    return make


@pytest.fixture
def document() -> Callable[..., FindingsDocument]:
    """`document(findings, incomplete=[("a.bin", "torn")])`: of a day with 30 labels; TIM201 could judge nothing."""

    def make(
        findings: Sequence[Finding], incomplete: Sequence[tuple[str, str]] = (), labels: int = 30
    ) -> FindingsDocument:
        summaries = [
            CheckSummary(
                code=code,
                name=name,
                severity=severity,
                assessed=0 if code == "TIM201" else 10,
                violations=0,
                not_assessed={"no real times": 4} if code == "TIM201" else {},
            )
            for code, name, severity in CHECKS
        ]
        return FindingsDocument(
            tool=Tool(version="1"),
            datasets=(DatasetSummary(root="day", format="kitti-object", scenes=1, frames=2, labels=labels),),
            checks=tuple(summaries),
            findings=tuple(sorted(findings, key=lambda one: one.rank)),
            incomplete=tuple(Incomplete(path=path, reason=reason) for path, reason in incomplete),
        )

    return make
