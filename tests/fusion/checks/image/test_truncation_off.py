from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.image.truncation_off import TruncationOffLimits, truncation_off
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def told(value: float, frames: int = 10) -> dict[str, list[float]]:
    """The second car of frame 4 has this truncation, all others 0.1."""
    return {"truncated": [value if row == 13 else 0.1 for row in range(3 * frames)]}


def test_reports_a_whole_car_that_is_said_to_be_cut(picture: Make, judge: Make) -> None:
    (finding,) = judge(truncation_off, picture(attributes_2d=told(0.9)))
    assert finding.message == "0% of the box lies outside the image, the label says 90%"
    assert (finding.frame, finding.sensor) == ("4", "front")


def test_is_quiet_where_both_agree_and_at_its_limit(picture: Make, judge: Make) -> None:
    assert judge(truncation_off, picture(attributes_2d=told(0.1))) == []
    assert judge(truncation_off, picture(attributes_2d=told(0.9)), TruncationOffLimits(max_deviation=0.9)) == []


def test_levels_are_no_shares(picture: Make, judge: Make) -> None:
    levels = {"truncated": [2.0 if row == 13 else 1.0 if row == 14 else 0.0 for row in range(30)]}
    assert judge(truncation_off, picture(attributes_2d=levels)) == []


def test_boxes_that_do_not_tell_can_not_be_judged(picture: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="how much is cut off"):
        judge(truncation_off, picture())
