from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from fusion.measure.box_fits import FACES
from fusion.measure.face_offsets import boxes_with_faces_moved, face_offsets
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

OddScene = Callable[[int, Sequence[str]], Scene]


@pytest.mark.parametrize("seed", range(24))
def test_no_box_makes_the_measurement_stumble(odd_scene: OddScene, seed: int) -> None:
    scene = odd_scene(seed, ("Car", "Bus", "Pedestrian", "Bicycle", "Barrier", "Misc"))
    offsets = face_offsets(scene)
    assert offsets.out_m.shape == offsets.beyond.shape == (len(scene.labels), len(FACES))
    assert np.isfinite(offsets.noise_m).all()


def test_faces_move_along_the_axes_of_their_box() -> None:
    box = Boxes3D.upright([(10.0, 5.0, 1.0)], [(4.0, 2.0, 2.0)], [np.pi / 2])
    scene = scene_from_arrays(boxes=box)
    moved = boxes_with_faces_moved(scene, np.asarray([0]), np.asarray([[0.4, 0.0, 0.0, -0.2, 0.6]]))
    assert moved.sizes_m[0] == pytest.approx([4.4, 1.8, 2.6])
    assert moved.centres_m[0] == pytest.approx([10.0 - 0.1, 5.0 + 0.2, 1.0 + 0.3])
