from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.cameras import BrownConrady, Pinhole
from fusion.errors import DatasetError
from fusion.formats.openlabel.reader import OpenLabelReader
from fusion.formats.registry import open_dataset
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.scene.problems import ProblemKind
from fusion.scene.scene import Scene

Tiny = Callable[[str], Any]


def pixel_of(scene: Scene, camera: str, point_in_ego: list[float]) -> Any:
    sensor = scene.rig_at(0).sensor(camera)
    assert sensor.camera is not None
    return sensor.camera.image_plane(sensor.ego_from_sensor.inverse().apply([point_in_ego]))[0]


def sources_of(scene: Scene) -> set[str]:
    provenance = scene.labels.boxes.provenance
    assert provenance is not None
    return set(provenance.source.values.tolist())


class TestQuaternionCuboids:
    def test_a_box_stays_in_the_lidar_it_was_drawn_in(self, tiny: Tiny) -> None:
        scene = tiny("quaternions").read()
        box = scene.labels.boxes.row(0)
        assert scene.labels.reference == "lidar"
        np.testing.assert_allclose(box.centre_m, (10, 0, -1))
        np.testing.assert_allclose(box.size_m, (4, 2, 1.5))
        assert box.yaw_rad == pytest.approx(np.pi / 2)
        assert (box.category, box.track, box.label_id) == ("road_vehicle", "car", "cuboid-1")
        np.testing.assert_allclose(boxes_in_ego(scene).centres_m, [[11, 0, 1]])

    def test_frames_are_sorted_by_number_and_keep_their_names(self, tiny: Tiny) -> None:
        scene = tiny("quaternions").read()
        assert scene.frame_table.keys == ("12", "13")
        assert scene.frame_table.timestamps_ns.tolist() == [1_631_441_453_299_504_000, 1_631_441_453_399_504_001]
        assert scene.time_base == "utc"
        assert scene.trajectory is None
        assert scene.labels.frame_index.tolist() == [0]

    def test_a_camera_that_looks_along_x_is_turned_to_look_along_z(self, tiny: Tiny) -> None:
        scene = tiny("quaternions").read()
        sensor = scene.rig_at(0).sensor("front")
        assert isinstance(sensor.camera, BrownConrady)
        np.testing.assert_allclose(sensor.ego_from_sensor.rotation, [[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
        # 9 m ahead of the camera and 0.5 m below it: r = 0.5 / 9, stretched by 1 + 0.1 r^2.
        r = 0.5 / 9
        np.testing.assert_allclose(pixel_of(scene, "front", [11, 0, 1]), [50, 40 + 100 * r * (1 + 0.1 * r * r)])
        assert any("x forward, y left, z up, as their axes point (front)" in line for line in scene.assumptions)

    def test_2d_boxes_have_edges_and_know_their_3d_box(self, tiny: Tiny) -> None:
        boxes = tiny("quaternions").read().labels.boxes_2d
        assert boxes is not None
        np.testing.assert_array_equal(boxes.edges_px, [[40, 40, 60, 50]])
        assert (boxes.camera[0], boxes.label_ids[0], boxes.box3d_rows[0], boxes.track[0]) == (
            "front",
            "bbox-1",
            0,
            "car",
        )

    def test_attributes_are_columns_by_type(self, tiny: Tiny) -> None:
        attributes = tiny("quaternions").read().labels.boxes.attributes
        assert {name: column[0] for name, column in attributes.items()} == {
            "isDummy": "false",
            "age": 3.0,
            "occlusion": "0-25 %",
            "connectedTo": "a, b",
        }

    def test_what_has_no_place_is_counted(self, tiny: Tiny) -> None:
        scene = tiny("quaternions").read()
        assert "not read: 2 poly2d, 1 vec, 1 objects in frames without any data" in scene.assumptions
        assert list(scene.problems) == []

    def test_a_label_file_without_its_sensor_files_has_no_measurements(self, tiny: Tiny) -> None:
        scene = tiny("quaternions").read()
        assert dict(scene.streams) == {}
        assert "none of the 2 files of lidar, front is here, so they have no measurements" in scene.assumptions


class TestEulerCuboidsInACamera:
    """The camera stands at (1.03, 0, 1.65) in ego and looks ahead."""

    def test_the_vertical_axis_becomes_the_height(self, tiny: Tiny) -> None:
        scene = tiny("euler").read()
        box = scene.labels.boxes.row(0)
        assert scene.labels.reference == "ego"
        np.testing.assert_allclose(box.centre_m, (11.03, -2, 0.65), atol=1e-12)
        np.testing.assert_allclose(box.size_m, (4, 1.8, 1.5))
        assert box.yaw_rad == pytest.approx(0, abs=1e-12)
        assert any("we take sy for the height and sx for the length" in line for line in scene.assumptions)

    def test_yaw_turns_with_ry(self, tiny: Tiny) -> None:
        # ry = -1.5: the length points 1.5 rad from the image's right towards ahead, so 0.0708 rad to the right.
        assert tiny("euler").read().labels.boxes.yaws_rad[1] == pytest.approx(-(np.pi / 2 - 1.5))

    def test_the_baseline_in_the_matrix_moves_the_camera_and_not_the_box(self, tiny: Tiny) -> None:
        scene = tiny("euler").read()
        sensor = scene.rig_at(0).sensor("CAM")
        assert isinstance(sensor.camera, Pinhole)
        np.testing.assert_allclose(sensor.ego_from_sensor.translation, [1.03, 0.06, 1.65])
        # P = [100 0 50 6; 0 100 40 0; 0 0 1 0] applied to (2, 1, 10).
        np.testing.assert_allclose(pixel_of(scene, "CAM", [11.03, -2, 0.65]), [70.6, 50])

    def test_transforms_of_frames_are_the_trajectory(self, tiny: Tiny) -> None:
        scene = tiny("euler").read()
        assert scene.trajectory is not None
        np.testing.assert_allclose(scene.trajectory.translations_m, [[0, 0, 0], [1, 0, 0]])
        assert scene.world_from_ego_at_frame(1).translation.tolist() == [1, 0, 0]

    def test_without_stamps_time_is_synthetic(self, tiny: Tiny) -> None:
        scene = tiny("euler").read()
        assert scene.time_base == "synthetic"
        assert scene.frame_table.timestamps_ns.tolist() == [0, 100_000_000]
        assert any("no time stamps" in line for line in scene.assumptions)

    def test_regions_are_2d_boxes_without_a_track_or_a_cuboid(self, tiny: Tiny) -> None:
        labels = tiny("euler").read().labels
        assert labels.boxes.track.values.tolist() == ["0", "0"]
        assert labels.boxes_2d.category.values.tolist() == ["DontCare", "DontCare", "Car"]
        assert labels.boxes_2d.track.values.tolist() == ["", "", "0"]
        assert labels.boxes_2d.box3d_rows.tolist() == [-1, -1, 0]
        assert labels.boxes_2d.label_ids.tolist() == ["0:-1:box2D0", "0:-1:box2D1", "0:0:box2D"]

    def test_objects_without_data_are_no_problem_and_counted(self, tiny: Tiny) -> None:
        scene = tiny("euler").read()
        assert list(scene.problems) == []
        told = scene.assumptions[-1]
        assert "2 objects in frames without any data" in told
        assert "1 cuboid of objects themselves (no frame)" in told
        assert "1 cuboid without a size of DontCare regions" in told

    def test_numbers_of_an_object_are_attributes_of_its_boxes(self, tiny: Tiny) -> None:
        labels = tiny("euler").read().labels
        assert [labels.boxes.attributes["truncated"][row] for row in (0, 1)] == [0.25, 0.0]
        assert labels.boxes_2d.attributes["truncated"][2] == 0.25


class TestCuboidsInTheVehicleAndTheWorld:
    def test_the_vehicle_is_ego(self, tiny: Tiny) -> None:
        scene = tiny("vehicle").read()
        box = scene.labels.boxes.row(0)
        assert scene.labels.reference == "ego"
        np.testing.assert_allclose(box.centre_m, (8, 1, 0.5))
        assert box.yaw_rad == pytest.approx(0.5)
        assert scene.frame_table.timestamps_ns.tolist() == [1_631_441_453_299_504_000]
        assert scene.rig_at(0).sensor("CAM").camera.fx == 100

    def test_what_holds_for_an_object_holds_for_its_track(self, tiny: Tiny) -> None:
        column = tiny("vehicle").read().labels.boxes.attributes["colour"]
        assert (column[0], column.scope) == ("red", "track")

    def test_cuboids_in_the_scenes_system_stay_in_the_world(self, tiny: Tiny) -> None:
        file = tiny("vehicle")
        file.data("5", "7")["cuboid"][0]["coordinate_system"] = "odom"
        scene = file.read()
        assert scene.labels.reference == "world"
        np.testing.assert_allclose(scene.labels.boxes.centres_m, [[8, 1, 0.5]])
        np.testing.assert_allclose(boxes_in_ego(scene).centres_m, [[5, 1, 0.5]])

    def test_several_systems_are_moved_to_ego(self, tiny: Tiny) -> None:
        file = tiny("vehicle")
        cuboids = file.data("5", "7")["cuboid"]
        cuboids.append({"name": "box", "coordinate_system": "odom", "val": [8, 1, 0.5, 0, 0, 0, 4, 2, 1.5]})
        scene = file.read()
        assert scene.labels.reference == "ego"
        np.testing.assert_allclose(scene.labels.boxes.centres_m, [[8, 1, 0.5], [5, 1, 0.5]])
        assert scene.labels.boxes.label_ids.tolist() == ["5:7:box", "5:7:box#2"]
        assert any("several coordinate systems (vehicle, odom): moved to ego" in line for line in scene.assumptions)

    def test_euler_angles_turn_about_z_then_y_then_x(self, tiny: Tiny) -> None:
        file = tiny("vehicle")
        file.data("5", "7")["cuboid"][0]["val"][3:6] = [0.1, 0.2, 0.3]
        rotation = file.read().labels.boxes.rotations
        cx, sx, cy, sy, cz, sz = (f(a / 2) for a in (0.1, 0.2, 0.3) for f in (np.cos, np.sin))
        # The quaternion of Rz Ry Rx, written out.
        expected = [
            cx * cy * cz + sx * sy * sz,
            sx * cy * cz - cx * sy * sz,
            cx * sy * cz + sx * cy * sz,
            cx * cy * sz - sx * sy * cz,
        ]
        np.testing.assert_allclose(rotation, [expected])

    def test_a_box_on_its_side_stays_on_its_side(self, tiny: Tiny) -> None:
        file = tiny("vehicle")
        cuboids = file.data("5", "7")["cuboid"]
        cuboids += [
            {"name": "b", "coordinate_system": "vehicle", "val": [20, 1, 0.5, 0, 0, 0, 4, 2, 1.5]},
            {"name": "c", "coordinate_system": "vehicle", "val": [30, 1, 0.5, np.pi / 2, 0, 0, 4, 2, 1.5]},
        ]
        np.testing.assert_allclose(file.read().labels.boxes.sizes_m, [[4, 2, 1.5]] * 3)

    def test_transforms_that_move_a_sensor_make_a_rig_a_frame(self, tiny: Tiny) -> None:
        file = tiny("vehicle")
        matrix = [0, 0, 1, 0.5, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1]
        file.body["frames"]["5"]["frame_properties"]["transforms"]["pan"] = {
            "src": "CAM",
            "dst": "VELO",
            "transform_src_to_dst": {"matrix4x4": matrix},
        }
        scene = file.read()
        sensor = scene.rig_at(int(scene.frame_table.timestamps_ns[0])).sensor("CAM")
        np.testing.assert_allclose(sensor.ego_from_sensor.translation, [1.26, 0, 1.73])


class TestRoots:
    def test_a_file_is_a_scene_of_its_name(self, tiny: Tiny) -> None:
        path = tiny("euler").write("drive.json")
        assert OpenLabelReader.recognises(path) == "drive.json holds an object 'openlabel'"
        dataset = open_dataset(path)
        assert (dataset.format, dataset.scene_names) == ("openlabel", ("drive",))
        assert sources_of(dataset.scene("drive")) == {"drive.json"}

    def test_a_folder_is_a_scene_a_file(self, tiny: Tiny) -> None:
        tiny("euler").write("b.json")
        folder = tiny("vehicle").write("a.json").parent
        (folder / "settings.json").write_text('{"closed": true}', encoding="utf-8")
        assert OpenLabelReader.recognises(folder) == "a.json holds an object 'openlabel', and 1 more"
        assert OpenLabelReader(folder).scene_names() == ("a", "b")

    def test_a_folder_a_sequence_is_read_too(self, tiny: Tiny, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            tiny("euler").write(f"{name}/labels.json")
        assert OpenLabelReader(tmp_path).scene_names() == ("one/labels", "two/labels")
        scene = OpenLabelReader(tmp_path).read_scene("two/labels")
        assert sources_of(scene) == {"two/labels.json"}

    def test_folders_of_other_things_make_it_somebody_elses(self, tiny: Tiny, tmp_path: Path) -> None:
        for name in ("labels", "velodyne"):
            (tmp_path / name).mkdir()
        tiny("euler").write("labels/labels.json")
        assert OpenLabelReader.recognises(tmp_path) is None

    @pytest.mark.parametrize("content", ["{}", '{"vcd": {}}', '["openlabel"]', "", '{"name": "openlabel"}'])
    def test_other_json_is_not_taken_for_it(self, content: str, tmp_path: Path) -> None:
        path = tmp_path / "labels.json"
        path.write_text(content, encoding="utf-8")
        assert OpenLabelReader.recognises(path) is None

    def test_an_unknown_scene_names_those_there_are(self, tiny: Tiny) -> None:
        with pytest.raises(DatasetError, match="has no scene 'x'; it has labels"):
            OpenLabelReader(tiny("euler").write()).read_scene("x")

    def test_a_file_that_ends_early_is_an_empty_scene_with_a_problem(self, tiny: Tiny) -> None:
        path = tiny("euler").write()
        path.write_bytes(path.read_bytes()[:-30])
        scene = OpenLabelReader(path).read_scene("labels")
        assert len(scene.frames) == 0
        assert [(problem.kind, problem.path) for problem in scene.problems] == [
            (ProblemKind.UNREADABLE_FILE, "labels.json")
        ]

    def test_numbers_that_json_lacks_spoil_only_their_own_box(self, tiny: Tiny) -> None:
        file = tiny("euler")
        file.data("0", "0")["cuboid"][0]["val"][0] = float("nan")
        scene = file.read()
        assert len(scene.labels) == 1
        assert len(list(scene.problems)) == 1
