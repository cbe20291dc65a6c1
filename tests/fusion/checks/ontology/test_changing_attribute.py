from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.ontology.changing_attribute import changing_attribute
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_a_car_that_is_a_taxi_for_two_frames(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"kind": {"constant": True}})
    scene = label(["car"] * 5, track=["a"] * 5, frames=range(5), kind=["private", "taxi", "private", "taxi", "private"])
    (finding,) = judge(changing_attribute, scene, rules)
    assert finding.message == "kind is 'private' on most of the track and something else on 2 labels"
    assert (finding.track, finding.frame, finding.measured) == ("a", "1", 2)


def test_is_quiet_on_constant_tracks_and_on_gaps(label: Make, specify: Make, judge: Make) -> None:
    rules = specify(attributes={"kind": {"constant": True}})
    scene = label(["car"] * 4, track=["a", "a", "b", "b"], frames=[0, 1, 0, 1], kind=["taxi", None, "van", "van"])
    assert judge(changing_attribute, scene, rules) == []


def test_attributes_that_may_change_and_labels_without_tracks_are_not_judged(
    label: Make, specify: Make, judge: Make
) -> None:
    with pytest.raises(NotMeasurableError, match="no attribute in use is constant"):
        judge(changing_attribute, label(["car"], kind=["taxi"]), specify(attributes={"kind": {}}))
    with pytest.raises(NotMeasurableError, match="no track ids"):
        judge(changing_attribute, label(["car"], kind=["taxi"]), specify(attributes={"kind": {"constant": True}}))


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(changing_attribute, label(["car"]), None)
