from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.cameras import camera_from_parameters
from calibration.clock import ClockOffset
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.scene.given_rig import with_rig
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

SECOND = 1_000_000_000
STAMPS = np.array([1, 2, 3]) * SECOND
LENS = camera_from_parameters("pinhole", 8, 6, 5.0, 5.0, 3.5, 2.5)
POINT = np.array([[10.0, 0.0, 0.0]], dtype=np.float32)


def place(name: str, x: float, yaw_deg: float = 0.0) -> RigidTransform:
    yaw = np.deg2rad(yaw_deg)
    turned = [[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]]
    return RigidTransform.from_rotation("ego", name, turned, [x, 0, 2])


def rig_with(lidar: Sensor | None = None, camera: Sensor | None = None) -> SensorRig:
    return SensorRig.of(
        lidar or Sensor("roof", SensorKind.LIDAR, place("roof", 1.0)),
        camera or Sensor("front", SensorKind.CAMERA, place("front", 2.0), LENS),
    )


def drive(sweep: LidarSweep | np.ndarray = POINT) -> Scene:
    return scene_from_arrays(
        timestamps_ns=STAMPS,
        points={"roof": [sweep] * 3},
        images={"front": [np.zeros((6, 8, 3), dtype=np.uint8)] * 3},
        rig=rig_with(),
        poses=Trajectory.from_poses(
            np.array([0, 4]) * SECOND, [[0, 0, 0], [40, 0, 0]], [[1, 0, 0, 0]] * 2, max_gap_ns=9 * SECOND
        ),
    )


def test_points_follow_a_lidar_that_sits_elsewhere() -> None:
    scene = with_rig(drive(), rig_with(lidar=Sensor("roof", SensorKind.LIDAR, place("roof", 1.5, 90))))
    np.testing.assert_allclose(scene.frames[0].points_in_ego, [[1.5, 10, 2]], atol=1e-6)


def test_points_that_the_files_hold_in_ego_move_by_the_difference_only() -> None:
    in_ego = LidarSweep.from_columns(
        sensor="roof",
        points=[[11.0, 0.0, 2.0]],
        frame="ego",
        ego_from_points=RigidTransform.identity("ego", "ego"),
        ray_origin=[1.0, 0.0, 2.0],
        reference_ns=SECOND,
        motion=Motion.COMPENSATED,
    )
    scene = with_rig(drive(in_ego), rig_with(lidar=Sensor("roof", SensorKind.LIDAR, place("roof", 1.5, 90))))
    np.testing.assert_allclose(scene.frames[0].points_in_ego, [[1.5, 10, 2]], atol=1e-6)
    np.testing.assert_allclose(scene.frames[0].ray_origins_in_ego, [[1.5, 0, 2]], atol=1e-6)


def test_a_clock_offset_moves_all_stamps_of_its_stream_and_only_those() -> None:
    late = Sensor("front", SensorKind.CAMERA, place("front", 2.0), LENS, clock=ClockOffset(-SECOND // 10))
    scene = with_rig(drive(), rig_with(camera=late))
    np.testing.assert_array_equal(scene.streams["front"].timestamps_ns, STAMPS - SECOND // 10)
    np.testing.assert_array_equal(scene.streams["roof"].timestamps_ns, STAMPS)
    view = scene.frames[1].cameras["front"]
    image: CameraImage = view.image
    assert image.timestamp_ns == view.timestamp_ns == STAMPS[1] - SECOND // 10
    # At 10 m/s the camera saw from one metre further back.
    np.testing.assert_allclose(view.camera_from_ego.inverse().translation, [2.0 - 1.0, 0, 2], atol=1e-6)


def test_poses_recorded_at_the_wrong_time_are_dropped_where_the_trajectory_knows_better() -> None:
    scene = drive()
    recorded = replace(scene.streams["front"], translations_m=np.zeros((3, 3)), quaternions=[[1.0, 0, 0, 0]] * 3)
    scene = replace(scene, streams={**scene.streams, "front": recorded})
    late = Sensor("front", SensorKind.CAMERA, place("front", 2.0), LENS, clock=ClockOffset(-SECOND // 10))
    assert with_rig(scene, rig_with()).streams["front"].world_from_ego(1) is not None
    assert with_rig(scene, rig_with(camera=late)).streams["front"].world_from_ego(1) is None


def test_all_times_of_a_sweep_move_together() -> None:
    sweep = LidarSweep.from_columns(
        sensor="roof",
        points=POINT,
        ego_from_points=place("roof", 1.0),
        reference_ns=100,
        start_ns=90,
        end_ns=110,
        times_ns=[95],
        motion=Motion.RAW,
    )
    early = Sensor("roof", SensorKind.LIDAR, place("roof", 1.0), clock=ClockOffset(7))
    moved = with_rig(drive(sweep), rig_with(lidar=early)).streams["roof"].load(0)
    assert (moved.reference_ns, moved.start_ns, moved.end_ns) == (107, 97, 117)
    assert moved.times_ns.tolist() == [102]


def test_a_stream_the_rig_does_not_name_stays_and_is_named() -> None:
    only_camera = SensorRig.of(Sensor("front", SensorKind.CAMERA, place("front", 2.0), LENS))
    scene = with_rig(drive(), only_camera)
    np.testing.assert_allclose(scene.streams["roof"].load(0).points_in_ego, [[11, 0, 2]], atol=1e-6)
    assert any("no sensor roof" in told for told in scene.assumptions)


@pytest.mark.parametrize("readout_ns", [None, 5], ids=["unknown keeps the file's", "known replaces it"])
def test_a_readout_the_rig_knows_replaces_that_of_the_images(readout_ns: int | None) -> None:
    scene = drive()
    images = [
        CameraImage("front", int(stamp), load=lambda: np.zeros((6, 8, 3), np.uint8), readout_ns=3) for stamp in STAMPS
    ]
    scene = replace(scene, streams={**scene.streams, "front": replace(scene.streams["front"], load=images.__getitem__)})
    camera = Sensor("front", SensorKind.CAMERA, place("front", 2.0), LENS, readout_ns=readout_ns)
    image = with_rig(scene, rig_with(camera=camera)).streams["front"].load(0)
    assert image.readout_ns == (readout_ns or 3)
