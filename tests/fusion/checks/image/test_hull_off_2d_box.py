"""One camera looks ahead from 1.5 m over the ground; 2D boxes are the true outlines, drawn in by a loose hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.cameras.pinhole import Pinhole
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.assessment import Assessment
from fusion.checks.finding import findings_of
from fusion.checks.image.hull_off_2d_box import HullOff2dBoxLimits, hull_off_2d_box
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene_builder import scene_from_arrays

Place = Callable[..., Boxes3D]
WIDTH, HEIGHT = 1242, 375
EGO_FROM_CAMERA = RigidTransform("ego", "front", np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([0, 0, 1.5]))
FRONT = Sensor("front", SensorKind.CAMERA, EGO_FROM_CAMERA, Pinhole(WIDTH, HEIGHT, 720.0, 720.0, 620.5, 187.0))
PICTURE = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
CLEAR = {"occluded": AttributeColumn(np.zeros(1)), "truncated": AttributeColumn(np.zeros(1))}
TIME_NS = 1_000_000_000


def outline_px(thing: Boxes3D, loose: float = 0.0) -> np.ndarray:
    """(1, 4) edges of what the camera shows of a thing, drawn in by a share of its size."""
    frame = scene_from_arrays(boxes=thing, images={"front": [PICTURE]}, rig=SensorRig({"front": FRONT})).frames[0]
    edges = frame.cameras["front"].project_boxes().bounds_px
    margin = loose / 2 * (edges[:, 2:] - edges[:, :2])
    return np.concatenate([edges[:, :2] + margin, edges[:, 2:] - margin], axis=1)


def judged(
    label: Boxes3D,
    drawn_px: np.ndarray,
    limits: HullOff2dBoxLimits | None = None,
    gap_ns: int = 0,
    attributes: dict[str, AttributeColumn] | None = None,
    **parts: Any,
) -> Assessment:
    columns = {"category": ["Car"], "box3d_rows": np.array([0]), **parts.pop("columns", {})}
    drawn = Boxes2D.from_columns(["front"], drawn_px, attributes=Attributes(attributes or CLEAR), **columns)
    frame: SyncedFrame = scene_from_arrays(
        boxes=label,
        box_frames=[0],
        timestamps_ns=[TIME_NS],
        images={"front": [CameraImage("front", TIME_NS + gap_ns, load=lambda: PICTURE)]},
        rig=SensorRig({"front": FRONT}),
        boxes_2d=drawn,
        **parts,
    ).frames[0]
    return hull_off_2d_box(frame, limits)


def test_reports_a_car_moved_aside_after_its_2d_box_was_drawn(place: Place) -> None:
    assessment = judged(place("Car", 20, 1), outline_px(place("Car", 20, 2)))
    (finding,) = findings_of(hull_off_2d_box, assessment, ("arrays", "scene"), lambda s, e: 0.5)
    assert (finding.severity, finding.subject, finding.sensor) == ("error", "view", "front")
    assert finding.evidence["shift_u_px"] == pytest.approx(720 / 20, abs=5)
    assert finding.evidence["shift_v_px"] == pytest.approx(0, abs=0.5)
    assert finding.evidence["exposure_gap_s"] == 0
    assert finding.message.startswith(f"share of the 2D box inside is {finding.measured:.2f}; centre is off by +3")


def test_half_a_metre_is_a_warning(place: Place) -> None:
    assessment = judged(place("Car", 20, 1.5), outline_px(place("Car", 20, 2)))
    assert assessment.reported.tolist() == [0]
    assert assessment.severity_of(0, hull_off_2d_box.severity).value == "warning"


@pytest.mark.parametrize("loose", [0.0, 0.15], ids=["tight", "loose"])
@pytest.mark.parametrize("category", ["Car", "Pedestrian", "Cyclist", "Truck"])
def test_is_quiet_on_the_clean_twin(place: Place, category: str, loose: float) -> None:
    thing = place(category, 18, 2, yaw_deg=20)
    assessment = judged(thing, outline_px(thing, loose))
    assert assessment.assessed.all()
    assert not len(assessment.reported)


def test_a_3d_box_far_larger_than_the_object_is_reported(place: Place) -> None:
    small = outline_px(place("Car", 18, 2, size_m=(2.0, 0.9, 0.8)))
    assert judged(place("Car", 18, 2), small).reported.tolist() == [0]


def test_a_person_fills_less_of_the_box_than_a_car(place: Place) -> None:
    person, car = place("Pedestrian", 12, 1), place("Car", 12, 1)
    slim = np.array([0.25, 0, -0.25, 0])
    for thing, reported in ((person, 0), (car, 1)):
        edges = outline_px(thing)
        width_px = edges[0, 2] - edges[0, 0]
        assert len(judged(thing, edges + slim * width_px).reported) == reported


def test_what_is_hidden_is_only_held_to_lie_inside(place: Place) -> None:
    car = place("Car", 18, 2)
    edges = outline_px(car)
    left_third = edges * [[1, 1, 0, 1]] + [[0, 0, edges[0, 0] + (edges[0, 2] - edges[0, 0]) / 3, 0]]
    told = {
        "numbers": {"occluded": AttributeColumn(np.array([2.0]))},
        "words": {"occluded": AttributeColumn(Coded.from_values(["partly"]))},
        "cut": {**CLEAR, "truncated": AttributeColumn(np.array([0.3]))},
        "not told": {"occluded": AttributeColumn(np.array([np.nan]))},
        "never told": {"colour": AttributeColumn(np.array([0.0]))},
    }
    for attributes in told.values():
        assert not len(judged(car, left_third, attributes=attributes).reported)
    in_words = {"occluded": AttributeColumn(Coded.from_values(["none"]))}
    assert len(judged(car, left_third, attributes=in_words).reported) == 1


def test_holds_exactly_at_its_limit(place: Place) -> None:
    label, drawn = place("Car", 20, 1.5), outline_px(place("Car", 20, 2))
    share = float(np.asarray(judged(label, drawn).measured)[0])
    assert not len(judged(label, drawn, HullOff2dBoxLimits(min_contained=share, min_overlap=0.01)).reported)
    above = float(np.nextafter(share, 1))
    assert len(judged(label, drawn, HullOff2dBoxLimits(min_contained=above, min_overlap=0.01)).reported) == 1


def test_a_3d_box_beside_the_picture_contradicts_a_2d_box_in_it(place: Place) -> None:
    assessment = judged(place("Car", 10, 30), outline_px(place("Car", 20, 2)))
    (finding,) = findings_of(hull_off_2d_box, assessment, ("arrays", "scene"), lambda s, e: 0.5)
    assert finding.message == "share of the 2D box inside is 0.00; the 3D box is not in the image at all"
    assert finding.severity == "error"
    assert finding.evidence["shift_u_px"] is None


@pytest.mark.parametrize(
    "size_px",
    [
        pytest.param((9.9, 100), id="a sliver"),
        pytest.param((40, 24), id="far away"),
        pytest.param((np.nan, 40), id="NaN"),
    ],
)
def test_admits_that_a_2d_box_is_too_small(place: Place, size_px: tuple[float, float]) -> None:
    corner = np.array([600.0, 150.0])
    assessment = judged(place("Car", 20, 2), np.concatenate([corner, corner + size_px])[None])
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {"2D box is too small to judge": 1}
    assert not len(assessment.reported)


@pytest.mark.parametrize(
    ("category", "gap_ns", "assessed"),
    [
        pytest.param("Car", 100_000_000, False, id="a car may have driven on"),
        pytest.param("Car", 10_000_000, True, id="no car gets far in 10 ms"),
        pytest.param("Cone", 100_000_000, True, id="a cone stays"),
    ],
)
def test_admits_that_the_object_may_have_moved(place: Place, category: str, gap_ns: int, assessed: bool) -> None:
    thing = place(category, 20, 2, size_m=(4.5, 1.9, 1.6))
    assessment = judged(thing, outline_px(thing), gap_ns=gap_ns)
    assert assessment.assessed.tolist() == [assessed]


def test_a_known_speed_moves_the_box_to_the_exposure(place: Place) -> None:
    seen = outline_px(place("Car", 20, 2))
    moving = place("Car", 20, 0.5, velocities_mps=[[0.0, 15.0, 0.0]])
    assessment = judged(moving, seen, gap_ns=100_000_000)
    assert assessment.assessed.all()
    assert not len(assessment.reported)
    assert len(judged(moving, seen, gap_ns=0).reported) == 1


def test_synthetic_times_have_no_gap(place: Place) -> None:
    car = place("Car", 20, 2)
    assessment = judged(car, outline_px(car), gap_ns=500_000_000, time_base="synthetic")
    assert assessment.assessed.all()
    assert np.isnan(np.asarray(assessment.evidence["exposure_gap_s"])).all()


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        pytest.param({"derived": True}, "projections of the 3D boxes", id="derived"),
        pytest.param({"box3d_rows": np.array([-1])}, "no 2D box says which 3D box", id="not linked"),
    ],
)
def test_2d_boxes_that_prove_nothing_are_not_judged(place: Place, columns: dict[str, Any], reason: str) -> None:
    car = place("Car", 20, 2)
    with pytest.raises(NotMeasurableError, match=reason):
        judged(car, outline_px(car), columns=columns)


def test_without_2d_boxes_nothing_is_measured(place: Place) -> None:
    with pytest.raises(NotMeasurableError, match="the labels have no 2D boxes"):
        hull_off_2d_box(scene_from_arrays(boxes=place("Car", 20, 2)).frames[0])


def test_a_2d_box_of_another_frames_object_is_not_judged(place: Place) -> None:
    cars = Boxes3D.concatenate([place("Car", 20, 2), place("Car", 30, 2)])
    drawn = Boxes2D.from_columns(
        ["front"], outline_px(place("Car", 20, 2)), box3d_rows=np.array([1]), frame_index=np.array([0])
    )
    scene = scene_from_arrays(
        boxes=cars,
        box_frames=[0, 1],
        timestamps_ns=[TIME_NS, 2 * TIME_NS],
        images={"front": [PICTURE, PICTURE]},
        rig=SensorRig({"front": FRONT}),
        boxes_2d=drawn,
    )
    assert len(hull_off_2d_box(scene.frames[0])) == 0
