from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.clock import nanoseconds_from_date, stream_timing
from calibration.errors import FileProblemError
from calibration.sweep import Motion
from calibration.transform import RigidTransform
from fusion.errors import DatasetError, UnknownFormatError
from fusion.formats.kitti_raw.reader import KittiRawReader
from fusion.formats.registry import open_dataset
from fusion.measure.track_motion import track_motion
from fusion.scene.problems import ProblemKind
from fusion.scene.scene import Scene

NAME = "2011_09_26_drive_0001_sync"
DRIVE = f"2011_09_26/{NAME}"
LABEL_FILE = f"{DRIVE}/tracklet_labels.xml"


def read(root: Path, name: str = NAME) -> Scene:
    return KittiRawReader(root).read_scene(name)


def at(seconds: str) -> int:
    return nanoseconds_from_date(f"2011-09-26 13:02:{seconds}")


class TestRoots:
    def test_data_set_day_drive_and_label_file_are_recognised(self, raw: Any) -> None:
        recognises = KittiRawReader.recognises
        assert recognises(raw.root) == f"holds 1 drive: {DRIVE}"
        assert recognises(raw.root / "2011_09_26") == f"holds 1 drive: {NAME}"
        assert recognises(raw.root / DRIVE) == "velodyne_points, image_02, oxts hold time stamps"
        assert recognises(raw.root / LABEL_FILE) == "tracklet_labels.xml lies in a drive"

    def test_each_of_them_leads_to_the_same_scene(self, raw: Any) -> None:
        for root in ("", "2011_09_26", DRIVE, LABEL_FILE):
            dataset = open_dataset(raw.root / root)
            assert (dataset.format, dataset.scene_names) == ("kitti-raw", (NAME,))
            scene = dataset.scene(NAME)
            assert list(scene.problems) == []
            assert scene.rig_at(0).cameras == ("image_02",)
            assert len(scene.labels) == 3

    def test_where_one_stands_makes_no_difference(self, raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for folder, root in ((DRIVE, "."), (f"{DRIVE}/image_02", ".."), (DRIVE, "tracklet_labels.xml")):
            monkeypatch.chdir(raw.root / folder)
            assert KittiRawReader.recognises(Path(root)) is not None
            assert list(read(Path(root)).problems) == []

    def test_drives_of_several_days(self, raw: Any) -> None:
        raw.add_drive("2011_09_28/2011_09_28_drive_0002_sync")
        assert KittiRawReader(raw.root).scene_names() == (NAME, "2011_09_28_drive_0002_sync")

    def test_an_unsynced_drive_is_told_and_not_read(self, raw: Any) -> None:
        raw.add_drive("2011_09_26/2011_09_26_drive_0001_extract")
        reader = KittiRawReader(raw.root)
        (problem,) = reader.problems
        assert (problem.path, problem.lost) == ("2011_09_26/2011_09_26_drive_0001_extract", True)
        assert problem.reason.startswith("an unsynced drive is not read")
        assert reader.scene_names() == (NAME,)
        with pytest.raises(UnknownFormatError, match=r"kitti-raw: synced drives"):
            open_dataset(raw.root / "2011_09_26/2011_09_26_drive_0001_extract")

    def test_an_unknown_drive_names_those_there_are(self, raw: Any) -> None:
        with pytest.raises(DatasetError, match=f"has no drive '0001'; it has {NAME}"):
            read(raw.root, "0001")

    def test_calibration_may_lie_in_the_drive_itself(self, raw: Any) -> None:
        for name in ("calib_cam_to_cam.txt", "calib_velo_to_cam.txt", "calib_imu_to_velo.txt"):
            (raw.root / "2011_09_26" / name).rename(raw.root / DRIVE / name)
        scene = read(raw.root)
        assert list(scene.problems) == []
        assert scene.rig_at(0).cameras == ("image_02",)

    @pytest.mark.parametrize("name", ["2011_09_26/calib_cam_to_cam.txt", f"{DRIVE}/image_02/data", f"{DRIVE}/oxts"])
    def test_other_paths_are_not_taken_for_a_drive(self, name: str, raw: Any) -> None:
        assert KittiRawReader.recognises(raw.root / name) is None


class TestPhraseBook:
    """The tiny data set of conftest.py, worked out by hand."""

    def test_frames_are_at_the_stamps_of_their_sweeps_to_the_nanosecond(self, raw: Any) -> None:
        scene = read(raw.root)
        assert scene.frame_table.keys == ("0000000000", "0000000001")
        assert scene.frame_table.timestamps_ns.tolist() == [at("25.950000001"), at("26.050000001")]
        assert scene.frame_table.reference_lidar == "velodyne"
        assert scene.time_base == "sensor"
        assert "stamps are wall time without a zone, so what they are in UTC is unknown" in scene.assumptions
        assert scene.tags == {"date": "2011_09_26"}

    def test_a_sweep_knows_when_it_began_and_ended_and_is_raw(self, raw: Any) -> None:
        sweep = read(raw.root).streams["velodyne"].load(1)
        assert (sweep.start_ns, sweep.end_ns) == (at("26.000000000"), at("26.100000000"))
        assert sweep.reference_ns == at("26.050000001")
        assert (sweep.motion, sweep.times_ns) == (Motion.RAW, None)
        np.testing.assert_allclose(sweep.intensity, [0.5, 0.0])

    def test_that_sweeps_are_raw_is_told(self, raw: Any) -> None:
        told = "sweeps are raw, as the readme says; when each point was fired is not told"
        assert told in read(raw.root).assumptions

    def test_images_have_stamps_of_their_own(self, raw: Any) -> None:
        stream = read(raw.root).streams["image_02"]
        assert stream.timestamps_ns.tolist() == [at("25.960000001"), at("26.060000001")]
        assert stream.load(0).pixels().shape == (40, 120, 3)

    def test_the_rig_is_that_of_the_rectified_cameras(self, raw: Any) -> None:
        camera = read(raw.root).rig_at(0).sensor("image_02")
        in_camera = camera.ego_from_sensor.inverse().apply([[20.3, -2.1, -1.15]])
        np.testing.assert_allclose(in_camera, [[2.06, 0.949, 20.005]], atol=1e-12)
        assert camera.camera is not None
        np.testing.assert_allclose(camera.camera.image_plane(in_camera)[0, 0], 60 + 100 * 2.06 / 20.005)
        assert (camera.camera.width, camera.camera.height) == (120, 40)

    def test_boxes_stand_on_their_place(self, raw: Any) -> None:
        boxes = read(raw.root).labels.boxes
        np.testing.assert_allclose(boxes.centres_m, [[20.3, -2.1, -1.15], [19.3, -2.1, -1.15], [10.3, 3.9, -1.3]])
        np.testing.assert_allclose(boxes.sizes_m[[0, 2]], [[4, 1.6, 1.5], [0.8, 0.6, 1.2]])
        np.testing.assert_allclose(boxes.yaws_rad, [0.25, 0.25, -1.5])
        assert boxes.category.values.tolist() == ["Car", "Car", "Person (sitting)"]
        assert read(raw.root).frames[0].point_counts.tolist() == [1]

    def test_labels_are_called_by_frame_and_track(self, raw: Any) -> None:
        labels = read(raw.root).labels
        assert labels.boxes.label_ids.tolist() == ["0000000000:0", "0000000001:0", "0000000001:1"]
        assert labels.boxes.track.values.tolist() == ["0", "0", "1"]
        assert labels.frame_index.tolist() == [0, 1, 1]
        assert labels.boxes.timestamps_ns.tolist() == [at("25.950000001"), *[at("26.050000001")] * 2]
        assert labels.boxes.provenance.place(1) == f"{LABEL_FILE}:21"
        assert labels.reference == "ego"

    def test_states_become_words_and_what_is_unset_is_absent(self, raw: Any) -> None:
        boxes = read(raw.root).labels.boxes
        assert boxes.provenance.interpolated.tolist() == [0, 1, 0]
        assert [boxes.attributes["occlusion"][row] for row in range(3)] == ["visible", "partly", None]
        assert [boxes.attributes["truncation"][row] for row in range(3)] == ["in image", "behind image", None]

    def test_what_the_format_promises_is_declared(self, raw: Any) -> None:
        labels = read(raw.root).labels
        assert labels.scope.describe() == "seen by image_02 (format)"
        assert "Person (sitting)" in (labels.declared_classes or ())

    def test_poses_are_the_lidars_at_the_stamp_of_the_sweep(self, raw: Any) -> None:
        scene = read(raw.root)
        for frame, east_m in ((0, 0.6), (1, 1.6)):  # 20 ms before the inertial unit, at 10 m/s
            pose = scene.world_from_ego_at_frame(frame)
            assert pose is not None
            np.testing.assert_allclose(pose.translation, [east_m, -0.3, 0.8], atol=1e-6)

    def test_poses_reach_over_the_whole_of_all_sweeps_and_that_is_told(self, raw: Any) -> None:
        scene = read(raw.root)
        assert scene.trajectory is not None
        ends_ns = scene.trajectory.timestamps_ns[[0, -1]].tolist()
        assert ends_ns == [at("25.900000000"), at("26.100000000")]
        assert "the first pose is carried back by 70 ms, at its own speed, to a measurement" in scene.assumptions
        assert "the last pose is carried on by 30 ms, at its own speed, to a measurement" in scene.assumptions

    def test_what_the_vehicle_passes_stands_still_in_the_world(self, raw: Any) -> None:
        motion = track_motion(read(raw.root))
        assert not motion.relative
        np.testing.assert_allclose(motion.speeds_mps[:2], 0, atol=1e-5)

    def test_a_camera_moves_on_between_the_sweep_and_its_exposure(self, raw: Any) -> None:
        view = read(raw.root).frames[0].cameras["image_02"]
        moved = view.camera_from_ego.apply([[20.3, -2.1, -1.15]])
        np.testing.assert_allclose(moved, [[2.06, 0.949, 20.005 - 0.1]], atol=1e-6)


class TestAbsence:
    def test_files_that_stamps_list_and_that_are_absent_are_one_problem_a_sensor(self, raw: Any) -> None:
        raw.remove(f"{DRIVE}/image_02/data/0000000000.png", f"{DRIVE}/velodyne_points/data/0000000001.bin")
        scene = read(raw.root)
        sweep, image = scene.problems
        assert (sweep.kind, sweep.path) == (ProblemKind.MISSING_FILE, f"{DRIVE}/velodyne_points/data")
        assert sweep.reason == "no such file: 1 of 2 frames has none (0000000001)"
        assert (image.sensor, image.count, image.lost) == ("image_02", 1, True)
        assert scene.frame_table.measurements["velodyne"].tolist() == [0, -1]
        assert scene.frame_table.measurements["image_02"].tolist() == [-1, 1]
        assert len(scene.streams["image_02"]) == 2
        with pytest.raises(FileProblemError, match="no such file"):
            scene.streams["velodyne"].load(1)

    def test_a_blank_line_is_a_frame_that_was_not_recorded(self, raw: Any) -> None:
        raw.remove(f"{DRIVE}/velodyne_points/data/0000000000.bin")
        raw.write(f"{DRIVE}/velodyne_points/timestamps.txt", "\n2011-09-26 13:02:26.050000001\n")
        scene = read(raw.root)
        assert list(scene.problems) == []
        assert scene.frame_table.timestamps_ns.tolist() == [at("25.960000001"), at("26.050000001")]
        assert scene.frame_table.measurements["velodyne"].tolist() == [-1, 0]
        assert scene.streams["velodyne"].load(0).start_ns == at("26.000000000")

    def test_files_without_a_stamp_are_told(self, raw: Any) -> None:
        raw.write(f"{DRIVE}/velodyne_points/data/0000000002.bin", b"")
        (problem,) = read(raw.root).problems
        assert (problem.kind, problem.path) == (ProblemKind.BROKEN_REFERENCE, f"{DRIVE}/velodyne_points/data")
        assert problem.reason == "1 file without a stamp in timestamps.txt, not read: 0000000002"

    def test_without_tracklets_nothing_is_annotated(self, raw: Any) -> None:
        raw.remove(LABEL_FILE)
        scene = read(raw.root)
        assert list(scene.problems) == []
        assert not scene.frame_table.annotated.any()
        assert f"there is no {LABEL_FILE}: no frame is annotated" in scene.assumptions

    def test_without_stamps_of_its_own_a_sweep_has_no_span(self, raw: Any) -> None:
        raw.remove(f"{DRIVE}/velodyne_points/timestamps_start.txt")
        scene = read(raw.root)
        (problem,) = scene.problems
        assert problem.path == f"{DRIVE}/velodyne_points/timestamps_start.txt"
        sweep = scene.streams["velodyne"].load(0)
        assert (sweep.start_ns, sweep.end_ns) == (None, at("26.000000000"))

    @pytest.mark.parametrize(
        ("name", "cameras", "poses"),
        [("cam_to_cam", (), True), ("velo_to_cam", (), True), ("imu_to_velo", ("image_02",), False)],
    )
    def test_a_missing_calibration_costs_what_needs_it(
        self, name: str, cameras: tuple[str, ...], poses: bool, raw: Any
    ) -> None:
        raw.remove(f"2011_09_26/calib_{name}.txt")
        scene = read(raw.root)
        (problem,) = scene.problems
        assert (problem.kind, problem.path) == (ProblemKind.MISSING_FILE, f"2011_09_26/calib_{name}.txt")
        assert scene.rig_at(0).cameras == cameras
        assert (scene.trajectory is not None) == poses
        assert scene.frame_table.sensors_of(0) == ("velodyne", *cameras)
        assert len(scene.labels) == 3

    def test_a_drive_without_inertial_unit_needs_no_calibration_of_it(self, raw: Any) -> None:
        raw.remove("2011_09_26/calib_imu_to_velo.txt", *(f"{DRIVE}/oxts/data/{frame:010d}.txt" for frame in (0, 1)))
        raw.remove(f"{DRIVE}/oxts/timestamps.txt")
        (raw.root / DRIVE / "oxts/data").rmdir()
        (raw.root / DRIVE / "oxts").rmdir()
        scene = read(raw.root)
        assert list(scene.problems) == []
        assert scene.trajectory is None

    def test_images_of_another_size_than_calibrated_are_told_and_believed(self, raw: Any) -> None:
        raw.replace("2011_09_26/calib_cam_to_cam.txt", "S_rect_02: 1.2", "S_rect_02: 1.4")
        scene = read(raw.root)
        (problem,) = scene.problems
        assert problem.reason == "'S_rect_02' says 140 x 40, images are 120 x 40"
        assert not problem.lost
        camera = scene.rig_at(0).sensor("image_02").camera
        assert camera is not None
        assert camera.width == 120

    def test_frames_outside_the_tracklets_are_not_annotated(self, raw: Any) -> None:
        raw.replace(LABEL_FILE, "<first_frame>0</first_frame>", "<first_frame>1</first_frame>")
        scene = read(raw.root)
        assert scene.frame_table.annotated.tolist() == [False, True]
        told = "frames before the first or after the last label are not annotated: 0000000000"
        assert told in scene.assumptions
        (problem,) = scene.problems
        assert (problem.kind, problem.path, problem.count) == (ProblemKind.BROKEN_REFERENCE, LABEL_FILE, 1)
        assert problem.reason == "1 box of frames without a time stamp (0000000002)"


class TestBrokenFiles:
    def test_stamps_that_are_none_are_told_with_the_first_line(self, raw: Any) -> None:
        raw.write(f"{DRIVE}/image_02/timestamps.txt", "yesterday\n2011-13-26 13:02:26.060000001\n")
        stamps, unstamped = read(raw.root).problems
        assert (stamps.kind, stamps.place) == (ProblemKind.MALFORMED_RECORD, f"{DRIVE}/image_02/timestamps.txt:1")
        assert stamps.reason.startswith("'yesterday' is no date like")
        assert stamps.reason.endswith("(and 1 more line)")
        assert stamps.count == 2
        assert unstamped.reason.startswith("2 files without a stamp")

    def test_a_broken_pose_is_told_by_its_file(self, raw: Any) -> None:
        raw.write(f"{DRIVE}/oxts/data/0000000001.txt", "49.0 8.0 110.0")
        (problem,) = read(raw.root).problems
        assert (problem.place, problem.frame, problem.sensor) == (
            f"{DRIVE}/oxts/data/0000000001.txt:1",
            "0000000001",
            "oxts",
        )
        assert problem.reason == "a row of the inertial unit needs 30 numbers, got 3"

    @pytest.mark.parametrize(
        ("name", "old", "new", "line", "reason"),
        [
            ("cam_to_cam", "R_rect_00:", "R_rect_09:", 0, "has no 'R_rect_00'"),
            ("cam_to_cam", "P_rect_02: 100 0", "P_rect_02: 100", 6, "'P_rect_02' needs 12 numbers, got 11"),
            ("velo_to_cam", "R: 0 -1 0", "R: 0 1 0", 2, "camera_0_from_ego is no rotation: its determinant is -1"),
            ("velo_to_cam", "T: -0.1", "T: x", 3, "'T' number 1 must be a finite number, got 'x'"),
        ],
        ids=["rectification gone", "projection cut", "mirrored", "no number"],
    )
    def test_a_broken_calibration_is_told_with_its_line(
        self, name: str, old: str, new: str, line: int, reason: str, raw: Any
    ) -> None:
        raw.replace(f"2011_09_26/calib_{name}.txt", old, new)
        scene = read(raw.root)
        (problem,) = scene.problems
        assert (problem.path, problem.line) == (f"2011_09_26/calib_{name}.txt", line)
        assert problem.reason.startswith(reason)
        assert scene.rig_at(0).cameras == ()
        assert len(scene.labels) == 3

    def test_a_broken_pose_of_an_object_costs_one_box(self, raw: Any) -> None:
        raw.replace(LABEL_FILE, "<tx>19.3</tx>", "<tx>far</tx>")
        scene = read(raw.root)
        (problem,) = scene.problems
        assert (problem.kind, problem.place) == (ProblemKind.MALFORMED_RECORD, f"{LABEL_FILE}:22")
        assert problem.reason == "tracklet 0 in frame 1 'tx' must be a finite number, got 'far'"
        assert (problem.frame, problem.label) == ("0000000001", "0000000001:0")
        assert scene.labels.boxes.label_ids.tolist() == ["0000000000:0", "0000000001:1"]

    def test_a_broken_object_costs_all_its_boxes_and_others_keep_their_names(self, raw: Any) -> None:
        raw.replace(LABEL_FILE, "<w>1.6</w>", "")
        scene = read(raw.root)
        (problem,) = scene.problems
        assert (problem.reason, problem.count, problem.line) == ("tracklet 0 has no 'w'", 2, 7)
        assert scene.labels.boxes.track.values.tolist() == ["1"]

    def test_labels_that_are_no_xml_are_unreadable_and_nothing_is_annotated(self, raw: Any) -> None:
        raw.write(LABEL_FILE, raw.tracklets[:600])
        scene = read(raw.root)
        (problem,) = scene.problems
        assert (problem.kind, problem.path) == (ProblemKind.UNREADABLE_FILE, LABEL_FILE)
        assert not scene.frame_table.annotated.any()

    def test_a_count_that_is_not_so_is_told_and_loses_nothing(self, raw: Any) -> None:
        raw.replace(LABEL_FILE, "<count>2</count>\n<item_version>1", "<count>3</count>\n<item_version>1")
        scene = read(raw.root)
        (problem,) = scene.problems
        assert (problem.line, problem.reason) == (5, "says it holds 3 tracklets, and holds 2")
        assert not problem.lost
        assert len(scene.labels) == 3


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Scene:
    return open_dataset(shared_data / "kitti-raw").scene(NAME)


class TestRealData:
    def test_what_stamps_list_and_is_absent_is_told_once_a_sensor(self, real: Scene) -> None:
        counts = {problem.sensor: problem.count for problem in real.problems}
        assert counts == {"velodyne": 108, **{f"image_0{number}": 108 for number in range(4)}, "oxts": 107}
        assert all(problem.kind is ProblemKind.MISSING_FILE and problem.lost for problem in real.problems)
        assert all((column < 0).all() for column in real.frame_table.measurements.values())

    def test_stamps_are_read_to_the_nanosecond(self, real: Scene) -> None:
        assert len(real.frame_table) == 108
        assert int(real.frame_table.timestamps_ns[0]) == nanoseconds_from_date("2011-09-26 13:02:25.951199337")
        timing = stream_timing(real.streams["velodyne"].timestamps_ns)
        assert timing.period_ns == pytest.approx(103.08e6, rel=1e-3)
        assert len(timing.duplicated) == len(timing.decreasing) == len(timing.dropped_after) == 0

    def test_images_follow_the_lidar_by_the_known_delay(self, real: Scene) -> None:
        sweeps_ns = real.streams["velodyne"].timestamps_ns
        delays_ms = (real.streams["image_02"].timestamps_ns - sweeps_ns) / 1e6
        assert 10.3 < delays_ms.min() <= delays_ms.max() < 10.7

    def test_the_rig_is_that_of_the_tracking_set_recorded_the_same_day(self, real: Scene, shared_data: Path) -> None:
        tracking = open_dataset(shared_data / "kitti-tracking/training").scene("0001").rig_at(0)
        ours, theirs = (rig.transform("image_02", "ego") for rig in (real.rig_at(0), tracking))
        np.testing.assert_allclose(ours.matrix, theirs.matrix, atol=1e-6)
        lens = real.rig_at(0).sensor("image_02").camera
        assert lens is not None
        assert (lens.width, lens.height) == (1242, 375)

    def test_the_pose_of_the_inertial_unit_is_the_known_one(self, real: Scene) -> None:
        # yaw -2.6087 is west by south-west; the lidar sits 0.81 m ahead of the unit, 0.32 m right, 0.80 m above.
        roll, pitch, yaw = 0.035752, 0.00903, -2.6087069803847
        c, s = np.cos, np.sin
        about_x = np.array([[1, 0, 0], [0, c(roll), -s(roll)], [0, s(roll), c(roll)]])
        about_y = np.array([[c(pitch), 0, s(pitch)], [0, 1, 0], [-s(pitch), 0, c(pitch)]])
        about_z = np.array([[c(yaw), -s(yaw), 0], [s(yaw), c(yaw), 0], [0, 0, 1]])
        world_from_imu = RigidTransform("world", "imu", about_z @ about_y @ about_x, np.zeros(3))
        assert real.trajectory is not None
        pose = real.trajectory.world_from_ego_at(nanoseconds_from_date("2011-09-26 13:02:25.964389445"))
        imu_origin_in_lidar = (-0.8086759, 0.3195559, -0.7997231)
        np.testing.assert_allclose(pose.apply([imu_origin_in_lidar]), [[0, 0, 0]], atol=1e-9)
        assert (world_from_imu.rotation.T @ pose.rotation)[0, 0] > 0.99999
        assert pose.yaw_rad == pytest.approx(yaw, abs=0.002)

    def test_the_pose_carried_back_is_behind_by_speed_times_time(self, real: Scene) -> None:
        assert real.trajectory is not None
        first_ns, own_ns = real.trajectory.timestamps_ns[:2].tolist()
        assert own_ns == nanoseconds_from_date("2011-09-26 13:02:25.964389445")
        back = real.trajectory.translations_m[0] - real.trajectory.translations_m[1]
        speed_mps = math.hypot(6.811441479104, 11.275641809511, 0.12475264293164)
        assert np.linalg.norm(back) == pytest.approx(speed_mps * (own_ns - first_ns) / 1e9, rel=0.01)
        heading = np.array([math.cos(-2.6087), math.sin(-2.6087)])
        assert back[:2] @ heading / np.linalg.norm(back[:2]) < -0.99
