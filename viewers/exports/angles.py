"""Rotations as three angles, for tools that know no quaternions."""

from __future__ import annotations

import numpy as np

from calibration.arrays import FloatArray
from fusion.scene.box_geometry import rotation_matrices


def euler_xyz_rad(rotations: FloatArray) -> FloatArray:
    """(M, 3) roll, pitch, yaw about x, y, z of quaternions (M, 4) w x y z: the matrix is Rz(yaw) Ry(pitch) Rx(roll)."""
    matrices = rotation_matrices(rotations)
    roll = np.arctan2(matrices[:, 2, 1], matrices[:, 2, 2])
    pitch = -np.arcsin(np.clip(matrices[:, 2, 0], -1, 1))
    yaw = np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])
    return np.stack([roll, pitch, yaw], axis=1)
