from __future__ import annotations

import numpy as np
import pytest

from viewers.pictures.palette import Colour
from viewers.pictures.plot import LEFT_PX, TOP_PX, Curve, plot, ticks

PURE_RED = Colour(255, 0, 0)
PURE_BLUE = Colour(0, 0, 255)
SIZE = (400, 200)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-0.1, 0.1, [-0.1, -0.05, 0, 0.05, 0.1]), (7.2, 7.9, [7.2, 7.4, 7.6, 7.8])],
    ids=["to ten", "around zero", "close together"],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high, most=5) == pytest.approx(expected)


def test_zero_is_never_negative() -> None:
    assert not any(str(value).startswith("-0.0") for value in ticks(-1, 1, 4))


def test_a_rising_curve_rises_to_the_right() -> None:
    times = np.arange(5.0)
    picture = plot([Curve("speed", times, times * 3, PURE_BLUE)], SIZE, "speed", "m/s", PURE_RED, 1.0)
    rows, columns = np.nonzero(picture[..., 0].astype(int) - picture[..., 2] > 120)
    assert columns.min() < LEFT_PX + 20
    assert rows[columns.argmin()] > rows[columns.argmax()] + 60


def test_a_flagged_moment_is_marked_where_it_is() -> None:
    times = np.arange(5.0)
    flagged = times == 2
    picture = plot([Curve("v", times, times * 0, PURE_BLUE, flagged)], SIZE, "v", "m", PURE_RED, 1.0, [2.0])
    red = picture[TOP_PX:, :, 2].astype(int) - picture[TOP_PX:, :, 0] > 120
    columns = np.flatnonzero(red.any(axis=0))
    middle = LEFT_PX + (SIZE[0] - LEFT_PX - 14) / 2
    assert columns.mean() == pytest.approx(middle, abs=4)


def test_nan_breaks_the_curve() -> None:
    times = np.arange(5.0)
    values = np.array([1.0, 1.0, np.nan, 1.0, 1.0])
    picture = plot([Curve("v", times, values, PURE_BLUE)], SIZE, "v", "m", PURE_RED, 1.0)
    blue = picture[TOP_PX:, :, 0].astype(int) - picture[TOP_PX:, :, 2] > 120
    middle = round(LEFT_PX + (SIZE[0] - LEFT_PX - 14) / 2)
    assert blue.any()
    assert not blue[:, middle - 20 : middle + 20].any()


def test_nothing_to_show_is_said() -> None:
    empty = Curve("v", np.zeros(0), np.zeros(0), PURE_BLUE)
    unknown = Curve("v", np.arange(3.0), np.full(3, np.nan), PURE_BLUE)
    for curves in ([], [empty], [unknown]):
        assert plot(curves, SIZE, "v", "m", PURE_RED, 1.0)[90:110, 150:250].max() > 100


def test_one_value_alone_is_shown() -> None:
    picture = plot([Curve("v", np.zeros(1), np.ones(1), PURE_BLUE)], SIZE, "v", "m", PURE_RED, 1.0)
    assert (picture[..., 0].astype(int) - picture[..., 2] > 120).any()
