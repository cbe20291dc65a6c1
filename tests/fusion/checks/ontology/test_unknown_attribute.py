from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.ontology.unknown_attribute import unknown_attribute
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_an_attribute_of_another_class_once(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"helmet": {"values": ["yes", "no"], "classes": ["rider"]}})
    scene = label(["car", "car", "rider"], helmet=["yes", "no", "yes"])
    (finding,) = judge(unknown_attribute, scene, rules)
    assert finding.message == "2 labels of car carry 'helmet', which is of other classes"
    assert (finding.severity, finding.measured) == ("warning", 2)


def test_reports_an_attribute_nobody_defined(label: Make, specify: Make, judge: Make) -> None:
    (finding,) = judge(unknown_attribute, label(["car"], colour=["red"]), specify())
    assert finding.message == "1 labels of car carry 'colour', which is not in the specification"


def test_is_quiet_where_attributes_stand_where_they_may(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"helmet": {"classes": ["rider"]}, "colour": {}})
    scene = label(["car", "rider"], helmet=[None, "yes"], colour=["red", None])
    assert judge(unknown_attribute, scene, rules) == []


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(unknown_attribute, label(["car"]), None)
