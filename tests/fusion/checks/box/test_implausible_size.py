from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.checks.box.implausible_size import ImplausibleSizeLimits, implausible_size
from fusion.checks.finding import findings_of
from fusion.checks.severity import Severity
from fusion.measure.frame import SyncedFrame
from fusion.measure.size_priors import SIZE_BOUNDS_M
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays
from fusion.scene.taxonomy import ObjectKind

Size = tuple[float, float, float]
Place = Callable[..., Boxes3D]
LARGEST_CAR_M = SIZE_BOUNDS_M[ObjectKind.CAR][1]
SMALLEST_CAR_M = SIZE_BOUNDS_M[ObjectKind.CAR][0]


def frame_of(*boxes: Boxes3D) -> SyncedFrame:
    frame: SyncedFrame = scene_from_arrays(boxes=Boxes3D.concatenate(list(boxes))).frames[0]
    return frame


@pytest.mark.parametrize(
    ("category", "size_m", "severity", "message"),
    [
        pytest.param(
            "Car", (4.03, 3.0, 1.41), Severity.WARNING, "width is 3.00 m; such things go up to 2.90 m", id="too wide"
        ),
        pytest.param(
            "Pedestrian",
            (4.5, 1.8, 1.6),
            Severity.ERROR,
            "length is 4.50 m; such things go up to 2.20 m",
            id="as a car",
        ),
        pytest.param(
            "Car", (4.5, 1.9, 0.5), Severity.ERROR, "height is 0.50 m; such things go down to 0.90 m", id="far too flat"
        ),
        pytest.param(
            "Car",
            (1.8, 4.2, 1.5),
            Severity.WARNING,
            "width is 4.20 m; such things go up to 2.90 m, and it would fit with length and width swapped",
            id="sides swapped",
        ),
        pytest.param(
            "Misc", (0.0, 1.0, 1.0), Severity.ERROR, "length is 0.00 m; such things go down to 0.01 m", id="no volume"
        ),
        pytest.param(
            "Car", (-4.5, 1.9, 1.6), Severity.ERROR, "length is -4.50 m; such things go down to 2.20 m", id="negative"
        ),
    ],
)
def test_reports_a_size_that_no_such_thing_has(
    place: Place, category: str, size_m: Size, severity: Severity, message: str
) -> None:
    frame = frame_of(place("Car", 5, 5), place(category, 10, 0, size_m=size_m))
    (finding,) = findings_of(implausible_size, implausible_size(frame), ("arrays", "scene"), lambda s, e: 0.5)
    assert finding.message == message
    assert finding.severity == severity.value
    assert [finding.evidence[f"{side}_m"] for side in ("length", "width", "height")] == list(size_m)


def test_is_quiet_on_the_clean_twin(place: Place) -> None:
    names = ("Car", "Truck", "Bus", "Trailer", "Pedestrian", "Bicycle", "Cyclist", "Motorcycle", "Excavator")
    assessment = implausible_size(frame_of(*(place(name, 5, 5) for name in names)))
    assert assessment.assessed.all()
    assert not len(assessment.reported)


@pytest.mark.parametrize("side", [0, 1, 2], ids=["length", "width", "height"])
@pytest.mark.parametrize("bound_m", [LARGEST_CAR_M, SMALLEST_CAR_M], ids=["largest", "smallest"])
def test_holds_exactly_at_its_limit(place: Place, side: int, bound_m: Size) -> None:
    size = np.array([4.5, 1.9, 1.6])
    size[side] = bound_m[side]
    assert not len(implausible_size(frame_of(place("Car", 9, 0, size_m=tuple(size)))).reported)
    size[side] = np.nextafter(bound_m[side], np.inf if bound_m is LARGEST_CAR_M else 0)
    assert len(implausible_size(frame_of(place("Car", 9, 0, size_m=tuple(size)))).reported) == 1


def test_a_tolerance_widens_the_bounds_both_ways(place: Place) -> None:
    frame = frame_of(place("Car", 9, 0, size_m=(8.0, 1.9, 1.6)), place("Car", 9, 9, size_m=(2.0, 1.9, 1.6)))
    assert len(implausible_size(frame).reported) == 2
    assert not len(implausible_size(frame, ImplausibleSizeLimits(tolerance=1.2)).reported)


@pytest.mark.parametrize(
    ("category", "size_m", "reason"),
    [
        pytest.param("Misc", (30, 30, 30), "no size prior for the class", id="no prior"),
        pytest.param("vehicle.cra", (4.5, 1.9, 1.6), "no size prior for the class", id="unknown class"),
        pytest.param("Car", (np.nan, 1.9, 1.6), "the size is no number", id="no number"),
        pytest.param("Car", (np.inf, 1.9, 1.6), "the size is no number", id="no finite number"),
    ],
)
def test_admits_what_it_cannot_judge(place: Place, category: str, size_m: Size, reason: str) -> None:
    assessment = implausible_size(frame_of(place(category, 9, 0, size_m=size_m)))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {reason: 1}
    assert not len(assessment.reported)


def test_no_boxes_are_no_findings() -> None:
    assert not len(implausible_size(frame_of()))
