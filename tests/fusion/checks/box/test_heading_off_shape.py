from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.box.heading_off_shape import HeadingOffShapeLimits, heading_off_shape
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]


def drive(see: See, labels: Sequence[Boxes3D], really: Sequence[Boxes3D], frames: int = 4) -> Scene:
    """The same street and labels in every frame."""
    seen = see(labels, really=really)
    track = Coded.from_values([f"t{row}" for row in range(len(labels))])
    builder = SceneBuilder()
    for _ in range(frames):
        builder.frame(seen.lidars["lidar"], replace(seen.boxes, track=track))
    return builder.build()


@pytest.fixture
def street(place: Place) -> list[Boxes3D]:
    return [place("Car", 12, 4), place("Car", 14, -5), place("Truck", 22, 5, yaw_deg=20), place("Car", -13, 4)]


@pytest.mark.parametrize("turn_deg", [15.0, -15.0], ids=["left", "right"])
def test_reports_a_truck_turned_off_its_sides(place: Place, street: list[Boxes3D], see: See, turn_deg: float) -> None:
    turned = place("Truck", 22, 5, yaw_deg=20 + turn_deg)
    assessment = heading_off_shape(drive(see, [*street[:2], turned, street[3]], street))
    assert set(assessment.reported % len(street)) == {2}
    assert float(np.asarray(assessment.measured)[2]) == pytest.approx(15, abs=2.5)
    assert assessment.propose is not None
    proposal = assessment.propose(2)
    assert proposal is not None
    assert np.degrees(proposal.values["yaw_rad"][0]) == pytest.approx(20, abs=2.5)


def test_is_quiet_on_the_clean_twin(street: list[Boxes3D], see: See) -> None:
    assessment = heading_off_shape(drive(see, street, street))
    assert assessment.assessed.all()
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limit(place: Place, street: list[Boxes3D], see: See) -> None:
    scene = drive(see, [*street[:2], place("Truck", 22, 5, yaw_deg=35), street[3]], street)
    turn_deg = float(np.asarray(heading_off_shape(scene).measured)[2])
    at_limit = HeadingOffShapeLimits(max_turn_deg=turn_deg, sigmas=0.01)
    below = HeadingOffShapeLimits(max_turn_deg=float(np.nextafter(turn_deg, 0)), sigmas=0.01)
    assert 2 not in heading_off_shape(scene, at_limit).reported
    assert 2 in heading_off_shape(scene, below).reported


def test_leaves_what_is_not_long_or_not_seen(place: Place, see: See) -> None:
    things = [place("Pedestrian", 9, -3), place("Car", 60, 30)]
    wall = place("Truck", 30, 15, size_m=(1, 60, 6), yaw_deg=27)
    assessment = heading_off_shape(drive(see, things, [*things, wall], frames=1))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"no long vehicle": 1, "too few returns show its surface": 1}


def test_needs_a_lidar(place: Place) -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        heading_off_shape(SceneBuilder().frame(None, place("Car", 12, 3)).build())
