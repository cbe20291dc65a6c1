"""Drives past a street that stands still, under labels that may be wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

Drive = Callable[[Sequence[Sequence[Boxes3D]], Sequence[Boxes3D]], Scene]

STREET = [("Car", 12, 4), ("Car", 14, -5), ("Truck", 22, 5), ("Car", -13, 4), ("Pedestrian", 9, -3), ("Car", 1, 7)]


@pytest.fixture
def street(place: Callable[..., Boxes3D]) -> list[Boxes3D]:
    """Cars, a lorry and a person around the lidar, each drawn as it stands."""
    return [place(category, x, y) for category, x, y in STREET]


@pytest.fixture
def drive(see: Callable[..., SyncedFrame]) -> Drive:
    """`drive([labels, ...], really)`: the same street in every frame, under labels that may change."""

    def driven(labels: Sequence[Sequence[Boxes3D]], really: Sequence[Boxes3D]) -> Scene:
        builder = SceneBuilder()
        for boxes in labels:
            seen = see(boxes, really=really)
            tracked = replace(
                seen.boxes, track=type(seen.boxes.track).from_values([f"t{row}" for row in range(len(boxes))])
            )
            builder.frame(seen.lidars["lidar"], tracked)
        return builder.build()

    return driven


def with_face_moved(box: Boxes3D, face: str, out_m: float) -> Boxes3D:
    """A box of yaw 0 with one face moved outwards."""
    axis = {"front": 0, "rear": 0, "left": 1, "right": 1, "top": 2}[face]
    sign = -1.0 if face in ("rear", "right") else 1.0
    unit = np.eye(3)[axis]
    return replace(box, sizes_m=box.sizes_m + out_m * unit, centres_m=box.centres_m + sign * out_m / 2 * unit)


@pytest.fixture
def move_face() -> Callable[[Boxes3D, str, float], Boxes3D]:
    """`move_face(box, "front", 0.4)`: a box of yaw 0 with one face moved outwards."""
    return with_face_moved
