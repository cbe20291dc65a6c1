"""The lens that may see more than half of the world."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, FloatArray, as_rows
from calibration.cameras.model import CameraModel
from calibration.cameras.radial_inverse import invert_radial
from calibration.cameras.valid_radius import odd_polynomial_limit


@dataclass(frozen=True)
class Fisheye(CameraModel):
    """Kannala-Brandt, k1 k2 k3 k4 as in OpenCV's fisheye module; ROS calls it equidistant.

    The image radius is a polynomial of the angle from the axis, so "in front" means angle < `valid_radius`
    (radians), not z > 0: where the polynomial keeps growing past 90 degrees, points beside and behind the lens are
    imaged with zero or negative depth. `cv2.fisheye.projectPoints` can't do that. A point exactly behind the lens, at
    180 degrees, has no direction in the image and is never imaged. A point must be `min_depth_m` away from the lens.

    Source: Kannala and Brandt 2006, "A Generic Camera Model and Calibration Method for Conventional, Wide-Angle,
    and Fish-Eye Lenses", equation 6; coefficients as in OpenCV, module fisheye, "Detailed Description".
    """

    kind: ClassVar[str] = "fisheye"
    coefficient_names: ClassVar[tuple[str, ...]] = ("k1", "k2", "k3", "k4")

    def can_image(self, points_in_camera: ArrayLike) -> BoolArray:
        """(N,) which of (N, 3) points are nearer to the axis than the valid angle; NaN never is.

        Raises:
            ShapeError: the points are not (N, 3).
        """
        points = as_rows(points_in_camera, 3, "points_in_camera")
        across, down, depth = points.T
        with np.errstate(invalid="ignore", over="ignore"):
            off_axis = np.hypot(across, down)
            distance = np.hypot(off_axis, depth)
            far_enough = (distance > self.min_depth_m) & (distance < np.inf)
            return np.asarray(far_enough & (np.arctan2(off_axis, depth) < self.valid_radius))

    def _find_valid_radius(self) -> float:
        return min(odd_polynomial_limit(self.distortion), math.pi)

    def _bend(self, points_in_camera: FloatArray) -> FloatArray:
        across, down, depth = points_in_camera.T
        off_axis = np.hypot(across, down)
        bent_radii, _ = self._bent_radii(np.arctan2(off_axis, depth))
        on_axis = off_axis == 0.0
        scale = np.where(on_axis, 0.0, bent_radii / np.where(on_axis, 1.0, off_axis))
        return np.column_stack([across * scale, down * scale])

    def _straighten(self, bent: FloatArray) -> FloatArray:
        radii = np.hypot(bent[:, 0], bent[:, 1])
        angles = invert_radial(self._bent_radii, radii, self.valid_radius)
        at_centre = radii == 0.0
        sideways = np.where(at_centre, 0.0, np.sin(angles) / np.where(at_centre, 1.0, radii))
        return np.column_stack([bent * sideways[:, None], np.cos(angles)])

    def _bent_radii(self, angles: FloatArray) -> tuple[FloatArray, FloatArray]:
        k1, k2, k3, k4 = self.distortion
        s = angles * angles
        value = angles * (1.0 + s * (k1 + s * (k2 + s * (k3 + s * k4))))
        slope = 1.0 + s * (3.0 * k1 + s * (5.0 * k2 + s * (7.0 * k3 + s * 9.0 * k4)))
        return value, slope
