from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.image.class_disagreement import class_disagreement
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_a_2d_box_of_another_class(picture: Make, judge: Make) -> None:
    (finding,) = judge(class_disagreement, picture(names_2d={(4, 1): "Pedestrian"}))
    assert finding.message == "the 2D box says 'Pedestrian', the 3D box 'Car'"
    assert (finding.frame, finding.sensor, finding.category) == ("4", "front", "Car")


@pytest.mark.parametrize("name", ["Car", "Van", "Truck", "car", "DontCare", "vehicle", ""])
def test_is_quiet_where_both_may_mean_the_same(picture: Make, judge: Make, name: str) -> None:
    assert judge(class_disagreement, picture(names_2d={(4, 1): name})) == []


def test_boxes_without_links_can_not_be_compared(picture: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="which 3D box"):
        judge(class_disagreement, picture(unlinked=[(frame, car) for frame in range(10) for car in range(3)]))
