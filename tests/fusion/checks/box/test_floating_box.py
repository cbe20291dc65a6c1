from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.box.floating_box import FloatingBoxLimits, floating_box
from fusion.checks.finding import findings_of
from fusion.checks.severity import Severity
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]


@pytest.mark.parametrize("lift_m", [0.5, -0.6], ids=["lifted", "sunk"])
def test_reports_a_car_off_the_ground(place: Place, see: See, lift_m: float) -> None:
    frame = see([place("Car", 12, 3, lift_m=lift_m)], really=[place("Car", 12, 3)])
    assessment = floating_box(frame)
    assert assessment.reported.tolist() == [0]
    assert assessment.severity_of(0, floating_box.severity) is Severity.WARNING
    (finding,) = findings_of(floating_box, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)
    assert finding.message == f"bottom face is {finding.measured:+.2f} m from the ground"
    assert finding.measured == pytest.approx(lift_m, abs=0.05)
    assert finding.evidence["ground_m"] == pytest.approx(0, abs=0.05)
    assert finding.evidence["ground_points"] > 12


def test_is_quiet_on_the_clean_twin(place: Place, see: See) -> None:
    street = [place("Car", 12, 3), place("Truck", 20, -4), place("Pedestrian", 8, -3), place("Bicycle", 9, 5)]
    assessment = floating_box(see(street))
    assert assessment.assessed.all()
    assert not len(assessment.reported)


@pytest.mark.parametrize("slope", [0.08, -0.08], ids=["uphill", "downhill"])
def test_is_quiet_on_a_hill(place: Place, see: See, slope: float) -> None:
    street = [place("Car", 12, 3, slope=slope), place("Truck", 20, -4, slope=slope)]
    assert not len(floating_box(see(street, slope=slope)).reported)


def test_holds_exactly_at_its_limit(place: Place, see: See) -> None:
    frame = see([place("Car", 12, 3, lift_m=0.5)], really=[place("Car", 12, 3)])
    gap_m = float(np.asarray(floating_box(frame).measured)[0])
    flat = {"sigmas": 0, "floating_per_range": 0}
    assert not len(floating_box(frame, FloatingBoxLimits(max_gap_m=gap_m, **flat)).reported)
    below = float(np.nextafter(gap_m, 0))
    assert len(floating_box(frame, FloatingBoxLimits(max_gap_m=below, **flat)).reported) == 1


def test_the_limit_grows_with_range_and_doubt(place: Place, see: See) -> None:
    cars = [place("Car", 10, 3), place("Car", 30, 3)]
    frame = see(cars)
    limits = FloatingBoxLimits(max_gap_m=0.3, sigmas=2, floating_per_range=0.004, sunken_per_range=0.01)
    assessment = floating_box(frame, limits)
    gap_m = np.asarray(assessment.measured)
    per_range = np.where(gap_m < 0, 0.01, 0.004)
    doubt_m = 2 * frame.ground_below_boxes.spread_m
    np.testing.assert_allclose(assessment.limit, 0.3 + doubt_m + per_range * frame.boxes.ranges_m)


def test_admits_that_it_sees_no_ground(place: Place, see: See) -> None:
    hidden = place("Car", 40, 0)
    assessment = floating_box(see([hidden], really=[place("Truck", 10, 0, size_m=(4, 30, 6)), hidden]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"too few ground points below the box": 1}


def test_leaves_what_does_not_stand_on_the_ground(place: Place, see: See) -> None:
    assessment = floating_box(see([place("Sign", 12, 3, lift_m=2.5)]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"class does not stand on the ground": 1}


def test_leaves_what_rides_on_a_truck(place: Place, see: See) -> None:
    truck = place("Truck", 15, 3)
    street = [truck, place("Pedestrian", 17, 3, lift_m=1.3), place("Car", 13, 3, lift_m=3.4)]
    assessment = floating_box(see(street, really=[truck]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"rides on another vehicle": 2}
    assert not len(assessment.reported)


def test_a_car_is_not_carried_by_a_pedestrian(place: Place, see: See) -> None:
    street = [place("Car", 12, 3, lift_m=0.5), place("Pedestrian", 12, 3, size_m=(6, 3, 0.5))]
    assert floating_box(see(street, really=[place("Car", 12, 3)])).reported.tolist() == [0]


def test_a_long_truck_tilted_as_in_kitti_stands_on_the_ground(place: Place, see: See) -> None:
    truck = place("Truck", 20, 4, size_m=(12.3, 2.6, 2.9))
    half_pitch = np.radians(0.8) / 2
    tilted = replace(truck, rotations=np.array([[np.cos(half_pitch), 0, np.sin(half_pitch), 0]]))
    ends_m = np.ptp(tilted.corners_m[0, :4, 2])
    assert ends_m > 0.15
    assessment = floating_box(see([tilted], really=[truck]))
    assert assessment.assessed.all()
    assert not len(assessment.reported)
    assert abs(float(np.asarray(assessment.measured)[0])) < 0.1


def test_a_kerb_under_the_box_is_no_gap(place: Place, see: See) -> None:
    pavement = place("Truck", 15, 8, size_m=(40, 9, 0.15))
    car = place("Car", 15, 3.2, lift_m=0.07)
    assert not len(floating_box(see([car], really=[pavement, car])).reported)
