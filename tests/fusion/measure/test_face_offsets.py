from __future__ import annotations

import numpy as np
import pytest

from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.measure.box_fits import FACES
from fusion.measure.face_offsets import boxes_with_faces_moved, face_offsets
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def odd_scene(seed: int) -> Scene:
    """Boxes of any size and rotation, some of them no numbers, among scattered returns."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(0, 9))
    rotations = rng.normal(size=(rows, 4))
    rotations /= np.linalg.norm(rotations, axis=1, keepdims=True)
    rotations[rng.random(rows) < 0.1] = rng.choice([np.nan, 0.0])
    points = rng.normal(0, 8, (int(rng.integers(0, 3000)), 3))
    points[rng.random(len(points)) < 0.02] = np.nan
    sweep = LidarSweep.from_columns(
        sensor="lidar",
        points=points,
        ego_from_points=RigidTransform.identity("ego", "ego"),
        reference_ns=0,
        motion=Motion.UNKNOWN,
        ray_origin=[0, 0, 1.8],
    )
    kinds = np.asarray(["Car", "Bus", "Pedestrian", "Bicycle", "Barrier", "Misc"], dtype=object)
    boxes = Boxes3D.from_columns(
        rng.normal(0, 8, (rows, 3)) * rng.choice([1, 1e12], p=[0.95, 0.05]),
        rng.choice([0.0, -1.0, np.nan, 1e-9, 4.5, 1e9], (rows, 3)) if seed % 2 else rng.uniform(0.5, 8, (rows, 3)),
        rotations,
        category=rng.choice(kinds, rows).tolist(),
    )
    return scene_from_arrays(boxes=boxes, points=[sweep])


@pytest.mark.parametrize("seed", range(24))
def test_no_box_makes_the_measurement_stumble(seed: int) -> None:
    scene = odd_scene(seed)
    offsets = face_offsets(scene)
    assert offsets.out_m.shape == offsets.beyond.shape == (len(scene.labels), len(FACES))
    assert np.isfinite(offsets.noise_m).all()


def test_faces_move_along_the_axes_of_their_box() -> None:
    box = Boxes3D.upright([(10.0, 5.0, 1.0)], [(4.0, 2.0, 2.0)], [np.pi / 2])
    scene = scene_from_arrays(boxes=box)
    moved = boxes_with_faces_moved(scene, np.asarray([0]), np.asarray([[0.4, 0.0, 0.0, -0.2, 0.6]]))
    assert moved.sizes_m[0] == pytest.approx([4.4, 1.8, 2.6])
    assert moved.centres_m[0] == pytest.approx([10.0 - 0.1, 5.0 + 0.2, 1.0 + 0.3])
