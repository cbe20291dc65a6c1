from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.ontology.forbidden_overlap import forbidden_overlap
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


SIZES = [[4.0, 2.0, 1.6], [1.0, 1.0, 1.6]]


def test_reports_a_rider_inside_a_car(label: Make, specify: Make, judge: Make) -> None:
    scene = label(["car", "rider"], places=[[10, 0, 0.8], [10, 0, 0.8]], sizes=SIZES)
    (finding,) = judge(forbidden_overlap, scene, specify(overlaps=[{"classes": ["rider", "car"], "max_share": 0.1}]))
    assert finding.message == "the boxes share 100% of the smaller footprint, the specification allows 10%"
    assert (finding.subject, finding.measured) == ("pair", pytest.approx(1.0))


@pytest.mark.parametrize(("max_share", "found"), [(0.49, 1), (0.51, 0)], ids=["just above", "just below"])
def test_holds_at_its_limit(label: Make, specify: Make, judge: Make, max_share: float, found: int) -> None:
    scene = label(["car", "rider"], places=[[10, 0, 0.8], [12, 0, 0.8]], sizes=SIZES)
    rules = specify(overlaps=[{"classes": ["car", "rider"], "max_share": max_share}])
    assert len(judge(forbidden_overlap, scene, rules)) == found


def test_pairs_it_does_not_name_are_not_assessed(label: Make, specify: Make) -> None:
    scene = label(["car", "car"], places=[[10, 0, 0.8], [11, 0, 0.8]])
    rules = specify(overlaps=[{"classes": ["car", "rider"]}])
    assessment = forbidden_overlap(scene.frames[0], forbidden_overlap.limits_type(specification=rules))
    assert len(assessment) == 1
    assert not assessment.assessed.any()


def test_a_specification_without_overlaps_can_not_judge(label: Make, specify: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="limits no overlaps"):
        judge(forbidden_overlap, label(["car"]), specify())


def test_without_a_specification_nothing_is_judged(label: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no label specification"):
        judge(forbidden_overlap, label(["car"]), None)
