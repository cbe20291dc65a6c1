from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.box.track_off_ground import TrackOffGroundLimits, track_off_ground
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]


def drive(see: See, labels: Sequence[Boxes3D], really: Sequence[Boxes3D], frames: int = 4) -> Scene:
    """The same labels of the same street in every frame."""
    builder = SceneBuilder()
    for _ in range(frames):
        seen = see(labels, really=really)
        tracks = type(seen.boxes.track).from_values([f"t{row}" for row in range(len(labels))])
        builder.frame(seen.lidars["lidar"], replace(seen.boxes, track=tracks))
    return builder.build()


@pytest.fixture
def street(place: Place) -> list[Boxes3D]:
    return [place("Car", 12, 3), place("Truck", 20, -4), place("Pedestrian", 8, -3)]


@pytest.mark.parametrize("lift_m", [0.4, -0.6], ids=["lifted", "sunk"])
def test_reports_a_track_off_the_ground_and_puts_it_back(
    street: list[Boxes3D], place: Place, see: See, lift_m: float
) -> None:
    scene = drive(see, [place("Car", 12, 3, lift_m=lift_m), *street[1:]], street)
    assessment = track_off_ground(scene)
    assert assessment.reported.tolist() == [0]
    assert float(np.asarray(assessment.measured)[0]) == pytest.approx(lift_m, abs=0.06)
    assert assessment.propose is not None
    proposal = assessment.propose(0)
    assert proposal is not None
    assert proposal.target == "t0"
    np.testing.assert_allclose(proposal.values["centre_m"], np.tile(street[0].centres_m, (4, 1)), atol=0.06)


def test_is_quiet_on_the_clean_twin(street: list[Boxes3D], see: See) -> None:
    assessment = track_off_ground(drive(see, street, street))
    assert assessment.assessed.all()
    assert not len(assessment.reported)


def test_a_car_with_its_wheels_on_a_kerb_is_no_fault(place: Place, see: See) -> None:
    car = place("Car", 12, 3)
    assert not len(track_off_ground(drive(see, [place("Car", 12, 3, lift_m=0.15)], [car])).reported)


def test_holds_exactly_at_its_limit(street: list[Boxes3D], place: Place, see: See) -> None:
    scene = drive(see, [place("Car", 12, 3, lift_m=0.5), *street[1:]], street)
    gap_m = float(np.asarray(track_off_ground(scene).measured)[0])
    assert 0 not in track_off_ground(scene, TrackOffGroundLimits(max_floating_m=gap_m, sigmas=0)).reported
    below_m = float(np.nextafter(gap_m, 0))
    assert 0 in track_off_ground(scene, TrackOffGroundLimits(max_floating_m=below_m, sigmas=0)).reported


def test_admits_that_two_frames_are_too_few(street: list[Boxes3D], see: See) -> None:
    assessment = track_off_ground(drive(see, street, street, frames=2))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"ground is known under too few of its boxes": 3}


def test_needs_a_lidar(place: Place) -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        track_off_ground(SceneBuilder().frame(None, place("Car", 12, 3)).build())
