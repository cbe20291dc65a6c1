"""A cloud as surfaces: the plane through a place's neighbours, where there is one.

Neighbours reach as far as the rings of a sparse lidar lie apart. One ring is a line, and any plane goes through it: a
plane must be spread in both directions, be smooth, and hold the place among its points, not beyond them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from calibration.arrays import BoolArray, FloatArray, IntArray

NEIGHBOURS = 16
FEWEST_NEIGHBOURS = 8
# In voxels, and more further away.
REACH_VOXELS, REACH_PER_RANGE = 2.5, 0.03
WIDEST_REACH_M = 3.0
# While what is off by degrees is still being brought near.
WIDE_REACH_M = 3.0
ROUGHEST_PLANE_M = 0.04
NARROWEST_PLANE_M = 0.06
SPREAD_OVER_ROUGHNESS = 4.0
# In standard deviations along both directions of the plane.
AMONG_NEIGHBOURS = 1.8


@dataclass(frozen=True, eq=False)
class Surface:
    """Points (N, 3) about the place their ranges count from, one for each voxel."""

    points: FloatArray
    tree: cKDTree
    voxel_m: float

    @classmethod
    def of(cls, points: FloatArray, voxel_m: float) -> Surface:
        """From a cloud, averaged within voxels."""
        middles = averaged(points, voxel_m)
        return cls(middles, cKDTree(middles), voxel_m)

    def planes_at(self, places: FloatArray, wide: bool = False) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Planes near (K, 3) places: centres (K, 3), unit normals (K, 3), and (K,) which are planes.

        Args:
            wide: take neighbours from further away than the density of the points asks for.
        """
        if len(self.points) < FEWEST_NEIGHBOURS or not len(places):
            return np.zeros_like(places), np.zeros_like(places), np.zeros(len(places), dtype=bool)
        if wide:
            reach_m = np.full(len(places), WIDE_REACH_M)
        else:
            ranges_m = np.linalg.norm(places, axis=1)
            reach_m = np.minimum(REACH_VOXELS * self.voxel_m + REACH_PER_RANGE * ranges_m, WIDEST_REACH_M)
        distances_m, rows = self.tree.query(places, k=NEIGHBOURS, distance_upper_bound=float(reach_m.max()))
        near = distances_m < reach_m[:, None]
        count = near.sum(axis=1)
        weights = near / np.maximum(count, 1)[:, None]
        around = self.points[np.minimum(rows, len(self.points) - 1)]
        centres = np.einsum("nk,nkj->nj", weights, around)
        off = (around - centres[:, None]) * near[:, :, None]
        spread = np.einsum("nki,nkj->nij", off, off) / np.maximum(count, 1)[:, None, None]
        squares, axes = np.linalg.eigh(spread)
        roughness, narrow = np.sqrt(np.maximum(squares[:, :2], 0)).T
        flat = (count >= FEWEST_NEIGHBOURS) & (roughness < ROUGHEST_PLANE_M) & (narrow > NARROWEST_PLANE_M)
        flat &= narrow > SPREAD_OVER_ROUGHNESS * roughness
        beside = np.abs(np.einsum("nij,ni->nj", axes, places - centres))[:, 1:]
        flat &= (beside < AMONG_NEIGHBOURS * np.sqrt(np.maximum(squares[:, 1:], 0))).all(axis=1)
        return centres, axes[:, :, 0], flat


def averaged(points: FloatArray, voxel_m: float) -> FloatArray:
    """The middle of the points of each voxel: as dense along a lidar's rings as across them, and less noisy."""
    if not len(points):
        return points
    _, rows = np.unique(voxels_of(points, voxel_m), return_inverse=True)
    counts = np.bincount(rows)
    return np.stack([np.bincount(rows, points[:, axis]) / counts for axis in range(3)], axis=1)


def voxels_of(points: FloatArray, voxel_m: float) -> IntArray:
    """One number for each voxel, in no order that lidars know of."""
    x, y, z = np.floor(points / voxel_m).astype(np.int64).T
    mixed: IntArray = (x * 73_856_093) ^ (y * 19_349_663) ^ (z * 83_492_791)
    return mixed
