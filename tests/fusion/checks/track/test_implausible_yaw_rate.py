from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.implausible_yaw_rate import ImplausibleYawRateLimits, implausible_yaw_rate


def turning(go, rate: float, speed_mps: float = 10.0):
    """A car that turns at a constant rate."""
    seconds = np.arange(20) / 10
    yaws = rate * seconds
    steps = speed_mps / 10 * np.column_stack([np.cos(yaws), np.sin(yaws)])
    return replace(go(), xy_m=np.cumsum(steps, axis=0), yaws_rad=yaws)


def findings(scene):
    return findings_of(implausible_yaw_rate, implausible_yaw_rate(scene), ("x",), lambda severity, excess: 0.5)


def test_reports_a_parked_car_one_box_of_which_is_turned(go, label) -> None:
    (finding,) = findings(label([go(speed_mps=0), go(speed_mps=0, at_m=(0, -8)).turned(8, 30.0)]))
    assert (finding.track, finding.frame, finding.severity) == ("t1", "8", "warning")
    assert finding.message == ("heading strays from both neighbours by 30 degrees; 11 are plausible (1 stray boxes)")
    assert finding.proposal is not None
    assert finding.proposal.values["yaw_rad"] == [pytest.approx(0.0, abs=1e-4)]
    assert finding.proposal.timestamps_ns == (finding.timestamp_ns,)


def test_is_quiet_on_the_clean_twin_and_on_a_tight_turn(go, label) -> None:
    assert findings(label([go(), go(speed_mps=0), turning(go, 0.8, 5.0)])) == []


def test_reports_a_car_that_spins_and_one_that_turns_on_the_spot(go, label) -> None:
    both = findings(label([turning(go, 2.5), turning(go, 0.6, 0.0)]))
    assert [finding.severity for finding in both] == ["error", "warning"]
    assert [finding.proposal for finding in both] == [None, None]


def test_holds_exactly_at_its_limit(go, label) -> None:
    assert findings(label([go(speed_mps=0).turned(8, 10.5)])) == []  # 10 and what 2 rad/s2 turn meanwhile
    assert len(findings(label([go(speed_mps=0).turned(8, 10.7)]))) == 1


def test_half_turns_are_left_to_the_check_of_flips(go, label) -> None:
    assert findings(label([go().turned(8), go().turned(slice(9, None))])) == []


def test_a_shaky_track_is_held_to_its_own_headings(go, label, rng) -> None:
    shaky = replace(go(count=60), yaws_rad=rng.normal(0, np.radians(6), 60))
    assert findings(label([shaky])) == []


def test_without_poses_the_ego_vehicle_may_turn(go, label) -> None:
    scene = label([turning(go, 0.6, 0.0)], poses=None, reference="ego")
    assert findings(scene) == []


def test_says_what_it_cannot_judge(go, label) -> None:
    assessment = implausible_yaw_rate(label([go(), go(count=1), go(category="pedestrian")]))
    assert assessment.not_assessed.counts() == {
        "not longer than wide, or no fixed front": 1,
        "too few boxes around any to tell how it turns": 1,
    }


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_finds_nearly_all_single_boxes_turned_by_45_degrees(people_label, label, rng, rate_hz: float) -> None:
    vehicles = [track for track in people_label(260, rate_hz, 6) if track.category in ("car", "truck")]
    planted = [track.turned(int(rng.integers(1, len(track) - 1)), 45.0) for track in vehicles]
    assert len(findings(label(planted, rate_hz))) >= 0.95 * len(planted)


def test_limits_scale_what_is_allowed(go, label) -> None:
    scene = label([go(speed_mps=0).turned(8, 30.0)])
    assert not len(implausible_yaw_rate(scene, ImplausibleYawRateLimits(max_stray_deg=40)).reported)
