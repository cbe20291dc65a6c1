from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fusion.checks.image.missing_3d_box import Missing3dBoxLimits, missing_3d_box

Make = Callable[..., Any]


def test_reports_the_car_that_lost_its_3d_box(picture: Make, judge: Make) -> None:
    (finding,) = judge(missing_3d_box, picture(lost_3d=[(4, 1)]))
    assert (finding.frame, finding.sensor, finding.category) == ("4", "front", "Car")
    assert finding.evidence["range_m"] == pytest.approx(18 - 4.5 / 2, abs=0.1)
    assert "points that no 3D box holds stand in the 2D box, 15.8 m away; 97% of such objects" in finding.message


def test_is_quiet_on_the_complete_twin(picture: Make, judge: Make) -> None:
    assert judge(missing_3d_box, picture()) == []


def test_a_2d_box_with_nothing_but_the_wall_in_it_is_not_assessed(picture: Make, judge: Make) -> None:
    empty = np.array([[60.0, 0, 3]] * 50, dtype=np.float32)
    assert judge(missing_3d_box, picture(lost_3d=[(4, 1)], points=empty)) == []


def test_a_3d_box_that_lost_its_link_is_no_missing_one(picture: Make, judge: Make) -> None:
    assert judge(missing_3d_box, picture(unlinked=[(4, 1)])) == []


def test_where_few_have_a_3d_box_none_is_missed(picture: Make, judge: Make) -> None:
    lost = [(frame, 1) for frame in range(4)]
    assert judge(missing_3d_box, picture(lost_3d=lost)) == []
    assert len(judge(missing_3d_box, picture(lost_3d=lost), Missing3dBoxLimits(min_rule=0.85))) == 4
