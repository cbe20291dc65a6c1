from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.track.implausible_acceleration import ImplausibleAccelerationLimits, implausible_acceleration
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays


def braking(go, deceleration: float, rate_hz: float = 10.0, speed_mps: float = 40.0, **parts):
    """A track that brakes all along."""
    track = go(count=20, rate_hz=rate_hz, **parts)
    seconds = np.arange(20) / rate_hz
    along_m = speed_mps * seconds - deceleration * seconds**2 / 2
    return replace(track, xy_m=np.column_stack([along_m, np.full(20, 5.0)]))


def test_reports_a_car_that_brakes_at_16_metres_per_second_squared(go, label) -> None:
    assessment = implausible_acceleration(label([braking(go, 16.0)]))
    assert assessment.reported.tolist() == [0]
    assert assessment.column(assessment.measured)[0] == pytest.approx(-16.0, abs=0.1)
    assert assessment.column(assessment.evidence["deed"])[0] == "brakes"
    assert assessment.errors is not None
    assert assessment.errors[0]


def test_is_quiet_on_the_clean_twin_and_in_an_emergency(go, label) -> None:
    assert not len(implausible_acceleration(label([go(), braking(go, 9.0)])).reported)


def test_reports_cornering_that_no_tyre_holds(go, label) -> None:
    angles = np.linspace(0, 2, 20)  # 20 m/s on a circle of 20 m: 20 m/s2
    circle = replace(go(), xy_m=20 * np.column_stack([np.sin(angles), 1 - np.cos(angles)]), yaws_rad=angles)
    assessment = implausible_acceleration(label([circle]))
    assert assessment.reported.tolist() == [0]
    assert assessment.column(assessment.evidence["deed"])[0] == "corners"


def test_holds_exactly_at_its_limit(go, label) -> None:
    limits = ImplausibleAccelerationLimits(certainty=0)
    assert not len(implausible_acceleration(label([braking(go, 8.99)]), limits).reported)
    assert len(implausible_acceleration(label([braking(go, 9.01)]), limits).reported) == 1


def test_a_truck_can_do_less_than_a_car(go, label) -> None:
    car, truck = braking(go, 8.9), replace(braking(go, 8.9), category="truck")
    assert implausible_acceleration(
        label([car, truck]), ImplausibleAccelerationLimits(certainty=0)
    ).reported.tolist() == [1]


@pytest.mark.parametrize("leap", [8, slice(8, None)], ids=["a stray box", "a lasting shift"])
def test_a_leap_is_no_acceleration(go, label, leap) -> None:
    assert not len(implausible_acceleration(label([go(count=30).moved(leap, 2.0, 2.0)])).reported)


def test_without_poses_the_ego_vehicle_s_own_motion_is_allowed_for(go, label) -> None:
    tracks = [braking(go, 16.0)]
    assert not len(implausible_acceleration(label(tracks, poses=None, reference="ego")).reported)


def test_says_what_it_cannot_judge(go, label) -> None:
    tracks = [go(), go(count=4), go(category="sign")]
    assert implausible_acceleration(label(tracks)).not_assessed.counts() == {
        "no acceleration limit for the class": 1,
        "too few boxes around any to tell an acceleration": 1,
    }


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert not len(implausible_acceleration(label(people_label(300, rate_hz, 5), rate_hz)).reported)


def test_no_boxes_at_all_are_said_to_have_no_tracks() -> None:
    with pytest.raises(Exception, match="no track ids"):
        implausible_acceleration(scene_from_arrays(boxes=Boxes3D.empty()))
