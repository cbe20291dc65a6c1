"""How many returns an object in full view would give: the rays of each lidar that point at its box.

Rays without a return are not recorded, so how densely a lidar fires is taken from where it does return: at each
elevation the directions with the fullest answer, which look at the road, at walls or at trees.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.frame import SyncedFrame
from fusion.measure.own_returns import lidar_numbers
from fusion.scene.box_geometry import corners_of_boxes

# Fine enough to follow the beams of lidars that crowd them about the horizon.
ELEVATION_RAD, SECTOR_RAD = float(np.radians(0.5)), float(np.radians(7.5))
ELEVATIONS, SECTORS = round(np.pi / ELEVATION_RAD), round(2 * np.pi / SECTOR_RAD)
# Of the sectors that answer at all, a quarter may answer twice as often: merged edges, double returns.
FULL_PERCENTILE = 75.0
MIN_SECTORS = 4
# A sector that answers less than this share of the usual is where the lidar doesn't look, or sees its own roof.
LOOKED_AT = 0.25


def expected_returns(frame: SyncedFrame) -> FloatArray:
    """(M,) returns if every ray that points at a box came back from it; 0 where no lidar looks.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured("expected returns", lambda: _expected_returns(frame))


def _expected_returns(frame: SyncedFrame) -> FloatArray:
    points, origins, boxes = frame.points_in_ego.astype(np.float64), frame.ray_origins_in_ego, frame.boxes
    finite = np.isfinite(points).all(axis=1)
    corners = corners_of_boxes(boxes.centres_m, boxes.sizes_m, boxes.rotations)
    expected = np.zeros(len(boxes))
    numbers = lidar_numbers(origins)
    for number in np.unique(numbers[finite]):
        rays = np.flatnonzero(finite & (numbers == number))
        origin = origins[rays[0]]
        expected += _pointing_at(corners - origin, _answers(points[rays] - origin))
    return expected


def _answers(along: FloatArray) -> IntArray:
    """(ELEVATIONS, SECTORS) returns of a lidar by direction."""
    x, y, z = along.T
    elevation = ((np.arctan2(z, np.hypot(x, y)) + np.pi / 2) / ELEVATION_RAD).astype(np.int64)
    counts = np.bincount(
        np.clip(elevation, 0, ELEVATIONS - 1) * SECTORS + _sector(np.arctan2(y, x)), minlength=ELEVATIONS * SECTORS
    )
    return counts.reshape(ELEVATIONS, SECTORS)


def _sector(azimuth_rad: FloatArray) -> IntArray:
    return np.asarray(((azimuth_rad + np.pi) / SECTOR_RAD).astype(np.int64) % SECTORS)


def _density(counts: IntArray) -> FloatArray:
    """(ELEVATIONS,) rays in each elevation's band, per radian of azimuth."""
    answering: BoolArray = np.asarray(counts > 0)
    full = np.zeros(ELEVATIONS)
    for band in np.flatnonzero(answering.sum(axis=1) >= MIN_SECTORS):
        full[band] = np.percentile(counts[band, answering[band, :]], FULL_PERCENTILE)
    return full / SECTOR_RAD


def _pointing_at(corners: FloatArray, counts: IntArray) -> FloatArray:
    """(M,) rays within the outline of boxes, from corners (M, 8, 3) about the lidar, as if outlines were rectangles."""
    placed: BoolArray = np.isfinite(corners.reshape(-1, 24).sum(axis=1))
    corners = np.where(placed[:, None, None], corners, 0.0)
    level_m = np.hypot(corners[..., 0], corners[..., 1])
    middle = corners.mean(axis=1)
    ahead_rad = np.arctan2(middle[:, 1], middle[:, 0])
    off_rad = np.arctan2(corners[..., 1], corners[..., 0]) - ahead_rad[:, None]
    off_rad = np.angle(np.exp(1j * off_rad))
    width_rad = off_rad.max(axis=1) - off_rad.min(axis=1)
    range_m = np.maximum(level_m.min(axis=1), 1e-3)
    low_rad = np.arctan2(corners[..., 2].min(axis=1), range_m)
    high_rad = np.arctan2(corners[..., 2].max(axis=1), range_m)
    below = np.concatenate([[0.0], np.cumsum(_density(counts))])
    edges = np.linspace(-np.pi / 2, np.pi / 2, ELEVATIONS + 1)
    rays = (np.interp(high_rad, edges, below) - np.interp(low_rad, edges, below)) * width_rad
    by_sector = counts.sum(axis=0)
    usual = np.median(by_sector[by_sector > 0])
    return np.where(placed & (by_sector[_sector(ahead_rad)] >= LOOKED_AT * usual), rays, 0.0)
