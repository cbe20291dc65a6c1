from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import pytest

from fusion import check_scene
from fusion.errors import DatasetError, NotMeasurableError
from fusion.formats.argoverse2.reader import Argoverse2Reader
from fusion.formats.registry import open_dataset
from fusion.scene.problems import Problem, ProblemKind
from fusion.scene.scene import Scene

Write = Callable[..., Path]
Log = dict[str, dict[str, Any]]
LOG_ID = "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
ANNOTATIONS = "annotations.feather"


def scene_at(root: Path) -> Scene:
    reader = Argoverse2Reader(root)
    (name,) = reader.scene_names()
    return reader.read_scene(name)


def kinds(scene: Scene) -> list[tuple[ProblemKind, str]]:
    return [(problem.kind, problem.path) for problem in scene.problems]


def only(scene: Scene) -> Problem:
    (problem,) = scene.problems
    return problem


@pytest.fixture
def scene(log: Log, write: Write) -> Scene:
    return scene_at(write(log))


def test_a_log_reads_without_a_problem(scene: Scene, start_ns: int) -> None:
    assert list(scene.problems) == []
    assert (scene.name, scene.dataset_format, scene.time_base) == (LOG_ID, "argoverse2", "sensor")
    assert scene.tags == {"split": "val"}
    assert (scene.frame_table.timestamps_ns - start_ns).tolist() == [0, 100_000_000, 200_000_000]
    assert scene.frame_table.annotated.tolist() == [True, True, False]
    assert {name: len(stream) for name, stream in scene.streams.items()} == {"lidar": 3, "ring_front_center": 5}
    assert len(scene.labels) == 3
    assert scene.labels.frame_index.tolist() == [0, 0, 1]


def test_points_counted_in_boxes_are_those_recorded(scene: Scene) -> None:
    frame = scene.frames[0]
    assert frame.point_counts.tolist() == [3, 0] == frame.boxes.recorded_point_counts.tolist()
    assert frame.ray_origins_in_ego.tolist() == [[1.35, 0, 1.64]] * 4


def test_the_car_lands_in_the_image_where_it_was_when_it_was_taken(scene: Scene) -> None:
    view = scene.frames[0].cameras["ring_front_center"]
    assert view.gap_s == pytest.approx(-0.01)
    # 10 ms earlier the vehicle was 0.1 m and the car 0.05 m further back: it is 9.05 m ahead, 7.55 m from the camera
    centre = view.camera_from_ego.apply(view.boxes_at_exposure.centres_m)[0]
    np.testing.assert_allclose(centre, [2, 0.5, 7.55], atol=1e-6)
    np.testing.assert_allclose(view.camera.project([centre]).pixels, [[80 + 200 / 7.55, 45 + 50 / 7.55]], atol=1e-4)


def test_each_frame_takes_the_nearest_image(scene: Scene) -> None:
    assert scene.frame_table.measurements["ring_front_center"].tolist() == [0, 2, 4]
    assert "images are paired with frames by the nearest stamp within 25 ms, as av2-api does" in scene.assumptions


def test_poses_are_those_recorded_with_each_measurement(scene: Scene) -> None:
    for stream in scene.streams.values():
        assert stream.translations_m is not None
        assert np.isfinite(stream.translations_m).all()
    pose = scene.world_from_ego_at_frame(1)
    assert pose is not None
    np.testing.assert_allclose(pose.translation, [100, 201, 1])


def test_a_log_a_split_and_all_splits_give_the_same_scene(log: Log, write: Write, tmp_path: Path) -> None:
    folder = write(log)
    for root, prefix in ((folder, ""), (folder.parent, f"{LOG_ID}/"), (tmp_path, f"val/{LOG_ID}/")):
        dataset = open_dataset(root)
        assert (dataset.format, dataset.scene_names) == ("argoverse2", (LOG_ID,))
        scene = dataset.scene(LOG_ID)
        assert scene.root == root
        assert scene.streams["lidar"].paths[0] == f"{prefix}sensors/lidar/315966253660357000.feather"
        assert len(scene.streams["lidar"].load(0)) == 4
        assert scene.labels.boxes.provenance is not None
        assert scene.labels.boxes.provenance.place(0) == f"{prefix}annotations.feather"


def test_an_annotation_file_opens_its_log(log: Log, write: Write) -> None:
    assert open_dataset(write(log) / ANNOTATIONS).scene_names == (LOG_ID,)


def test_an_unknown_log_is_answered_with_those_there_are(log: Log, write: Write) -> None:
    with pytest.raises(DatasetError, match=f"has no log 'x'; it has {LOG_ID}"):
        Argoverse2Reader(write(log)).read_scene("x")


def test_an_empty_log_is_a_problem_of_the_data_set(log: Log, write: Write, tmp_path: Path) -> None:
    write(log)
    other = LOG_ID.replace("7", "8")
    (tmp_path / "val" / other).mkdir()
    (problem,) = Argoverse2Reader(tmp_path).problems
    assert (problem.kind, problem.path) == (ProblemKind.MISSING_FILE, f"val/{other}")


def test_a_log_of_the_test_split_has_frames_and_no_labels(log: Log, write: Write) -> None:
    del log[ANNOTATIONS]
    scene = scene_at(write(log, f"test/{LOG_ID}"))
    assert list(scene.problems) == []
    assert len(scene.labels) == 0
    assert scene.frame_table.annotated.tolist() == [False] * 3
    assert "there is no annotations.feather, so no frame is annotated" in scene.assumptions


def test_a_log_without_images_has_no_views(log: Log, write: Write) -> None:
    scene = scene_at(write(log, images=False))
    assert list(scene.problems) == []
    assert dict(scene.frames[0].cameras) == {}
    assert "there are no images of ring_front_center" in scene.assumptions


def test_a_log_without_calibration_still_counts_points(log: Log, write: Write) -> None:
    root = write(log)
    rmtree(root / "calibration")
    scene = scene_at(root)
    assert kinds(scene) == [
        (ProblemKind.MISSING_FILE, "calibration/egovehicle_SE3_sensor.feather"),
        (ProblemKind.BROKEN_REFERENCE, "sensors/cameras/ring_front_center"),
    ]
    frame = scene.frames[0]
    assert frame.point_counts.tolist() == [3, 0]
    assert dict(frame.cameras) == {}
    assert len(scene.streams["ring_front_center"]) == 5


def test_a_log_without_poses_has_frames_all_the_same(log: Log, write: Write) -> None:
    del log["city_SE3_egovehicle.feather"]
    scene = scene_at(write(log))
    assert kinds(scene) == [(ProblemKind.MISSING_FILE, "city_SE3_egovehicle.feather")]
    assert scene.trajectory is None
    assert scene.frames[0].world_from_ego is None
    assert scene.frames[0].point_counts.tolist() == [3, 0]


def test_a_labelled_time_without_a_sweep_is_a_frame_without_points(log: Log, write: Write) -> None:
    del log["sensors/lidar/315966253760357000.feather"]
    scene = scene_at(write(log))
    assert scene.frame_table.measurements["lidar"].tolist() == [0, -1, 1]
    problem = only(scene)
    assert (problem.kind, problem.count, problem.sensor) == (ProblemKind.MISSING_FILE, 1, "lidar")
    assert (problem.path, problem.reason) == (
        "sensors/lidar/315966253760357000.feather",
        "no such file; of 2 labelled times 1 have no sweep",
    )
    with pytest.raises(NotMeasurableError, match="no lidar sweep in this frame"):
        _ = scene.frames[1].points_in_ego


def test_a_log_without_sweeps_is_labels_alone(log: Log, write: Write) -> None:
    root = write(log)
    rmtree(root / "sensors/lidar")
    scene = scene_at(root)
    assert kinds(scene) == [(ProblemKind.MISSING_FILE, "sensors/lidar")]
    assert len(scene.frames) == 2
    (root / "sensors/lidar").mkdir()
    assert only(scene_at(root)).reason == "no such file: the folder holds no sweep"


def test_sweeps_without_labels_are_told_apart_by_where_they_lie(log: Log, write: Write, start_ns: int) -> None:
    log[ANNOTATIONS]["timestamp_ns"] = [start_ns, start_ns, start_ns + 200_000_000]
    scene = scene_at(write(log))
    assert scene.frame_table.annotated.all()
    assert "1 sweeps between labelled times hold no box; they are taken for labelled and empty" in scene.assumptions


def test_files_that_are_no_measurement_are_told(log: Log, write: Write) -> None:
    root = write(log)
    (root / "sensors/lidar/notes.txt").touch()
    scene = scene_at(root)
    assert len(scene.streams["lidar"]) == 3
    assert "sensors/lidar/ holds files that are not named by a stamp, not read: notes.txt" in scene.assumptions


def test_the_region_of_the_labels_is_told(scene: Scene) -> None:
    assert any("within 5 m of the mapped drivable area" in sentence for sentence in scene.assumptions)


def test_a_good_log_has_no_finding_about_its_files(scene: Scene) -> None:
    run = check_scene(scene)
    assert [finding.message for finding in run.findings if finding.code.startswith(("DAT", "RIG", "TIM", "ONT"))] == []


def test_a_broken_log_is_checked_all_the_same(log: Log, write: Write, start_ns: int) -> None:
    log[ANNOTATIONS]["track_uuid"][1] = "car"
    log[ANNOTATIONS]["tx_m"][2] = np.nan
    root = write(log)
    (root / "sensors/lidar/315966253660357000.feather").write_bytes(b"nothing")
    run = check_scene(scene_at(root))
    told = {(finding.code, finding.label or finding.message) for finding in run.findings}
    assert ("DAT003", f"{start_ns}:car#2") in told
    assert ("DAT003", f"{start_ns + 100_000_000}:car") in told
    assert any(code == "DAT002" for code, _ in told)
