"""Runs put together by hand, so that what is written can be known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.finding import Finding, LabelReference
from fusion.checks.settings import Settings
from fusion.run.document import CheckSummary, DatasetSummary, FindingsDocument, Incomplete, Tool
from fusion.run.run import Run

FIELDS: dict[str, Any] = {
    "code": "BOX304",
    "name": "floating-box",
    "severity": "warning",
    "score": 0.5,
    "subject": "box",
    "scene": "dusk",
    "frame": "000003",
    "timestamp_ns": 5,
    "sensor": None,
    "label": "17",
    "track": "7",
    "category": "car",
    "message": "bottom face is +0.50 m from the ground",
    "measured": 0.5,
    "limit": 0.3,
    "unit": "m",
    "evidence": {},
    "evidence_hash": "0",
    "source": "label_2/000003.txt:4",
}


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """`finding("id", track="9")`: a floating box, with what is named changed."""

    def make(key: str = "f1", /, **changes: Any) -> Finding:
        fields = {**FIELDS, "id": key, **changes}
        reference = LabelReference(label=fields["label"] or "", track=None, scene="dusk", frame="3", set="labels")
        return Finding(**{"labels": (reference,), **fields})

    return make


@pytest.fixture
def run_of() -> Callable[..., Run]:
    """`run_of(finding, ..., incomplete=[("a.bin", "torn")], not_assessed={"dark": 3})`: a run that found them."""

    def make(
        *findings: Finding,
        incomplete: list[tuple[str, str]] | None = None,
        assessed: int = 10,
        not_assessed: dict[str, int] | None = None,
        root: str = "day",
    ) -> Run:
        checks = [("BOX304", "floating-box", "warning"), ("IMG401", "hull-off-2d-box", "warning")]
        summaries = [
            CheckSummary(
                code=code,
                name=name,
                severity=severity,
                assessed=assessed if code == "BOX304" else 0,
                violations=0,
                not_assessed=not_assessed or {},
            )
            for code, name, severity in checks
        ]
        document = FindingsDocument(
            tool=Tool(version="1"),
            datasets=(DatasetSummary(root=root, format="kitti-object", scenes=1, frames=2, labels=30),),
            checks=tuple(summaries),
            findings=tuple(sorted(findings, key=lambda one: one.rank)),
            incomplete=tuple(Incomplete(path=path, reason=reason) for path, reason in incomplete or []),
        )
        return Run(document, Settings())

    return make
