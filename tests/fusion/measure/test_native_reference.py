from __future__ import annotations

import numpy as np
import pytest

from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.errors import NotMeasurableError
from fusion.measure.native_reference import native_from_ego, native_from_world
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def scene_in(reference: str, poses: bool = True) -> Scene:
    matrices = [np.eye(4), np.eye(4)]
    matrices[1][:3, :3], matrices[1][:3, 3] = TURN, (5.0, -2.0, 0.3)
    lidar = Sensor("roof", SensorKind.LIDAR, RigidTransform("ego", "roof", TURN, np.array([1.0, 0.0, 1.8])))
    boxes = Boxes3D.upright([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[4, 2, 1]] * 3, [0.1, 0.2, 0.3])
    return scene_from_arrays(
        boxes=boxes,
        box_frames=[0, 1, 1],
        timestamps_ns=[0, 100_000_000],
        rig=SensorRig.of(lidar),
        poses=matrices if poses else None,
        reference=reference,
    )


@pytest.mark.parametrize("reference", ["ego", "world", "roof"])
def test_there_and_back_is_where_the_labels_were_written(reference: str) -> None:
    scene = scene_in(reference)
    frames = scene.labels.frame_index.astype(np.int64)
    for native in (
        native_from_ego(scene, boxes_in_ego(scene), frames),
        native_from_world(scene, boxes_in_world(scene), frames),
    ):
        np.testing.assert_allclose(native.centres_m, scene.labels.boxes.centres_m, atol=1e-9)
        np.testing.assert_allclose(native.yaws_rad, scene.labels.boxes.yaws_rad, atol=1e-9)


def test_labels_of_the_world_need_poses() -> None:
    scene = scene_in("world", poses=False)
    with pytest.raises(NotMeasurableError, match="no ego pose"):
        native_from_ego(scene, scene.labels.boxes, np.array([0, 1, 1]))
