from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.timing.labels_slipped import LabelsSlippedLimits, labels_slipped
from fusion.errors import NotMeasurableError
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.simulated_drive import simulated_drive
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder, scene_from_arrays

STEP_M = 0.6
CARS = 12


def swept_drive(late: int = 0, frames: int = 10) -> Scene:
    """Parked cars, all four sides full of points, ego passing by; labels are those of `late` frames before."""
    chance = np.random.default_rng(1)
    places = np.stack(
        [np.linspace(-10, 40, CARS), np.where(np.arange(CARS) % 2, 5.0, -5.0), np.full(CARS, 0.8)], axis=1
    )
    shell = chance.uniform(-0.5, 0.5, (300, 3))
    shell[np.arange(300), chance.integers(0, 2, 300)] = chance.choice([-0.5, 0.5], 300)
    names = [f"car {number}" for number in range(CARS)]
    builder = SceneBuilder()
    for frame in range(frames):
        here = places - [STEP_M * frame, 0, 0]
        drawn = places - [STEP_M * (frame - late), 0, 0]
        points = (here[:, None, :] + shell * [4.4, 1.9, 1.6]).reshape(-1, 3)
        sizes = np.tile([4.6, 2.0, 1.7], (CARS, 1))
        boxes = Boxes3D.upright(drawn, sizes, np.zeros(CARS), track=names, category=["car"] * CARS)
        pose = np.eye(4)
        pose[0, 3] = STEP_M * frame
        builder.frame(points.astype(np.float32), boxes, world_from_ego=pose)
    return builder.build()


def reported(scene: Scene, limits: LabelsSlippedLimits | None = None) -> list[list[int]]:
    """Rows of frames, and of the drive."""
    return [[int(row) for row in one.reported] for one in labels_slipped.assess(scene, limits)]


def test_reports_the_frame_whose_labels_are_those_of_the_frame_before() -> None:
    result = plant(simulated_drive(1), [parse_fault("slip:1:frame")], 1)
    assert reported(result.scene) == [[result.truths[0].frames[0]], []]
    assert reported(result.scene, LabelsSlippedLimits(max_step_m=5.0)) == [[], []]


def test_reports_a_drive_whose_labels_are_all_one_sweep_late() -> None:
    assert reported(swept_drive(late=1)) == [[], [0]]


def test_is_quiet_on_right_labels_and_on_a_leaping_pose() -> None:
    assert reported(swept_drive()) == [[], []]
    leap = plant(simulated_drive(1), [parse_fault("pose-jump:1:frame")], 1).scene
    assert reported(leap) == [[], []]


def test_says_why_it_cannot_tell() -> None:
    with pytest.raises(NotMeasurableError, match="nothing is labelled"):
        labels_slipped.assess(scene_from_arrays(timestamps_ns=[0]))
    frames, drive = labels_slipped.assess(simulated_drive(1))
    assert drive.not_assessed is not None
    assert drive.not_assessed.counts() == {"too few boxes with points move from one sweep to the next": 1}
    assert frames.not_assessed is not None
    assert sum(frames.not_assessed.counts().values()) == 2
