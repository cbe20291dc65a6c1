"""How far off its axis a lens formula can be trusted, found once when the lens is loaded.

A distortion polynomial grows only up to a radius and then turns back, so a point far outside the field of view is
computed to lie inside the image. `cv2.projectPoints` returns such pixels; KITTI's coefficients do it from 50.4
degrees on. The limit is the first zero of the derivative of the radial mapping. Tangential terms are small and
have no radius of their own: they are left out here, so within a hair of the limit a lens with tangential terms may
already fold a little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from calibration.arrays import FloatArray
from calibration.errors import LensError

NEARLY_REAL = 1e-6


def odd_polynomial_limit(coefficients: Sequence[float]) -> float:
    """Largest r up to which r (1 + k1 r^2 + k2 r^4 + ...) grows; infinite if it never turns back."""
    slope = [1.0, *((2 * power + 1) * k for power, k in enumerate(coefficients, start=1))]
    return math.sqrt(first_positive_root(np.array(slope)))


def odd_rational_limit(numerator: Sequence[float], denominator: Sequence[float]) -> float:
    """Largest r up to which r N(r^2) / D(r^2) grows and stays finite, both polynomials starting with 1."""
    above = np.array([1.0, *numerator])
    below = np.array([1.0, *denominator])
    with np.errstate(over="ignore", invalid="ignore"):
        grows = np.convolve(above, below)
        bends = np.convolve(_slope_times_argument(above), below) - np.convolve(above, _slope_times_argument(below))
        turn = first_positive_root(grows + 2.0 * bends)
    return math.sqrt(min(turn, first_positive_root(below)))


def first_positive_root(ascending: FloatArray) -> float:
    """Smallest positive root of 1 + c1 s + c2 s^2 + ..., infinite if there is none.

    It is found as the largest root in 1/s: that polynomial is monic, so tiny last coefficients do no harm. A root
    that only touches zero counts.

    Raises:
        LensError: the coefficients are so large that the polynomial overflows.
    """
    if not np.isfinite(ascending).all():
        raise LensError(f"distortion coefficients overflow: no lens has {np.abs(ascending).max():.3g}")
    inverse_roots = np.roots(ascending)
    real = np.abs(inverse_roots.imag) <= NEARLY_REAL * np.abs(inverse_roots)
    positive = inverse_roots.real[real & (inverse_roots.real > 0)]
    return 1.0 / float(positive.max()) if len(positive) else math.inf


def _slope_times_argument(ascending: FloatArray) -> FloatArray:
    """Coefficients of s P'(s)."""
    return ascending * np.arange(len(ascending))
