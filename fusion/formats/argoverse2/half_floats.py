"""Halves as float32, several times faster than by way of numpy's own conversion, and bit for bit the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import Float32Array

# binary16 has 10 bits of fraction, binary32 has 23; their exponents are biased by 15 and 127.
FRACTION_SHIFT = 23 - 10
EXPONENT_STEP = np.float32(2.0 ** (127 - 15))
# After the shift, the sign has filled the three bits between itself and the exponent.
SIGN_AND_REST = np.int32(-(2**31) | (2**28 - 1))
EXPONENT_OF_SPECIALS = np.int16(0x7C00)


def float32_from_halves(halves: NDArray[np.float16]) -> Float32Array:
    """The same numbers, of any shape, NaN and infinity included.

    A half's bits, shifted to where a float32 has its own, are that number over 2 ** 112; the product is exact.

    Source: IEEE 754-2019, table 3.5 (binary16, binary32).
    """
    bits = halves.view(np.int16)
    if ((bits & EXPONENT_OF_SPECIALS) == EXPONENT_OF_SPECIALS).any():
        return halves.astype(np.float32)  # their exponent means something else
    wide = bits.astype(np.int32)
    wide <<= FRACTION_SHIFT
    wide &= SIGN_AND_REST
    numbers: Float32Array = wide.view(np.float32)
    numbers *= EXPONENT_STEP
    return numbers
