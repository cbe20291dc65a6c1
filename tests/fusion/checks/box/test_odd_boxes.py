"""Whatever a label file holds, a box check answers for every row and warns of nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.checks.box.duplicate_box import duplicate_box
from fusion.checks.box.floating_box import floating_box
from fusion.checks.box.implausible_size import implausible_size
from fusion.checks.box.overlapping_solids import overlapping_solids
from fusion.checks.box.see_through_box import see_through_box
from fusion.checks.check import Check
from fusion.checks.finding import findings_of
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

ODD_SIZES_M = (0.0, -1.0, np.nan, 1e-9, 4.5, 1e9)
CLASSES = ("Car", "Truck", "Pedestrian", "Misc", "vehicle.cra", "Sign", "Bus", "Trailer", None)
BOX_CHECKS = (see_through_box, implausible_size, floating_box, overlapping_solids, duplicate_box)


def odd_frame(seed: int) -> SyncedFrame:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(0, 8))
    rotations = rng.normal(size=(rows, 4))
    rotations /= np.linalg.norm(rotations, axis=1, keepdims=True)
    rotations[rng.random(rows) < 0.1] = rng.choice([np.nan, 0.0])
    points = rng.normal(0, 15, (int(rng.integers(0, 400)), 3))
    points[rng.random(len(points)) < 0.02] = np.nan
    sweep = LidarSweep.from_columns(
        sensor="lidar",
        points=points,
        ego_from_points=RigidTransform.identity("ego", "ego"),
        reference_ns=0,
        motion=Motion.UNKNOWN,
        ray_origin=[0, 0, 1.8],
    )
    boxes = Boxes3D.from_columns(
        rng.normal(0, 10, (rows, 3)) * rng.choice([1, 1e12], p=[0.9, 0.1]),
        rng.choice(ODD_SIZES_M, (rows, 3)) if seed % 2 else rng.uniform(0.1, 6, (rows, 3)),
        rotations,
        category=rng.choice(np.asarray(CLASSES, dtype=object), rows).tolist(),
    )
    frame: SyncedFrame = scene_from_arrays(boxes=boxes, points=[sweep]).frames[0]
    return frame


@pytest.mark.parametrize("check", BOX_CHECKS, ids=lambda check: check.code)
def test_no_box_makes_a_check_stumble(check: Check[Any]) -> None:
    for seed in range(24):
        frame = odd_frame(seed)
        assessment = check(frame)
        assert check.level == "frame"
        assert len(findings_of(check, assessment, ("arrays",), lambda severity, excess: 0.5)) == len(
            assessment.reported
        )
