from __future__ import annotations

import json

import pytest

from calibration.audit.result import AuditError, AuditResult
from calibration.estimate import Estimate, Verdict


def test_a_correction_becomes_an_estimate_of_the_quantity_itself() -> None:
    correction = Estimate.of_correction(0.5, (0.4, 0.6), "deg", limit=0.2, frames=7)
    result = AuditResult.of_correction("camera", "lidar", "extrinsic.yaw", 90.0, correction)
    assert result.estimated == pytest.approx(90.5)
    assert result.correction == pytest.approx(0.5)
    assert result.estimate.interval == pytest.approx((90.4, 90.6))
    assert result.verdict is Verdict.OFF


def test_the_dictionary_has_the_documented_names_and_survives_strict_json() -> None:
    result = AuditResult("camera", "lidar", "clock.offset", "ms", 0.0, Estimate.cannot_tell("ms", "no poses"))
    entry = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert entry == {
        "sensor": "camera",
        "relative_to": "lidar",
        "quantity": "clock.offset",
        "unit": "ms",
        "in_file": 0.0,
        "estimated": None,
        "correction": None,
        "interval": None,
        "verdict": "cannot tell",
        "reason": "no poses",
        "frames": 0,
    }


def test_there_is_no_correction_to_a_value_the_files_do_not_have() -> None:
    result = AuditResult("pose", "", "rate", "Hz", None, Estimate(10.0, None, "Hz", Verdict.GOOD, "even", 5))
    assert result.correction is None


def test_a_half_known_interval_has_no_infinity_in_json() -> None:
    estimate = Estimate(1.0, (float("-inf"), 2.0), "px", Verdict.GOOD, "one side", 1)
    assert AuditResult("c", "", "q", "px", 1.0, estimate).as_dict()["interval"] == [None, 2.0]


def test_refuses_an_estimate_in_another_unit() -> None:
    with pytest.raises(AuditError, match=r"'px'.*'ns'"):
        AuditResult("camera", "", "clock.offset", "px", 0.0, Estimate.cannot_tell("ns", "no poses"))
