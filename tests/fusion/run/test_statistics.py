from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from calibration.cameras import camera_from_parameters
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.errors import DatasetError
from fusion.run.dataset_info import SCHEMA, DatasetInfo
from fusion.run.statistics import UNNAMED, dataset_info
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.problems import Problem, ProblemKind, ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder, scene_from_arrays

PERIOD_NS = 100_000_000
CAMERA = camera_from_parameters("pinhole", 1600, 900, 1000, 1000, 800, 450, 0, ())
RIG = SensorRig({"front": Sensor("front", SensorKind.CAMERA, RigidTransform.identity("ego", "front"), CAMERA)})


@dataclass
class Source:
    scenes: dict[str, Scene | Exception]
    format: str = "memory"
    problems: ProblemLog = field(default_factory=ProblemLog)

    def scene_names(self) -> tuple[str, ...]:
        return tuple(self.scenes)

    def read_scene(self, name: str) -> Scene:
        found = self.scenes[name]
        if isinstance(found, Exception):
            raise found
        return found


def dataset(**scenes: Scene | Exception) -> Dataset:
    return Dataset(Path("day"), Source(dict(scenes)), why="it is in memory")


def cars(*lengths_m: float, category: str | None = "car", **columns: object) -> Boxes3D:
    count = len(lengths_m)
    sizes_m = np.column_stack([lengths_m, np.full(count, 2.0), np.full(count, 1.5)]).reshape(count, 3)
    centres_m = np.arange(count)[:, None] * np.array([10.0, 0, 0])
    return Boxes3D.upright(centres_m, sizes_m, np.zeros(count), category=[category] * count, **columns)


def pose(x_m: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[0, 3] = x_m
    return matrix


def drive(name: str, frames: int = 5, late_ms: float = 10.0, skip: int = -1) -> Scene:
    """Frames every 100 ms, 2 m apart, each with a car of 4 m, and an image some milliseconds late."""
    builder = SceneBuilder(rig=RIG)
    for index in range(frames + (skip >= 0)):
        if index == skip:
            continue
        stamp = builder.start_ns + index * PERIOD_NS
        pixels = np.zeros((2, 2, 3), dtype=np.uint8)
        image = CameraImage("front", stamp + int(late_ms * 1e6), path=None, load=lambda pixels=pixels: pixels)
        boxes = cars(4.0, track=["17"])
        builder.frame(boxes=boxes, images={"front": image}, world_from_ego=pose(2.0 * index), timestamp_ns=stamp)
    return builder.build(name=name)


def test_a_drive_is_described() -> None:
    info = dataset_info(dataset(dusk=drive("dusk")))
    (scene,) = info.scenes
    (front,) = scene.sensors
    assert (front.name, front.kind, front.measurements, front.rate_hz, front.jitter_ms) == ("front", "camera", 5, 10, 0)
    assert (front.dropped, front.duplicated, front.out_of_order) == (0, 0, 0)
    assert (front.lens, front.image_size) == ("pinhole", (1600, 900))
    assert (scene.frames, scene.duration_s, scene.time_base) == (5, 0.4, "utc")
    assert scene.poses is not None
    assert (scene.poses.poses, scene.poses.gaps, scene.poses.driven_m) == (5, 0, 8.0)
    (sync,) = scene.sync
    assert (sync.camera, sync.frames, sync.min_ms, sync.median_ms, sync.max_ms) == ("front", 5, 10, 10, 10)


def test_one_scene_in_all_is_that_scene() -> None:
    info = dataset_info(dataset(dusk=drive("dusk")))
    assert info.total.model_dump() == {
        name: value for name, value in info.scenes[0].model_dump().items() if name in info.total.model_dump()
    }


def test_scenes_add_up() -> None:
    info = dataset_info(dataset(dusk=drive("dusk"), dawn=drive("dawn", frames=7, late_ms=-30, skip=3)))
    total = info.total
    assert (total.frames, total.duration_s, total.labels.boxes, total.labels.tracks) == (12, 1.1, 12, 2)
    assert total.poses is not None
    assert total.poses.driven_m == 8 + 14
    (front,) = total.sensors
    assert (front.measurements, front.dropped, front.rate_hz) == (12, 1, 10)
    (sync,) = total.sync
    assert (sync.min_ms, sync.median_ms, sync.max_ms) == (-30, -30, 10)


def test_a_long_pause_between_poses_is_a_gap() -> None:
    builder = SceneBuilder()
    for seconds in (0, 1, 10):
        stamp = builder.start_ns + seconds * 10 * PERIOD_NS
        builder.frame(boxes=cars(), world_from_ego=pose(seconds), timestamp_ns=stamp)
    poses = dataset_info(dataset(dusk=builder.build())).total.poses
    assert poses is not None
    assert (poses.gaps, poses.longest_gap_s, poses.driven_m) == (2, 9.0, 10.0)


def test_without_a_clock_there_are_no_rates_and_no_sync() -> None:
    pixels = np.zeros((2, 2, 3), dtype=np.uint8)
    scene = scene_from_arrays(boxes=cars(), images={"front": [pixels, pixels]}, rig=RIG)
    (front,) = dataset_info(dataset(dusk=scene)).total.sensors
    held = dataset_info(dataset(dusk=scene)).total
    assert (front.rate_hz, front.jitter_ms, front.dropped, front.duplicated, front.out_of_order) == (None,) * 5
    assert (held.duration_s, held.sync, held.poses) == (None, (), None)


def test_classes_come_by_number_with_medians() -> None:
    first = Boxes3D.concatenate([cars(4, 5, 6, track=["a", "b", "c"]), cars(9, category="bus", track=["d"])])
    second = Boxes3D.concatenate([cars(4, track=["a"]), cars(1, category=None)])
    builder = SceneBuilder().frame(boxes=first).frame(boxes=second).frame(boxes=cars())
    labels = dataset_info(dataset(dusk=builder.build())).total.labels
    assert [(row.name, row.boxes, row.tracks) for row in labels.classes] == [
        ("car", 4, 3),
        (UNNAMED, 1, 0),
        ("bus", 1, 1),
    ]
    assert labels.classes[0].median_size_m == (4.5, 2, 1.5)
    assert (labels.boxes, labels.tracks, labels.annotated_frames, labels.empty_frames) == (6, 4, 3, 1)


def test_points_are_taken_as_recorded_where_they_are() -> None:
    boxes = cars(4, 5, 6, 7, recorded_point_counts=np.array([0, 10, 20, -1]))
    labels = dataset_info(dataset(dusk=SceneBuilder().frame(boxes=boxes).build())).total.labels
    (car,) = labels.classes
    assert (car.median_points, car.empty_share, labels.points_from) == (10, 0.3333, "recorded")
    assert labels.boxes_with_points_known == 3


def test_points_are_counted_where_nobody_has() -> None:
    points = np.array([[0, 0, 0], [0.5, 0, 0], [50, 0, 0]], dtype=np.float32)
    labels = dataset_info(dataset(dusk=SceneBuilder().frame(points=points, boxes=cars(4, 4)).build())).total.labels
    (car,) = labels.classes
    assert (car.median_points, car.empty_share, labels.points_from) == (1, 0.5, "counted")


def test_points_are_counted_in_a_few_frames_of_a_long_scene() -> None:
    builder = SceneBuilder()
    for _ in range(100):
        builder.frame(points=np.zeros((1, 3), dtype=np.float32), boxes=cars(4))
    labels = dataset_info(dataset(dusk=builder.build())).total.labels
    assert (labels.boxes, labels.boxes_with_points_known) == (100, 40)


def test_without_sweeps_points_stay_unknown() -> None:
    (car,) = dataset_info(dataset(dusk=drive("dusk"))).total.labels.classes
    assert (car.median_points, car.empty_share) == (None, None)


def test_boxes_without_a_size_do_not_spoil_the_median() -> None:
    boxes = replace(cars(4, 6, 9), sizes_m=np.array([[4, 2, 1], [np.nan, 2, 1], [6, 4, 3]]))
    (car,) = dataset_info(dataset(dusk=SceneBuilder().frame(boxes=boxes).build())).total.labels.classes
    assert car.median_size_m == (5, 3, 2)


def test_what_can_not_be_read_is_a_problem() -> None:
    source = dataset(dawn=FileProblemError("log.json", "not JSON"), dusk=drive("dusk"))
    source.problems.add(Problem(ProblemKind.BROKEN_REFERENCE, "b.json", "leads nowhere", lost=False))
    info = dataset_info(source)
    assert [(one.place, one.reason, one.lost) for one in info.problems] == [
        ("b.json", "leads nowhere", False),
        ("log.json", "not JSON", True),
    ]
    assert [scene.name for scene in info.scenes] == ["dusk"]


def test_only_some_scenes_may_be_described_and_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    source = dataset(dawn=drive("dawn"), dusk=drive("dusk"))
    info = dataset_info(source, ["dusk"], lambda *news: told.append(news))
    assert [scene.name for scene in info.scenes] == ["dusk"]
    assert told == [("dusk", 1, 1)]
    with pytest.raises(DatasetError, match="no scene 'noon'"):
        dataset_info(source, ["noon"])


def test_an_empty_data_set_is_described_as_such() -> None:
    info = dataset_info(dataset())
    assert (info.total.frames, info.total.sensors, info.total.labels.classes, info.total.poses) == (0, (), (), None)


def test_the_document_says_what_it_is_and_can_be_read_back() -> None:
    info = dataset_info(dataset(dusk=drive("dusk")))
    content = json.loads(info.to_json())
    assert content["schema"] == SCHEMA
    assert DatasetInfo.model_validate(content) == info
