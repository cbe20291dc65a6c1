from __future__ import annotations

import pytest

from fusion.judge.proportion import wilson_interval


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        pytest.param(0, 0, 0.0, 1.0, id="nothing counted"),
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(10, 10, 0.7225, 1.0, id="all of ten"),
        pytest.param(81, 263, 0.2553, 0.3662, id="Newcombe 1998, table I"),
        pytest.param(1, 29, 0.0061, 0.1718, id="Newcombe 1998, table I, few"),
    ],
)
def test_intervals_are_those_of_the_literature(hits: int, cases: int, low: float, high: float) -> None:
    assert wilson_interval(hits, cases) == pytest.approx((low, high), abs=5e-5)
