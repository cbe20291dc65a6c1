"""How evenly each stream comes, and how far images are taken from the firing of the points they are paired with.

A gap between an exposure and the laser is no error of a clock: stamps are taken at their word, and the static world is
moved across the gap by the poses. It is told in what it costs: metres and pixels at the speeds that are present. It
is off only where another sweep would have been nearer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.audit.result import AuditResult
from calibration.clock import MILLISECOND_NS, SECOND_NS, SIGMA_PER_MAD, StreamTiming, stream_timing
from calibration.estimate import Estimate, Verdict

MIN_STEPS = 3
# A quarter of a period: a neighbour is no longer where a constant rate expects it.
MAX_JITTER_SHARE = 0.25
# A lost measurement in a hundred is normal loss, and its frame is named by the check of stamps.
MAX_DROPPED_SHARE = 0.01
# Pairing by nearest stamp is right to half a period; stamps are rarely better than this.
PAIRING_SLACK_NS = 2 * MILLISECOND_NS
TYPICAL_RANGE_M = 20.0
NORMAL_95 = 1.96
# Standard deviation of a median over that of a mean, normal distribution.
MEDIAN_LOSS = 1.2533

STREAM_QUANTITIES = {"clock.rate": "Hz", "clock.jitter": "ms", "clock.drops": "", "clock.duplicates": ""}


@dataclass(frozen=True)
class Speeds:
    """What moves in the data; None where nobody knows.

    ego_mps: 95th percentile of the vehicle's speed; ego_yaw_rate_radps: of its turning, without sign; objects_mps: of
    moving objects, where a caller knows them.
    """

    ego_mps: float | None = None
    ego_yaw_rate_radps: float | None = None
    objects_mps: float | None = None


@dataclass(frozen=True, eq=False)
class ExposureGaps:
    """One camera against one lidar.

    gaps_ns: (N,) exposure minus the firing time of the points in that camera's view, a row a frame; or, where points
    have no times, how far the exposure is outside the sweep. exact: the former. lidar_period_ns: between two sweeps, or
    how long one takes; None unknown. focal_px: of the camera; None unknown.
    """

    gaps_ns: FloatArray
    exact: bool
    lidar_period_ns: float | None
    focal_px: float | None


def audit_stream(sensor: str, stamps: Sequence[IntArray], timeless: str = "") -> list[AuditResult]:
    """Rate, jitter, drops and duplicates of one sensor.

    Args:
        stamps: a column (S,) of int64 nanoseconds a scene, in the order they were delivered in.
        timeless: why the stamps mean nothing, if they don't.
    """
    count = sum(len(column) for column in stamps)
    if timeless:
        return _unknown(sensor, timeless, count)
    timings = [stream_timing(column) for column in stamps]
    steps_ns = np.concatenate([np.empty(0, dtype=np.int64), *(np.diff(column) for column in stamps)])
    known = [timing for timing in timings if np.isfinite(timing.period_ns)]
    if len(steps_ns) < MIN_STEPS or not known:
        told = f"{count} measurement{'s' * (count != 1)} in {len(stamps)} scene{'s' * (len(stamps) != 1)}"
        return _unknown(sensor, f"{told}: too few for a rate", count)
    return [
        _rate(sensor, known, steps_ns, count),
        _jitter(sensor, known, count),
        _drops(sensor, known, count),
        _duplicates(sensor, timings, count),
    ]


def audit_exposure(camera: str, lidar: str, gaps: ExposureGaps, speeds: Speeds, missing: str = "") -> AuditResult:
    """The gap between a camera's exposures and the firing of the points it sees, and what it costs.

    Args:
        missing: why there are no gaps, where there are none.
    """
    quantity, unit = "clock.exposure_gap", "ms"
    gaps_ms = gaps.gaps_ns[np.isfinite(gaps.gaps_ns)] / MILLISECOND_NS
    if not len(gaps_ms):
        reason = missing or "no frame has both this camera and points or sweeps with times"
        return AuditResult(camera, lidar, quantity, unit, None, Estimate.cannot_tell(unit, reason))
    middle = float(np.median(gaps_ms))
    if not gaps.exact and middle == 0:
        reason = "exposed during the sweep; points have no times, so how far from their firing is unknown"
        return AuditResult(camera, lidar, quantity, unit, None, Estimate.cannot_tell(unit, reason, len(gaps_ms)))
    verdict, judged = _exposure_verdict(middle, gaps)
    seen = "the firing of points in view" if gaps.exact else "the whole sweep (points have no times)"
    told = f"exposed {abs(middle):.1f} ms {'after' if middle >= 0 else 'before'} {seen}; {judged}"
    estimate = Estimate(
        middle, _median_interval(gaps_ms), unit, verdict, f"{told}; {_cost(middle, gaps, speeds)}", len(gaps_ms)
    )
    return AuditResult(camera, lidar, quantity, unit, None, estimate)


def _exposure_verdict(gap_ms: float, gaps: ExposureGaps) -> tuple[Verdict, str]:
    """Off where another sweep is nearer. Outside a sweep it is at least so far, so that can't be called good."""
    if gaps.lidar_period_ns is None:
        return Verdict.CANNOT_TELL, "the lidar's period is unknown, so is what would be too much"
    limit_ms = (gaps.lidar_period_ns / 2 + PAIRING_SLACK_NS) / MILLISECOND_NS
    if abs(gap_ms) > limit_ms:
        return Verdict.OFF, f"beyond half a sweep, {limit_ms:.0f} ms, another one is nearer"
    return (Verdict.GOOD if gaps.exact else Verdict.CANNOT_TELL), f"limit half a sweep, {limit_ms:.0f} ms"


def _unknown(sensor: str, reason: str, frames: int) -> list[AuditResult]:
    return [
        AuditResult(sensor, "", quantity, unit, None, Estimate.cannot_tell(unit, reason, frames))
        for quantity, unit in STREAM_QUANTITIES.items()
    ]


def _result(sensor: str, quantity: str, value: float, verdict: Verdict, reason: str, frames: int) -> AuditResult:
    unit = STREAM_QUANTITIES[quantity]
    return AuditResult(sensor, "", quantity, unit, None, Estimate(value, None, unit, verdict, reason, frames))


def _rate(sensor: str, timings: Sequence[StreamTiming], steps_ns: IntArray, count: int) -> AuditResult:
    period_ns = float(np.median([timing.period_ns for timing in timings]))
    jitter_ns = float(np.max([timing.jitter_ns for timing in timings]))
    half_ns = NORMAL_95 * MEDIAN_LOSS * jitter_ns / np.sqrt(len(steps_ns))
    slow, fast = SECOND_NS / float(period_ns + half_ns), SECOND_NS / float(max(period_ns - half_ns, 1.0))
    reason = f"a measurement every {period_ns / MILLISECOND_NS:.4g} ms"
    estimate = Estimate(SECOND_NS / period_ns, (slow, fast), "Hz", Verdict.GOOD, reason, count)
    return AuditResult(sensor, "", "clock.rate", "Hz", None, estimate)


def _jitter(sensor: str, timings: Sequence[StreamTiming], count: int) -> AuditResult:
    worst = max(timings, key=lambda timing: timing.jitter_ns / timing.period_ns)
    share = worst.jitter_ns / worst.period_ns
    verdict = Verdict.GOOD if share <= MAX_JITTER_SHARE else Verdict.OFF
    reason = f"{share:.1%} of a period, limit {MAX_JITTER_SHARE:.0%}"
    return _result(sensor, "clock.jitter", worst.jitter_ns / MILLISECOND_NS, verdict, reason, count)


def _drops(sensor: str, timings: Sequence[StreamTiming], count: int) -> AuditResult:
    missing = sum(int(timing.missing.sum()) for timing in timings)
    share = missing / (count + missing)
    verdict = Verdict.GOOD if share <= MAX_DROPPED_SHARE else Verdict.OFF
    places = sum(len(timing.dropped_after) for timing in timings)
    reason = f"{missing} missing in {places} places, {share:.1%} of all" if missing else "none missing"
    return _result(sensor, "clock.drops", missing, verdict, reason, count)


def _duplicates(sensor: str, timings: Sequence[StreamTiming], count: int) -> AuditResult:
    doubled = sum(len(timing.duplicated) for timing in timings)
    backwards = sum(len(timing.decreasing) for timing in timings)
    verdict = Verdict.OFF if doubled or backwards else Verdict.GOOD
    reason = f"{doubled} with the stamp of the one before, {backwards} earlier than it"
    return _result(sensor, "clock.duplicates", doubled + backwards, verdict, reason, count)


def _cost(gap_ms: float, gaps: ExposureGaps, speeds: Speeds) -> str:
    """What the gap means where nothing moves the points across it: for objects always, for the world without poses."""
    gap_s = abs(gap_ms) / 1000.0
    movers = [("objects", speeds.objects_mps, 0.0), ("the world", speeds.ego_mps, speeds.ego_yaw_rate_radps or 0.0)]
    costs = []
    for what, speed_mps, turning_radps in movers:
        if speed_mps is None:
            continue
        shift_m = speed_mps * gap_s
        cost = f"{what} at {speed_mps:.1f} m/s {shift_m:.2f} m"
        if gaps.focal_px is not None:
            shift_px = gaps.focal_px * (shift_m / TYPICAL_RANGE_M + turning_radps * gap_s)
            cost += f", {shift_px:.1f} px at {TYPICAL_RANGE_M:.0f} m"
        costs.append(cost if what == "objects" else f"{cost} where poses are not used")
    return "it shifts " + "; ".join(costs) if costs else "no speeds are known"


def _median_interval(values: FloatArray) -> tuple[float, float] | None:
    if len(values) < MIN_STEPS:
        return None
    middle = float(np.median(values))
    sigma = SIGMA_PER_MAD * float(np.median(np.abs(values - middle)))
    half = NORMAL_95 * MEDIAN_LOSS * sigma / float(np.sqrt(len(values)))
    return middle - half, middle + half
