from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.errors import FileProblemError
from calibration.image_file import write_image
from calibration.sweep import Motion
from fusion.errors import DatasetError
from fusion.formats.kitti.reader import KittiReader
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.scene.problems import Problem, ProblemKind
from fusion.scene.scene import Scene


def read(root: Path, name: str = "training") -> Scene:
    return KittiReader(root).read_scene(name)


def boxes_of(scene: Scene, key: str) -> Any:
    return scene.labels.boxes.take(scene.labels.rows_of_frame(scene.frame_table.keys.index(key)))


class TestRoots:
    def test_a_data_set_is_recognised_by_its_splits(self, kitti: Any) -> None:
        assert KittiReader.recognises(kitti.root) == "training/label_2/ holds 2 label files"
        assert KittiReader(kitti.root).scene_names() == ("training",)

    def test_a_split_is_recognised_by_its_folders(self, kitti: Any) -> None:
        assert KittiReader.recognises(kitti.root / "training") == "label_2/ holds 2 label files"
        scene = read(kitti.root / "training")
        assert scene.frame_table.keys == ("000000", "000001")
        assert scene.labels.boxes.provenance.place(0) == "label_2/000000.txt:1"

    def test_one_label_file_is_one_frame(self, kitti: Any) -> None:
        label_file = kitti.root / "training/label_2/000001.txt"
        assert KittiReader.recognises(label_file) == "000001.txt lies in label_2/"
        kitti.remove("training/velodyne/000000.bin")
        scene = read(label_file)
        assert scene.frame_table.keys == ("000001",)
        assert list(scene.problems) == []

    def test_the_test_split_has_no_labels_and_no_problem(self, kitti: Any) -> None:
        kitti.add_frame("testing", "000000", None)
        assert KittiReader(kitti.root).scene_names() == ("training", "testing")
        scene = read(kitti.root, "testing")
        assert not scene.frame_table.annotated.any()
        assert scene.labels.boxes_2d is None
        assert list(scene.problems) == []
        assert "there is no folder testing/label_2: no frame has one" in scene.assumptions

    def test_where_one_stands_makes_no_difference(self, kitti: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for folder, root in (("training", "."), ("training/label_2", ".."), ("training/label_2", "000000.txt")):
            monkeypatch.chdir(kitti.root / folder)
            assert KittiReader.recognises(Path(root)) is not None
            assert KittiReader(Path(root)).scene_names() == ("training",)

    @pytest.mark.parametrize("name", ["training/velodyne/000000.bin", "training/calib/000000.txt", "training/image_2"])
    def test_other_paths_are_not_taken_for_a_data_set(self, name: str, kitti: Any) -> None:
        assert KittiReader.recognises(kitti.root / name) is None

    def test_an_unknown_split_names_those_there_are(self, kitti: Any) -> None:
        with pytest.raises(DatasetError, match="has no split 'validation'; it has training"):
            read(kitti.root, "validation")

    def test_links_to_other_disks_are_followed(self, kitti: Any, tmp_path: Path) -> None:
        (tmp_path / "links").mkdir()
        (tmp_path / "links/training").symlink_to(kitti.root / "training")
        scene = read(tmp_path / "links")
        assert len(scene.streams["velodyne"].load(0)) == 5
        assert list(scene.problems) == []


class TestPhraseBook:
    """The tiny data set of conftest.py, worked out by hand."""

    def test_boxes_stand_where_they_were_drawn(self, kitti: Any) -> None:
        car, pedestrian = (boxes_of(read(kitti.root), "000000").row(row) for row in (0, 1))
        np.testing.assert_allclose(car.centre_m, (20.3, -2.1, -1.15), atol=1e-12)
        np.testing.assert_allclose(car.size_m, (4.0, 1.6, 1.5))
        assert car.yaw_rad == pytest.approx(0.0, abs=1e-12)
        np.testing.assert_allclose(pedestrian.centre_m, (10.3, 3.9, -1.0), atol=1e-12)
        np.testing.assert_allclose(pedestrian.size_m, (0.8, 0.6, 1.8))
        assert pedestrian.yaw_rad == pytest.approx(-np.pi / 2)
        assert (car.category, pedestrian.category) == ("Car", "Pedestrian")

    def test_boxes_hold_the_points_of_the_sweep(self, kitti: Any) -> None:
        scene = read(kitti.root)
        sweep, boxes = scene.streams["velodyne"].load(0), boxes_of(scene, "000000")
        counts = count_points_in_boxes(sweep.points_in_ego, boxes.centres_m, boxes.sizes_m, boxes.rotations)
        assert counts.tolist() == [2, 0]

    def test_the_camera_keeps_all_three_components_of_its_offset(self, kitti: Any) -> None:
        camera = read(kitti.root).rig_at(0).sensor("image_2")
        # Lidar point (20.3, -2.1, -1.15): camera 0 sees it at (2.0, 0.95, 20.0), camera 2 at (2.06, 0.949, 20.005).
        in_camera = camera.ego_from_sensor.inverse().apply([[20.3, -2.1, -1.15]])
        np.testing.assert_allclose(in_camera, [[2.06, 0.949, 20.005]], atol=1e-12)
        pixel = camera.camera.image_plane(in_camera)
        np.testing.assert_allclose(pixel, [[60 + 100 * 2.06 / 20.005, 20 + 100 * 0.949 / 20.005]])
        assert (camera.camera.width, camera.camera.height) == (120, 40)

    def test_labels_are_named_by_frame_and_line(self, kitti: Any) -> None:
        labels = read(kitti.root).labels
        assert labels.boxes.label_ids.tolist() == ["000000:1", "000000:2"]
        assert labels.boxes_2d.label_ids.tolist() == ["000000:1", "000000:2", "000000:3"]
        assert labels.boxes.provenance.place(1) == "training/label_2/000000.txt:2"
        assert labels.boxes_2d.provenance.place(2) == "training/label_2/000000.txt:3"

    def test_2d_boxes_know_their_3d_boxes_and_ignored_regions_have_none(self, kitti: Any) -> None:
        boxes = read(kitti.root).labels.boxes_2d
        assert boxes.box3d_rows.tolist() == [0, 1, -1]
        assert boxes.category.values.tolist() == ["Car", "Pedestrian", "DontCare"]
        assert boxes.camera.values.tolist() == ["image_2"] * 3
        np.testing.assert_array_equal(boxes.edges_px[0], [60, 18, 85, 32])
        assert boxes.derived is None

    def test_attributes_are_columns_and_what_is_not_told_is_absent(self, kitti: Any) -> None:
        labels = read(kitti.root).labels
        attributes = labels.boxes_2d.attributes
        assert [attributes["truncated"][row] for row in range(3)] == [0.0, 0.25, None]
        assert [attributes["occluded"][row] for row in range(3)] == [1.0, 0.0, None]
        assert [attributes["alpha"][row] for row in range(3)] == [-1.67, 0.1, None]
        assert labels.boxes.attributes["truncated"][1] == 0.25

    def test_a_labelled_frame_may_be_empty(self, kitti: Any) -> None:
        scene = read(kitti.root)
        assert scene.frame_table.annotated.tolist() == [True, True]
        assert len(boxes_of(scene, "000001")) == 0

    def test_frames_have_numbers_for_times_and_belong_to_no_drive(self, kitti: Any) -> None:
        scene = read(kitti.root)
        assert scene.time_base == "synthetic"
        assert scene.trajectory is None
        assert scene.frame_table.timestamps_ns.tolist() == [0, 1]
        assert not scene.labels.boxes.track.present.any()
        assert scene.labels.reference == "ego"

    def test_what_the_format_promises_is_declared(self, kitti: Any) -> None:
        labels = read(kitti.root).labels
        assert labels.scope.describe() == "seen by image_2 (format)"
        assert labels.declared_classes is not None
        assert len(labels.declared_classes) == 9

    def test_a_sweep_is_the_lidars_own_and_its_motion_unknown(self, kitti: Any) -> None:
        sweep = read(kitti.root).streams["velodyne"].load(1)
        assert (sweep.sensor, sweep.frame, sweep.motion, sweep.reference_ns) == (
            "velodyne",
            "velodyne",
            Motion.UNKNOWN,
            1,
        )
        np.testing.assert_allclose(sweep.intensity, [0.5, 0.25, 0.0, 0.99, 0.1], rtol=1e-6)
        np.testing.assert_array_equal(sweep.ray_origin, [0, 0, 0])

    def test_an_image_is_found_by_any_of_its_suffixes(self, kitti: Any) -> None:
        folder = kitti.root / "training/image_2"
        (folder / "000000.png").rename(folder / "000000.PNG")
        (folder / "000001.png").unlink()
        write_image(folder / "000001.jpg", np.zeros((40, 120, 3), dtype=np.uint8))
        scene = read(kitti.root)
        assert list(scene.problems) == []
        assert [scene.streams["image_2"].load(index).pixels().shape for index in (0, 1)] == [(40, 120, 3)] * 2

    def test_each_frame_has_its_own_calibration(self, kitti: Any) -> None:
        kitti.replace("training/calib/000001.txt", "P2: 100 0 60", "P2: 110 0 60")
        scene = read(kitti.root)
        focal = [scene.rig_at(int(stamp)).sensor("image_2").camera.fx for stamp in scene.frame_table.timestamps_ns]
        assert focal == [100.0, 110.0]

    def test_other_cameras_are_there_when_their_images_are(self, kitti: Any) -> None:
        for key in ("000000", "000001"):
            image = (kitti.root / f"training/image_2/{key}.png").read_bytes()
            kitti.write(f"training/image_3/{key}.png", image)
        scene = read(kitti.root)
        assert scene.rig_at(0).cameras == ("image_2", "image_3")
        right = scene.rig_at(0).transform("image_2", "image_3")
        np.testing.assert_allclose(right.translation, [0.06 + 0.48, -0.001, 0.005], atol=1e-12)
        assert scene.frame_table.measurements["image_3"].tolist() == [0, 1]

    def test_a_score_is_a_confidence(self, kitti: Any) -> None:
        kitti.write("training/label_2/000001.txt", "Car 0 0 0 1 2 3 4 1.5 1.6 4 2 1.7 20 0 0.75\n")
        confidences = read(kitti.root).labels.boxes.confidences
        assert confidences is not None
        np.testing.assert_array_equal(confidences, [np.nan, np.nan, 0.75])


class TestQuirks:
    """Files that differ from the book and still say what they mean."""

    def assert_same_boxes(self, scene: Scene) -> None:
        assert list(scene.problems) == []
        np.testing.assert_allclose(scene.labels.boxes.centres_m, [[20.3, -2.1, -1.15], [10.3, 3.9, -1.0]], atol=1e-12)

    def test_calibration_as_the_tracking_set_spells_it(self, kitti: Any) -> None:
        for old, new in (("R0_rect:", "R_rect"), ("Tr_velo_to_cam:", "Tr_velo_cam"), ("P2:", "P2"), ("\n", "  \r\n")):
            kitti.replace("training/calib/000000.txt", old, new)
        self.assert_same_boxes(read(kitti.root))

    def test_an_empty_matrix_that_nobody_needs(self, kitti: Any) -> None:
        kitti.replace("training/calib/000000.txt", "Tr_imu_to_velo: 1 0 0 -0.8 0 1 0 0.3 0 0 1 -0.8", "Tr_imu_to_velo:")
        self.assert_same_boxes(read(kitti.root))

    def test_blank_lines_trailing_blanks_and_a_byte_order_mark(self, kitti: Any) -> None:
        text = (kitti.root / "training/label_2/000000.txt").read_text(encoding="utf-8")
        kitti.write("training/label_2/000000.txt", "\ufeff" + text.replace("\n", " \t\r\n") + "\r\n\r\n")
        self.assert_same_boxes(read(kitti.root))

    def test_hidden_files_are_none_of_ours(self, kitti: Any) -> None:
        for name in ("label_2/.DS_Store", "label_2/._000000.txt", "velodyne/.000007.bin.swp"):
            kitti.write(f"training/{name}", b"\x00\x05\x16\x07")
        self.assert_same_boxes(read(kitti.root))

    def test_files_that_belong_to_no_frame_are_told(self, kitti: Any) -> None:
        kitti.write("training/label_2/classes.txt", "Car\nVan\n")
        kitti.write("training/velodyne/000000.npy", b"")
        scene = read(kitti.root)
        self.assert_same_boxes(scene)
        told = "\n".join(scene.assumptions)
        assert "label_2/ holds 1 file of no frame, not read: classes.txt" in told
        assert "velodyne/ holds 1 file of no frame, not read: 000000.npy" in told

    def test_frames_may_have_names_instead_of_numbers(self, kitti: Any) -> None:
        kitti.add_frame("training", "night_7", "")
        assert read(kitti.root).frame_table.keys == ("000000", "000001", "night_7")

    def test_view_of_delft_writes_a_score_of_one_and_turns_beyond_half(self, kitti: Any) -> None:
        row = "Car 1 0 0 60 18 85 32 1.50 1.60 4.00 2.00 1.70 20.00 -4.71238898038469 1\n"  # as +pi/2: driving back
        kitti.write("training/label_2/000000.txt", row)
        scene = read(kitti.root)
        assert list(scene.problems) == []
        assert abs(scene.labels.boxes.row(0).yaw_rad) == pytest.approx(np.pi)
        assert scene.labels.boxes.confidences is not None
        assert scene.labels.boxes.confidences.tolist() == [1.0]

    def test_impossible_sizes_are_left_for_the_checks(self, kitti: Any) -> None:
        kitti.replace("training/label_2/000000.txt", "1.50 1.60 4.00", "-1.50 0 400")
        scene = read(kitti.root)
        assert list(scene.problems) == []
        np.testing.assert_allclose(scene.labels.boxes.sizes_m[0], [400, 0, -1.5])

    def test_rows_of_2d_tools_have_no_3d_box_and_rows_of_3d_detectors_no_2d_box(self, kitti: Any) -> None:
        rows = [
            "Car 0 0 0 1 2 3 4 0 0 0 0 0 0 0",
            "Car -1 -1 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10 0.9",
            "Car -1 -1 -10 -1 -1 -1 -1 1.5 1.6 4 2 1.7 20 0 0.9",
            "DontCare -1 -1 -10 1 2 3 4 -1000 -1000 -1000 -10 -1 -1 -1",
        ]
        kitti.write("training/label_2/000000.txt", "\n".join(rows))
        scene = read(kitti.root)
        assert list(scene.problems) == []
        assert scene.labels.boxes.label_ids.tolist() == ["000000:3"]
        assert scene.labels.boxes_2d is not None
        assert scene.labels.boxes_2d.label_ids.tolist() == ["000000:1", "000000:2", "000000:4"]
        assert scene.labels.boxes_2d.box3d_rows.tolist() == [-1, -1, -1]

    def test_a_sloppy_rotation_is_used_and_its_residual_kept(self, kitti: Any) -> None:
        kitti.replace("training/calib/000000.txt", "R0_rect: 1 0 0 0 1 0 0 0 1", "R0_rect: 1.1 0 0 0 1.1 0 0 0 1.1")
        scene = read(kitti.root)
        self.assert_same_boxes(scene)
        assert scene.rig_at(0).sensor("image_2").ego_from_sensor.residual == pytest.approx(0.1 * np.sqrt(3))
        assert scene.rig_at(1).sensor("image_2").ego_from_sensor.residual == 0.0


class TestMissing:
    def problems(self, kitti: Any) -> list[Problem]:
        return list(read(kitti.root).problems)

    @pytest.mark.parametrize(
        ("file", "sensor"),
        [
            ("velodyne/000000.bin", "velodyne"),
            ("image_2/000000.png", "image_2"),
            ("label_2/000000.txt", ""),
        ],
        ids=["sweep", "image", "labels"],
    )
    def test_a_missing_file_is_one_problem(self, file: str, sensor: str, kitti: Any) -> None:
        kitti.remove(f"training/{file}")
        assert self.problems(kitti) == [
            Problem(
                ProblemKind.MISSING_FILE,
                f"training/{file}",
                "no such file",
                scene="training",
                frame="000000",
                sensor=sensor,
            )
        ]

    def test_a_frame_without_a_sweep_or_image_has_no_measurement(self, kitti: Any) -> None:
        kitti.remove("training/velodyne/000000.bin")
        kitti.remove("training/image_2/000001.png")
        table = read(kitti.root).frame_table
        assert table.sensors_of(0) == ("image_2",)
        assert table.sensors_of(1) == ("velodyne",)
        assert table.measurements["velodyne"].tolist() == [-1, 0]

    def test_a_frame_without_labels_is_not_annotated(self, kitti: Any) -> None:
        kitti.remove("training/label_2/000001.txt")
        assert read(kitti.root).frame_table.annotated.tolist() == [True, False]

    def test_without_its_calibration_a_frame_keeps_its_sweep_and_2d_boxes(self, kitti: Any) -> None:
        kitti.remove("training/calib/000000.txt")
        scene = read(kitti.root)
        missing, unplaced = scene.problems
        assert (missing.kind, missing.path) == (ProblemKind.MISSING_FILE, "training/calib/000000.txt")
        assert unplaced.reason == "2 3D labels can't be placed without a usable training/calib/000000.txt"
        assert (unplaced.path, unplaced.count, unplaced.lost) == ("training/label_2/000000.txt", 2, True)
        assert scene.frame_table.sensors_of(0) == ("velodyne",)
        assert scene.rig_at(0).cameras == ()
        assert len(boxes_of(scene, "000000")) == 0
        assert len(scene.labels.boxes_2d or ()) == 3
        assert scene.frame_table.annotated.tolist() == [False, True]
        assert len(scene.streams["image_2"]) == 2

    def test_an_image_of_unknown_size_is_taken_for_the_usual_one(self, kitti: Any) -> None:
        kitti.remove("training/image_2/000001.png")
        scene = read(kitti.root)
        camera = scene.rig_at(1).sensor("image_2").camera
        assert camera is not None
        assert (camera.width, camera.height) == (120, 40)
        assert "image_2 is 120 x 40 in 1 frame without a readable image" in scene.assumptions

    def test_folders_that_nobody_delivered_are_told_once(self, kitti: Any) -> None:
        for folder, suffix in (("velodyne", "bin"), ("calib", "txt"), ("image_2", "png")):
            for key in ("000000", "000001"):
                kitti.remove(f"training/{folder}/{key}.{suffix}")
            (kitti.root / "training" / folder).rmdir()
        scene = read(kitti.root)
        told = [(problem.path, problem.reason, problem.count) for problem in scene.problems]
        assert told[:2] == [("training/velodyne", "no such folder", 2), ("training/calib", "no such folder", 2)]
        assert "there is no folder training/image_2: no frame has one" in scene.assumptions
        assert len(scene.labels.boxes_2d or ()) == 3

    def test_without_images_the_camera_has_kittis_usual_size(self, kitti: Any) -> None:
        for key in ("000000", "000001"):
            kitti.remove(f"training/image_2/{key}.png")
        (kitti.root / "training/image_2").rmdir()
        scene = read(kitti.root)
        camera = scene.rig_at(0).sensor("image_2").camera
        assert camera is not None
        assert (camera.width, camera.height) == (1242, 375)
        assert "image_2 is 1242 x 375 in 2 frames without a readable image" in scene.assumptions
        assert "image_2" not in scene.streams

    def test_a_folder_of_files_that_are_no_frames_is_an_empty_scene(self, tmp_path: Path) -> None:
        (tmp_path / "label_2").mkdir()
        (tmp_path / "label_2/classes.txt").write_text("Car\n", encoding="utf-8")
        reader = KittiReader(tmp_path)
        scene = reader.read_scene(*reader.scene_names())
        assert len(scene.frame_table) == 0
        assert any("classes.txt" in assumption for assumption in scene.assumptions)


CAR = "Car 0.00 1 -1.67 60.00 18.00 85.00 32.00 1.50 1.60 4.00 2.00 1.70 20.00 -1.57"
BROKEN_ROWS = {
    "too few columns": ("Car 0.00 1 -1.67", "a label needs 15 columns, or 16 with a score; got 4"),
    "too many columns": (f"{CAR} 0.9 7", "a label needs 15 columns, or 16 with a score; got 17"),
    "no class name": (f"{CAR[4:]} 0.9", "column 1 (type) must be a class name, got '0.00'"),
    "a word for a number": (CAR.replace("1.50", "high"), "column 9 (height) must be a finite number, got 'high'"),
    "a decimal comma": (CAR.replace("1.60", "1,60"), "column 10 (width) must be a finite number, got '1,60'"),
    "nan": (CAR.replace("20.00", "nan"), "column 14 (z) must be a finite number, got 'nan'"),
    "infinity": (CAR.replace("4.00", "-inf"), "column 11 (length) must be a finite number, got '-inf'"),
    "a number beyond all floats": (CAR.replace("2.00", "1e999"), "column 8 (bottom) must be a finite number"),
    "nothing in it": (
        "Car 0 0 0 -1 -1 -1 -1 -1 -1 -1 -1000 -1000 -1000 -10",
        "has neither a 3D box nor a 2D box",
    ),
}


@pytest.mark.parametrize(("row", "reason"), BROKEN_ROWS.values(), ids=BROKEN_ROWS.keys())
def test_a_broken_row_is_told_with_its_line_and_the_others_are_read(row: str, reason: str, kitti: Any) -> None:
    kitti.write("training/label_2/000000.txt", f"{CAR}\n\n{row}\n{CAR}\n")
    scene = read(kitti.root)
    (problem,) = scene.problems
    assert (problem.kind, problem.place) == (ProblemKind.MALFORMED_RECORD, "training/label_2/000000.txt:3")
    assert problem.reason.startswith(reason)
    assert (problem.scene, problem.frame, problem.label, problem.lost) == ("training", "000000", "000000:3", True)
    assert scene.labels.boxes.label_ids.tolist() == ["000000:1", "000000:4"]


# What is spoilt in calib/000000.txt, the line and the words that say so, and how many boxes are left to place.
BROKEN_CALIBRATIONS = {
    "rectification gone": ("R0_rect:", "Q0:", 0, "has no 'R0_rect'; it holds P0, P1, P2, P3, Q0", 0),
    "lidar pose cut": (" 1 0 0 -0.3", " 1 0 0", 6, "'Tr_velo_to_cam' needs 12 numbers, got 11", 0),
    "lidar pose empty": (
        "Tr_velo_to_cam: 0 -1 0 -0.1 0 0 -1 -0.2 1 0 0 -0.3",
        "Tr_velo_to_cam:",
        6,
        "'Tr_velo_to_cam' needs 12 numbers, got 0",
        0,
    ),
    "not a number": ("-0.2 1 0 0 -0.3", "-0.2 1 0 x -0.3", 6, "'Tr_velo_to_cam' number 11 must be a finite", 0),
    "nan": ("R0_rect: 1 0", "R0_rect: nan 0", 5, "'R0_rect' number 1 must be a finite number, got 'nan'", 0),
    "mirrored": (
        "R0_rect: 1 0",
        "R0_rect: -1 0",
        5,
        "rectified_from_camera_0 is no rotation: its determinant is -1",
        0,
    ),
    "all zero": ("1 0 0 0 1 0 0 0 1", "0 0 0 0 0 0 0 0 0", 5, "rectified_from_camera_0 is no rotation", 0),
    "out of all bounds": ("R0_rect: 1 0", "R0_rect: 1e13 0", 5, "'R0_rect' number 1 must be a finite number", 0),
    "said twice": ("P3: ", "R0_rect: 1 0 0 0 1 0 0 0 2\nP3: ", 6, "'R0_rect' is there a second time", 0),
    "no projection": ("P2: ", "P9: ", 0, "has no 'P2'", 2),
    "no lens": ("P2: 100 0 60", "P2: -100 0 60", 3, "'P2' is no projection matrix of a rectified camera", 2),
    "rotated camera": ("6.3 0 100 20 0 0 0 1", "6.3 0 100 20 0 0.1 0 1", 3, "'P2' is no projection matrix", 2),
}


@pytest.mark.parametrize(
    ("old", "new", "line", "reason", "boxes"), BROKEN_CALIBRATIONS.values(), ids=BROKEN_CALIBRATIONS.keys()
)
def test_a_broken_calibration_is_told_with_its_line_and_the_other_frames_are_read(
    old: str, new: str, line: int, reason: str, boxes: int, kitti: Any
) -> None:
    kitti.replace("training/calib/000000.txt", old, new)
    scene = read(kitti.root)
    problem = next(iter(scene.problems))
    assert (problem.path, problem.line) == ("training/calib/000000.txt", line)
    assert problem.reason.startswith(reason)
    assert problem.lost
    assert len(scene.labels.boxes) == boxes
    assert scene.rig_at(0).cameras == ()
    assert scene.rig_at(1).cameras == ("image_2",)
    assert scene.frame_table.sensors_of(0) == ("velodyne",)
    assert scene.frame_table.annotated.tolist() == [boxes > 0, True]


def test_labels_that_are_no_text_are_unreadable_and_the_frame_not_annotated(kitti: Any) -> None:
    kitti.write("training/label_2/000000.txt", b"Car 0\nCar \xff\xfe\n")
    scene = read(kitti.root)
    (problem,) = scene.problems
    assert (problem.kind, problem.place) == (ProblemKind.UNREADABLE_FILE, "training/label_2/000000.txt:2")
    assert scene.frame_table.annotated.tolist() == [False, True]


def test_a_second_file_for_a_frame_is_told(kitti: Any) -> None:
    kitti.write("training/label_2/000000.TXT", CAR)
    scene = read(kitti.root)
    (problem,) = scene.problems
    assert problem.path == "training/label_2/000000.TXT"
    assert problem.reason == "not read: '000000.txt' is taken for frame 000000"
    assert (problem.scene, problem.frame) == ("training", "000000")
    assert len(scene.labels.boxes) == 2


def test_an_image_that_is_none_is_told_once(kitti: Any) -> None:
    kitti.write("training/image_2/000000.png", b"<html>not found</html>")
    scene = read(kitti.root)
    (problem,) = scene.problems
    assert (problem.kind, problem.path) == (ProblemKind.UNREADABLE_FILE, "training/image_2/000000.png")
    with pytest.raises(FileProblemError) as caught:
        scene.streams["image_2"].load(0).pixels()
    assert (caught.value.path, caught.value.reason) == (problem.path, problem.reason)


def test_a_truncated_sweep_raises_with_its_name_when_it_is_loaded(kitti: Any) -> None:
    kitti.write("training/velodyne/000000.bin", bytes(70))
    scene = read(kitti.root)
    with pytest.raises(FileProblemError, match=r"^training/velodyne/000000\.bin: truncated: 70 bytes is no multiple"):
        scene.streams["velodyne"].load(0)
    assert len(scene.streams["velodyne"].load(1)) == 5


def test_a_sweep_that_vanished_raises_as_missing_when_it_is_loaded(kitti: Any) -> None:
    scene = read(kitti.root)
    kitti.remove("training/velodyne/000000.bin")
    with pytest.raises(FileProblemError) as caught:
        scene.streams["velodyne"].load(0)
    assert (caught.value.path, caught.value.reason) == ("training/velodyne/000000.bin", "no such file")


def test_points_that_are_no_numbers_stay_and_are_masked(kitti: Any) -> None:
    points = np.array([[np.nan, 0, 0, 0], [1, 2, 3, 0.5]], dtype=np.float32)
    kitti.write("training/velodyne/000000.bin", points.tobytes())
    assert read(kitti.root).streams["velodyne"].load(0).finite.tolist() == [False, True]


def test_a_sweep_of_five_columns_is_refused_and_not_misread(kitti: Any, rng: np.random.Generator) -> None:
    points = np.column_stack([rng.uniform(-40, 40, (100, 3)), rng.uniform(0, 1, 100), np.arange(100) % 32])
    kitti.write("training/velodyne/000000.bin", points.astype(np.float32).tobytes())
    with pytest.raises(FileProblemError, match=r"expected 4 float32 columns .* its numbers only make sense as 5"):
        read(kitti.root).streams["velodyne"].load(0)


POINTS_IN_BOXES = {"000000": [376], "000001": [70, 9, 18], "000002": [1351, 67]}


class TestRealData:
    @pytest.fixture
    def real(self, shared_data: Path) -> Scene:
        return read(shared_data / "kitti-object")

    def test_every_frame_loads_without_a_problem(self, real: Scene) -> None:
        assert real.frame_table.keys == tuple(POINTS_IN_BOXES)
        assert list(real.problems) == []
        shapes = [real.streams["image_2"].load(index).pixels().shape for index in range(3)]
        assert shapes == [(370, 1224, 3), (375, 1242, 3), (375, 1242, 3)]

    @pytest.mark.parametrize("key", POINTS_IN_BOXES)
    def test_boxes_hold_the_known_numbers_of_points(self, key: str, real: Scene) -> None:
        sweep = real.streams["velodyne"].load(real.frame_table.keys.index(key))
        boxes = boxes_of(real, key)
        counts = count_points_in_boxes(sweep.points_in_ego, boxes.centres_m, boxes.sizes_m, boxes.rotations)
        assert counts.tolist() == POINTS_IN_BOXES[key]

    def test_3d_boxes_project_onto_their_2d_boxes(self, real: Scene) -> None:
        labels = real.labels
        assert labels.boxes_2d is not None
        off_px = []
        for row in np.flatnonzero(labels.boxes_2d.box3d_rows >= 0):
            box = labels.boxes_2d.box3d_rows[row]
            sensor = real.rig_at(int(labels.boxes.timestamps_ns[box])).sensor("image_2")
            assert sensor.camera is not None
            corners_in_camera = sensor.ego_from_sensor.inverse().apply(labels.boxes.corners_m[box])
            pixels = sensor.camera.image_plane(corners_in_camera)
            bounds = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
            off_px.append(np.abs(bounds - labels.boxes_2d.edges_px[row]).max())
        assert len(off_px) == 6
        assert max(off_px) < 10
        # The pedestrian's 2D box is tighter than the projection; everything else is near the labels' rounding.
        assert sorted(off_px)[-2] < 2.1

    def test_alpha_is_the_heading_seen_along_the_ray(self, real: Scene) -> None:
        boxes = real.labels.boxes
        for row in range(len(boxes)):
            camera_from_ego = real.rig_at(int(boxes.timestamps_ns[row])).transform("image_2", "ego")
            x, _, z = camera_from_ego.apply(boxes.centres_m[row : row + 1])[0]
            heading = camera_from_ego.rotate(boxes.corners_m[row, :1] - boxes.corners_m[row, 1:2])[0]
            alpha = np.arctan2(-heading[2], heading[0]) - np.arctan2(x, z)
            assert abs((boxes.attributes["alpha"][row] - alpha + np.pi) % (2 * np.pi) - np.pi) < 0.03

    def test_real_rotations_are_clean_to_seven_digits(self, real: Scene) -> None:
        residuals = [real.rig_at(frame).sensor("image_2").ego_from_sensor.residual for frame in range(3)]
        assert 0 < max(residuals) < 1e-6
