from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from calibration.radar import RadarSweep
from calibration.sweep import LidarSweep
from calibration.transform import RigidTransform
from fusion.checks.box.see_through_box import see_through_box
from fusion.checks.box.too_few_points import TooFewPointsLimits, too_few_points
from fusion.checks.finding import findings_of
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]


def a_post_for_a_car(place: Place, see: See, **parts: object) -> SyncedFrame:
    car, other = place("Car", 15, 3), place("Car", 15, -3)
    post = place("Sign", 14.5, 3, size_m=(0.15, 0.15, 1.6))
    return see([other, car], really=[other, post], **parts)


def without_rays_at(frame: SyncedFrame, row: int, kept: int = 0) -> SyncedFrame:
    """The same frame with all but a few of the rays that point at a box lost."""
    sweep, boxes = frame.lidars["lidar"], frame.boxes
    away = boxes.centres_m[row] - sweep.ray_origin
    reach_rad = np.linalg.norm(boxes.sizes_m[row]) / 2 / np.linalg.norm(away)
    along = sweep.points - sweep.ray_origin
    cosine = along @ away / (np.linalg.norm(along, axis=1) * np.linalg.norm(away))
    lost = np.flatnonzero(cosine > np.cos(reach_rad))
    points = sweep.points.copy()
    points[lost[kept:]] = np.nan
    dark = replace(sweep, points=points)
    assert isinstance(dark, LidarSweep)
    seen: SyncedFrame = scene_from_arrays(boxes=boxes, points=[dark]).frames[0]
    return seen


def test_reports_a_car_that_is_only_a_post(place: Place, see: See) -> None:
    frame = a_post_for_a_car(place, see)
    (finding,) = findings_of(too_few_points, too_few_points(frame), ("arrays", "scene"), lambda severity, excess: 0.5)
    assert (finding.label, finding.severity) == ("1", "warning")
    assert 0 < finding.measured < 0.12
    assert finding.evidence["rays_behind"] > 6 * finding.evidence["rays_stopped"] > 0
    assert finding.evidence["hidden_share"] == 0
    assert finding.evidence["expected"] > 300
    assert not len(see_through_box(frame).reported)


def test_is_quiet_on_the_clean_twin(place: Place, see: See) -> None:
    street = [place("Car", 15, 3), place("Truck", 25, -5), place("Pedestrian", 8, -3), place("Car", 14, 9)]
    assessment = too_few_points(see(street))
    assert assessment.assessed.sum() == 4
    assert not len(assessment.reported)


def test_leaves_ghosts_to_their_own_check(place: Place, see: See) -> None:
    frame = see([place("Car", 15, 3)], really=[])
    assessment = too_few_points(frame)
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"nothing there at all: BOX301 judges it": 1}
    assert see_through_box(frame).reported.tolist() == [0]


def test_where_no_ray_comes_back_the_number_of_rays_tells(place: Place, see: See) -> None:
    labels = [place("Car", 15, 3), place("Car", 15, -4)]
    frame = without_rays_at(see(labels), 0, kept=3)
    assert too_few_points(frame).reported.tolist() == [0]
    far = without_rays_at(see([place("Car", 55, 3), place("Car", 15, -4)]), 0)
    assert not len(too_few_points(far).reported)


def test_what_something_hides_is_not_expected(place: Place, see: See) -> None:
    car, van = place("Car", 25, 0), place("Truck", 12, 0, yaw_deg=90)
    assessment = too_few_points(see([car, van]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"too few rays point at it": 1}
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limit(place: Place, see: See) -> None:
    frame = a_post_for_a_car(place, see)
    share = float(np.asarray(too_few_points(frame).measured)[1])
    assert not len(too_few_points(frame, TooFewPointsLimits(min_stopped_share=share)).reported)
    above = TooFewPointsLimits(min_stopped_share=float(np.nextafter(share, 1)))
    assert too_few_points(frame, above).reported.tolist() == [1]


def test_a_radar_speaks_for_the_box(place: Place, see: See) -> None:
    radar = RadarSweep.from_columns("radar", [(15.0, 3.0, 0.0)], RigidTransform.identity("ego", "radar"), 0)
    assessment = too_few_points(a_post_for_a_car(place, see, radars={"radar": [radar]}))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"radar supports the box": 1}


def test_bicycles_let_rays_by(place: Place, see: See) -> None:
    assessment = too_few_points(see([place("Bicycle", 9, 2)]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"no vehicle or person": 1}


def test_without_a_lidar_nothing_is_measured(place: Place) -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        too_few_points(scene_from_arrays(boxes=place("Car", 15, 3)).frames[0])
