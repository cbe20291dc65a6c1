from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.ontology.size_against_specification import size_against_specification
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_a_car_of_nine_metres(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(classes={"car": {"length_m": [3.0, 6.5], "width_m": [1.4, 2.4]}})
    (finding,) = judge(size_against_specification, label(["car"], sizes=[[9.0, 1.9, 1.6]]), rules)
    assert finding.message == "length_m is 9.00 m, the specification allows 3.00 to 6.50 m"
    assert (finding.measured, finding.limit, finding.unit) == (9.0, 6.5, "m")


def test_reports_the_side_that_is_furthest_outside(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(classes={"car": {"length_m": [3.0, 6.5], "width_m": [1.4, 2.4]}})
    (finding,) = judge(size_against_specification, label(["car"], sizes=[[2.8, 0.6, 1.6]]), rules)
    assert (finding.measured, finding.limit) == (0.6, 1.4)


def test_holds_exactly_at_its_bounds(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(classes={"car": {"length_m": [3.0, 6.5]}})
    sizes = [[3.0, 1.9, 1.6], [6.5, 1.9, 1.6], [6.52, 1.9, 1.6]]
    assert [finding.label for finding in judge(size_against_specification, label(["car"] * 3, sizes=sizes), rules)] == [
        "2"
    ]


def test_classes_without_bounds_are_not_assessed(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(classes={"car": {"length_m": [3.0, 6.5]}, "rider": {}})
    scene = label(["car", "rider", "dog"], sizes=[[4, 2, 2], [90, 2, 2], [90, 2, 2]])
    assessment = size_against_specification(
        scene.frames[0], size_against_specification.limits_type(specification=rules)
    )
    assert assessment.assessed.tolist() == [True, False, False]


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(size_against_specification, label(["car"]), None)
