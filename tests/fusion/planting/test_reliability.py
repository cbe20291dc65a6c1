from __future__ import annotations

from typing import Any

import pytest

from fusion.checks.finding import Finding
from fusion.planting.fault import Truth
from fusion.planting.reliability import ScoredFindings


def finding(name: str, score: float, track: str) -> Finding:
    fields: dict[str, Any] = {
        "code": "TRK501", "name": "n", "severity": "warning", "subject": "box", "scene": "s", "frame": "f",
        "timestamp_ns": 0, "sensor": None, "label": None, "category": None, "message": "", "measured": 1.0,
        "limit": 0.5, "unit": "m", "evidence": {}, "evidence_hash": "",
    }  # fmt: skip
    return Finding(id=name, score=score, track=track, **fields)


TRUTH = Truth("shift", "s", (0,), ("f",), ("car",), tuple("ab"), None, 1.0, "m", "2", ("TRK501",))


def test_a_fault_weighs_as_much_as_faults_are_frequent() -> None:
    scored = ScoredFindings()
    clean = finding("alarm", 0.5, "bus")
    scored.add([TRUTH], [clean, finding("hit", 0.5, "car")], [clean], labels=100)
    (only,) = scored.bins(base_rate=0.02)
    # 2 of 100 labels were wrong, as the base rate says, so both findings weigh the same.
    assert only.true_share == pytest.approx(0.5, abs=0.001)
    assert only.predicted == pytest.approx(0.5)
    assert only.findings == 2


def test_scores_fall_into_their_ranges() -> None:
    scored = ScoredFindings()
    scored.add([TRUTH], [finding("low", 0.05, "bus"), finding("high", 0.97, "car")], [], labels=100)
    assert [(one.from_score, one.true_share) for one in scored.bins(0.02)] == [(0.0, 0.0), (0.95, 1.0)]
