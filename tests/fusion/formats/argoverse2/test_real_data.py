"""A real log, where it is at hand: the reader against the numbers its makers wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.sweep import LidarSweep, Motion
from fusion import check_dataset
from fusion.formats.argoverse2.reader import Argoverse2Reader
from fusion.formats.registry import open_dataset
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.measure.scene_boxes import boxes_in_world
from fusion.scene.problems import ProblemKind
from fusion.scene.scene import Scene

LOG_ID = "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
LABELLED_SWEEPS = (116, 117)


@pytest.fixture(scope="module")
def root(shared_data: Path) -> Path:
    return shared_data / "argoverse2-sensor"


@pytest.fixture(scope="module")
def scene(root: Path) -> Scene:
    return open_dataset(root).scene(LOG_ID)


def sweep_of(scene: Scene, index: int) -> LidarSweep:
    sweep = scene.streams["lidar"].load(index)
    assert isinstance(sweep, LidarSweep)
    return sweep


def test_the_log_is_found_from_everywhere(root: Path) -> None:
    assert Argoverse2Reader.recognises(root) == "val/ holds 1 Argoverse 2 log"
    for place in (root, root / "val", root / "val" / LOG_ID, root / "val" / LOG_ID / "annotations.feather"):
        assert open_dataset(place).scene_names == (LOG_ID,)


def test_other_data_sets_are_left_to_others(root: Path) -> None:
    assert Argoverse2Reader.recognises(root.parent) is None
    others = [folder for folder in root.parent.iterdir() if folder.is_dir() and folder != root]
    assert len(others) > 5
    assert [folder.name for folder in others if Argoverse2Reader.recognises(folder)] == []


def test_the_log_holds_what_its_makers_put_in(scene: Scene) -> None:
    assert (len(scene.labels), len(scene.labels.tracks), len(scene.frames)) == (11364, 114, 156)
    assert scene.frame_table.annotated.all()
    assert scene.tags == {"split": "val", "city": "PIT"}
    assert (len(scene.rig_at(0).cameras), len(scene.rig_at(0).lidars)) == (9, 2)
    assert len(set(scene.labels.boxes.label_ids.tolist())) == 11364
    assert (scene.labels.boxes.rotations[:, 0] >= 0).all()


def test_the_sweeps_that_are_absent_are_one_problem(scene: Scene) -> None:
    (problem,) = scene.problems
    assert (problem.kind, problem.count) == (ProblemKind.MISSING_FILE, 154)
    assert np.flatnonzero(scene.frame_table.measurements["lidar"] >= 0).tolist() == list(LABELLED_SWEEPS)


@pytest.mark.parametrize("index", LABELLED_SWEEPS)
def test_points_counted_in_every_box_are_those_recorded(scene: Scene, index: int) -> None:
    frame = scene.frames[index]
    assert len(frame.boxes) == 81
    np.testing.assert_array_equal(frame.point_counts, frame.boxes.recorded_point_counts)


def test_boxes_read_in_other_ways_hold_other_points(scene: Scene) -> None:
    boxes = scene.frames[LABELLED_SWEEPS[0]].boxes
    points = sweep_of(scene, 0).points_in_ego
    turned = boxes.sizes_m[:, [1, 0, 2]]
    lifted = boxes.centres_m + boxes.sizes_m * [0, 0, 0.5]
    recorded = boxes.recorded_point_counts
    assert np.mean(count_points_in_boxes(points, boxes.centres_m, turned, boxes.rotations) == recorded) < 0.6
    assert np.mean(count_points_in_boxes(points, lifted, boxes.sizes_m, boxes.rotations) == recorded) < 0.6


def test_a_real_sweep_keeps_its_times_and_lidars(scene: Scene) -> None:
    sweep = sweep_of(scene, 0)
    assert (len(sweep), sweep.motion, sweep.reference_ns) == (99229, Motion.COMPENSATED, 315_966_265_259_836_000)
    assert sweep.times_ns is not None
    assert (sweep.times_ns.min() - sweep.reference_ns, sweep.times_ns.max() - sweep.reference_ns) == (
        2654000,
        106085816,
    )
    assert sweep.ring is not None
    assert set(sweep.ring.tolist()) == set(range(64))
    assert sweep.finite.all()


def test_each_laser_looks_at_one_height_from_the_lidar_it_is_said_to_be_of(scene: Scene) -> None:
    """Beams of a lidar lie on cones about its own axis; seen from the other lidar, 12 cm away, they do not."""
    sweep, rig = sweep_of(scene, 0), scene.rig_at(0)
    assert sweep.ring is not None
    assert sweep.sensor_index is not None
    spreads = {}
    for lidar in ("up_lidar", "down_lidar"):
        points = rig.sensor(lidar).ego_from_sensor.inverse().apply(sweep.points)
        ranges_m = np.linalg.norm(points, axis=1)
        heights_rad = np.arcsin(points[:, 2] / ranges_m)
        near = (ranges_m > 5) & (ranges_m < 30)
        for index in (0, 1):
            lasers = np.unique(sweep.ring[near & (sweep.sensor_index == index)])
            rows = [heights_rad[near & (sweep.ring == laser)] for laser in lasers]
            spreads[lidar, index] = np.mean([np.subtract(*np.percentile(row, [75, 25])) for row in rows])
    assert spreads["up_lidar", 0] < 0.6 * spreads["down_lidar", 0]
    assert spreads["down_lidar", 1] < 0.6 * spreads["up_lidar", 1]


def test_every_labelled_time_and_sweep_has_its_own_pose(scene: Scene) -> None:
    assert scene.trajectory is not None
    assert len(scene.trajectory) == 2706
    assert scene.trajectory.covers(scene.frame_table.timestamps_ns).all()
    assert scene.frame_table.translations_m is not None
    assert np.isfinite(scene.frame_table.translations_m).all()
    assert scene.streams["lidar"].translations_m is not None
    assert np.isfinite(scene.streams["lidar"].translations_m).all()


def test_parked_cars_stand_still_in_the_world(scene: Scene) -> None:
    """Some of each class do move; through wrong poses none would stand."""
    world = boxes_in_world(scene)
    drifts_m = [np.ptp(world.centres_m[scene.labels.tracks.rows(track)], axis=0).max() for track in range(114)]
    assert np.mean(np.asarray(drifts_m) < 1.0) > 0.6


def test_a_vehicle_that_was_labelled_twice_is_found(root: Path) -> None:
    run = check_dataset(open_dataset(root))
    (twice,) = [finding for finding in run.leading if finding.code == "TRK520"]
    assert twice.track == "0cf6355a-c3e5-437a-a8bb-1ffa4b325004"
    assert {finding.cause for finding in run.findings if finding.code == "BOX306" and finding.subject == "track"} == {
        twice.id
    }
    assert {"DAT003", "RIG101", "RIG102", "TIM201", "ONT601"}.isdisjoint(finding.code for finding in run.findings)
