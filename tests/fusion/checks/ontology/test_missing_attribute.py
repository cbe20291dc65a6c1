from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.ontology.missing_attribute import missing_attribute
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_what_is_required_and_absent(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"activity": {"classes": ["car"], "required": True}})
    (finding,) = judge(missing_attribute, label(["car", "car", "rider"], activity=["moving", None, None]), rules)
    assert finding.message == "1 labels of car lack 'activity', which the specification requires"
    assert finding.label == "1"


def test_reports_an_attribute_that_no_label_has(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"activity": {"required": True}})
    assert [finding.measured for finding in judge(missing_attribute, label(["car", "car"]), rules)] == [2]


def test_some_are_required_only_where_another_says_so(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(
        attributes={
            "activity": {"values": ["moving", "parked"]},
            "door": {"required_if": {"attribute": "activity", "is": ["parked"]}},
        }
    )
    scene = label(["car"] * 3, activity=["parked", "parked", "moving"], door=[None, "open", None])
    (finding,) = judge(missing_attribute, scene, rules)
    assert (finding.label, finding.measured) == ("0", 1)


def test_is_quiet_where_all_is_there(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"activity": {"required": True}})
    assert judge(missing_attribute, label(["car"], activity=["moving"]), rules) == []


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(missing_attribute, label(["car"]), None)
