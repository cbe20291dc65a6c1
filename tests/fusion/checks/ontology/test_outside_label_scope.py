from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.ontology.outside_label_scope import outside_label_scope
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_a_car_at_95_metres(label: Make, specify: Make, judge: Make) -> None:
    scene = label(["car", "car"], places=[[0, 95.0, 0], [0, 80.0, 0]])
    (finding,) = judge(outside_label_scope, scene, specify(scope={"max_range_m": 80}))
    assert finding.message == "95.0 m from ego, farther than the specification's 80.0 m"
    assert (finding.label, finding.severity) == ("0", "info")


def test_reports_what_is_too_near(label: Make, specify: Make, judge: Make) -> None:
    (finding,) = judge(outside_label_scope, label(["car"], places=[[1.0, 0, 0]]), specify(scope={"min_range_m": 2}))
    assert finding.message == "1.0 m from ego, nearer than the specification's 2.0 m"


def test_a_specification_without_range_can_not_judge(label: Make, specify: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="limits no range"):
        judge(outside_label_scope, label(["car"]), specify())


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(outside_label_scope, label(["car"]), None)
