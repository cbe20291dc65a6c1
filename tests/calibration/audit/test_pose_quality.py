from __future__ import annotations

import numpy as np
import pytest

from calibration.audit.pose_quality import audit_poses
from calibration.audit.result import AuditResult
from calibration.clock import SECOND_NS
from calibration.estimate import Verdict
from calibration.trajectory import Trajectory
from calibration.transform import quaternions_from_yaws


def drive(
    rng: np.random.Generator,
    *,
    seconds: float = 30.0,
    rate_hz: float = 20.0,
    speed_mps: float = 10.0,
    slip_deg: float = 0.0,
    climb: float = 0.0,
    noise_m: float = 0.01,
    lever_m: float = 1.5,
    jump_at: int | None = None,
) -> Trajectory:
    """A winding drive; the ego origin sits `lever_m` ahead of the rear axle."""
    times = np.arange(0, seconds, 1 / rate_hz)
    course = 0.6 * np.sin(0.4 * times) + 0.2 * np.sin(1.1 * times)
    steps = speed_mps / rate_hz * np.column_stack([np.cos(course), np.sin(course)])
    axle = np.cumsum(steps, axis=0) - steps / 2
    yaws = course - np.radians(slip_deg)
    ahead = lever_m * np.column_stack([np.cos(yaws), np.sin(yaws)])
    heights = 0.3 * np.sin(0.05 * times) + climb * speed_mps * times
    positions = np.column_stack([axle + ahead, heights]) + rng.normal(0, noise_m, (len(times), 3))
    if jump_at is not None:
        positions[jump_at:, 0] += 0.8
    stamps = np.rint(times * SECOND_NS).astype(np.int64)
    return Trajectory.from_poses(stamps, positions, quaternions_from_yaws(yaws))


def audited(*trajectories: Trajectory) -> dict[str, AuditResult]:
    return {result.quantity: result for result in audit_poses(trajectories)}


def test_a_clean_drive_is_good_in_every_way(rng: np.random.Generator) -> None:
    results = audited(drive(rng))
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict is not Verdict.GOOD} == {}


@pytest.mark.parametrize("rate_hz", [2.0, 10.0, 100.0], ids=lambda rate: f"{rate:g} Hz")
def test_the_rate_of_the_poses_makes_no_jump(rng: np.random.Generator, rate_hz: float) -> None:
    assert audited(drive(rng, rate_hz=rate_hz))["pose.jump"].verdict is Verdict.GOOD


def test_a_jump_is_found_with_its_size_and_time(rng: np.random.Generator) -> None:
    result = audited(drive(rng, jump_at=300))["pose.jump"]
    assert result.verdict is Verdict.OFF
    assert result.estimated == pytest.approx(0.8, abs=0.15)
    assert "at 14.9 s" in result.estimate.reason or "at 15.0 s" in result.estimate.reason


def test_driving_sideways_is_found_although_the_origin_swings_out(rng: np.random.Generator) -> None:
    result = audited(drive(rng, slip_deg=3.0))["pose.sideslip"]
    assert result.verdict is Verdict.OFF
    assert result.estimated == pytest.approx(3.0, abs=0.3)
    interval = result.estimate.interval
    assert interval is not None
    assert interval[0] < 3.0 < interval[1] or result.estimated == pytest.approx(3.0, abs=0.1)


def test_flying_off_the_floor_is_found(rng: np.random.Generator) -> None:
    result = audited(drive(rng, climb=0.08))["pose.vertical_drift"]
    assert result.verdict is Verdict.OFF
    assert result.estimated == pytest.approx(8.0, abs=1.0)


def test_planar_poses_say_nothing_of_height(rng: np.random.Generator) -> None:
    flat = drive(rng)
    positions = flat.translations_m * [1, 1, 0]
    result = audited(Trajectory.from_poses(flat.timestamps_ns, positions, flat.quaternions))["pose.vertical_drift"]
    assert (result.verdict, result.estimated) == (Verdict.CANNOT_TELL, None)
    assert "planar" in result.estimate.reason


def test_standing_still_says_nothing_of_direction(rng: np.random.Generator) -> None:
    results = audited(drive(rng, speed_mps=0.0, noise_m=0.0))
    assert results["pose.sideslip"].estimated is None
    assert "never drives faster" in results["pose.sideslip"].estimate.reason


def test_one_pose_or_none_gives_no_number(rng: np.random.Generator) -> None:
    one = drive(rng, seconds=0.04)
    assert len(one) == 1
    for results in (audited(), audited(one)):
        assert {(result.verdict, result.estimated) for result in results.values()} == {(Verdict.CANNOT_TELL, None)}


def test_two_poses_for_one_time_are_off(rng: np.random.Generator) -> None:
    clean = drive(rng)
    twice = np.append(clean.timestamps_ns, clean.timestamps_ns[50])
    positions = np.vstack([clean.translations_m, clean.translations_m[50] + 1.0])
    quaternions = np.vstack([clean.quaternions, clean.quaternions[50]])
    assert audited(Trajectory.from_poses(twice, positions, quaternions))["pose.jump"].verdict is Verdict.OFF


def test_a_second_without_poses_is_a_gap(rng: np.random.Generator) -> None:
    clean = drive(rng)
    kept = (clean.timestamps_ns < 10 * SECOND_NS) | (clean.timestamps_ns > 11 * SECOND_NS)
    torn = Trajectory.from_poses(clean.timestamps_ns[kept], clean.translations_m[kept], clean.quaternions[kept])
    results = audited(torn)
    assert (results["pose.gaps"].estimated, results["pose.gaps"].verdict) == (1, Verdict.OFF)
    assert results["pose.jump"].verdict is Verdict.GOOD
