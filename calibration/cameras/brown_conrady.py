"""Lenses with radial and tangential distortion, and the way back through them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from calibration.arrays import FloatArray
from calibration.cameras.pinhole import PerspectiveCamera, unit_rays
from calibration.cameras.radial_inverse import invert_radial
from calibration.cameras.valid_radius import odd_polynomial_limit

TOLERANCE = 1e-9
SETTLED = 1e-14
MAX_ROUNDS = 100


@dataclass(frozen=True)
class RadialTangentialCamera(PerspectiveCamera):
    """A lens that bends by a radial factor and shifts by two tangential terms, p1 and p2.

    The valid radius is that of the radial factor alone; see `valid_radius.py`.
    """

    @property
    @abstractmethod
    def tangential(self) -> tuple[float, float]:
        """p1 and p2."""

    @abstractmethod
    def _radial(self, squared_radii: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The radial factor and its derivative, by squared radius."""

    def _bend(self, points_in_camera: FloatArray) -> FloatArray:
        return self._distort(points_in_camera[:, :2] / points_in_camera[:, 2:])

    def _distort(self, on_plane: FloatArray) -> FloatArray:
        """(N, 2) on the plane z = 1, bent."""
        p1, p2 = self.tangential
        x, y = on_plane.T
        squared = x * x + y * y
        factor, _ = self._radial(squared)
        return np.column_stack(
            [
                x * factor + 2.0 * p1 * x * y + p2 * (squared + 2.0 * x * x),
                y * factor + p1 * (squared + 2.0 * y * y) + 2.0 * p2 * x * y,
            ]
        )

    def _straighten(self, bent: FloatArray) -> FloatArray:
        radii = np.hypot(bent[:, 0], bent[:, 1])
        straight_radii = invert_radial(self._bent_radii, radii, self.valid_radius)
        if self.tangential != (0.0, 0.0):
            return unit_rays(self._undo_tangential(bent, radii, straight_radii))
        return unit_rays(_rescaled(bent, radii, straight_radii))

    def _bent_radii(self, radii: FloatArray) -> tuple[FloatArray, FloatArray]:
        factor, slope = self._radial(radii * radii)
        return radii * factor, factor + 2.0 * radii * radii * slope

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def _undo_tangential(self, bent: FloatArray, radii: FloatArray, straight_radii: FloatArray) -> FloatArray:
        """Newton's method in the plane from the radial answer, each step halved until it helps and stays valid."""
        just_inside = 0.999 * self.valid_radius
        places = _rescaled(bent, radii, np.where(np.isnan(straight_radii), just_inside, straight_radii))
        errors = self._distort(places) - bent
        share = np.ones(len(bent))
        for _ in range(MAX_ROUNDS):
            open_rows = np.flatnonzero((_squared_lengths(errors) > SETTLED**2) & (share > SETTLED))
            if not len(open_rows):
                break
            step = share[open_rows, None] * self._newton_step(places[open_rows], errors[open_rows])
            candidates = places[open_rows] - step
            candidate_errors = self._distort(candidates) - bent[open_rows]
            helps = _squared_lengths(candidate_errors) < _squared_lengths(errors[open_rows])
            helps &= np.hypot(candidates[:, 0], candidates[:, 1]) < self.valid_radius
            places[open_rows[helps]] = candidates[helps]
            errors[open_rows[helps]] = candidate_errors[helps]
            share[open_rows] = np.where(helps, np.minimum(1.0, 2.0 * share[open_rows]), 0.5 * share[open_rows])
        places[~(_squared_lengths(errors) <= TOLERANCE**2)] = np.nan
        return places

    def _newton_step(self, places: FloatArray, errors: FloatArray) -> FloatArray:
        """The Jacobian's answer to the errors; the Jacobian is symmetric."""
        p1, p2 = self.tangential
        x, y = places.T
        factor, slope = self._radial(x * x + y * y)
        by_x = factor + 2.0 * x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x
        by_y = factor + 2.0 * y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x
        mixed = 2.0 * x * y * slope + 2.0 * p1 * x + 2.0 * p2 * y
        determinant = by_x * by_y - mixed * mixed
        return np.column_stack(
            [
                (by_y * errors[:, 0] - mixed * errors[:, 1]) / determinant,
                (by_x * errors[:, 1] - mixed * errors[:, 0]) / determinant,
            ]
        )


@dataclass(frozen=True)
class BrownConrady(RadialTangentialCamera):
    """k1 k2 p1 p2 k3, in OpenCV's order; ROS calls it plumb_bob.

    Source: Brown 1966, "Decentering Distortion of Lenses"; OpenCV, module calib3d, "Detailed Description".
    """

    kind: ClassVar[str] = "brown-conrady"
    coefficient_names: ClassVar[tuple[str, ...]] = ("k1", "k2", "p1", "p2", "k3")

    @property
    def tangential(self) -> tuple[float, float]:
        return self.distortion[2], self.distortion[3]

    def _find_valid_radius(self) -> float:
        k1, k2, _, _, k3 = self.distortion
        return odd_polynomial_limit([k1, k2, k3])

    def _radial(self, squared_radii: FloatArray) -> tuple[FloatArray, FloatArray]:
        k1, k2, _, _, k3 = self.distortion
        s = squared_radii
        return 1.0 + s * (k1 + s * (k2 + s * k3)), k1 + s * (2.0 * k2 + s * 3.0 * k3)


def _rescaled(bent: FloatArray, radii: FloatArray, new_radii: FloatArray) -> FloatArray:
    """The same directions at other radii; the centre stays the centre."""
    at_centre = radii == 0.0
    shares = np.where(at_centre, 1.0, new_radii / np.where(at_centre, 1.0, radii))
    return bent * shares[:, None]


def _squared_lengths(rows: FloatArray) -> FloatArray:
    return rows[:, 0] * rows[:, 0] + rows[:, 1] * rows[:, 1]
