"""The way back through a lens converges wherever there is one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.cameras.radial_inverse import invert_radial


def cubic(arguments: FloatArray) -> tuple[FloatArray, FloatArray]:
    """x - x^3 / 3, which turns at 1 with value 2/3."""
    return arguments - arguments**3 / 3, 1 - arguments**2


def growing(arguments: FloatArray) -> tuple[FloatArray, FloatArray]:
    return arguments + arguments**7, 1 + 7 * arguments**6


def with_pole(arguments: FloatArray) -> tuple[FloatArray, FloatArray]:
    """x / (1 - x^2), whose pole is at 1."""
    below = 1 - arguments**2
    return arguments / below, (1 + arguments**2) / below**2


def test_arguments_come_back_up_to_the_turn() -> None:
    arguments = np.linspace(0, 1 - 1e-6, 1000)
    found = invert_radial(cubic, cubic(arguments)[0], limit=1.0)
    np.testing.assert_allclose(cubic(found)[0], cubic(arguments)[0], atol=1e-12)
    np.testing.assert_allclose(found, arguments, atol=2e-6)


def test_targets_that_are_never_reached_have_no_argument() -> None:
    found = invert_radial(cubic, np.array([0.1, 0.7, 1e9]), limit=1.0)
    assert np.isnan(found).tolist() == [False, True, True]


def test_a_mapping_without_limit_is_followed_as_far_as_needed() -> None:
    targets = np.array([0.0, 1e-9, 1.0, 1e6, 1e30])
    found = invert_radial(growing, targets, limit=math.inf)
    np.testing.assert_allclose(growing(found)[0], targets, rtol=1e-10)


@pytest.mark.parametrize("limit", [1.0, 1 - 1e-15, 1 + 1e-15], ids=["at", "before", "behind"])
def test_a_pole_at_the_limit_is_no_obstacle(limit: float) -> None:
    targets = np.array([0.0, 0.5, 100.0, 1e5])
    found = invert_radial(with_pole, targets, limit=limit)
    np.testing.assert_allclose(with_pole(found)[0], targets, rtol=1e-9)


def test_newton_jumping_to_and_fro_is_stopped() -> None:
    def bent(arguments: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Flat, steep, flat: here Newton alone jumps from one side to the other for hundreds of rounds."""
        return arguments + 4 * np.arctan(4 * (arguments - 3)), 1 + 16 / (1 + 16 * (arguments - 3) ** 2)

    def from_zero(arguments: FloatArray) -> tuple[FloatArray, FloatArray]:
        values, slopes = bent(arguments)
        return values - bent(np.zeros(1))[0], slopes

    arguments = np.linspace(0, 8, 4001)
    targets = from_zero(arguments)[0]
    np.testing.assert_allclose(
        from_zero(invert_radial(from_zero, targets, math.inf))[0], targets, rtol=1e-12, atol=1e-12
    )


def test_nothing_asked_gives_nothing() -> None:
    assert invert_radial(cubic, np.empty(0), limit=1.0).shape == (0,)
