from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.box.loose_box import LooseBoxLimits, loose_box
from fusion.checks.finding import findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

Place = Callable[..., Boxes3D]
Drive = Callable[[Sequence[Sequence[Boxes3D]], Sequence[Boxes3D]], Scene]
MoveFace = Callable[[Boxes3D, str, float], Boxes3D]


def score(severity: object, excess: float) -> float:
    return 0.5


@pytest.mark.parametrize(
    ("row", "face"),
    [
        pytest.param(0, "rear", id="rear of a car, facing the lidar"),
        pytest.param(5, "front", id="front of a car, where rays pass beside it"),
        pytest.param(0, "right", id="flank of a car"),
        pytest.param(2, "rear", id="rear of a lorry"),
        pytest.param(4, "top", id="head of a person"),
    ],
)
def test_reports_the_face_that_stands_off_and_says_how_far(
    street: list[Boxes3D], drive: Drive, move_face: MoveFace, row: int, face: str
) -> None:
    labels = [move_face(box, face, 0.5) if number == row else box for number, box in enumerate(street)]
    assessment = loose_box(drive([labels] * 4, street))
    assert set(assessment.reported % len(street)) == {row}
    finding = findings_of(loose_box, assessment, ("arrays", "scene"), score)[0]
    assert finding.evidence["faces"] == face
    assert finding.measured == pytest.approx(0.5, abs=0.17)
    assert finding.evidence[f"{face}_m"] == pytest.approx(-finding.measured)
    assert finding.message.startswith(f"reaches beyond its object: {face} by up to 0.")


def test_one_fifth_too_large_is_found_and_left_to_a_person_as_its_height_is_open(
    street: list[Boxes3D], drive: Drive
) -> None:
    car = street[5]
    lift_m = np.array([0.0, 0.0, 0.1 * car.sizes_m[0, 2]])
    large = replace(car, sizes_m=1.2 * car.sizes_m, centres_m=car.centres_m + lift_m)
    assessment = loose_box(drive([[*street[:5], large]] * 4, street))
    assert set(assessment.reported % len(street)) == {5}
    assert assessment.propose is not None
    assert assessment.propose(5) is None


def test_is_quiet_on_the_clean_twin(street: list[Boxes3D], drive: Drive) -> None:
    assessment = loose_box(drive([street] * 4, street))
    assert assessment.assessed.sum() >= 16
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limit(street: list[Boxes3D], drive: Drive, move_face: MoveFace) -> None:
    scene = drive([[move_face(street[0], "rear", 0.5), *street[1:]]] * 4, street)
    measured_m = float(np.asarray(loose_box(scene).measured)[0])
    at_limit = LooseBoxLimits(min_end_m=measured_m, sigmas=0.01)
    below = LooseBoxLimits(min_end_m=float(np.nextafter(measured_m, 0)), sigmas=0.01)
    assert 0 not in loose_box(scene, at_limit).reported
    assert 0 in loose_box(scene, below).reported


def test_a_face_that_something_hides_is_not_loose(place: Place, drive: Drive, move_face: MoveFace) -> None:
    car, hedge = place("Car", 20, 0), place("Truck", 12, 0, size_m=(0.4, 14, 1.4))
    assert not len(loose_box(drive([[move_face(car, "rear", 0.5)]] * 4, [car, hedge])).reported)


def test_the_far_end_that_nobody_sees_is_left_open(place: Place, drive: Drive, move_face: MoveFace) -> None:
    car = place("Car", 12, 0)
    assert not len(loose_box(drive([[move_face(car, "front", 0.8)]] * 4, [car])).reported)


def test_people_with_rays_of_one_frame_need_many(place: Place, drive: Drive, move_face: MoveFace) -> None:
    person = place("Pedestrian", 9, -3)
    scene = drive([[move_face(person, "top", 0.5)]], [person])
    assert len(loose_box(scene).reported) == 1
    assert not len(loose_box(scene, LooseBoxLimits(min_returns_alone=100_000)).reported)


def test_admits_that_it_sees_too_little(place: Place, drive: Drive) -> None:
    far, near = place("Car", 60, 0), place("Truck", 10, 0, size_m=(4, 30, 6))
    assessment = loose_box(drive([[far]], [near, far]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"too few returns show where its faces belong": 1}


def test_needs_a_lidar(place: Place) -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        loose_box(SceneBuilder().frame(None, place("Car", 12, 3)).build())
