"""Upright rectangles in an image against each other, row by row."""

from __future__ import annotations

import numpy as np

from calibration.arrays import FloatArray


def areas(edges_px: FloatArray) -> FloatArray:
    """(M,) area of (M, 4) u_min, v_min, u_max, v_max; 0 where the edges are the wrong way round."""
    sides = np.maximum(edges_px[:, 2:] - edges_px[:, :2], 0)
    return sides[:, 0] * sides[:, 1]


def intersections(first_px: FloatArray, second_px: FloatArray) -> FloatArray:
    """(M,) area that row i of both share; 0 where either is NaN."""
    low = np.maximum(first_px[:, :2], second_px[:, :2])
    high = np.minimum(first_px[:, 2:], second_px[:, 2:])
    return np.nan_to_num(areas(np.concatenate([low, high], axis=1)))


def contained_share(inner_px: FloatArray, outer_px: FloatArray) -> FloatArray:
    """(M,) share of each inner rectangle that lies in the outer one of its row, 0 to 1."""
    area = areas(inner_px)
    return np.divide(intersections(inner_px, outer_px), area, out=np.zeros(len(area)), where=area > 0)


def intersection_over_union(first_px: FloatArray, second_px: FloatArray) -> FloatArray:
    """(M,) shared over joint area, 0 to 1."""
    shared = intersections(first_px, second_px)
    joint = areas(first_px) + np.nan_to_num(areas(second_px)) - shared
    return np.divide(shared, joint, out=np.zeros(len(shared)), where=joint > 0)
