"""The recording car: where its rear axle is at any time, and how it leans with the road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sample_data.street.ground import road_height_m
from sample_data.street.mesh import FloatArray
from sample_data.street.motion import Driving, Path

WHEELBASE_M = 2.7
TRACK_M = 1.6
EGO_SIZE_M = (4.4, 1.85, 1.5)
EGO_MIDDLE_M = 1.35


@dataclass(frozen=True, eq=False)
class Ego:
    """Poses of the car on its way; the pose is that of the rear axle's middle, on the ground."""

    driving: Driving

    def poses(self, seconds: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Rotations (N, 3, 3) and translations (N, 3), street from ego, at (N,) seconds."""
        places = self.driving.at(seconds)
        forward = np.stack([np.cos(places.yaw_rad), np.sin(places.yaw_rad)], axis=1)
        left = np.stack([-forward[:, 1], forward[:, 0]], axis=1)
        rear = np.stack([places.x, places.y], axis=1)
        front = rear + forward * WHEELBASE_M
        half = left * TRACK_M / 2
        ahead = np.column_stack([forward * WHEELBASE_M, road_height_m(*front.T) - road_height_m(*rear.T)])
        across = np.column_stack([2 * half, road_height_m(*(rear + half).T) - road_height_m(*(rear - half).T)])
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        up = np.cross(ahead, across)
        up /= np.linalg.norm(up, axis=1, keepdims=True)
        rotations = np.stack([ahead, np.cross(up, ahead), up], axis=2)
        return rotations, np.column_stack([rear, road_height_m(*rear.T)])


def ego_for(profile: str, seconds: float) -> Ego:
    """The drive of a profile: straight over the crossing, a left turn and then weaving, or stop and go."""
    if profile == "straight":
        return Ego(Driving(Path(-14.0, -1.75, 0.0, [(1.0, 0.0)]), ((0.0, 5.0), (2.0, 5.0))))
    if profile == "stop-and-go":
        return Ego(Driving(Path(-27.0, -1.75, 0.0, [(1.0, 0.0)]), _stop_and_go(seconds)))
    turn = [(1.35, 0.0), (np.pi / 2 * 10.0, 1 / 10.0)]
    weave = [(4.0, 0.0)]
    for index in range(int(seconds * 4.6 / 10) + 1):
        sway = 0.055 if index % 2 == 0 else -0.055
        weave += [(2.5, sway), (5.0, -sway), (2.5, sway)]
    return Ego(Driving(Path(-9.6, -1.75, 0.0, turn + weave), ((0.0, 3.5), (1.0, 3.2), (2.0, 3.2), (6.0, 4.4))))


def _stop_and_go(seconds: float) -> list[tuple[float, float]]:
    """Corner points of the speed: brake to a stand, wait, pull away, over and over."""
    speeds: list[tuple[float, float]] = [(0.0, 4.0)]
    start = 0.0
    while start < seconds:
        speeds += [(start + 1.6, 0.0), (start + 2.6, 0.0), (start + 4.4, 4.0), (start + 5.0, 4.0)]
        start += 5.0
    return speeds
