from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fusion.checks.ontology.too_few_points_for_specification import too_few_points_for_specification
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


RULES = {
    "car": {"points_by_range": [{"from_m": 0, "to_m": 30, "at_least": 10}, {"from_m": 30, "to_m": 60, "at_least": 2}]}
}


def points(*counts: int) -> np.ndarray:
    """So many points in the middle of the boxes at 10, 20, ... m."""
    rows = [[10.0 * (row + 1), 0, 0.8] for row, count in enumerate(counts) for _ in range(count)]
    return np.asarray(rows, dtype=np.float32).reshape(-1, 3)


def test_reports_a_car_with_three_points_at_twenty_metres(label: Make, specify: Make, judge: Make) -> None:
    scene = label(["car", "car"], points=points(10, 3))
    (finding,) = judge(too_few_points_for_specification, scene, specify(classes=RULES))
    assert finding.message == "3 points at 20 m, the specification asks for 10"
    assert (finding.label, finding.measured, finding.limit) == ("1", 3, 10)


def test_farther_away_less_is_asked_for(label: Make, specify: Make, judge: Make) -> None:
    scene = label(["car"] * 4, points=points(10, 10, 2, 1))
    assert [finding.label for finding in judge(too_few_points_for_specification, scene, specify(classes=RULES))] == [
        "3"
    ]


def test_the_scope_asks_for_points_everywhere(label: Make, specify: Make, judge: Make) -> None:
    scene = label(["car", "rider"], points=points(1, 0))
    found = judge(too_few_points_for_specification, scene, specify(scope={"min_points": 1}))
    assert [finding.label for finding in found] == ["1"]


def test_where_nothing_is_asked_for_nothing_is_assessed(label: Make, specify: Make) -> None:
    check = too_few_points_for_specification
    scene = label(["rider"], points=points(0))
    assert not check(scene.frames[0], check.limits_type(specification=specify(classes={"rider": {}}))).assessed.any()


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(too_few_points_for_specification, label(["car"]), None)
