from __future__ import annotations

import math

import pytest

from calibration.estimate import Estimate, Verdict


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((-0.01, 0.02), Verdict.GOOD),
        ((-0.1, 0.1), Verdict.GOOD),
        ((0.11, 0.3), Verdict.OFF),
        ((-0.3, -0.11), Verdict.OFF),
        ((0.1, 0.3), Verdict.CANNOT_TELL),
        ((0.05, 0.11), Verdict.CANNOT_TELL),
        ((-0.5, 0.5), Verdict.CANNOT_TELL),
        ((math.nan, math.nan), Verdict.CANNOT_TELL),
    ],
    ids=["inside", "at-the-limit", "above", "below", "touching", "straddling", "wide", "nan"],
)
def test_a_correction_is_judged_by_its_whole_interval(interval: tuple[float, float], verdict: Verdict) -> None:
    estimate = Estimate.of_correction(sum(interval) / 2, interval, "m", limit=0.1, frames=40)
    assert estimate.verdict is verdict
    assert estimate.interval == interval
    assert (estimate.unit, estimate.frames) == ("m", 40)


def test_the_reason_says_what_the_verdict_rests_on() -> None:
    assert Estimate.of_correction(0.2, (0.15, 0.25), "m", limit=0.1, frames=9).reason == (
        "correction +0.2 m, between +0.15 and +0.25, limit 0.1"
    )


def test_without_a_number_there_is_a_reason() -> None:
    blind = Estimate.cannot_tell("deg", "no frame sees enough edges")
    assert math.isnan(blind.value)
    assert blind.interval is None
    assert (blind.verdict, blind.frames) == (Verdict.CANNOT_TELL, 0)


def test_verdicts_print_as_they_are_written_in_files() -> None:
    assert [str(verdict) for verdict in Verdict] == ["good", "off", "cannot tell"]
