from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.box.cut_off_object import CutOffObjectLimits, cut_off_object
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
    ("row", "face", "evidence"),
    [
        pytest.param(0, "rear", "rear_m", id="rear of a car"),
        pytest.param(3, "front", "front_m", id="front of a car that comes towards the lidar"),
        pytest.param(0, "right", "right_m", id="flank of a car"),
        pytest.param(2, "rear", "rear_m", id="rear of a lorry"),
        pytest.param(4, "top", "top_m", id="head of a person"),
    ],
)
def test_reports_the_face_that_cuts_and_says_how_far_it_has_to_move(
    street: list[Boxes3D], drive: Drive, move_face: MoveFace, row: int, face: str, evidence: str
) -> None:
    labels = [move_face(box, face, -0.4) if number == row else box for number, box in enumerate(street)]
    assessment = cut_off_object(drive([labels] * 4, street))
    assert set(assessment.reported % len(street)) == {row}
    finding = findings_of(cut_off_object, assessment, ("arrays", "scene"), score)[0]
    assert finding.severity == "warning"
    assert finding.evidence["faces"] == face
    assert finding.evidence[evidence] == finding.measured == pytest.approx(0.4, abs=0.1)
    assert finding.evidence["returns_beyond"] >= 3
    assert finding.message.startswith(f"cuts off its object: {face} by up to 0.")


def test_where_the_far_end_is_hidden_the_size_is_left_open(
    street: list[Boxes3D], drive: Drive, move_face: MoveFace
) -> None:
    assessment = cut_off_object(drive([[move_face(street[0], "rear", -0.4), *street[1:]]] * 4, street))
    assert 0 in assessment.reported
    assert assessment.propose is not None
    assert assessment.propose(0) is None


def test_is_quiet_on_the_clean_twin(street: list[Boxes3D], drive: Drive) -> None:
    assessment = cut_off_object(drive([street] * 4, street))
    assert assessment.assessed.sum() >= 16
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limit(street: list[Boxes3D], drive: Drive, move_face: MoveFace) -> None:
    scene = drive([[move_face(street[0], "rear", -0.4), *street[1:]]] * 4, street)
    measured_m = float(np.asarray(cut_off_object(scene).measured)[0])
    at_limit = CutOffObjectLimits(min_end_m=measured_m, sigmas=0.01)
    below = CutOffObjectLimits(min_end_m=float(np.nextafter(measured_m, 0)), sigmas=0.01)
    assert 0 not in cut_off_object(scene, at_limit).reported
    assert 0 in cut_off_object(scene, below).reported


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param(("Truck", 15.2, 0, {"size_m": (0.4, 12, 3)}), id="a wall behind it"),
        pytest.param(("Truck", 12, 1.5, {"size_m": (4.5, 0.5, 0.6)}), id="a bush beside it"),
        pytest.param(("Sign", 13.2, 1.05, {"size_m": (0.15, 0.25, 0.2), "lift_m": 0.9}), id="its mirror"),
        pytest.param(("Sign", 11.0, 0.0, {"size_m": (0.03, 0.03, 0.5), "lift_m": 1.6}), id="its antenna"),
    ],
)
def test_what_touches_a_car_is_not_cut_off(
    place: Place, drive: Drive, stranger: tuple[str, float, float, dict[str, object]]
) -> None:
    car, (kind, x, y, how) = place("Car", 12, 0), stranger
    assert not len(cut_off_object(drive([[car]] * 4, [car, place(kind, x, y, **how)])).reported)


def test_a_branch_over_a_person_is_not_their_head(place: Place, drive: Drive) -> None:
    person, branch = place("Pedestrian", 9, -3), place("Truck", 9, -3, size_m=(1.5, 1.5, 0.3), lift_m=2.25)
    assert not len(cut_off_object(drive([[person]] * 4, [person, branch])).reported)


def test_a_neighbour_with_a_box_of_its_own_is_not_cut_off(place: Place, drive: Drive) -> None:
    queue = [place("Car", 12, 3), place("Car", 16.7, 3)]
    assert not len(cut_off_object(drive([queue] * 4, queue)).reported)


def test_a_single_frame_speaks_for_itself_where_it_is_clear(
    street: list[Boxes3D], drive: Drive, move_face: MoveFace
) -> None:
    off = [move_face(street[0], "rear", -0.5), *street[1:]]
    scene = drive([street] * 3 + [off] + [street] * 3, street)
    assert cut_off_object(scene).reported.tolist() == [3 * len(street)]


def test_what_is_lifted_has_its_top_elsewhere_too(place: Place, drive: Drive) -> None:
    really = [place("Pedestrian", 9, -3)]
    sunken = [replace(really[0], centres_m=really[0].centres_m - [0.0, 0.0, 0.5])]
    assert not len(cut_off_object(drive([sunken] * 4, really)).reported)


def test_admits_that_it_sees_too_little(place: Place, drive: Drive) -> None:
    far, near = place("Car", 60, 0), place("Truck", 10, 0, size_m=(4, 30, 6))
    assessment = cut_off_object(drive([[far]], [near, far]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"too few returns show where its faces belong": 1}


def test_needs_a_lidar(place: Place) -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        cut_off_object(SceneBuilder().frame(None, place("Car", 12, 3)).build())
