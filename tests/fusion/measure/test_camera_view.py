from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.cameras import camera_from_parameters
from calibration.errors import LensError
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.measure.camera_view import CameraView
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAME_NS = 1_600_000_000_000_000_000
EGO_FROM_CAMERA = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], dtype=float)
LENS = camera_from_parameters("pinhole", 200, 100, 100, 100, 99.5, 49.5)
PIXELS = np.arange(100 * 200 * 3, dtype=np.uint8).reshape(100, 200, 3)


def front(lens: Any = LENS) -> SensorRig:
    ego_from_front = RigidTransform.from_rotation("ego", "front", EGO_FROM_CAMERA, [1.0, 0.0, 0.0])
    return SensorRig({"front": Sensor("front", SensorKind.CAMERA, ego_from_front, lens)})


def scene_of(late_ms: float = 0.0, points: Any = None, **parts: Any) -> Scene:
    """One frame with a car 21 m ahead, 20 m from a camera that exposes so much later."""
    picture = CameraImage("front", FRAME_NS + int(late_ms * 1e6), load=lambda: PIXELS, path="front/0.png")
    boxes = Boxes3D.upright([[21.0, 0.0, 0.0]], [[4.0, 2.0, 1.5]], [0.0], velocities_mps=parts.pop("velocity", None))
    usual: dict[str, Any] = {"boxes": boxes, "timestamps_ns": [FRAME_NS], "rig": front()}
    cloud = [np.array([[21.0, 0, 0], [21.0, -4.0, 2.0], [-5.0, 0, 0], [2.0, 30.0, 0]])] if points is None else points
    return scene_from_arrays(images={"front": [picture]}, points=cloud, box_frames=[0], **{**usual, **parts})


def view_of(scene: Scene) -> CameraView:
    view: CameraView = scene.frames[0].cameras["front"]
    return view


def ego_at(x_m: float) -> dict[str, np.ndarray]:
    return {"translations_m": np.array([[x_m, 0.0, 0.0]]), "quaternions": np.array([[1.0, 0.0, 0.0, 0.0]])}


def with_exposure_pose(scene: Scene, x_m: float) -> Scene:
    scene.streams = {**scene.streams, "front": replace(scene.streams["front"], **ego_at(x_m))}
    return scene


def test_points_land_where_a_pinhole_puts_them() -> None:
    projection = view_of(scene_of()).project_points()
    assert projection.in_view.tolist() == [True, True, False, False]
    assert projection.pixels[:2] == pytest.approx(np.array([[99.5, 49.5], [99.5 + 20, 49.5 - 10]]))
    assert projection.depth_m[:3].tolist() == [20, 20, -6]


def test_between_frame_and_exposure_points_go_through_the_world() -> None:
    """Ego drove 10 m closer before the camera exposed."""
    view = view_of(with_exposure_pose(scene_of(100.0, poses=[np.eye(4)]), 10.0))
    assert view.gap_s == pytest.approx(0.1)
    assert view.project_points().pixels[1] == pytest.approx([99.5 + 40, 49.5 - 20])
    assert (view.camera_from_ego.target, view.camera_from_ego.source) == ("front", "ego")


def test_without_poses_frame_and_exposure_are_taken_for_the_same_place() -> None:
    assert view_of(scene_of(100.0)).project_points().pixels[1] == pytest.approx([99.5 + 20, 49.5 - 10])


def test_an_exposure_beyond_the_trajectory_is_taken_for_the_frame_s_place() -> None:
    assert view_of(scene_of(100.0, poses=[np.eye(4)])).project_points().pixels[1] == pytest.approx([119.5, 39.5])


def test_infinite_points_are_out_of_view_without_warnings() -> None:
    cloud = np.array([[np.inf, 0, 0], [np.nan] * 3, [-np.inf, np.inf, 0], [21.0, 0, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert view_of(scene_of(points=[cloud])).project_points().in_view.tolist() == [False, False, False, True]


def test_boxes_move_to_the_time_of_the_exposure() -> None:
    view = view_of(scene_of(100.0, velocity=[[0.0, 10.0, 0.0]]))
    assert view.boxes_at_exposure.centres_m[0] == pytest.approx([21, 1, 0])
    assert view.speed_known.tolist() == [True]
    # One metre to the left, 18 to 22 m ahead of the camera, two metres wide.
    left, top, right, bottom = view.project_boxes().bounds_px[0]
    assert (left, right) == (pytest.approx(99.5 - 100 * 2 / 18), pytest.approx(99.5, abs=1e-6))
    assert bottom - top == pytest.approx(100 * 1.5 / 18)


def test_boxes_of_unknown_speed_stay_where_they_are() -> None:
    view = view_of(scene_of(100.0))
    assert view.boxes_at_exposure.centres_m[0] == pytest.approx([21, 0, 0])
    assert view.speed_known.tolist() == [False]


def test_a_speed_without_its_vertical_part_is_a_speed() -> None:
    view = view_of(scene_of(100.0, velocity=[[0.0, 10.0, np.nan]]))
    assert view.boxes_at_exposure.centres_m[0] == pytest.approx([21, 1, 0])
    assert view.speed_known.tolist() == [True]


def test_the_image_is_decoded_only_when_its_pixels_are_asked_for() -> None:
    asked = []
    picture = CameraImage("front", FRAME_NS, load=lambda: asked.append(1) or PIXELS)
    scene = scene_from_arrays(boxes=Boxes3D.empty(), timestamps_ns=[FRAME_NS], images={"front": [picture]}, rig=front())
    view = view_of(scene)
    assert (view.image.sensor, view.timestamp_ns, view.path, len(asked)) == ("front", FRAME_NS, "", 0)
    assert view.pixels().shape == (100, 200, 3)
    assert len(asked) == 1


def test_a_camera_without_a_lens_says_so() -> None:
    view = view_of(scene_of(rig=front(None)))
    with pytest.raises(LensError, match="front has no intrinsics in the rig"):
        assert view.camera is None


def test_2d_boxes_are_those_drawn_in_this_image() -> None:
    drawn = Boxes2D.from_columns(
        ["front", "back"], [[0, 0, 10, 10], [5, 5, 20, 20]], frame_index=np.zeros(2, dtype=np.int32)
    )
    view = view_of(scene_of(boxes_2d=drawn))
    assert view.rows_2d.tolist() == [0]
    assert view.boxes_2d is not None
    assert len(view.boxes_2d) == 1
    assert view_of(scene_of()).boxes_2d is None


def test_edges_are_what_an_overlay_draws() -> None:
    edges_px = view_of(scene_of()).project_box_edges()
    assert edges_px.shape[::2] == (12, 2)
    assert np.isfinite(edges_px).all()
