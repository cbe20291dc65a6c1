from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.ontology.attribute_value_not_allowed import attribute_value_not_allowed
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_a_slip_with_what_was_meant(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"activity": {"values": ["moving", "parked"]}})
    (finding,) = judge(attribute_value_not_allowed, label(["car"] * 3, activity=["parkd", "parkd", "moving"]), rules)
    assert finding.message == "2 labels have activity = 'parkd', which is not allowed; probably 'parked'"
    assert finding.severity == "error"


def test_reports_numbers_beyond_their_range(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"occlusion": {"numbers": [0, 1]}})
    (finding,) = judge(attribute_value_not_allowed, label(["car", "car"], occlusion=["0.5", "2"]), rules)
    assert finding.message == "1 labels have occlusion = '2', which is not allowed"


def test_is_quiet_on_allowed_values_and_on_attributes_it_does_not_know(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"activity": {"values": ["moving", "parked"]}})
    assert judge(attribute_value_not_allowed, label(["car"], activity=["parked"], colour=["red"]), rules) == []


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(attribute_value_not_allowed, label(["car"]), None)
