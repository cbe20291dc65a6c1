"""Rays through the part of a box that any object fills: over wheels and feet, under windows and bonnet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from fusion.measure.frame import SyncedFrame
from fusion.measure.visibility import RaySupport, ray_support
from fusion.scene.box_geometry import rotation_matrices

# This much of its length and width, from so low to so high.
BROAD, LOW, HIGH = 0.8, 0.3, 0.65


@dataclass(frozen=True, eq=False)
class MiddleRays:
    """whole: rays through a box over the ground in it; middle: through its middle."""

    whole: RaySupport
    middle: RaySupport


def middle_rays(frame: SyncedFrame, ground_m: float) -> MiddleRays:
    """Rays through each box of a frame; what lies lower than `ground_m` over its bottom face doesn't count.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes no place; FileProblemError: a sweep can't be read.
    """
    return frame.measured(f"rays through middles over {ground_m} m", lambda: _middle_rays(frame, ground_m))


def _middle_rays(frame: SyncedFrame, ground_m: float) -> MiddleRays:
    low_m = np.minimum(ground_m, LOW * frame.boxes.sizes_m[:, 2])
    return MiddleRays(_rays_through(frame, 1.0, low_m, 1.0), _rays_through(frame, BROAD, low_m, HIGH))


def _rays_through(frame: SyncedFrame, broad: float, low_m: FloatArray, high: float) -> RaySupport:
    """Rays that cross a part of each box, from `low_m` (M,) over its bottom face up to `high` of its height."""
    boxes = frame.boxes
    length_m, width_m, height_m = np.where(np.isfinite(boxes.sizes_m), boxes.sizes_m, np.nan).T
    tall_m = np.maximum(high * height_m - low_m, 0.0)
    raised_m = low_m + tall_m / 2 - height_m / 2
    up = rotation_matrices(boxes.rotations)[:, :, 2]
    return ray_support(
        frame.points_in_ego,
        frame.ray_origins_in_ego,
        boxes.centres_m + raised_m[:, None] * up,
        np.stack([broad * length_m, broad * width_m, tall_m], axis=1),
        boxes.rotations,
    )
