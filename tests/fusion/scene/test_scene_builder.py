from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.cameras.pinhole import Pinhole
from calibration.errors import ShapeError, UnknownSensorError
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import SceneBuilder, scene_from_arrays

POINTS = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32)
PICTURE = np.zeros((4, 6, 3), dtype=np.uint8)
TIMES = [100, 200]


def box(x_m: float = 10.0, timestamp_ns: int = 0, **columns: Any) -> Boxes3D:
    return Boxes3D.upright([[x_m, 0, 1]], [[4, 2, 2]], [0.0], timestamps_ns=[timestamp_ns], **columns)


def rig() -> SensorRig:
    front = Sensor("front", SensorKind.CAMERA, RigidTransform.identity("ego", "front"), Pinhole(6, 4, 5, 5, 2.5, 1.5))
    roof = Sensor("roof", SensorKind.LIDAR, RigidTransform("ego", "roof", np.eye(3), np.array([0, 0, 2.0])))
    return SensorRig({"front": front, "roof": roof})


def test_boxes_and_points_alone_are_a_frame_without_real_times() -> None:
    scene = scene_from_arrays(boxes=box(), points=[POINTS])
    assert len(scene.frames) == 1
    assert not scene.has_real_times
    np.testing.assert_array_equal(scene.frames[0].points_in_ego, POINTS)
    assert len(scene.frames[0].boxes) == 1


def test_points_of_a_lidar_on_the_roof_are_moved_into_ego() -> None:
    scene = scene_from_arrays(boxes=box(), points={"roof": [POINTS]}, rig=rig())
    np.testing.assert_allclose(scene.frames[0].points_in_ego, POINTS + np.array([0, 0, 2], dtype=np.float32))


def test_one_array_of_points_is_one_sweep() -> None:
    scene = scene_from_arrays(points=np.zeros((50, 3)), boxes=box())
    assert len(scene.frames) == 1
    assert scene.frames[0].points_in_ego.shape == (50, 3)


def test_points_without_labels_are_a_scene() -> None:
    scene = scene_from_arrays(points={"a": [np.zeros((5, 3))], "b": np.zeros((7, 4))})
    assert len(scene.labels.boxes) == 0
    assert scene.frames[0].points_in_ego.shape == (12, 3)


def test_a_fourth_column_is_intensity() -> None:
    scene = scene_from_arrays(boxes=box(), points=[np.hstack([POINTS, [[0.5], [0.25]]])])
    intensity = scene.frames[0].lidars["lidar"].intensity
    assert intensity is not None
    assert intensity.tolist() == [0.5, 0.25]


def test_boxes_find_their_frame_by_time() -> None:
    boxes = Boxes3D.concatenate([box(1, 200), box(2, 100), box(3, 200)])
    scene = scene_from_arrays(boxes=boxes, timestamps_ns=TIMES)
    assert [scene.frames[i].boxes.centres_m[:, 0].tolist() for i in (0, 1)] == [[2], [1, 3]]


def test_frames_in_any_order_find_their_boxes() -> None:
    scene = scene_from_arrays(boxes=Boxes3D.concatenate([box(1, 200), box(2, 100)]), timestamps_ns=TIMES[::-1])
    assert scene.labels.frame_index.tolist() == [0, 1]


def test_sweeps_and_images_may_be_missing_in_a_frame() -> None:
    scene = scene_from_arrays(
        boxes=Boxes3D.empty(), timestamps_ns=TIMES, points=[None, POINTS], images={"front": [PICTURE, None]}, rig=rig()
    )
    assert [tuple(frame.lidars) for frame in scene.frames] == [(), ("lidar",)]
    assert [tuple(frame.cameras) for frame in scene.frames] == [("front",), ()]
    assert scene.frames[0].cameras["front"].pixels().shape == PICTURE.shape
    assert {name: stream.timestamps_ns.tolist() for name, stream in scene.streams.items()} == {
        "lidar": [TIMES[1]],
        "front": [TIMES[0]],
    }


def test_ready_made_sweeps_and_images_keep_their_times() -> None:
    sweep = LidarSweep.from_columns(
        sensor="roof",
        points=POINTS,
        ego_from_points=RigidTransform.identity("ego", "roof"),
        reference_ns=90,
        motion=Motion.RAW,
    )
    image = CameraImage("front", 95, load=lambda: PICTURE)
    scene = scene_from_arrays(
        boxes=Boxes3D.empty(), timestamps_ns=[100], points={"roof": [sweep]}, images={"front": [image]}, rig=rig()
    )
    frame = scene.frames[0]
    assert frame.lidars["roof"].reference_ns == 90
    assert frame.cameras["front"].timestamp_ns == 95


def test_a_builder_puts_frames_one_period_apart() -> None:
    scene = SceneBuilder(period_ns=50, start_ns=1000).frame(POINTS, box(1)).frame(None).frame(POINTS, box(2)).build()
    assert scene.frame_table.timestamps_ns.tolist() == [1000, 1050, 1100]
    assert scene.labels.boxes.timestamps_ns.tolist() == [1000, 1100]
    assert scene.labels.boxes.label_ids.tolist() == ["0", "1"]
    assert [len(frame.boxes) for frame in scene.frames] == [1, 0, 1]
    assert scene.frame_table.sensors_of(1) == ()


def test_a_builder_keeps_ids_that_tell_labels_apart() -> None:
    scene = SceneBuilder().frame(boxes=box(label_ids=["x"])).frame(boxes=box(label_ids=["y"])).build()
    assert scene.labels.boxes.label_ids.tolist() == ["x", "y"]


def test_a_builder_moves_boxes_of_the_world_by_the_poses() -> None:
    moved = np.eye(4)
    moved[0, 3] = 6
    builder = SceneBuilder().frame(boxes=box(10), world_from_ego=np.eye(4)).frame(boxes=box(10), world_from_ego=moved)
    scene = builder.build(reference="world")
    assert [frame.boxes.centres_m[0, 0] for frame in scene.frames] == [10, 4]


def test_no_frames_are_a_scene_too() -> None:
    scene = SceneBuilder().build()
    assert len(scene.frames) == len(scene.labels) == 0


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        pytest.param({"timestamps_ns": [0.1, 0.2]}, "integer nanoseconds", id="seconds for nanoseconds"),
        pytest.param({"timestamps_ns": TIMES, "points": [POINTS]}, "2 timestamps need as many", id="too few sweeps"),
        pytest.param({"points": {"a": [POINTS], "b": []}}, "one entry a frame", id="sensors disagree"),
        pytest.param({"timestamps_ns": TIMES}, "1 boxes have a timestamp of no frame", id="box of no frame"),
        pytest.param({"timestamps_ns": TIMES, "box_frames": [2]}, r"must lie in 0\.\.1", id="frame that is not there"),
        pytest.param({"timestamps_ns": []}, "1 boxes but no frame", id="boxes without frames"),
        pytest.param({"timestamps_ns": TIMES, "poses": [np.eye(4)]}, "2 frames need as many poses", id="too few poses"),
        pytest.param({"frame_keys": ["a", "b"]}, "2 frames need as many entries", id="too many keys"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        scene_from_arrays(boxes=box(timestamp_ns=7), **parts)


def test_flat_points_are_refused_when_they_are_read() -> None:
    scene = scene_from_arrays(boxes=box(), points=[np.zeros((5, 2))])
    with pytest.raises(ShapeError, match="points of 'lidar'"):
        _ = scene.frames[0].points_in_ego


def test_sensors_the_rig_does_not_have_are_refused() -> None:
    with pytest.raises(UnknownSensorError):
        scene_from_arrays(boxes=box(), images={"rear": [PICTURE]}, rig=rig())
    with pytest.raises(UnknownSensorError):
        scene_from_arrays(boxes=box(), reference="rear", rig=rig())


def test_poses_for_some_frames_only_are_refused() -> None:
    builder = SceneBuilder().frame(world_from_ego=np.eye(4)).frame()
    with pytest.raises(ShapeError, match="1 of 2 frames have a pose; give all or none"):
        builder.build()
