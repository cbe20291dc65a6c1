from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.image.visibility_off import VisibilityOffLimits, visibility_off
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def told(level: str, others: str = "v80-100", column: str = "visibility") -> dict[str, list[str]]:
    """The second car of each frame has this level."""
    return {column: [level if row % 3 == 1 else others for row in range(6)]}


def test_reports_a_hidden_car_that_is_said_to_be_visible(picture: Make, judge: Make, screened: Make) -> None:
    found = judge(visibility_off, picture(points=screened(8.0, 1), attributes=told("v80-100"), frames=2))
    assert [finding.frame for finding in found] == ["0", "1"]
    assert found[0].message.endswith("of it can be seen in front, the label says 80% to 100%")
    assert found[0].measured is not None
    assert found[0].measured < 0.3
    assert found[0].severity == "warning"


def test_reports_a_visible_car_that_is_said_to_be_hidden(picture: Make, judge: Make) -> None:
    found = judge(visibility_off, picture(attributes=told("v0-40"), frames=2))
    assert [(finding.measured, finding.limit) for finding in found] == [(1.0, 0.4)] * 2


@pytest.mark.parametrize(
    ("hidden", "level"), [(None, "v80-100"), (None, "v60-80"), (1, "v0-40")], ids=["clear", "a level off", "hidden"]
)
def test_is_quiet_where_both_agree(picture: Make, judge: Make, screened: Make, hidden: int, level: str) -> None:
    points = screened(8.0, hidden) if hidden is not None else None
    assert judge(visibility_off, picture(points=points, attributes=told(level), frames=2)) == []


def test_levels_of_occlusion_are_understood(picture: Make, judge: Make) -> None:
    assert judge(visibility_off, picture(attributes=told("0", "0", "occluded"), frames=2)) == []
    assert len(judge(visibility_off, picture(attributes=told("2", "0", "occluded"), frames=2))) == 2


def test_a_small_deviation_is_only_worth_a_look(picture: Make, judge: Make) -> None:
    scene = picture(attributes=told("v0-40"), frames=2)
    limits = VisibilityOffLimits(clear_deviation=0.7)
    assert {finding.severity for finding in judge(visibility_off, scene, limits)} == {"info"}
    assert judge(visibility_off, scene, VisibilityOffLimits(max_deviation=0.61, clear_deviation=0.7)) == []


def test_few_returns_tell_nothing(picture: Make, assess: Make) -> None:
    scene = picture(attributes=told("v0-40"), frames=2)
    assert not any(one.assessed.any() for one in assess(visibility_off, scene, VisibilityOffLimits(min_cells=5000)))


def test_labels_that_do_not_tell_can_not_be_judged(picture: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="how visible"):
        judge(visibility_off, picture(frames=2))
