from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.errors import FileProblemError
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder, scene_from_arrays
from fusion.scene.stream import Stream

CAR = Boxes3D.upright([[10.0, 0.0, 0.8]], [[4.0, 2.0, 1.6]], [0.0], category=["car"])


def cloud(*points: tuple[float, float, float]) -> np.ndarray:
    return np.asarray(points, dtype=np.float64)


def two_lidars(**parts: Any) -> Scene:
    """One in the ego frame, one a metre ahead of it that looks back."""
    back = np.diag([-1.0, -1.0, 1.0])
    rear = LidarSweep.from_columns(
        sensor="rear",
        points=cloud((1.0, 0.0, 0.0)),
        ego_from_points=RigidTransform.from_rotation("ego", "rear", back, [1.0, 0.0, 0.5]),
        reference_ns=100,
        motion=Motion.UNKNOWN,
    )
    points = {"front": [cloud((10.0, 0.0, 0.5), (50.0, 0.0, 0.0))], "rear": [rear]}
    return scene_from_arrays(boxes=CAR, timestamps_ns=[100], box_frames=[0], points=points, **parts)


def moved_since(scene: Scene, lidar: str, x_m: float) -> Scene:
    """The lidar's sweep was recorded when ego was so far ahead of where it is at the frame."""
    stream = scene.streams[lidar]
    recorded = replace(stream, translations_m=np.array([[x_m, 0.0, 0.0]]), quaternions=np.array([[1.0, 0.0, 0.0, 0.0]]))
    scene.streams = {**scene.streams, lidar: recorded}
    return scene


def test_a_frame_knows_its_name_time_and_boxes() -> None:
    frame = two_lidars(frame_keys=["000007"]).frames[0]
    assert (frame.key, frame.timestamp_ns, frame.annotated, frame.index) == ("000007", 100, True, 0)
    assert frame.label_rows.tolist() == [0]
    assert frame.boxes.centres_m.tolist() == [[10.0, 0.0, 0.8]]
    assert "000007" in repr(frame)


def test_points_of_all_lidars_lie_below_each_other_in_ego() -> None:
    frame = two_lidars().frames[0]
    assert frame.points_in_ego.dtype == np.float32
    assert frame.points_in_ego == pytest.approx(cloud((10, 0, 0.5), (50, 0, 0), (0, 0, 0.5)))
    assert frame.ray_origins_in_ego == pytest.approx(cloud((0, 0, 0), (0, 0, 0), (1, 0, 0.5)))
    assert list(frame.lidars) == ["front", "rear"]
    assert frame.point_counts.tolist() == [1]


def test_points_of_another_moment_are_brought_to_the_frame_s() -> None:
    scene = moved_since(two_lidars(poses=[np.eye(4)]), "front", 2.0)
    frame = scene.frames[0]
    assert frame.points_in_ego == pytest.approx(cloud((12, 0, 0.5), (52, 0, 0), (0, 0, 0.5)))
    assert frame.ray_origins_in_ego[0] == pytest.approx([2, 0, 0])
    assert frame.ego_at_frame_from("rear") is None


def test_infinite_and_missing_points_stay_rows_and_make_no_warnings() -> None:
    points = cloud((np.inf, 0, 0), (np.nan, 1, 1), (-np.inf, np.inf, 0), (10, 0, 0.5))
    scene = scene_from_arrays(boxes=CAR, timestamps_ns=[100], box_frames=[0], points=[points], poses=[np.eye(4)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = moved_since(scene, "lidar", 1.0).frames[0]
        assert np.isfinite(frame.points_in_ego).all(axis=1).tolist() == [False, False, False, True]
        assert frame.point_counts.tolist() == [1]


def test_everything_is_measured_once() -> None:
    frame = two_lidars().frames[0]
    asked = []
    for _ in range(2):
        assert frame.measured("answer", lambda: asked.append(1) or 42) == 42
    assert len(asked) == 1
    assert frame.points_in_ego is frame.points_in_ego
    assert frame.boxes is frame.boxes


def test_nothing_is_read_before_it_is_asked_for() -> None:
    scene = two_lidars()

    def load(index: int) -> LidarSweep:
        raise FileProblemError("rear.bin", "no such file")

    scene.streams = {
        **scene.streams,
        "rear": Stream("rear", SensorKind.LIDAR, scene.streams["rear"].timestamps_ns, load),
    }
    frame = scene.frames[0]
    assert len(frame.boxes) == 1
    assert len(frame.lidars["front"]) == 2
    with pytest.raises(FileProblemError, match="no such file"):
        assert frame.points_in_ego is None


def test_says_what_it_lacks() -> None:
    frame = SceneBuilder().frame(boxes=CAR).build().frames[0]
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        assert frame.points_in_ego is None
    assert dict(frame.cameras) == {}
    with pytest.raises(KeyError):
        assert frame.lidars["roof"] is None


def test_world_boxes_of_a_frame_without_a_pose_are_refused() -> None:
    late = Trajectory.from_poses([200], np.zeros((1, 3)), [[1.0, 0, 0, 0]])
    boxes = Boxes3D.concatenate([CAR, CAR])
    scene = scene_from_arrays(boxes=boxes, timestamps_ns=[100, 200], box_frames=[0, 1], poses=late, reference="world")
    with pytest.raises(NotMeasurableError, match="no ego pose at this frame"):
        assert scene.frames[0].boxes is None
    assert len(scene.frames[1].boxes) == 1


def test_one_label_without_a_place_does_not_take_the_frame_with_it() -> None:
    boxes = Boxes3D.upright([[np.nan, 0, 0], [10, 0, 0.8]], np.tile([4.0, 2.0, 1.6], (2, 1)), [0.0, 0.0])
    frame = scene_from_arrays(boxes=boxes, points=[cloud((10, 0, 0.5))], poses=None).frames[0]
    assert frame.point_counts.tolist() == [0, 1]


def test_frames_are_a_sequence() -> None:
    scene = SceneBuilder().frame(boxes=CAR).frame().frame(boxes=CAR).build()
    assert [frame.index for frame in scene.frames] == [0, 1, 2]
    assert [len(frame.boxes) for frame in scene.frames[::2]] == [1, 1]
    assert scene.frames[-1].index == 2
    with pytest.raises(IndexError, match="has 3 frames"):
        assert scene.frames[3]


def test_kinds_are_those_of_the_boxes() -> None:
    frame = two_lidars().frames[0]
    assert [kind.value for kind in frame.kinds.by_name if kind] == ["car"]
