from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.image.missing_2d_box import Missing2dBoxLimits, missing_2d_box
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_the_car_that_lost_its_2d_box(picture: Make, judge: Make) -> None:
    (finding,) = judge(missing_2d_box, picture(lost_2d=[(4, 1, "front")]))
    assert (finding.frame, finding.sensor, finding.subject, finding.severity) == ("4", "front", "view", "warning")
    assert finding.message == "73 px high in the image, 100% of it in view, and no 2D box; 97% of such objects have one"


def test_is_quiet_on_the_complete_twin(picture: Make, judge: Make, assess: Make) -> None:
    scene = picture()
    assert judge(missing_2d_box, scene) == []
    assert sum(int(one.assessed.sum()) for one in assess(missing_2d_box, scene)) == 30


def test_where_few_have_a_2d_box_none_is_missed(picture: Make, judge: Make) -> None:
    lost = [(frame, 1, "front") for frame in range(4)]
    assert judge(missing_2d_box, picture(lost_2d=lost)) == []
    assert len(judge(missing_2d_box, picture(lost_2d=lost), Missing2dBoxLimits(min_rule=0.85))) == 4


def test_a_car_that_is_hidden_needs_none(picture: Make, judge: Make, screened: Make) -> None:
    scene = picture(lost_2d=[(4, 1, "front")], points=screened(8.0, 1))
    assert judge(missing_2d_box, scene) == []


def test_a_2d_box_that_lost_its_link_is_no_missing_one(picture: Make, judge: Make) -> None:
    assert judge(missing_2d_box, picture(unlinked=[(4, 1)])) == []


def test_too_few_examples_make_no_rule(picture: Make, judge: Make) -> None:
    assert judge(missing_2d_box, picture(lost_2d=[(4, 1, "front")], frames=6)) == []


def test_projected_2d_boxes_prove_nothing(picture: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="projections"):
        judge(missing_2d_box, picture(derived=True))
