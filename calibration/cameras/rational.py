"""The eight-coefficient lens of wide cameras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from calibration.arrays import FloatArray
from calibration.cameras.brown_conrady import RadialTangentialCamera
from calibration.cameras.valid_radius import odd_rational_limit


@dataclass(frozen=True)
class Rational(RadialTangentialCamera):
    """k1 k2 p1 p2 k3 k4 k5 k6, in OpenCV's order; ROS calls it rational_polynomial.

    The radial factor is (1 + k1 s + k2 s^2 + k3 s^3) / (1 + k4 s + k5 s^2 + k6 s^3) with s the squared radius. It
    is valid up to where its product with the radius turns back, or to the first pole.

    Source: Claus and Fitzgibbon 2005, "A Rational Function Lens Distortion Model for General Cameras"; the eight
    coefficients as in OpenCV, module calib3d, "Detailed Description".
    """

    kind: ClassVar[str] = "rational"
    coefficient_names: ClassVar[tuple[str, ...]] = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")

    @property
    def tangential(self) -> tuple[float, float]:
        return self.distortion[2], self.distortion[3]

    def _find_valid_radius(self) -> float:
        k1, k2, _, _, k3, k4, k5, k6 = self.distortion
        return odd_rational_limit([k1, k2, k3], [k4, k5, k6])

    def _radial(self, squared_radii: FloatArray) -> tuple[FloatArray, FloatArray]:
        k1, k2, _, _, k3, k4, k5, k6 = self.distortion
        s = squared_radii
        above = 1.0 + s * (k1 + s * (k2 + s * k3))
        below = 1.0 + s * (k4 + s * (k5 + s * k6))
        above_slope = k1 + s * (2.0 * k2 + s * 3.0 * k3)
        below_slope = k4 + s * (2.0 * k5 + s * 3.0 * k6)
        return above / below, (above_slope * below - above * below_slope) / (below * below)
