from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.cameras.model import CameraModel
from calibration.errors import FileProblemError
from calibration.sweep import Motion
from fusion.errors import DatasetError
from fusion.formats.kitti.reader import KittiReader
from fusion.formats.kitti_tracking.reader import KittiTrackingReader
from fusion.formats.registry import open_dataset
from fusion.measure.track_motion import track_motion
from fusion.scene.problems import ProblemKind
from fusion.scene.scene import Scene

LABEL_FILE, CALIBRATION_FILE = "training/label_02/0001.txt", "training/calib/0001.txt"


def read(root: Path, name: str = "0001") -> Scene:
    return KittiTrackingReader(root).read_scene(name)


def told(scene: Scene) -> str:
    return "\n".join(scene.assumptions)


def lens(scene: Scene, camera: str = "image_02") -> CameraModel:
    camera_model = scene.rig_at(0).sensor(camera).camera
    assert camera_model is not None
    return camera_model


class TestRoots:
    def test_a_data_set_a_split_and_a_label_file_are_recognised(self, tracking: Any) -> None:
        assert KittiTrackingReader.recognises(tracking.root) == "training/label_02/ holds 1 label file"
        assert KittiTrackingReader.recognises(tracking.root / "training") == "label_02/ holds 1 label file"
        assert KittiTrackingReader.recognises(tracking.root / LABEL_FILE) == "0001.txt lies in label_02/"

    def test_each_of_them_leads_to_the_same_boxes(self, tracking: Any) -> None:
        for root in ("", "training", LABEL_FILE):
            scene = read(tracking.root / root)
            assert list(scene.problems) == []
            assert scene.labels.boxes.label_ids.tolist() == ["000000:0", "000001:0", "000001:7", "000002:0"]
            assert scene.labels.boxes.centres_m[0] == pytest.approx([20.3, -2.1, -1.15])

    def test_where_one_stands_makes_no_difference(self, tracking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for folder, root in (("training", "."), ("training/label_02", ".."), ("training/label_02", "0001.txt")):
            monkeypatch.chdir(tracking.root / folder)
            assert KittiTrackingReader.recognises(Path(root)) is not None
            assert KittiTrackingReader(Path(root)).scene_names() == ("0001",)
            assert list(read(Path(root)).problems) == []

    def test_no_other_reader_takes_a_tracking_set_for_its_own(self, tracking: Any) -> None:
        for root in ("", "training", LABEL_FILE):
            assert open_dataset(tracking.root / root).format == "kitti-tracking"

    def test_object_and_tracking_set_in_one_folder_are_told_apart_by_name(self, tracking: Any) -> None:
        tracking.write("training/label_2/000000.txt", "")
        tracking.write("training/calib/000000.txt", tracking.calibration)
        for root in (tracking.root, tracking.root / "training"):
            assert KittiReader.recognises(root) is not None
            with pytest.raises(DatasetError, match="fits several formats, choose one with format="):
                open_dataset(root)
            assert open_dataset(root, format="kitti-tracking").scene_names == ("0001",)

    def test_the_test_split_has_no_labels_and_no_problem(self, tracking: Any) -> None:
        tracking.add_sequence("testing", "0001", None)
        assert KittiTrackingReader(tracking.root).scene_names() == ("0001", "testing-0001")
        scene = read(tracking.root, "testing-0001")
        assert not scene.frame_table.annotated.any()
        assert list(scene.problems) == []
        assert "there is no testing/label_02/0001.txt: no frame is annotated" in scene.assumptions

    def test_an_unknown_sequence_names_those_there_are(self, tracking: Any) -> None:
        with pytest.raises(DatasetError, match="has no sequence '0002'; it has 0001"):
            read(tracking.root, "0002")


class TestPhraseBook:
    """The tiny data set of conftest.py, worked out by hand."""

    def test_boxes_stand_where_they_were_drawn(self, tracking: Any) -> None:
        boxes = read(tracking.root).labels.boxes
        expected = [[20.3, -2.1, -1.15], [19.3, -2.1, -1.15], [10.3, 3.9, -1.0], [18.3, -2.1, -1.15]]
        np.testing.assert_allclose(boxes.centres_m, expected, atol=1e-12)
        np.testing.assert_allclose(boxes.sizes_m[[0, 2]], [[4.0, 1.6, 1.5], [0.8, 0.6, 1.8]])
        np.testing.assert_allclose(boxes.yaws_rad, [0, 0, -np.pi / 2, 0], atol=1e-12)
        assert boxes.category.values.tolist() == ["Car", "Car", "Pedestrian", "Car"]

    def test_objects_keep_their_tracks(self, tracking: Any) -> None:
        labels = read(tracking.root).labels
        assert labels.boxes.track.values.tolist() == ["0", "0", "7", "0"]
        assert labels.tracks.names == ("0", "7")
        assert labels.boxes.provenance.place(2) == "training/label_02/0001.txt:4"

    def test_an_ignored_region_is_a_2d_box_without_a_track(self, tracking: Any) -> None:
        boxes = read(tracking.root).labels.boxes_2d
        assert boxes.category.values.tolist() == ["Car", "DontCare", "Car", "Pedestrian", "Car"]
        assert boxes.box3d_rows.tolist() == [0, -1, 1, 2, 3]
        assert boxes.track.values.tolist() == ["0", "", "0", "7", "0"]
        assert boxes.label_ids[1] == "000000:-1:2"
        assert boxes.camera.values.tolist() == ["image_02"] * 5

    def test_frames_follow_each_other_at_10_hz_and_the_reader_says_so(self, tracking: Any) -> None:
        scene = read(tracking.root)
        assert scene.frame_table.keys == ("000000", "000001", "000002")
        assert scene.frame_table.timestamps_ns.tolist() == [0, 100_000_000, 200_000_000]
        assert scene.labels.boxes.timestamps_ns.tolist() == [0, 100_000_000, 100_000_000, 200_000_000]
        assert scene.time_base == "sensor"
        assert "KITTI tracking has no times, frames are taken to follow each other at 10 Hz" in scene.assumptions
        assert scene.streams["velodyne"].timestamps_ns.tolist() == scene.streams["image_02"].timestamps_ns.tolist()

    def test_poses_are_those_of_the_lidar(self, tracking: Any) -> None:
        scene = read(tracking.root)
        for frame in range(3):
            pose = scene.world_from_ego_at_frame(frame)
            assert pose is not None
            np.testing.assert_allclose(pose.translation, [frame + 0.8, -0.3, 0.8], atol=1e-6)
            np.testing.assert_allclose(pose.rotation, np.eye(3), atol=1e-12)

    def test_what_the_vehicle_passes_stands_still_in_the_world(self, tracking: Any) -> None:
        motion = track_motion(read(tracking.root))
        assert not motion.relative
        np.testing.assert_allclose(motion.speeds_mps[[0, 1, 3]], 0, atol=1e-5)

    def test_sweeps_and_images_are_loaded_by_frame(self, tracking: Any) -> None:
        scene = read(tracking.root)
        sweep = scene.streams["velodyne"].load(1)
        assert (sweep.sensor, sweep.reference_ns, sweep.motion) == ("velodyne", 100_000_000, Motion.UNKNOWN)
        assert "whether sweeps were motion compensated is not told" in scene.assumptions
        np.testing.assert_allclose(sweep.points[0], [20.3, -2.1, -1.15])
        np.testing.assert_allclose(sweep.intensity, [0.5, 0.0])
        image = scene.streams["image_02"].load(2)
        assert (image.width, image.height, image.timestamp_ns) == (120, 40, 200_000_000)
        assert scene.frames[0].point_counts.tolist() == [1]

    def test_the_rig_holds_for_the_whole_sequence(self, tracking: Any) -> None:
        rig = read(tracking.root).rig_at(0)
        assert tuple(rig.sensors) == ("velodyne", "image_02")
        in_camera = rig.transform("image_02", "ego").apply([[20.3, -2.1, -1.15]])
        np.testing.assert_allclose(in_camera, [[2.06, 0.949, 20.005]], atol=1e-12)

    def test_a_second_camera_is_there_when_its_images_are(self, tracking: Any) -> None:
        for frame in range(3):
            tracking.write_image(f"training/image_03/0001/{frame:06d}.png")
        scene = read(tracking.root)
        assert scene.rig_at(0).cameras == ("image_02", "image_03")
        assert scene.frame_table.measurements["image_03"].tolist() == [0, 1, 2]

    def test_attributes_are_numbers_as_they_stand(self, tracking: Any) -> None:
        attributes = read(tracking.root).labels.boxes.attributes
        assert attributes["truncated"].values.tolist() == [0, 0, 2, 0]
        assert attributes["occluded"].values.tolist() == [1, 1, 0, 1]

    def test_what_the_format_promises_is_declared(self, tracking: Any) -> None:
        labels = read(tracking.root).labels
        assert labels.scope.describe() == "seen by image_02 (format)"
        assert set(labels.declared_classes or ()) >= {"Person", "Person_sitting", "Tram", "DontCare"}

    def test_frames_between_the_labels_are_annotated_and_those_outside_are_not(self, tracking: Any) -> None:
        tracking.write(LABEL_FILE, "".join(tracking.labels.splitlines(keepends=True)[2:4]).replace("1 7", "3 7"))
        tracking.write("training/velodyne/0001/000004.bin", b"")
        scene = read(tracking.root)
        assert scene.frame_table.annotated.tolist() == [False, True, True, True, False]
        assert "frames before the first or after the last label are not annotated: 000000, 000004" in scene.assumptions


class TestQuirks:
    """Files that differ from the book and still say what they mean."""

    def test_calibration_as_the_originals_spell_it(self, tracking: Any) -> None:
        usual = read(tracking.root)
        for old, new in (
            ("R0_rect:", "R_rect"),
            ("Tr_velo_to_cam:", "Tr_velo_cam"),
            ("Tr_imu_to_velo:", "Tr_imu_velo"),
            ("\n", "  \r\n"),
        ):
            tracking.replace(CALIBRATION_FILE, old, new)
        original = read(tracking.root)
        assert list(original.problems) == []
        np.testing.assert_array_equal(original.labels.boxes.centres_m, usual.labels.boxes.centres_m)
        np.testing.assert_array_equal(original.trajectory.translations_m, usual.trajectory.translations_m)

    def test_blank_lines_and_a_byte_order_mark(self, tracking: Any) -> None:
        tracking.write(LABEL_FILE, "\ufeff" + tracking.labels.replace("\n", " \r\n\r\n"))
        scene = read(tracking.root)
        assert list(scene.problems) == []
        assert len(scene.labels) == 4

    def test_rows_in_any_order(self, tracking: Any) -> None:
        tracking.write(LABEL_FILE, "".join(reversed(tracking.labels.splitlines(keepends=True))))
        scene = read(tracking.root)
        assert [scene.labels.boxes.label_ids[row] for row in scene.labels.rows_of_frame(1)] == ["000001:7", "000001:0"]

    def test_a_track_that_is_twice_in_a_frame_keeps_both_boxes_under_names_of_their_own(self, tracking: Any) -> None:
        tracking.write(LABEL_FILE, tracking.labels + tracking.labels.splitlines()[0])
        boxes = read(tracking.root).labels.boxes
        assert boxes.label_ids.tolist()[-1] == "000000:0:6"
        assert boxes.track.values.tolist().count("0") == 4

    def test_output_of_a_tracker_has_scores(self, tracking: Any) -> None:
        tracking.write(LABEL_FILE, tracking.labels.splitlines()[0] + " 12.5\n")
        np.testing.assert_array_equal(read(tracking.root).labels.boxes.confidences, [12.5])

    def test_an_empty_label_file_is_no_promise(self, tracking: Any) -> None:
        tracking.write(LABEL_FILE, "")
        scene = read(tracking.root)
        assert list(scene.problems) == []
        assert not scene.frame_table.annotated.any()
        assert len(scene.labels) == 0


class TestAbsence:
    def test_holes_in_a_folder_are_one_problem(self, tracking: Any) -> None:
        tracking.write("training/velodyne/0001/000009.bin", b"")
        tracking.remove("training/velodyne/0001/000001.bin")
        for frame in range(3, 10):
            tracking.write_image(f"training/image_02/0001/{frame:06d}.png")
        scene = read(tracking.root)
        hole, short = scene.problems
        assert (hole.kind, hole.path) == (ProblemKind.MISSING_FILE, "training/velodyne/0001")
        assert hole.reason == "no such file: 7 of 10 frames have none (000001, 000003 to 000008)"
        assert (hole.count, hole.sensor, hole.scene, hole.lost) == (7, "velodyne", "0001", True)
        assert short.reason == "holds 3 rows for 10 frames: the last have no pose"
        assert scene.frame_table.measurements["velodyne"].tolist() == [0, -1, 1, *[-1] * 6, 2]

    def test_a_label_file_without_any_sensor_has_no_problem(self, tmp_path: Path, tracking: Any) -> None:
        (tmp_path / "alone/label_02").mkdir(parents=True)
        label_file = tmp_path / "alone/label_02/0001.txt"
        label_file.write_text(tracking.labels, encoding="utf-8")
        scene = read(label_file)
        assert list(scene.problems) == []
        assert dict(scene.streams) == {}
        assert "there is nothing in velodyne/0001: no frame has one" in scene.assumptions
        assert "ego is camera 0, turned to x forward, y left, z up" in told(scene)
        np.testing.assert_allclose(scene.labels.boxes.centres_m[0], [20, -2, -0.95], atol=1e-12)
        assert scene.labels.boxes.yaws_rad[0] == pytest.approx(0, abs=1e-12)
        assert track_motion(scene).relative
        np.testing.assert_allclose(track_motion(scene).velocities_mps[0], [-10, 0, 0], atol=1e-9)

    def test_labels_alone_take_the_recording_beside_them_and_say_so(self, tracking: Any) -> None:
        tracking.write("vendor/label_02/0001.txt", tracking.labels)
        scene = read(tracking.root / "vendor/label_02/0001.txt")
        assert list(scene.problems) == []
        assert scene.labels.boxes.centres_m[0] == pytest.approx([20.3, -2.1, -1.15])
        assert scene.labels.boxes.provenance.place(0) == "vendor/label_02/0001.txt:1"
        assert len(scene.streams["velodyne"].load(0)) == 2
        assert scene.trajectory is not None
        assert (
            "vendor/ holds labels alone; calib, oxts, velodyne, image_02 of sequence 0001 are those of training/ "
            "beside it" in scene.assumptions
        )

    def test_without_calibration_sensors_are_left_out_and_the_loss_is_told(self, tracking: Any) -> None:
        tracking.remove(CALIBRATION_FILE)
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.kind, problem.path, problem.lost) == (ProblemKind.MISSING_FILE, CALIBRATION_FILE, True)
        assert problem.reason == "no such file; without it velodyne, image_02, oxts can't be used"
        assert dict(scene.streams) == {}
        assert scene.trajectory is None
        assert scene.frame_table.annotated.all()
        assert len(scene.labels) == 4

    def test_without_the_lidars_place_images_still_fit_the_boxes(self, tracking: Any) -> None:
        usual = read(tracking.root)
        tracking.replace(CALIBRATION_FILE, "Tr_velo_to_cam: 0 -1", "Tr_velo_to_cam: x -1")
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.path, problem.line) == (CALIBRATION_FILE, 5)
        assert tuple(scene.rig_at(0).sensors) == tuple(scene.streams) == ("image_02",)
        assert "ego is camera 0" in told(scene)
        pixels = [
            lens(one).image_plane(one.rig_at(0).transform("image_02", "ego").apply(one.labels.boxes.corners_m[0]))
            for one in (usual, scene)
        ]
        np.testing.assert_allclose(pixels[1], pixels[0], atol=1e-9)

    def test_a_sequence_of_sweeps_alone(self, tracking: Any) -> None:
        tracking.remove(LABEL_FILE, *(f"training/image_02/0001/{frame:06d}.png" for frame in range(3)))
        (tracking.root / "training/image_02/0001").rmdir()
        scene = read(tracking.root)
        assert list(scene.problems) == []
        assert tuple(scene.streams) == ("velodyne",)
        assert lens(scene).width == 1242
        assert "image_02 is 1242 x 375, as there is no readable image" in scene.assumptions

    def test_the_size_of_images_is_that_of_the_first_readable_one(self, tracking: Any) -> None:
        tracking.write("training/image_02/0001/000000.png", b"no image")
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.kind, problem.path) == (ProblemKind.UNREADABLE_FILE, "training/image_02/0001/000000.png")
        assert (lens(scene).width, lens(scene).height) == (120, 40)


class TestBrokenFiles:
    def test_a_broken_row_is_told_and_the_others_are_read(self, tracking: Any) -> None:
        tracking.replace(LABEL_FILE, "1 0 Car 0 1", "1 0 Car zero 1")
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.kind, problem.place) == (ProblemKind.MALFORMED_RECORD, f"{LABEL_FILE}:3")
        assert problem.reason == "column 4 (truncated) must be a finite number, got 'zero'"
        assert scene.labels.boxes.label_ids.tolist() == ["000000:0", "000001:7", "000002:0"]

    def test_a_row_without_any_box_is_told(self, tracking: Any) -> None:
        row = "1 4 Car 0 0 -10 -1 -1 -1 -1 1.5 1.6 4 -1000 -1000 -1000 -10"
        tracking.write(LABEL_FILE, f"{tracking.labels}{row}\n")
        (problem,) = read(tracking.root).problems
        assert (problem.place, problem.frame) == (f"{LABEL_FILE}:6", "000001")
        assert problem.reason == "has neither a 3D box nor a 2D box"

    def test_labels_that_are_no_text_are_unreadable_and_nothing_is_annotated(self, tracking: Any) -> None:
        tracking.write(LABEL_FILE, b"0 0 Car\n\xff\xfe\n")
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.kind, problem.place) == (ProblemKind.UNREADABLE_FILE, f"{LABEL_FILE}:2")
        assert not scene.frame_table.annotated.any()

    def test_a_broken_pose_is_told_and_bridged(self, tracking: Any) -> None:
        lines = (tracking.root / "training/oxts/0001.txt").read_text(encoding="utf-8").splitlines()
        tracking.write("training/oxts/0001.txt", "\n".join([lines[0], "49.0 8.0", lines[2], "", ""]))
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.place, problem.frame) == ("training/oxts/0001.txt:2", "000001")
        assert problem.reason == "a row of the inertial unit needs 30 numbers, got 2"
        pose = scene.world_from_ego_at_frame(1)
        assert pose is not None
        np.testing.assert_allclose(pose.translation, [1.8, -0.3, 0.8], atol=1e-6)

    def test_poses_need_the_place_of_the_inertial_unit(self, tracking: Any) -> None:
        tracking.replace(CALIBRATION_FILE, "Tr_imu_to_velo: 1 0 0 -0.8 0 1 0 0.3 0 0 1 -0.8", "Tr_imu_to_velo:")
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.path, problem.line, problem.sensor) == (CALIBRATION_FILE, 6, "oxts")
        assert scene.trajectory is None
        tracking.remove("training/oxts/0001.txt")
        assert list(read(tracking.root).problems) == []

    def test_a_camera_without_a_projection_has_no_view(self, tracking: Any) -> None:
        tracking.replace(CALIBRATION_FILE, "P2: 100", "P2: -100")
        scene = read(tracking.root)
        (problem,) = scene.problems
        assert (problem.line, problem.sensor) == (2, "image_02")
        assert tuple(scene.streams) == ("velodyne",)

    def test_a_truncated_sweep_is_told_when_it_is_loaded(self, tracking: Any) -> None:
        tracking.write("training/velodyne/0001/000001.bin", b"\0" * 20)
        stream = read(tracking.root).streams["velodyne"]
        with pytest.raises(FileProblemError, match=r"training/velodyne/0001/000001\.bin: truncated: 20 bytes"):
            stream.load(1)


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Scene:
    return read(shared_data / "kitti-tracking/derived/label_02/0001.txt")


def projected(scene: Scene, box: int) -> np.ndarray[Any, Any]:
    """(4,) edges of a 3D box in the labelled image, cut by it."""
    camera_from_ego = scene.rig_at(0).transform("image_02", "ego")
    camera = lens(scene)
    pixels = camera.image_plane(camera_from_ego.apply(scene.labels.boxes.corners_m[box]))
    bounds = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
    return np.clip(bounds, 0, [camera.width - 1, camera.height - 1] * 2)


def plain_views(scene: Scene, frames: Sequence[int]) -> Iterator[tuple[int, np.ndarray[Any, Any]]]:
    """3D box and 2D box of what is neither hidden nor cut in these frames.

    The file has each label twice, with the 2D box of the left and then of the right camera; only the first is meant.
    """
    drawn = scene.labels.boxes_2d
    assert drawn is not None
    plain = (drawn.attributes["truncated"].values == 0) & (drawn.attributes["occluded"].values == 0)
    first = np.asarray([name.count(":") == 1 for name in drawn.label_ids])
    for row in np.flatnonzero(plain & first & np.isin(drawn.frame_index, frames) & (drawn.box3d_rows >= 0)):
        yield int(drawn.box3d_rows[row]), drawn.edges_px[row]


class TestRealData:
    def test_the_sequence_reads_and_only_the_images_that_are_not_there_are_missed(self, real: Scene) -> None:
        (problem,) = real.problems
        assert (problem.kind, problem.path, problem.count) == (ProblemKind.MISSING_FILE, "training/image_02/0001", 444)
        assert len(real.frame_table) == 447
        assert real.frame_table.annotated.all()
        assert [
            real.frame_table.keys[frame] for frame in np.flatnonzero(real.frame_table.measurements["image_02"] >= 0)
        ] == [
            "000010",
            "000015",
            "000020",
        ]

    def test_100_objects_but_for_the_ignored_ones_have_tracks(self, real: Scene) -> None:
        tracks = real.labels.tracks
        assert len(tracks) == 98
        assert len(real.labels) == 6060

    def test_3d_boxes_land_on_their_2d_boxes_in_the_three_images(self, real: Scene) -> None:
        off_px = [np.abs(projected(real, box) - edges).max() for box, edges in plain_views(real, [10, 15, 20])]
        assert len(off_px) == 3
        assert max(off_px) < 2.5

    def test_3d_boxes_land_on_their_2d_boxes_in_the_whole_sequence(self, real: Scene) -> None:
        off_px = [np.abs(projected(real, box) - edges).max() for box, edges in plain_views(real, range(447))]
        assert len(off_px) == 825
        assert np.median(off_px) < 1.2
        assert np.mean(np.asarray(off_px) < 10) > 0.97

    def test_every_label_is_there_twice_in_the_rebuilt_file(self, real: Scene) -> None:
        again = np.asarray([name.count(":") == 2 for name in real.labels.boxes.label_ids])
        assert np.count_nonzero(again) == np.count_nonzero(~again) == 3030

    def test_images_are_read_by_the_number_of_their_frame(self, real: Scene) -> None:
        image = real.streams["image_02"].load(1)
        assert image.path == "training/image_02/0001/000015.png"
        assert image.pixels().shape == (375, 1242, 3)
