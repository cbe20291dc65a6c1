"""A street as a lidar on the roof sees it: level or sloped ground, upright boxes that stop rays, a wall round it all.

Rays stop at the first surface, so only sides that face the sensor get points and things cast shadows. Labels are
placed apart from what is really there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]

LIDAR_M = np.array([0.0, 0.0, 1.8])
WALL_RADIUS_M = 70.0
NOISE_M = 0.01
SIZES_M = {
    "Car": (4.5, 1.9, 1.6),
    "Truck": (9.0, 2.5, 3.4),
    "Bus": (9.0, 2.6, 3.2),
    "Trailer": (10.0, 2.5, 3.8),
    "Pedestrian": (0.7, 0.7, 1.8),
    "Bicycle": (1.7, 0.6, 1.2),
    "Cyclist": (1.8, 0.6, 1.8),
    "Motorcycle": (2.1, 0.8, 1.4),
    "Sign": (0.1, 0.7, 0.7),
    "Excavator": (7.0, 3.0, 3.0),
}


def place_thing(
    category: str,
    x_m: float,
    y_m: float,
    *,
    lift_m: float = 0.0,
    yaw_deg: float = 0.0,
    size_m: tuple[float, float, float] | None = None,
    slope: float = 0.0,
    **columns: Any,
) -> Boxes3D:
    """One upright box that stands on the ground at (x, y), or `lift_m` over it."""
    length, width, height = size_m or SIZES_M[category]
    centre_m = (x_m, y_m, slope * x_m + lift_m + height / 2)
    return Boxes3D.upright([centre_m], [(length, width, height)], [np.radians(yaw_deg)], category=[category], **columns)


def rays_of_a_lidar(beams: int, columns: int) -> np.ndarray:
    elevation, azimuth = np.meshgrid(
        np.radians(np.linspace(-24.0, 2.0, beams)), np.linspace(-np.pi, np.pi, columns, endpoint=False), indexing="ij"
    )
    level = np.cos(elevation)
    return np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], axis=-1).reshape(-1, 3)


RAYS = rays_of_a_lidar(64, 900)


def distances_to_boxes_m(boxes: Boxes3D) -> np.ndarray:
    """(R,) how far each ray gets before it meets a box, infinity where it meets none."""
    nearest = np.full(len(RAYS), np.inf)
    for centre, half, yaw in zip(boxes.centres_m, boxes.sizes_m / 2, boxes.yaws_rad, strict=True):
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        start, along = (LIDAR_M - centre) @ turn, RAYS @ turn
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (-half - start) / along, (half - start) / along
        enter, leave = np.minimum(one, other).max(axis=1), np.maximum(one, other).min(axis=1)
        nearest = np.where((enter <= leave) & (enter > 0), np.minimum(nearest, enter), nearest)
    return nearest


def scan(things: Boxes3D, slope: float, rng: np.random.Generator) -> np.ndarray:
    """(N, 3) returns in ego, whose origin is on the ground under the lidar; the ground rises by `slope` along x."""
    downward = RAYS[:, 2] - slope * RAYS[:, 0]
    to_ground = np.where(downward < 0, LIDAR_M[2] / np.maximum(-downward, 1e-9), np.inf)
    to_wall = WALL_RADIUS_M / np.hypot(RAYS[:, 0], RAYS[:, 1])
    reach = np.minimum(np.minimum(to_ground, to_wall), distances_to_boxes_m(things))
    return LIDAR_M + RAYS * (reach + rng.normal(0, NOISE_M, len(reach)))[:, None]


@pytest.fixture
def place() -> Place:
    """`place("Car", 15, 3, lift_m=0.5)`: a box on the street."""
    return place_thing


@pytest.fixture
def see(rng: np.random.Generator) -> See:
    """`see([label, ...], really=[thing, ...])`: the frame of these labels; left out, the labels are what is there."""

    def seen(
        labels: Sequence[Boxes3D], really: Sequence[Boxes3D] | None = None, slope: float = 0.0, **parts: Any
    ) -> SyncedFrame:
        boxes = Boxes3D.concatenate(list(labels))
        numbered = replace(boxes, label_ids=np.arange(len(boxes)).astype(str).astype(object))
        points = scan(Boxes3D.concatenate(list(labels if really is None else really)), slope, rng)
        sweep = LidarSweep.from_columns(
            sensor="lidar",
            points=points,
            ego_from_points=RigidTransform.identity("ego", "ego"),
            reference_ns=0,
            motion=Motion.UNKNOWN,
            ray_origin=LIDAR_M,
        )
        frame: SyncedFrame = scene_from_arrays(boxes=numbered, points=[sweep], **parts).frames[0]
        return frame

    return seen
