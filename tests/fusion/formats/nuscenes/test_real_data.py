"""Real recordings, where they are at hand: the reader against numbers other people's tools wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.errors import FileProblemError
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.formats.nuscenes.reader import NuScenesReader
from fusion.formats.registry import open_dataset
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.scene.problems import ProblemKind
from fusion.scene.scene import Scene


@pytest.fixture(scope="module")
def nuscenes(shared_data: Path) -> Scene:
    return open_dataset(shared_data / "nuscenes").scene("scene-derived")


@pytest.fixture(scope="module")
def lyft(shared_data: Path) -> Scene:
    dataset = open_dataset(shared_data / "lyft")
    return dataset.scene(dataset.scene_names[0])


def world_from_ego(scene: Scene) -> RigidTransform:
    pose = scene.world_from_ego_at_frame(0)
    assert pose is not None
    return pose


def sweep_of(scene: Scene) -> LidarSweep:
    sweep = scene.streams["LIDAR_TOP"].load(0)
    assert isinstance(sweep, LidarSweep)
    return sweep


def recounted(scene: Scene, sizes_m: np.ndarray, lift: float = 0.0) -> float:
    """Share of boxes in which we count as many points as nuScenes did."""
    boxes = scene.labels.boxes.moved(world_from_ego(scene).inverse())
    centres_m = boxes.centres_m + lift * boxes.sizes_m[:, 2:] * [0, 0, 1]
    counts = count_points_in_boxes(sweep_of(scene).points_in_ego, centres_m, sizes_m, boxes.rotations)
    return float(np.mean(counts == boxes.recorded_point_counts))


def test_the_key_frame_of_nuscenes_reads_without_a_problem(nuscenes: Scene) -> None:
    assert list(nuscenes.problems) == []
    assert nuscenes.frame_table.timestamps_ns.tolist() == [1_532_402_927_647_951_000]
    assert len(nuscenes.labels) == 68
    assert len(nuscenes.streams) == 7
    assert all((column >= 0).all() for column in nuscenes.frame_table.measurements.values())
    sweep = sweep_of(nuscenes)
    assert len(sweep) == 34688
    assert sweep.ring is not None
    assert set(sweep.ring.tolist()) == set(range(32))


def test_points_counted_in_boxes_are_those_that_nuscenes_recorded(nuscenes: Scene) -> None:
    sizes_m = nuscenes.labels.boxes.sizes_m
    assert recounted(nuscenes, sizes_m) >= 0.85
    assert recounted(nuscenes, sizes_m[:, [1, 0, 2]]) < 0.7  # width and length mixed up
    assert recounted(nuscenes, sizes_m, lift=0.5) < 0.5  # the bottom taken for the centre


def test_points_reach_all_six_images_through_the_world(nuscenes: Scene) -> None:
    points_in_world = world_from_ego(nuscenes).apply(sweep_of(nuscenes).points_in_ego)
    seen = np.zeros(len(points_in_world), dtype=int)
    cameras = [name for name, stream in nuscenes.streams.items() if stream.kind is SensorKind.CAMERA]
    for name in cameras:
        stream = nuscenes.streams[name]
        sensor = nuscenes.rig_at(int(stream.timestamps_ns[0])).sensor(name)
        world_from_ego_at_exposure = stream.world_from_ego(0)
        assert sensor.camera is not None
        assert world_from_ego_at_exposure is not None
        camera_from_world = (world_from_ego_at_exposure @ sensor.ego_from_sensor).inverse()
        in_view = sensor.camera.project(camera_from_world.apply(points_in_world)).in_view
        assert 2500 < in_view.sum() < 6000
        assert stream.load(0).pixels().shape == (sensor.camera.height, sensor.camera.width, 3)
        seen += in_view
    assert len(cameras) == 6
    assert (seen > 0).mean() > 0.55  # all around, less the sky above the images and the road below them
    assert (seen > 2).sum() == 0


def test_frames_of_the_scene_measure_what_the_streams_hold(nuscenes: Scene) -> None:
    frame = nuscenes.frames[0]
    assert np.mean(frame.point_counts == frame.boxes.recorded_point_counts) >= 0.85
    assert len(frame.cameras) == 6
    for view in frame.cameras.values():
        assert 2500 < view.project_points().in_view.sum() < 6000
        assert -0.044 < view.gap_s < 0


def test_lyft_reads_with_each_cut_link_told_once(lyft: Scene) -> None:
    problems = list(lyft.problems)
    assert {problem.kind for problem in problems} == {ProblemKind.BROKEN_REFERENCE, ProblemKind.COUNT_MISMATCH}
    assert not any(problem.lost for problem in problems)
    assert len({(problem.path, problem.reason.split(" (")[0]) for problem in problems}) == len(problems) == 12
    assert lyft.tags["dialect"] == "lyft"
    assert lyft.labels.boxes.recorded_point_counts is not None
    assert (lyft.labels.boxes.recorded_point_counts == -1).all()
    assert (lyft.labels.boxes.rotations[:, 0] >= 0).all()
    assert lyft.labels.boxes.category.values.tolist() == ["car"] * 4


def test_lyft_stamps_keep_their_fraction_and_poses_their_own_time(lyft: Scene) -> None:
    assert lyft.frame_table.timestamps_ns.tolist() == [1_556_675_185_903_083_250]
    assert lyft.trajectory is not None
    assert len(lyft.trajectory) == 7
    speeds = np.linalg.norm(lyft.trajectory.velocities_mps(lyft.trajectory.timestamps_ns), axis=1)
    assert np.ptp(speeds) < 1.5  # 11 m/s throughout; with the stamps of the poses themselves there is no speed at all
    assert 9 < speeds.mean() < 13


def test_lyft_images_that_are_absent_are_missing_files_once_asked_for(lyft: Scene) -> None:
    with pytest.raises(FileProblemError, match="no such file"):
        lyft.streams["CAM_FRONT"].load(0).pixels()
    with pytest.raises(FileProblemError, match="no such file"):
        lyft.streams["LIDAR_TOP"].load(0)


def test_lyft_sweeps_are_read_though_their_motion_is_unknown(lyft: Scene, shared_data: Path) -> None:
    load = lyft.streams["LIDAR_TOP"].load
    name = "lidar/host-a017_lidar1_1236118886501000046.bin"
    object.__setattr__(load.files, "names", (name,))  # type: ignore[attr-defined]
    sweep = load(0)
    assert sweep.motion is Motion.UNKNOWN
    assert len(sweep) == 5
    assert sweep.ring is None
    assert sweep.intensity is not None
    assert sweep.intensity.tolist() == [100] * 5


def test_table_folders_are_recognised(shared_data: Path) -> None:
    assert NuScenesReader.recognises(shared_data / "lyft") == "v1.01-train/ holds 13 nuScenes tables"
    assert NuScenesReader.recognises(shared_data / "kitti-object") is None
    assert NuScenesReader.recognises(shared_data) is None
