from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fusion.checks.image.degenerate_2d_box import Degenerate2dBoxLimits, degenerate_2d_box

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([500, 100, 400, 200], "edges are the wrong way round: u 500 to 400, v 100 to 200 px"),
        ([500, 100, 500, 200], "it has no area: u 500 to 500, v 100 to 200 px"),
        ([-90, 100, -20, 200], "it lies outside the image: u -90 to -20, v 100 to 200 px"),
        ([np.nan, 100, 400, 200], "edges are no numbers: u nan to 400, v 100 to 200 px"),
    ],
    ids=["turned round", "no width", "left of the image", "NaN"],
)
def test_reports_what_encloses_nothing(picture: Make, judge: Make, edges: list[float], message: str) -> None:
    (finding,) = judge(degenerate_2d_box, picture(edges={(4, 1): edges}))
    assert (finding.message, finding.severity, finding.sensor) == (message, "error", "front")


def test_is_quiet_on_drawn_boxes_and_on_those_that_reach_over_the_border(picture: Make, judge: Make) -> None:
    assert judge(degenerate_2d_box, picture()) == []
    assert judge(degenerate_2d_box, picture(edges={(4, 1): [-10, 100, 40, 200]})) == []


def test_holds_exactly_at_its_limit(picture: Make, judge: Make) -> None:
    scene = picture(edges={(4, 1): [100, 100, 105, 200]})
    assert judge(degenerate_2d_box, scene, Degenerate2dBoxLimits(min_side_px=5)) == []
    assert len(judge(degenerate_2d_box, scene, Degenerate2dBoxLimits(min_side_px=5.01))) == 1
