"""Which points of a sweep a camera sees, and at which pixels: the plain version."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray, IntArray
from calibration.cameras.model import CameraModel
from calibration.transform import RigidTransform


@dataclass(frozen=True, eq=False)
class PointHits:
    """The points that lie in an image, a row a hit, in the order of the points.

    `rows` (K,) which points; `pixels` (K, 2) u, v; `depth_m` (K,) z in the camera frame.
    """

    rows: IntArray
    pixels: FloatArray
    depth_m: FloatArray

    def __len__(self) -> int:
        return len(self.rows)


def project_points(points: ArrayLike, camera_from_points: RigidTransform, camera: CameraModel) -> PointHits:
    """Hits of (N, 3) points in one camera, calculated in float64.

    Points that are NaN, behind the lens or beyond its valid radius never hit.

    Raises:
        ShapeError: the points are not (N, 3).
    """
    with np.errstate(invalid="ignore"):  # rows without a place
        projection = camera.project(camera_from_points.apply(points))
    rows = np.flatnonzero(projection.in_view)
    return PointHits(rows=rows, pixels=projection.pixels[rows], depth_m=projection.depth_m[rows])
