"""The camera without a bending lens, and the gate it shares with every lens that images onto a plane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, FloatArray, as_rows
from calibration.cameras.model import CameraModel


@dataclass(frozen=True)
class PerspectiveCamera(CameraModel):
    """A camera that sees only what lies in front of it, z > 0: pinhole, Brown-Conrady, rational.

    `valid_radius` is the largest hypot(x/z, y/z) that images monotonically.
    """

    def can_image(self, points_in_camera: ArrayLike) -> BoolArray:
        """(N,) which of (N, 3) points have z > `min_depth_m` and lie within the valid radius; NaN never does.

        Raises:
            ShapeError: the points are not (N, 3).
        """
        points = as_rows(points_in_camera, 3, "points_in_camera")
        across, down, depth = points.T
        with np.errstate(invalid="ignore", over="ignore"):
            in_front = (depth > self.min_depth_m) & (depth < np.inf)
            return np.asarray(in_front & (np.hypot(across, down) < self.valid_radius * depth))


@dataclass(frozen=True)
class Pinhole(PerspectiveCamera):
    """Straight lines stay straight. Unequal focal lengths and skew are allowed.

    Source: Hartley and Zisserman, "Multiple View Geometry in Computer Vision", 2nd edition, equation 6.10.
    """

    kind: ClassVar[str] = "pinhole"
    coefficient_names: ClassVar[tuple[str, ...]] = ()

    def _find_valid_radius(self) -> float:
        return math.inf

    def _bend(self, points_in_camera: FloatArray) -> FloatArray:
        return points_in_camera[:, :2] / points_in_camera[:, 2:]

    def _straighten(self, bent: FloatArray) -> FloatArray:
        return unit_rays(bent)


def unit_rays(on_plane: FloatArray) -> FloatArray:
    """(N, 3) unit rays through places (N, 2) of the plane z = 1."""
    rays = np.column_stack([on_plane, np.ones(len(on_plane))])
    unit: FloatArray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit
