from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fusion.checks.box.duplicate_box import DuplicateBoxLimits, duplicate_box
from fusion.checks.finding import findings_of
from fusion.measure.frame import SyncedFrame
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

Place = Callable[..., Boxes3D]
Thing = tuple[str, float, float, dict[str, Any]]


def frame_of(place: Place, *things: Thing) -> SyncedFrame:
    boxes = [place(name, x, y, track=[f"t{row}"], **how) for row, (name, x, y, how) in enumerate(things)]
    joined = Boxes3D.concatenate(boxes)
    ids = np.arange(len(joined)).astype(str)
    numbered = Boxes3D.from_columns(
        joined.centres_m, joined.sizes_m, joined.rotations, category=joined.category, track=joined.track, label_ids=ids
    )
    frame: SyncedFrame = scene_from_arrays(boxes=numbered).frames[0]
    return frame


def test_reports_a_car_labelled_twice(place: Place) -> None:
    frame = frame_of(place, ("Car", 10, 2, {}), ("Van", 10.2, 2, {"size_m": (4.5, 1.9, 1.6)}), ("Car", 20, 2, {}))
    (finding,) = findings_of(duplicate_box, duplicate_box(frame), ("arrays", "scene"), lambda s, e: 0.5)
    assert finding.message == "Car and Van cover the same place: overlap 0.91"
    assert (finding.severity, finding.subject) == ("error", "pair")
    assert [label.track for label in finding.labels] == ["t0", "t1"]
    assert finding.measured == pytest.approx(4.3 / 4.7, abs=1e-3)
    assert (finding.evidence["first_track"], finding.evidence["second_track"]) == ("t0", "t1")
    assert finding.evidence["centre_gap_m"] == pytest.approx(0.2)


def test_is_quiet_on_the_clean_twin(place: Place) -> None:
    frame = frame_of(
        place, ("Car", 10, 2, {}), ("Car", 10, 3.8, {}), ("Pedestrian", 5, 0, {}), ("Pedestrian", 5, 0.5, {})
    )
    assessment = duplicate_box(frame)
    assert len(assessment) == 2
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limit(place: Place) -> None:
    frame = frame_of(place, ("Car", 10, 2, {}), ("Car", 10.2, 2, {}))
    iou = float(np.asarray(duplicate_box(frame).measured)[0])
    assert len(duplicate_box(frame, DuplicateBoxLimits(min_iou=iou)).reported) == 1
    assert not len(duplicate_box(frame, DuplicateBoxLimits(min_iou=float(np.nextafter(iou, 1)))).reported)


@pytest.mark.parametrize(("apart_m", "severity"), [(0.2, "warning"), (0.05, "error"), (0.4, None)])
def test_people_may_stand_close_but_not_in_each_other(place: Place, apart_m: float, severity: str | None) -> None:
    assessment = duplicate_box(frame_of(place, ("Pedestrian", 5, 0, {}), ("Pedestrian", 5, apart_m, {})))
    reported = [assessment.severity_of(row, duplicate_box.severity).value for row in assessment.reported]
    assert reported == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        pytest.param(("Bicycle", 5, 0, {}), ("Cyclist", 5, 0, {}), "classes that may share a place", id="rider"),
        pytest.param(("Car", 5, 0, {}), ("Pedestrian", 5, 0, {}), "classes that may share a place", id="getting in"),
        pytest.param(
            ("Misc", 5, 0, {"size_m": (1, 1, 1)}),
            ("Misc", 5.1, 0, {"size_m": (1, 1, 1)}),
            "classes that may share a place",
            id="anything",
        ),
        pytest.param(
            ("Car", 5, 0, {"lift_m": 1.5}), ("Car", 5, 0, {}), "one rides on the other", id="cars on a transporter"
        ),
        pytest.param(
            ("Sign", 5, 0, {}), ("Sign", 5, 0, {"yaw_deg": 180}), "two faces of one sign", id="a sign with two faces"
        ),
    ],
)
def test_leaves_what_may_share_a_place(place: Place, first: Thing, second: Thing, reason: str) -> None:
    assessment = duplicate_box(frame_of(place, first, second))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {reason: 1}
    assert not len(assessment.reported)


def test_a_line_copied_is_reported_whatever_its_class(place: Place) -> None:
    assert len(duplicate_box(frame_of(place, *[("Misc", 5, 0, {"size_m": (1, 1, 1)})] * 2)).reported) == 1


def test_a_sign_labelled_twice_is_reported(place: Place) -> None:
    assert len(duplicate_box(frame_of(place, ("Sign", 5, 0, {}), ("Sign", 5, 0, {"yaw_deg": 3}))).reported) == 1


def test_the_finding_is_the_same_whichever_box_comes_first(place: Place) -> None:
    things: list[Thing] = [("Car", 10, 2, {"label_ids": ["a"]}), ("Car", 10.2, 2, {"label_ids": ["b"]})]
    ids = []
    for order in (things, things[::-1]):
        boxes = Boxes3D.concatenate([place(name, x, y, **how) for name, x, y, how in order])
        frame = scene_from_arrays(boxes=boxes).frames[0]
        (finding,) = findings_of(duplicate_box, duplicate_box(frame), ("arrays", "scene"), lambda s, e: 0.5)
        ids.append(finding.id)
    assert ids[0] == ids[1]


def test_many_boxes_in_one_place_are_each_told_once(place: Place) -> None:
    cars = Boxes3D.concatenate([place("Car", 12 + 0.01 * number, 3) for number in range(12)])
    assessment = duplicate_box(scene_from_arrays(boxes=cars).frames[0])
    assert len(assessment.reported) == len(cars) - 1
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts()["told by another pair of its group"] == 55


def test_one_box_in_each_of_two_lidars_is_no_duplicate(place: Place) -> None:
    boxes = Boxes3D.concatenate([place("Car", 10, 2), place("Car", 10.2, 2), place("Car", 10.1, 2)])
    sensor = AttributeColumn(np.asarray([0.0, 1.0, 1.0]))
    told = replace(
        boxes, attributes=Attributes({"cuboids.sensor_id": sensor}), label_ids=np.asarray(["0", "1", "2"], dtype=object)
    )
    assessment = duplicate_box(scene_from_arrays(boxes=told).frames[0])
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"drawn in the clouds of two lidars": 2}
    (finding,) = findings_of(duplicate_box, assessment, ("arrays", "scene"), lambda s, e: 0.5)
    assert [label.label for label in finding.labels] == ["1", "2"]
