"""What the audits find is tested with them; here, what the check makes of it."""

from __future__ import annotations

import pytest

from calibration.audit.result import AuditResult
from calibration.estimate import Estimate, Verdict
from fusion.checks.finding import Finding, findings_of
from fusion.checks.timing.clock_drift import clock_drift
from fusion.scene.scene_builder import scene_from_arrays

UNIT = "ppm"


def result(correction: float, verdict: Verdict, quantity: str = "clock.drift") -> AuditResult:
    estimate = Estimate(correction, (correction - 0.01, correction + 0.01), UNIT, verdict, "told", 8)
    return AuditResult("one", "other", quantity, UNIT, 0.0, estimate)


def findings(monkeypatch: pytest.MonkeyPatch, *results: AuditResult) -> list[Finding]:
    monkeypatch.setattr("fusion.checks.timing.clock_drift.camera_clock_audit", lambda scene: results)
    assessment = clock_drift(scene_from_arrays(timestamps_ns=[0]))
    return findings_of(clock_drift, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_the_sensor_whose_numbers_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = findings(monkeypatch, result(1000.0, Verdict.OFF), result(0.0, Verdict.GOOD))
    assert (finding.sensor, finding.severity) == ("one", "error")
    assert "drift +1e+03 ppm" in finding.message


def test_is_quiet_where_the_interval_holds_what_the_files_say(monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(monkeypatch, result(0.0, Verdict.GOOD)) == []


def test_leaves_what_the_audit_can_not_tell_and_what_is_of_other_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    untold = AuditResult("one", "other", "clock.drift", UNIT, 0.0, Estimate.cannot_tell(UNIT, "nothing to see"))
    assert findings(monkeypatch, untold, result(1000.0, Verdict.OFF, "clock.offset")) == []
