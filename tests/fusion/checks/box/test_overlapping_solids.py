from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.checks.box.overlapping_solids import OverlappingSolidsLimits, overlapping_solids
from fusion.checks.finding import findings_of
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

Place = Callable[..., Boxes3D]


def frame_of(*boxes: Boxes3D) -> SyncedFrame:
    joined = Boxes3D.concatenate(list(boxes))
    frame: SyncedFrame = scene_from_arrays(boxes=Boxes3D.from_columns(**columns_of(joined))).frames[0]
    return frame


def columns_of(boxes: Boxes3D) -> dict[str, object]:
    names = ("centres_m", "sizes_m", "rotations", "category")
    return {name: getattr(boxes, name) for name in names}


def test_reports_a_parked_car_pushed_into_its_neighbour(place: Place) -> None:
    frame = frame_of(place("Car", 10, 2), place("Car", 10.5, 3.2))
    (finding,) = findings_of(overlapping_solids, overlapping_solids(frame), ("arrays", "scene"), lambda s, e: 0.5)
    assert finding.message == "Car and Car reach 0.70 m into each other"
    assert (finding.severity, finding.subject) == ("warning", "pair")
    assert [label.label for label in finding.labels] == ["0", "1"]
    assert finding.evidence["centre_gap_m"] == pytest.approx(1.3, abs=1e-3)
    shared = 4.0 * 0.7
    assert finding.evidence["shared_area_share"] == pytest.approx(shared / (2 * 4.5 * 1.9 - shared), abs=1e-3)


def test_cars_half_in_each_other_are_an_error(place: Place) -> None:
    frame = frame_of(place("Car", 10, 2), place("Car", 11, 2.8))
    assessment = overlapping_solids(frame)
    assert assessment.reported.tolist() == [0]
    assert assessment.severity_of(0, overlapping_solids.severity).value == "error"


def test_is_quiet_on_the_clean_twin(place: Place) -> None:
    side_by_side = frame_of(place("Car", 10, 2), place("Car", 10.5, 3.8))
    assert not len(overlapping_solids(side_by_side).reported)
    assert not len(overlapping_solids(frame_of(place("Car", 10, 2), place("Car", 10, 5))))


def test_holds_exactly_at_its_limit(place: Place) -> None:
    frame = frame_of(place("Car", 10, 2), place("Car", 10.5, 3.2))
    depth_m = float(np.asarray(overlapping_solids(frame).measured)[0])
    at = OverlappingSolidsLimits(max_penetration_m=depth_m, max_penetration_per_range=0)
    below = OverlappingSolidsLimits(max_penetration_m=float(np.nextafter(depth_m, 0)), max_penetration_per_range=0)
    assert not len(overlapping_solids(frame, at).reported)
    assert len(overlapping_solids(frame, below).reported) == 1


def test_edges_blur_with_the_distance(place: Place) -> None:
    near, far = (
        frame_of(place("Car", 10, 2), place("Car", 10.5, 3.2)),
        frame_of(place("Car", 90, 2), place("Car", 90.5, 3.2)),
    )
    assert len(overlapping_solids(near).reported) == 1
    assert not len(overlapping_solids(far).reported)


def test_a_bicycle_deep_in_a_car_is_reported(place: Place) -> None:
    assert len(overlapping_solids(frame_of(place("Car", 10, 2), place("Bicycle", 10, 2.6))).reported) == 1


def test_an_excavators_arm_over_a_truck_is_only_worth_a_look(place: Place) -> None:
    assessment = overlapping_solids(frame_of(place("Truck", 12, 2), place("Excavator", 12, 3.9, yaw_deg=90)))
    assert assessment.reported.tolist() == [0]
    assert assessment.severity_of(0, overlapping_solids.severity).value == "info"


@pytest.mark.parametrize(
    ("things", "reason"),
    [
        pytest.param(
            [("Truck", 10, 2, {}), ("Trailer", 1.5, 2, {})], "one pulls the other", id="a trailer behind its truck"
        ),
        pytest.param(
            [("Car", 10, 2, {}), ("Trailer", 5.5, 2, {"size_m": (5, 2, 2)})], "one pulls the other", id="a caravan"
        ),
        pytest.param(
            [("Bus", 10, 2, {}), ("Bus", 3.0, 4.9, {"yaw_deg": -40})],
            "one pulls the other",
            id="a bendy bus round a bend",
        ),
        pytest.param(
            [("TYPE_VEHICLE", 10, 2, {"size_m": (6, 2.5, 3)}), ("TYPE_VEHICLE", 2.5, 2, {"size_m": (12, 2.5, 3)})],
            "one pulls the other",
            id="a semi-trailer where the class says only vehicle",
        ),
        pytest.param(
            [("Truck", 10, 2, {}), ("Car", 9, 2, {"lift_m": 1.0})],
            "one rides on the other",
            id="a car on a transporter",
        ),
        pytest.param([("Car", 10, 2, {}), ("Car", 10.1, 2, {})], "duplicates are BOX306's", id="a duplicate"),
        pytest.param([("Car", 10, 2, {}), ("Pedestrian", 10, 2, {})], "not both are solid", id="a person getting in"),
        pytest.param(
            [("Motorcycle", 10, 2, {}), ("Motorcycle", 10, 2.4, {})], "not both are solid", id="motorcycles in a row"
        ),
        pytest.param([("Bicycle", 10, 2, {}), ("Cyclist", 10, 2, {})], "not both are solid", id="a rider on a bicycle"),
    ],
)
def test_leaves_what_may_share_a_place(place: Place, things: list[tuple[str, float, float, dict]], reason: str) -> None:
    boxes = [place(name, x, y, **how) for name, x, y, how in things]
    assessment = overlapping_solids(frame_of(*boxes))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {reason: 1}
    assert not len(assessment.reported)


@pytest.mark.parametrize(
    "things",
    [
        pytest.param([("Trailer", 10, 2, {}), ("Car", 9, 3.6, {})], id="a car beside a trailer"),
        pytest.param([("Trailer", 10, 2, {}), ("Truck", 10.5, 2.5, {})], id="a truck in the place of a trailer"),
        pytest.param([("Bus", 10, 2, {}), ("Bus", 11, 3.9, {})], id="buses side by side"),
        pytest.param([("Car", 10, 2, {}), ("Car", 6.2, 2, {})], id="cars nose to tail"),
    ],
)
def test_a_trailer_or_bus_does_not_excuse_every_overlap(
    place: Place, things: list[tuple[str, float, float, dict]]
) -> None:
    boxes = [place(name, x, y, **how) for name, x, y, how in things]
    assert len(overlapping_solids(frame_of(*boxes)).reported) == 1
