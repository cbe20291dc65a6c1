from __future__ import annotations

import numpy as np

from fusion.formats.argoverse2.half_floats import float32_from_half_bits

EVERY_HALF = np.arange(2**16, dtype=np.uint16)


def test_every_half_there_is_becomes_the_same_number() -> None:
    halves = EVERY_HALF.view(np.float16)
    numbers = float32_from_half_bits(EVERY_HALF.view(np.int16).astype(np.int32))
    assert numbers.dtype == np.float32
    np.testing.assert_array_equal(numbers, halves.astype(np.float32))
    told = ~np.isnan(halves)
    np.testing.assert_array_equal(np.signbit(numbers[told]), np.signbit(halves[told]))


def test_columns_side_by_side_stay_side_by_side() -> None:
    halves = np.array([[1.5, -0.0, 65504], [-65504, 6e-8, 0.25]], np.float16)
    numbers = float32_from_half_bits(halves.view(np.int16).astype(np.int32))
    np.testing.assert_array_equal(numbers, halves.astype(np.float32))


def test_no_numbers_are_no_numbers() -> None:
    assert float32_from_half_bits(np.zeros((0, 3), np.int32)).shape == (0, 3)
