from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.box.misfit_box import MisfitBoxLimits, misfit_box
from fusion.checks.finding import findings_of
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]

STREET = [("Car", 12, 4), ("Car", 14, -5), ("Truck", 22, 5), ("Car", -13, 4), ("Pedestrian", 9, -3)]
SHIFTS_M = {"ahead": (0.35, 0.0), "back": (-0.35, 0.0), "aside": (0.0, 0.32)}


def drive(see: See, labels: Sequence[Sequence[Boxes3D]], really: Sequence[Boxes3D]) -> Scene:
    """The same street in every frame, under labels that may change."""
    builder = SceneBuilder()
    for boxes in labels:
        seen = see(boxes, really=really)
        tracked = replace(
            seen.boxes, track=type(seen.boxes.track).from_values([f"t{row}" for row in range(len(boxes))])
        )
        builder.frame(seen.lidars["lidar"], tracked)
    return builder.build()


def moved(box: Boxes3D, along_m: float, across_m: float) -> Boxes3D:
    return replace(box, centres_m=box.centres_m + np.array([along_m, across_m, 0.0]))


@pytest.fixture
def street(place: Place) -> list[Boxes3D]:
    return [place(category, x, y) for category, x, y in STREET]


@pytest.mark.parametrize("shift_m", SHIFTS_M.values(), ids=SHIFTS_M)
def test_reports_a_car_beside_its_returns_and_says_where_it_belongs(
    street: list[Boxes3D], see: See, shift_m: tuple[float, float]
) -> None:
    labels = [moved(street[0], *shift_m), *street[1:]]
    assessment = misfit_box(drive(see, [labels] * 4, street))
    assert set(assessment.reported % len(STREET)) == {0}
    (finding, *_) = findings_of(misfit_box, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)
    assert finding.measured == pytest.approx(np.hypot(*shift_m), abs=0.06)
    assert [finding.evidence["along_m"], finding.evidence["across_m"]] == pytest.approx(
        [-shift_m[0], -shift_m[1]], abs=0.08
    )


def test_proposes_the_place_where_both_ends_are_in_view(street: list[Boxes3D], see: See) -> None:
    labels = [moved(street[0], 0.0, 0.35), *street[1:]]
    assessment = misfit_box(drive(see, [labels] * 4, street))
    assert assessment.propose is not None
    proposal = assessment.propose(0)
    assert proposal is not None
    assert proposal.values["centre_m"][0] == pytest.approx(street[0].centres_m[0].tolist(), abs=0.1)
    assert proposal.reference == "ego"


def test_is_quiet_on_the_clean_twin(street: list[Boxes3D], see: See) -> None:
    assessment = misfit_box(drive(see, [street] * 4, street))
    assert assessment.assessed.sum() >= 20
    assert not len(assessment.reported)


def test_reports_the_one_frame_that_departs_from_its_track(street: list[Boxes3D], see: See) -> None:
    off = [moved(street[0], 0.0, -0.35), *street[1:]]
    scene = drive(see, [street] * 3 + [off] + [street] * 3, street)
    assert misfit_box(scene).reported.tolist() == [3 * len(STREET)]


def test_a_scene_drawn_carelessly_throughout_is_held_to_its_own_noise(street: list[Boxes3D], see: See) -> None:
    rng = np.random.default_rng(5)
    turns = rng.uniform(0, 2 * np.pi, len(street))
    careless = [moved(box, 0.3 * np.cos(a), 0.3 * np.sin(a)) for box, a in zip(street, turns, strict=True)]
    assert not len(misfit_box(drive(see, [careless] * 4, street)).reported)


def test_holds_exactly_at_its_limit(street: list[Boxes3D], see: See) -> None:
    scene = drive(see, [[moved(street[0], 0.0, 0.35), *street[1:]]] * 4, street)
    measured_m = float(np.asarray(misfit_box(scene).measured)[0])
    at_limit = MisfitBoxLimits(min_shift_m=measured_m, sigmas=0.01)
    below = MisfitBoxLimits(min_shift_m=float(np.nextafter(measured_m, 0)), sigmas=0.01)
    assert 0 not in misfit_box(scene, at_limit).reported
    assert 0 in misfit_box(scene, below).reported


def test_a_wall_behind_a_car_is_not_its_own(place: Place, see: See) -> None:
    car, wall = place("Car", 12, 0), place("Truck", 15.2, 0, size_m=(0.4, 12, 3))
    assert not len(misfit_box(drive(see, [[car]] * 4, [car, wall])).reported)


def test_admits_that_it_sees_too_little(place: Place, see: See) -> None:
    far, near = place("Car", 60, 0), place("Truck", 10, 0, size_m=(4, 30, 6))
    assessment = misfit_box(drive(see, [[far]], [near, far]))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"too few returns show its surface": 1}


def test_a_person_whom_most_views_do_not_tell_from_a_wall_is_left_alone(place: Place, see: See) -> None:
    person, wall = place("Pedestrian", 10, 0), place("Truck", 10.5, 0, size_m=(0.1, 8, 2.5))
    builder = SceneBuilder()
    for others in ([], [wall], [wall], [wall]):
        seen = see([moved(person, 0.0, 0.4)], really=[person, *others])
        builder.frame(seen.lidars["lidar"], replace(seen.boxes, track=type(seen.boxes.track).from_values(["person"])))
    assessment = misfit_box(builder.build())
    assert not len(assessment.reported)
    assert assessment.not_assessed is not None
    assert "most other views of it can't be told from what is around" in assessment.not_assessed.counts()


def test_leaves_headings_to_their_own_check(street: list[Boxes3D], see: See) -> None:
    turned = replace(street[2], rotations=Boxes3D.upright([(0, 0, 0)], [(1, 1, 1)], [np.radians(14)]).rotations)
    assessment = misfit_box(drive(see, [[*street[:2], turned, *street[3:]]] * 4, street))
    assert assessment.not_assessed is not None
    assert "its heading is off: BOX311 judges it" in assessment.not_assessed.counts()
    assert not len(assessment.reported)


def test_needs_a_lidar(place: Place) -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        misfit_box(SceneBuilder().frame(None, place("Car", 12, 3)).build())
