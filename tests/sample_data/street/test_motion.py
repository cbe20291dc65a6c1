from __future__ import annotations

import numpy as np
import pytest

from sample_data.street.motion import Driving, Path, Standing


def test_distance_is_the_integral_of_the_speed() -> None:
    driving = Driving(Path(0, 0, 0, [(50.0, 0.0)]), ((0.0, 4.0), (2.0, 0.0), (3.0, 0.0), (5.0, 4.0)))
    travelled = driving.at([0.0, 1.0, 2.0, 2.5, 5.0, 6.0]).travelled_m
    assert travelled == pytest.approx([0.0, 3.0, 4.0, 4.0, 8.0, 12.0])


def test_a_quarter_turn_ends_a_quarter_turn_later() -> None:
    path = Path(1.0, 2.0, 0.0, [(10.0, 0.0), (np.pi / 2 * 8.0, 1 / 8.0), (10.0, 0.0)])
    end = path.places(np.array([path.length_m]))
    assert end.yaw_rad[0] == pytest.approx(np.pi / 2, abs=1e-3)
    assert (end.x[0], end.y[0]) == pytest.approx((1 + 10 + 8, 2 + 8 + 10), abs=0.1)


def test_beyond_its_ends_a_path_goes_straight_on() -> None:
    places = Path(0, 0, np.pi / 2, [(5.0, 0.0)]).places(np.array([-2.0, 7.0]))
    assert places.y == pytest.approx([-2.0, 7.0])
    assert places.x == pytest.approx([0.0, 0.0])


def test_what_stands_stays() -> None:
    places = Standing(1.0, 2.0, 0.5).at([0.0, 9.0])
    assert places.x.tolist() == [1.0, 1.0]
    assert places.travelled_m.tolist() == [0.0, 0.0]
