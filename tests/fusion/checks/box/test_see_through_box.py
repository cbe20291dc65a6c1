from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calibration.radar import RadarSweep
from calibration.transform import RigidTransform
from fusion.checks.box.see_through_box import SeeThroughBoxLimits, see_through_box
from fusion.checks.finding import findings_of
from fusion.checks.proposal import Proposal
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]


def test_reports_a_car_on_an_empty_road(place: Place, see: See) -> None:
    frame = see([place("Car", 15, 3), place("Car", 15, -3)], really=[place("Car", 15, 3)])
    assessment = see_through_box(frame)
    (finding,) = findings_of(see_through_box, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)
    behind = finding.evidence["rays_behind"]
    assert (finding.label, finding.severity) == ("1", "error")
    assert finding.message == f"{behind} rays pass through its middle and return from behind, 0 stop in it"
    assert behind >= 12
    assert finding.evidence["rays_in_front"] == 0
    assert finding.evidence["range_m"] == pytest.approx(np.hypot(15, 3), abs=1e-3)
    assert finding.proposal == Proposal(action="delete", target="1")


def test_is_quiet_on_the_clean_twin(place: Place, see: See) -> None:
    street = [place("Car", 15, 3), place("Truck", 25, -5), place("Pedestrian", 8, -3), place("Bicycle", 7, 2)]
    assessment = see_through_box(see(street))
    assert assessment.assessed.all()
    assert not len(assessment.reported)


def test_ground_in_the_box_is_not_an_object(place: Place, see: See) -> None:
    ghost = place("Car", 8, 0, lift_m=-0.15)
    frame = see([ghost], really=[])
    assert frame.point_counts[0] > 10
    assert see_through_box(frame).reported.tolist() == [0]


def test_a_few_stray_returns_are_not_an_object(place: Place, see: See) -> None:
    ghost, speck = place("Car", 12, 3), place("Sign", 12, 3, lift_m=1.0, size_m=(0.15, 0.15, 0.15))
    assessment = see_through_box(see([ghost], really=[speck]))
    assert assessment.reported.tolist() == [0]
    assert np.asarray(assessment.evidence["rays_inside"])[0] > 0


def test_an_object_that_fills_part_of_its_box_is_there(place: Place, see: See) -> None:
    flatbed = [place("Truck", 15, 3, size_m=(9, 2.5, 1.2)), place("Truck", 11.5, 3, size_m=(2, 2.5, 3.4))]
    assert not len(see_through_box(see([place("Truck", 15, 3)], really=flatbed)).reported)


def test_an_empty_box_behind_another_object_may_be_there(place: Place, see: See) -> None:
    assessment = see_through_box(see([place("Car", 25, 0)], really=[place("Truck", 12, 0, yaw_deg=90)]))
    assert assessment.assessed.all()
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limits(place: Place, see: See) -> None:
    frame = see([place("Car", 25, 0)], really=[place("Truck", 10, 0.8, size_m=(4, 1.6, 3))])
    assessment = see_through_box(frame, SeeThroughBoxLimits(max_behind_share=0.01))
    share, behind = float(np.asarray(assessment.measured)[0]), int(np.asarray(assessment.evidence["rays_behind"])[0])
    assert 0.1 < share < 0.9
    assert not len(see_through_box(frame, SeeThroughBoxLimits(max_behind_share=share)).reported)
    below = float(np.nextafter(share, 0))
    assert len(see_through_box(frame, SeeThroughBoxLimits(max_behind_share=below, min_behind=behind)).reported) == 1
    assert not len(see_through_box(frame, SeeThroughBoxLimits(max_behind_share=below, min_behind=behind + 1)).reported)


def test_admits_that_too_few_rays_tell(place: Place, see: See) -> None:
    assessment = see_through_box(see([place("Pedestrian", 60, 0), place("Car", 15, 3, lift_m=9)], really=[]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"too few rays cross the box": 2}
    assert not len(assessment.reported)


def test_radar_speaks_for_an_empty_box(place: Place, see: See) -> None:
    label = place("Car", 15, 3, recorded_radar_counts=[2])
    assessment = see_through_box(see([label], really=[]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"radar supports the box": 1}
    unseen = place("Car", 15, 3, recorded_radar_counts=[-1])
    assert see_through_box(see([unseen], really=[])).reported.tolist() == [0]


def test_a_radar_that_sees_something_there_speaks_for_an_empty_box(place: Place, see: See) -> None:
    here = RigidTransform.identity("ego", "radar")
    frames = {
        x: see([place("Car", 15, 3)], really=[], radars={"radar": [RadarSweep.from_columns("radar", [x], here, 0)]})
        for x in ((15.5, 2.8, 0.0), (15.5, 9.0, 0.0))
    }
    on_it, beside = (see_through_box(frame) for frame in frames.values())
    assert on_it.not_assessed is not None
    assert on_it.not_assessed.counts() == {"radar supports the box": 1}
    assert beside.reported.tolist() == [0]
    assert np.asarray(on_it.evidence["radar_returns"]).tolist() == [1]
    assert np.asarray(beside.evidence["radar_returns"]).tolist() == [0]


def test_without_a_lidar_nothing_is_measured(place: Place) -> None:
    frame = scene_from_arrays(boxes=place("Car", 15, 3)).frames[0]
    with pytest.raises(NotMeasurableError, match="no lidar sweep in this frame"):
        see_through_box(frame)
