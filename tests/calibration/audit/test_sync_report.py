from __future__ import annotations

import numpy as np
import pytest

from calibration.audit.result import AuditResult
from calibration.audit.sync_report import ExposureGaps, Speeds, audit_exposure, audit_stream
from calibration.clock import MILLISECOND_NS, SECOND_NS
from calibration.estimate import Verdict

TEN_HERTZ = np.arange(100, dtype=np.int64) * (SECOND_NS // 10)


def by_quantity(results: list[AuditResult]) -> dict[str, AuditResult]:
    return {result.quantity: result for result in results}


def gaps(*gaps_ms: float, period_ms: float | None = 100.0, exact: bool = True) -> ExposureGaps:
    period_ns = None if period_ms is None else period_ms * MILLISECOND_NS
    return ExposureGaps(np.array(gaps_ms) * MILLISECOND_NS, exact, period_ns, 1000.0)


def test_an_even_stream_is_good_in_every_way() -> None:
    results = by_quantity(audit_stream("camera", [TEN_HERTZ]))
    assert {result.verdict for result in results.values()} == {Verdict.GOOD}
    assert results["clock.rate"].estimated == pytest.approx(10.0)
    assert results["clock.jitter"].estimated == 0
    assert results["clock.drops"].estimated == 0


def test_lost_and_repeated_measurements_are_counted() -> None:
    stamps = np.sort(np.append(np.delete(TEN_HERTZ, [20, 21, 50]), TEN_HERTZ[70]))
    results = by_quantity(audit_stream("camera", [stamps]))
    assert results["clock.drops"].estimated == 3
    assert results["clock.drops"].verdict is Verdict.OFF
    assert "3 missing in 2 places" in results["clock.drops"].estimate.reason
    assert results["clock.duplicates"].estimated == 1
    assert results["clock.duplicates"].verdict is Verdict.OFF


def test_one_lost_in_a_hundred_is_normal_loss() -> None:
    results = by_quantity(audit_stream("camera", [np.delete(TEN_HERTZ, 50)]))
    assert (results["clock.drops"].estimated, results["clock.drops"].verdict) == (1, Verdict.GOOD)


def test_a_stream_that_stutters_is_off(rng: np.random.Generator) -> None:
    stamps = TEN_HERTZ + rng.integers(0, 90, 100) * MILLISECOND_NS
    assert by_quantity(audit_stream("camera", [stamps]))["clock.jitter"].verdict is Verdict.OFF


def test_the_pause_between_two_scenes_is_no_drop() -> None:
    later = TEN_HERTZ + 1000 * SECOND_NS
    assert by_quantity(audit_stream("camera", [TEN_HERTZ, later]))["clock.drops"].estimated == 0


@pytest.mark.parametrize(
    "stamps",
    [[], [TEN_HERTZ[:1]], [TEN_HERTZ[:1]] * 20, [np.zeros(20, dtype=np.int64)]],
    ids=["none", "one", "one a scene", "all the same"],
)
def test_too_few_measurements_give_no_number(stamps: list[np.ndarray]) -> None:
    for result in audit_stream("camera", stamps):
        assert (result.verdict, result.estimated) == (Verdict.CANNOT_TELL, None)


def test_made_up_times_give_no_number_but_the_reason() -> None:
    results = audit_stream("camera", [TEN_HERTZ], timeless="frames have no times")
    assert {(result.estimated, result.estimate.reason) for result in results} == {(None, "frames have no times")}


def test_a_gap_is_told_in_metres_and_pixels_at_the_speeds_present() -> None:
    result = audit_exposure("camera", "lidar", gaps(20, 20, 20, 20), Speeds(10.0, 0.5, 15.0))
    assert result.estimated == pytest.approx(20)
    assert result.verdict is Verdict.GOOD
    assert "objects at 15.0 m/s 0.30 m, 15.0 px at 20 m" in result.estimate.reason
    assert "the world at 10.0 m/s 0.20 m, 20.0 px at 20 m where poses are not used" in result.estimate.reason


def test_a_gap_of_more_than_half_a_sweep_is_off() -> None:
    assert audit_exposure("camera", "lidar", gaps(-60, -60, -61), Speeds()).verdict is Verdict.OFF
    assert audit_exposure("camera", "lidar", gaps(-52, -52, -52), Speeds()).verdict is Verdict.GOOD


def test_without_a_period_the_gap_is_told_but_not_judged() -> None:
    result = audit_exposure("camera", "lidar", gaps(60, period_ms=None), Speeds())
    assert (result.verdict, result.estimated) == (Verdict.CANNOT_TELL, 60.0)


def test_no_gap_at_all_is_no_number() -> None:
    assert audit_exposure("camera", "lidar", gaps(), Speeds()).estimated is None


def test_within_a_sweep_without_point_times_the_gap_is_unknown() -> None:
    result = audit_exposure("camera", "lidar", gaps(0, 0, 0, exact=False), Speeds())
    assert (result.verdict, result.estimated) == (Verdict.CANNOT_TELL, None)


def test_outside_a_sweep_is_off_or_unknown_but_never_good() -> None:
    assert audit_exposure("camera", "lidar", gaps(60, exact=False), Speeds()).verdict is Verdict.OFF
    assert audit_exposure("camera", "lidar", gaps(20, exact=False), Speeds()).verdict is Verdict.CANNOT_TELL
