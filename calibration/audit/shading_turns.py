"""How a camera must be turned so that what is bright to the lidar and to the camera has most in common.

The information distance of `shading` over a small grid of turns is nearly a bowl; its bottom is the estimate. It knows
nothing of outlines, so its errors are others, and it sees what outlines along rings hardly show: up, down and roll.

Source: Pandey et al., AAAI 2012, as in `shading`; for the interval Efron and Stein, "The Jackknife Estimate of
Variance", 1981, over parts of the pictures and of the drive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.audit.extrinsic_outlines import FrameEdges, camera_from_camera_in_file
from calibration.audit.shading import BINS, FARTHEST_M, MIN_POINTS, NEAREST_M, distances_of_counts
from calibration.cameras import CameraModel

STEPS = np.radians([0.4, 0.3, 0.3])  # further out the bowl is none
ROUNDS = 3
FARTHEST_STEPS = 1.5
ACROSS, DOWN = 4, 2
SPARE = 0.1  # of the picture: what a turn of the grid may bring in
# What lies behind an edge to the camera but not to the lidar is the same in every frame.
LASTING_ERROR_RAD = np.radians(0.015)
_GRID = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
_SQUARES = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
_BOWL = np.linalg.pinv(
    np.column_stack([np.ones(len(_GRID)), _GRID, *(_GRID[:, one] * _GRID[:, other] for one, other in _SQUARES)])
)


@dataclass(frozen=True, eq=False)
class ShadingTurns:
    """The turns (3,) radians at which brightness agrees best, and their covariance (3, 3)."""

    turns: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, eq=False)
class _Points:
    """P points of all frames in the camera of the files: where, how reflective, of which frame and part."""

    in_camera: FloatArray
    reflectivity: IntArray
    frame: IntArray
    part: IntArray


def turns_by_shading(frames: Sequence[FrameEdges], camera: CameraModel, correction: FloatArray) -> ShadingTurns | None:
    """The bottom of the bowl nearest to a correction (6,), its moves kept.

    None without reflectivity, with too few points, or where there is no bottom within a degree or so.
    """
    seen = [frame for frame in frames if frame.shading is not None]
    points = _points_of(seen, camera, correction)
    if len(points.part) < MIN_POINTS:
        return None
    moves, centre = correction[:3], correction[3:]
    for _ in range(ROUNDS):
        counts = np.stack(
            [_counts(seen, points, camera, np.concatenate([moves, centre + STEPS * step])) for step in _GRID]
        )
        whole = counts.sum(axis=1, keepdims=True)
        distances = distances_of_counts(np.concatenate([whole, whole - counts], axis=1))  # (27, 1 + parts)
        bottoms = _bottoms(distances)
        if not np.isfinite(bottoms[0]).all():
            return None
        near = np.clip(bottoms[0], -FARTHEST_STEPS, FARTHEST_STEPS)
        if (np.abs(bottoms[0]) < 1.0).all():
            without = bottoms[1:] - bottoms[1:].mean(axis=0)
            parts = len(without)
            if not np.isfinite(without).all():
                return None
            covariance = (parts - 1) / parts * without.T @ without * np.outer(STEPS, STEPS)
            return ShadingTurns(centre + STEPS * bottoms[0], covariance + np.eye(3) * LASTING_ERROR_RAD**2)
        centre = centre + STEPS * near
    return None


def _bottoms(distances: FloatArray) -> FloatArray:
    """(C, 3) in steps, of each column's bowl; NaN where it is none."""
    bowls = _BOWL @ distances
    hessians = np.empty((distances.shape[1], 3, 3))
    for row, (one, other) in enumerate(_SQUARES, start=4):
        hessians[:, one, other] = hessians[:, other, one] = bowls[row] * (2 if one == other else 1)
    bottoms = np.full((len(hessians), 3), np.nan)
    round_ones = np.linalg.eigvalsh(hessians)[:, 0] > 0
    slopes = bowls[1:4].T[round_ones]
    bottoms[round_ones] = -np.linalg.solve(hessians[round_ones], slopes[..., None])[..., 0]
    return bottoms


def _points_of(frames: Sequence[FrameEdges], camera: CameraModel, correction: FloatArray) -> _Points:
    rotation, translation = camera_from_camera_in_file(correction)
    size = np.array([camera.width, camera.height])
    places, bins, numbers, parts = [np.empty((0, 3))], [np.empty(0, np.int64)], [np.empty(0, np.int64)], []
    parts.append(np.empty(0, np.int64))
    for number, frame in enumerate(frames):
        if frame.shading is None:
            continue
        in_camera = frame.camera_from_points.apply(frame.shading.points)
        corrected = in_camera @ rotation.T + translation
        share = camera.image_plane(corrected) / size
        with np.errstate(invalid="ignore"):
            near = ((share > -SPARE) & (share < 1 + SPARE)).all(axis=1)
            near &= (corrected[:, 2] > NEAREST_M) & (corrected[:, 2] < FARTHEST_M)
        column = np.clip(share[near, 0] * ACROSS, 0, ACROSS - 1).astype(np.int64)
        row = np.clip(share[near, 1] * DOWN, 0, DOWN - 1).astype(np.int64)
        places.append(in_camera[near])
        bins.append(frame.shading.reflectivity[near].astype(np.int64))
        numbers.append(np.full(len(column), number))
        parts.append((number // 10 * DOWN + row) * ACROSS + column)
    _, part = np.unique(np.concatenate(parts), return_inverse=True)
    return _Points(np.concatenate(places), np.concatenate(bins), np.concatenate(numbers), part)


def _counts(frames: Sequence[FrameEdges], points: _Points, camera: CameraModel, correction: FloatArray) -> FloatArray:
    """(parts, BINS, BINS) how often reflectivity and grey meet."""
    rotation, translation = camera_from_camera_in_file(correction)
    pixels = camera.image_plane(points.in_camera @ rotation.T + translation)
    counts = np.zeros((int(points.part.max()) + 1) * BINS * BINS)
    for number, frame in enumerate(frames):
        shading = frame.shading
        if shading is None:
            continue
        rows = slice(*np.searchsorted(points.frame, [number, number + 1]))
        at = np.rint(np.nan_to_num(pixels[rows] / shading.step, nan=-1.0)).astype(np.int64)
        height, width = shading.grey.shape
        seen = ((at >= 0) & (at < [width, height])).all(axis=1)
        grey = shading.grey[at[seen, 1], at[seen, 0]].astype(np.int64) * BINS // 256
        cell = (points.part[rows][seen] * BINS + points.reflectivity[rows][seen]) * BINS + grey
        counts += np.bincount(cell, minlength=len(counts))
    return counts.reshape(-1, BINS, BINS)
