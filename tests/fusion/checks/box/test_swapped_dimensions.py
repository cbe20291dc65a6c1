from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.box.swapped_dimensions import SwappedDimensionsLimits, swapped_dimensions
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

RIGHT, SWAPPED = (4.5, 1.9, 1.6), (1.9, 4.5, 1.6)


def cars(*sizes: tuple[float, float, float], category: str = "Car") -> Scene:
    count = len(sizes)
    boxes = Boxes3D.upright(
        [[10.0 * row, 0, 0.8] for row in range(count)], sizes, np.zeros(count), category=[category] * count
    )
    return scene_from_arrays(boxes=boxes)


def findings(scene: Scene, limits: SwappedDimensionsLimits | None = None) -> list[Finding]:
    assessment = swapped_dimensions(scene, limits)
    return findings_of(swapped_dimensions, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_class_with_swapped_sides_once() -> None:
    (finding,) = findings(cars(*[SWAPPED] * 6))
    assert finding.message == "6 of 6 boxes are wider than long: length and width are swapped"
    assert (finding.severity, finding.subject, finding.category) == ("error", "scene", "Car")


def test_is_quiet_on_cars_as_they_are_and_on_a_few_slips() -> None:
    assert findings(cars(*[RIGHT] * 6)) == []
    assert findings(cars(*[RIGHT] * 4, *[SWAPPED] * 3)) == []


def test_holds_at_its_limit() -> None:
    half = cars(*[RIGHT] * 3, *[SWAPPED] * 3)
    assert findings(half) == []
    assert len(findings(half, SwappedDimensionsLimits(max_share=0.49))) == 1


def test_few_boxes_and_shapeless_classes_are_not_judged() -> None:
    assert not swapped_dimensions(cars(*[SWAPPED] * 4)).assessed.any()
    with pytest.raises(NotMeasurableError, match="no class that is longer"):
        swapped_dimensions(cars(*[SWAPPED] * 6, category="pedestrian"))
