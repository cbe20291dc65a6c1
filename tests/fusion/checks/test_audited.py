from __future__ import annotations

from typing import Any

import pytest

from calibration.audit.result import AuditResult
from calibration.estimate import Estimate, Verdict
from fusion.checks.assessment import Assessment
from fusion.checks.audited import UNTOLD, assess_audit
from fusion.errors import NotMeasurableError
from fusion.scene.scene_builder import scene_from_arrays

UNITS = {"yaw": "deg", "pitch": "deg", "x": "m", "offset": "ms"}


def result(name: str, correction: float, verdict: Verdict, half: float = 0.05, sensor: str = "front") -> AuditResult:
    unit = UNITS[name]
    estimate = Estimate(1.0 + correction, (1 + correction - half, 1 + correction + half), unit, verdict, "because 7", 8)
    return AuditResult(sensor, "roof", f"extrinsic.{name}", unit, 1.0, estimate)


def unknown(sensor: str = "front") -> AuditResult:
    return AuditResult(sensor, "roof", "extrinsic.yaw", "deg", 1.0, Estimate.cannot_tell("deg", "only 7 outlines", 3))


def assess(*results: AuditResult, sure: frozenset[str] = frozenset({"yaw"})) -> Assessment:
    return assess_audit(scene_from_arrays(timestamps_ns=[0]), results, "rig", "camera is off", sure)


def told(assessment: Assessment, row: int = 0) -> Any:
    return assessment.evidence["off"][row]


def test_a_sensor_is_reported_with_what_is_off_and_the_rest_is_evidence() -> None:
    assessment = assess(result("yaw", 0.4, Verdict.OFF), result("x", 0.01, Verdict.GOOD))
    assert assessment.reported.tolist() == [0]
    assert told(assessment) == "yaw +0.4 deg (+-0.05)"
    assert "x +0.01 m" in assessment.evidence["all"][0]
    assert assessment.measured[0] == pytest.approx(0.4 / 0.25)


def test_good_ones_are_assessed_and_silent_and_the_untold_are_not_assessed() -> None:
    assessment = assess(result("yaw", 0.0, Verdict.GOOD), unknown("rear"))
    assert assessment.assessed.tolist() == [True, False]
    assert len(assessment.reported) == 0
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {UNTOLD: 1}


@pytest.mark.parametrize(
    ("correction", "sure", "error"),
    [(1.0, frozenset({"yaw"}), True), (0.5, frozenset({"yaw"}), False), (1.0, frozenset(), False)],
    ids=["clearly", "not by twice the harmless", "a quantity others look like"],
)
def test_it_is_an_error_only_where_twice_the_harmless_is_excluded_of_what_is_sure(
    correction: float, sure: frozenset[str], error: bool
) -> None:
    assessment = assess(result("yaw", correction, Verdict.OFF), sure=sure)
    assert assessment.errors is not None
    assert assessment.errors.tolist() == [error]


def test_the_worst_in_units_of_what_does_no_harm_is_measured() -> None:
    assessment = assess(result("yaw", 0.5, Verdict.OFF), result("x", 0.6, Verdict.OFF))
    assert assessment.measured[0] == pytest.approx(4.0)


def test_nothing_to_audit_says_so() -> None:
    with pytest.raises(NotMeasurableError, match="too little structure"):
        assess()
