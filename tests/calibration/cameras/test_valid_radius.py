"""The first zero of the derivative, found whatever the coefficients."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.cameras.valid_radius import first_positive_root, odd_polynomial_limit, odd_rational_limit
from calibration.errors import LensError

coefficients = st.floats(-2.0, 2.0)


@pytest.mark.parametrize(
    ("ascending", "root"),
    [
        pytest.param([1.0, -2.0], 0.5, id="linear"),
        pytest.param([1.0, 2.0], math.inf, id="growing"),
        pytest.param([1.0], math.inf, id="constant"),
        pytest.param([1.0, 0.0, 0.0], math.inf, id="zeros"),
        pytest.param([1.0, -1.5, 0.5], 1.0, id="the smaller of two"),
        pytest.param([1.0, -2.0, 1.0], 1.0, id="touching"),
        pytest.param([1.0, 0.0, 1.0], math.inf, id="imaginary"),
        pytest.param([1.0, -1.0, 1e-30], 1.0, id="tiny last coefficient"),
        pytest.param([1.0, -1.0, 5e-324], 1.0, id="subnormal last coefficient"),
        pytest.param([1.0, -1e-200], 1e200, id="far away"),
    ],
)
def test_the_root_is_the_one_worked_out_by_hand(ascending: list[float], root: float) -> None:
    assert first_positive_root(np.array(ascending)) == pytest.approx(root, rel=1e-6)


def test_coefficients_beyond_all_lenses_are_refused() -> None:
    with pytest.raises(LensError, match="overflow"):
        first_positive_root(np.array([1.0, np.inf]))


@given(st.lists(coefficients, min_size=3, max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_polynomial_grows_up_to_its_limit_and_not_beyond(values: list[float]) -> None:
    limit = odd_polynomial_limit(values)

    def slope(radius: np.ndarray | float) -> np.ndarray:
        s = np.square(radius)
        return np.asarray(1 + 3 * values[0] * s + 5 * values[1] * s**2 + 7 * values[2] * s**3)

    inside = np.linspace(0, min(limit, 100.0), 2000)[:-1]
    assert (slope(inside) > -1e-6 * (1 + np.abs(inside) ** 6)).all()
    if limit < 50:
        assert slope(limit) == pytest.approx(0, abs=1e-5 * (1 + limit**6))


@given(st.lists(coefficients, min_size=3, max_size=3), st.lists(coefficients, min_size=3, max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_rational_grows_up_to_its_limit(above: list[float], below: list[float]) -> None:
    limit = odd_rational_limit(above, below)
    radii = np.linspace(0, min(limit, 20.0) * 0.999, 500)
    s = radii**2
    values = radii * np.polyval([*above[::-1], 1.0], s) / np.polyval([*below[::-1], 1.0], s)
    assert (np.diff(values) >= -1e-9 * (1 + np.abs(values[1:]))).all()
