from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.radar import RadarSweep
from calibration.sensors import SensorKind
from calibration.sweep import Motion
from fusion.errors import DatasetError
from fusion.formats.nuscenes.reader import NuScenesReader
from fusion.formats.registry import open_dataset
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.measure.radar_returns import radar_returns
from fusion.scene.scene import Scene

Tables = dict[str, list[dict[str, Any]]]
Write = Callable[..., Path]


@pytest.fixture
def scene(tables: Tables, write: Write, sensor_files: Path) -> Scene:
    return NuScenesReader(write(tables)).read_scene("scene-0001")


def found(tables: Tables, table: str, token: str) -> dict[str, Any]:
    return next(record for record in tables[table] if record["token"] == token)


def test_a_whole_data_set_reads_without_a_problem(scene: Scene, tables: Tables, write: Write) -> None:
    reader = NuScenesReader(write(tables))
    assert reader.scene_names() == ("scene-0001",)
    assert list(reader.problems) == []
    assert list(scene.problems) == []
    assert scene.time_base == "utc"
    assert scene.tags["location"] == "boston"
    assert scene.assumptions == ("points of LIDAR_TOP carry no times; its sweeps are taken for raw",)


def test_is_found_by_its_tables_and_says_so(tables: Tables, write: Write) -> None:
    dataset = open_dataset(write(tables))
    assert (dataset.format, dataset.why) == ("nuscenes", "v1.0-mini/ holds 13 nuScenes tables")


def test_frames_are_samples_at_the_stamp_and_pose_of_the_lidar(scene: Scene, start_ns: int) -> None:
    frames = scene.frame_table
    assert frames.keys == ("sample-0", "sample-1", "sample-2")
    assert frames.reference_lidar == "LIDAR_TOP"
    assert (frames.timestamps_ns - start_ns).tolist() == [0, 500_000_000, 1_000_000_000]
    assert frames.annotated.all()
    np.testing.assert_allclose(frames.translations_m, [[100, 200, 1], [100, 205, 1], [100, 210, 1]])
    pose = scene.world_from_ego_at_frame(1)
    assert pose is not None
    np.testing.assert_allclose(pose.apply([[1.0, 0, 0]]), [[100, 206, 1]], atol=1e-9)


def test_frames_pair_the_key_frames_of_every_sensor(scene: Scene) -> None:
    members = scene.frame_table.measurements
    assert {name: column.tolist() for name, column in members.items()} == {
        "CAM_FRONT": [0, 1, 2],
        "LIDAR_TOP": [0, 2, 3],
        "RADAR_FRONT": [0, 1, 2],
    }
    lidar = scene.streams["LIDAR_TOP"]
    assert lidar.keyframe is not None
    assert lidar.keyframe.tolist() == [True, False, True, True]
    assert lidar.paths[1].startswith("sweeps/")


def test_boxes_are_length_width_height_about_their_centre_in_the_world(scene: Scene, start_ns: int) -> None:
    labels, boxes = scene.labels, scene.labels.boxes
    assert labels.reference == "world"
    assert labels.name == "v1.0-mini"
    assert boxes.label_ids.tolist() == ["car-0", "adult-0", "car-1", "adult-1", "car-2"]
    assert labels.frame_index.tolist() == [0, 0, 1, 1, 2]
    np.testing.assert_allclose(boxes.centres_m[2], [102, 211.5, 2])
    np.testing.assert_allclose(boxes.sizes_m[:2], [[4, 2, 1.5], [0.5, 0.6, 1.8]])
    np.testing.assert_allclose(boxes.yaws_rad[:2], [np.pi / 2, 0], atol=1e-12)
    assert (boxes.rotations[:, 0] >= 0).all()
    assert (boxes.timestamps_ns - start_ns).tolist() == [0, 0, 500_000_000, 500_000_000, 1_000_000_000]
    assert boxes.category.values.tolist()[:2] == ["vehicle.car", "human.pedestrian.adult"]
    assert boxes.track.values.tolist() == ["car", "adult", "car", "adult", "car"]
    assert boxes.recorded_point_counts is not None
    assert boxes.recorded_point_counts.tolist() == [3] * 5
    assert labels.declared_classes == ("vehicle.car", "human.pedestrian.adult")
    assert labels.scope.source == "format"
    assert boxes.provenance is not None
    assert boxes.provenance.place(0) == "v1.0-mini/sample_annotation.json"


def test_velocities_are_over_ground_in_the_world(scene: Scene) -> None:
    velocities = scene.labels.boxes.velocities_mps
    assert velocities is not None
    np.testing.assert_allclose(velocities[[0, 2, 4]], [[0, 5, 0]] * 3, atol=1e-9)
    np.testing.assert_allclose(velocities[[1, 3]], 0, atol=1e-9)


def test_attributes_and_visibility_are_read_by_name(scene: Scene) -> None:
    attributes = scene.labels.boxes.attributes
    assert [attributes["attribute"][row] for row in range(3)] == ["vehicle.moving;lights.on", None, None]
    assert [attributes["visibility"][row] for row in range(2)] == ["v80-100", None]


def test_lidar_points_land_in_the_box_they_came_from(scene: Scene, start_ns: int) -> None:
    sweep = scene.streams["LIDAR_TOP"].load(0)
    np.testing.assert_allclose(sweep.points_in_ego[0], [9, -2, 1], atol=1e-6)
    assert sweep.intensity.tolist() == [7, 8, 9, 10]
    assert sweep.ring.tolist() == [0, 1, 2, 31]
    pose = scene.world_from_ego_at_frame(0)
    assert pose is not None
    boxes = scene.labels.boxes.take([0]).moved(pose.inverse())
    np.testing.assert_allclose(boxes.centres_m, [[9, -2, 1]], atol=1e-9)
    counts = count_points_in_boxes(sweep.points_in_ego, boxes.centres_m, boxes.sizes_m * (1 + 1e-6), boxes.rotations)
    assert counts.tolist() == [3]
    assert sweep.motion is Motion.RAW
    assert sweep.times_ns is None
    assert (sweep.start_ns - start_ns, sweep.end_ns - start_ns) == (-50_000_000, 0)


def test_a_point_reaches_the_image_through_the_world(scene: Scene) -> None:
    camera = scene.rig_at(0).sensor("CAM_FRONT")
    point_in_world = np.array([[102.0, 209, 2]])
    world_from_ego_at_exposure = scene.streams["CAM_FRONT"].world_from_ego(0)
    assert world_from_ego_at_exposure is not None
    assert camera.camera is not None
    in_camera = (camera.ego_from_sensor.inverse() @ world_from_ego_at_exposure.inverse()).apply(point_in_world)
    np.testing.assert_allclose(in_camera, [[2, 0.5, 7.9]], atol=1e-9)
    projected = camera.camera.project(in_camera)
    np.testing.assert_allclose(projected.pixels, [[80 + 200 / 7.9, 45 + 50 / 7.9]], atol=1e-9)


def test_images_are_decoded_only_when_asked_for(scene: Scene, start_ns: int, sensor_files: Path) -> None:
    image = scene.streams["CAM_FRONT"].load(0)
    assert image.timestamp_ns == start_ns - 40_000_000
    assert (image.width, image.height) == (160, 90)
    assert image.pixels().shape == (90, 160, 3)
    (sensor_files / scene.streams["CAM_FRONT"].paths[1]).unlink()
    absent = scene.streams["CAM_FRONT"].load(1)
    with pytest.raises(Exception, match="no such file"):
        absent.pixels()


def test_radar_is_a_stream_of_its_own(scene: Scene) -> None:
    stream = scene.streams["RADAR_FRONT"]
    assert stream.kind is SensorKind.RADAR
    sweep = stream.load(0)
    assert isinstance(sweep, RadarSweep)
    np.testing.assert_allclose(sweep.points_in_ego, [[9, -2, 1], [33, 1, 0.5]], atol=1e-6)
    assert sweep.valid.tolist() == [True, False]


def test_detections_count_for_the_boxes_they_lie_in(tables: Tables, write: Write, sensor_files: Path) -> None:
    for annotation in tables["sample_annotation"]:
        annotation["num_radar_pts"] = 0
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    frame = scene.frames[0]
    assert dict(zip(frame.boxes.track.values, radar_returns(frame), strict=True)) == {"car": 1, "adult": 0}


def test_the_trajectory_is_every_recorded_pose_by_time(scene: Scene, start_ns: int) -> None:
    assert scene.trajectory is not None
    assert len(scene.trajectory) == 10
    pose = scene.trajectory.world_from_ego_at(start_ns + 250_000_000)
    np.testing.assert_allclose(pose.translation, [100, 202.5, 1], atol=1e-9)


@pytest.mark.parametrize(
    "root",
    ["", "v1.0-mini", "v1.0-mini/sample_annotation.json"],
    ids=["data set", "table folder", "one table"],
)
def test_takes_the_data_set_its_table_folder_or_one_table(tables: Tables, write: Write, root: str) -> None:
    path = write(tables) / root
    assert NuScenesReader.recognises(path) == "v1.0-mini/ holds 13 nuScenes tables"
    assert NuScenesReader(path).read_scene("scene-0001").root == path.parents[root.count("/")] if root else path


def test_takes_tables_nested_as_lyft_nests_them(tables: Tables, write: Write) -> None:
    root = write(tables, folder="v1.01-train/v1.01-train")
    assert NuScenesReader(root).read_scene("scene-0001").root == root / "v1.01-train"
    assert NuScenesReader(root / "v1.01-train").scene_names() == ("scene-0001",)


def test_several_table_folders_are_listed_and_not_chosen_from(tables: Tables, write: Write) -> None:
    write(tables, folder="v1.0-clean")
    root = write(tables, folder="v1.0-planted")
    assert NuScenesReader.recognises(root) == "v1.0-clean, v1.0-planted hold nuScenes tables"
    with pytest.raises(DatasetError, match=r"pass the one to read: .*v1.0-clean', .*v1.0-planted'"):
        open_dataset(root)
    assert open_dataset(root / "v1.0-planted").scene_names == ("scene-0001",)


def test_other_folders_are_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "scene.json").write_text("[]", encoding="utf-8")
    assert NuScenesReader.recognises(tmp_path) is None
    assert NuScenesReader.recognises(tmp_path / "absent") is None


def test_scenes_of_one_name_are_told_apart_by_their_tokens(tables: Tables, write: Write) -> None:
    for token in ("0123456789", "0123456788", "0123"):
        tables["scene"].append({"token": token, "name": "again" if token != "0123" else ""})
    names = NuScenesReader(write(tables)).scene_names()
    assert names == ("scene-0001", "again-01234567", "again-0123456788", "0123")


def test_a_scene_without_samples_has_no_frames_and_says_so(tables: Tables, write: Write) -> None:
    tables["scene"].append({"token": "empty", "name": "empty", "log_token": "log"})
    scene = NuScenesReader(write(tables)).read_scene("empty")
    assert len(scene.frames) == len(scene.labels) == len(scene.streams) == 0
    assert [p.reason for p in scene.problems] == ["no sample belongs to scene 'empty', so it has no frame"]


def test_only_the_scene_asked_for_is_read(tables: Tables, write: Write) -> None:
    tables["scene"].append({"token": "other", "name": "other", "nbr_samples": 1, "log_token": "log"})
    tables["sample"].append({"token": "sample-x", "timestamp": 7, "scene_token": "other"})
    tables["sample_annotation"].append(
        {**tables["sample_annotation"][0], "token": "far", "sample_token": "sample-x", "prev": "", "next": ""}
    )
    reader = NuScenesReader(write(tables))
    assert "far" not in reader.read_scene("scene-0001").labels.boxes.label_ids
    other = reader.read_scene("other")
    assert other.labels.boxes.label_ids.tolist() == ["far"]
    assert other.frame_table.timestamps_ns.tolist() == [7000]
    assert other.trajectory is None
    with pytest.raises(DatasetError, match="no scene 'third'"):
        reader.read_scene("third")


def test_a_test_split_has_frames_without_labels(tables: Tables, write: Write) -> None:
    for table in ("sample_annotation", "instance", "category"):
        del tables[table]
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert len(scene.labels) == 0
    assert not scene.frame_table.annotated.any()
    assert any("not annotated" in sentence for sentence in scene.assumptions)
    tables |= {"sample_annotation": [], "instance": [], "category": []}
    assert not NuScenesReader(write(tables)).read_scene("scene-0001").frame_table.annotated.any()


@pytest.mark.parametrize("table", ["attribute", "visibility", "log", "map"])
def test_optional_tables_may_be_missing(tables: Tables, write: Write, table: str) -> None:
    del tables[table]
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert len(scene.labels) == 5
    assert [p for p in scene.problems if p.lost] == []
    assert table == "map" or any(table in sentence for sentence in scene.assumptions)


def test_fields_it_does_not_know_are_named_and_ignored(tables: Tables, write: Write) -> None:
    for record in tables["sample_annotation"]:
        record["colour"] = {"red": [1, {"deep": True}]}
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert len(scene.labels) == 5
    assert "fields of v1.0-mini/sample_annotation.json that are not read: colour" in scene.assumptions


def test_frames_without_a_lidar_take_the_stamp_of_their_sample(tables: Tables, write: Write, start_ns: int) -> None:
    tables["sample_data"] = [r for r in tables["sample_data"] if not r["token"].startswith("lidar")]
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.frame_table.reference_lidar is None
    assert scene.frame_table.timestamps_ns[0] == start_ns
    assert scene.frame_table.world_from_ego(0) is None
    pose = scene.world_from_ego_at_frame(1)
    assert pose is not None
    np.testing.assert_allclose(pose.translation, [100, 205, 1], atol=1e-6)


def test_a_lidar_stamp_wins_over_the_samples_and_the_difference_is_told(
    tables: Tables, write: Write, start_ns: int
) -> None:
    tables["sample"][1]["timestamp"] += 3000
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.frame_table.timestamps_ns[1] == start_ns + 500_000_000
    assert any("1 samples have another stamp" in s and "3 ms" in s for s in scene.assumptions)


def test_a_missing_key_frame_leaves_a_hole_in_its_sensor_only(tables: Tables, write: Write, start_ns: int) -> None:
    tables["sample_data"] = [r for r in tables["sample_data"] if r["token"] not in ("lidar-2", "camera-0")]
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.frame_table.measurements["CAM_FRONT"].tolist() == [-1, 0, 1]
    assert scene.frame_table.measurements["LIDAR_TOP"].tolist() == [0, -1, 2]
    assert scene.frame_table.timestamps_ns[1] == start_ns + 500_000_000


def test_streams_keep_the_order_of_the_links_so_that_wrong_stamps_stay_visible(tables: Tables, write: Write) -> None:
    first, second = found(tables, "sample_data", "camera-0"), found(tables, "sample_data", "camera-1")
    first["timestamp"], second["timestamp"] = second["timestamp"], first["timestamp"]
    tables["sample_data"].reverse()
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    steps = np.diff(scene.streams["CAM_FRONT"].timestamps_ns)
    assert steps[0] < 0 < steps[1]
    assert any("wrong way in time" in p.reason for p in scene.problems)
    for record in tables["sample_data"]:
        record["prev"] = record["next"] = ""
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert (np.diff(scene.streams["CAM_FRONT"].timestamps_ns) > 0).all()


def test_a_calibration_that_changes_makes_a_second_rig(tables: Tables, write: Write, start_ns: int) -> None:
    moved = {**found(tables, "calibrated_sensor", "c-camera"), "token": "c-moved", "translation": [1.6, 0, 1.5]}
    tables["calibrated_sensor"].append(moved)
    for token in ("camera-1", "camera-2"):
        found(tables, "sample_data", token)["calibrated_sensor_token"] = "c-moved"
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    change_ns = start_ns + 460_000_000
    places = [
        scene.rig_at(t).sensor("CAM_FRONT").ego_from_sensor.translation[0]
        for t in (0, change_ns - 1, change_ns, change_ns + 10**9)
    ]
    assert places == [1.5, 1.5, 1.6, 1.6]
    assert len(scene.rigs.rigs) == 2


def test_poses_that_share_a_stamp_belong_to_the_stamp_of_their_measurement(
    tables: Tables, write: Write, start_ns: int
) -> None:
    for pose in tables["ego_pose"]:
        frame = round((pose["timestamp"] - start_ns // 1000) / 500_000)
        pose["timestamp"] = start_ns // 1000 + 500_000 * frame
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert any("poses of one stamp differ" in sentence for sentence in scene.assumptions)
    assert scene.trajectory is not None
    pose = scene.trajectory.world_from_ego_at(start_ns - 40_000_000)
    np.testing.assert_allclose(pose.translation, [100, 199.6, 1], atol=1e-9)


def test_reads_boresights_own_extras(tables: Tables, write: Write, tmp_path: Path, start_ns: int) -> None:
    tables["log"][0]["time_base"] = "gps"
    tables["scene"][0]["label_scope"] = {"max_range_m": 45, "min_points": 5, "classes": ["vehicle.car"]}
    camera = found(tables, "calibrated_sensor", "c-camera")
    camera |= {"camera_model": "fisheye", "camera_distortion": [0.1, 0, 0, 0], "readout_ns": 18_000_000}
    camera |= {"exposure_ns": 4_000_000, "timestamp_means": "exposure_start"}
    lidar = found(tables, "calibrated_sensor", "c-lidar")
    lidar |= {"motion": "compensated", "timestamp_means": "sweep_end", "sweep_ns": 100_000_000}
    record = found(tables, "sample_data", "lidar-0")
    record["fileformat"] = "pcd.bin:x,y,z,intensity,ring,time_offset_s"
    path = tmp_path / record["filename"]
    path.parent.mkdir(parents=True)
    rows = [[2, 8, -1, 7, 0, -0.04], [3, 8, -1, 7, 1, -0.01], [np.nan, 8, -1, 7, np.nan, np.nan]]
    path.write_bytes(np.array(rows, np.float32).tobytes())
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.time_base == "gps"
    scope = scene.labels.scope
    assert (scope.max_range_m, scope.min_points, scope.classes, scope.source) == (45, 5, ("vehicle.car",), "declared")
    sensor = scene.rig_at(0).sensor("CAM_FRONT")
    assert sensor.camera is not None
    assert (sensor.camera.kind, sensor.readout_ns, sensor.exposure_ns) == ("fisheye", 18_000_000, 4_000_000)
    assert scene.streams["CAM_FRONT"].stamp_means == "exposure_start"
    assert scene.streams["CAM_FRONT"].load(0).timestamp_ns == start_ns - 40_000_000 + 11_000_000
    sweep = scene.streams["LIDAR_TOP"].load(0)
    assert (sweep.times_ns[:2] - start_ns).tolist() == pytest.approx([-40_000_000, -10_000_000], abs=10)
    assert sweep.motion is Motion.COMPENSATED
    assert sweep.compensated_to_ns == start_ns
    assert sweep.ring.tolist() == [0, 1, -1]
    assert sweep.finite.tolist() == [True, True, False]


def test_an_image_tells_its_size_where_the_tables_do_not(tables: Tables, write: Write, sensor_files: Path) -> None:
    for record in tables["sample_data"]:
        record["width"], record["height"] = None, None
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    camera = scene.rig_at(0).sensor("CAM_FRONT").camera
    assert camera is not None
    assert (camera.width, camera.height) == (160, 90)
    assert any("the image does" in sentence for sentence in scene.assumptions)


def test_sensors_of_other_kinds_are_left_out_and_named(tables: Tables, write: Write) -> None:
    found(tables, "sensor", "s-radar")["modality"] = "gnss"
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert "RADAR_FRONT" not in scene.streams
    assert "measurements of RADAR_FRONT (gnss) are not read" in scene.assumptions
