"""What must stay silent on real frames, and what must not. The recordings lie beside the repository, never in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusion.checks.box.floating_box import floating_box
from fusion.checks.box.see_through_box import see_through_box
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.measure.frame import SyncedFrame
from fusion.run.check import check_dataset
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.measurement_cache import MeasurementCache

LABELS_AND_FILES = Settings(select=("BOX", "IMG", "ONT", "DAT"))


@pytest.fixture(scope="module")
def kitti_frames(shared_data: Path) -> list[SyncedFrame]:
    return list(open_dataset(shared_data / "kitti-object").scene("training").frames)


@pytest.fixture(scope="module")
def keyframe(shared_data: Path) -> SyncedFrame:
    """A nuScenes keyframe with 68 boxes: barriers, cones, people, vehicles; one person stands on a truck."""
    (scene,) = open_dataset(shared_data / "nuscenes").scenes()
    frame: SyncedFrame = scene.frames[0]
    return frame


def with_labels(frame: SyncedFrame, boxes: Boxes3D) -> SyncedFrame:
    """The same frame with other labels, in ego."""
    labels = replace(
        frame.scene.labels,
        boxes=boxes,
        reference="ego",
        frame_index=np.full(len(boxes), frame.index, dtype=np.int32),
        boxes_2d=None,
    )
    scene = replace(frame.scene, label_sets={labels.name: labels}, measurements=MeasurementCache())
    changed: SyncedFrame = scene.frames[frame.index]
    return changed


def lifted(frame: SyncedFrame, by_m: float) -> SyncedFrame:
    return with_labels(frame, replace(frame.boxes, centres_m=frame.boxes.centres_m + np.array([0, 0, by_m])))


def test_three_kitti_frames_are_silent(shared_data: Path) -> None:
    run = check_dataset(open_dataset(shared_data / "kitti-object"), LABELS_AND_FILES)
    assert [finding.message for finding in run.findings] == []
    assessed = {check.code: check.assessed for check in run.document.checks}
    assert (assessed["BOX301"], assessed["BOX302"], assessed["IMG401"]) == (6, 5, 5)


def test_a_nuscenes_keyframe_is_silent(shared_data: Path) -> None:
    run = check_dataset(open_dataset(shared_data / "nuscenes"))
    assert [finding.message for finding in run.findings if finding.severity == "error"] == []
    families = Counter(finding.code[:3] for finding in run.findings)
    assert not families.keys() & {"BOX", "IMG", "ONT", "DAT"}
    assert {check.code: check.assessed for check in run.document.checks}["BOX302"] == 68


def test_a_person_on_a_truck_is_not_floating(keyframe: SyncedFrame) -> None:
    not_assessed = floating_box(keyframe).not_assessed
    assert not_assessed is not None
    assert not_assessed.counts()["rides on another vehicle"] == 1


def test_a_truncated_lyft_sample_is_no_clean_one(shared_data: Path) -> None:
    run = check_dataset(open_dataset(shared_data / "lyft"), LABELS_AND_FILES)
    missing = [finding for finding in run.findings if finding.code == "DAT001"]
    assert {finding.sensor or finding.source for finding in missing}
    assert len(missing) == len(run.incomplete) > 0
    assert not [finding for finding in run.findings if finding.code[:3] in ("BOX", "IMG", "ONT")]


@pytest.mark.parametrize("index", [0, 2], ids=["000000", "000002"])
def test_kitti_boxes_lifted_by_most_of_a_metre_are_reported(kitti_frames: list[SyncedFrame], index: int) -> None:
    frame = kitti_frames[index]
    grounded = floating_box(frame).assessed
    assert grounded.any()
    assert floating_box(lifted(frame, 0.8)).reported.tolist() == np.flatnonzero(grounded).tolist()


def test_nuscenes_boxes_lifted_by_half_a_metre_are_reported_nearby(keyframe: SyncedFrame) -> None:
    near = floating_box(keyframe).assessed & (keyframe.boxes.ranges_m < 20)
    assert near.sum() >= 8
    reported = np.isin(np.flatnonzero(near), floating_box(lifted(keyframe, 0.5)).reported)
    assert reported.mean() > 0.8


def test_a_car_that_is_not_there_is_reported_on_real_streets(
    kitti_frames: list[SyncedFrame], keyframe: SyncedFrame
) -> None:
    for frame, x_m, y_m in ((kitti_frames[1], 12.0, 0.0), (kitti_frames[2], 16.0, 0.0), (keyframe, -8.0, 0.0)):
        ghost = Boxes3D.upright([[x_m, y_m, 0.0]], [[4.5, 1.9, 1.6]], [0.0], category=["Car"])
        ground_m = with_labels(frame, ghost).ground_below_boxes.height_m
        standing = replace(ghost, centres_m=ghost.centres_m + np.array([0, 0, ground_m[0] + 0.8]))
        assert see_through_box(with_labels(frame, standing)).reported.tolist() == [0]


def test_an_argoverse_log_shows_its_own_label_errors_and_no_others(shared_data: Path) -> None:
    """A car labelled twice all along; one 3 m wide, in its neighbours' bicycles; two that brush past each other."""
    run = check_dataset(open_dataset(shared_data / "argoverse2-sensor"), Settings(select=("BOX", "ONT")))
    found = {(finding.code, *sorted({str(label.track)[:4] for label in finding.labels})) for finding in run.leading}
    assert found == {
        ("BOX302", "1b37"),
        ("BOX305", "1b37", "c825"),
        ("BOX305", "1b37", "fbe7"),
        ("BOX305", "385b", "a409"),
        ("BOX306", "0cf6", "56d3"),
    }
    assert {finding.code for finding in run.leading if finding.severity == "error"} == {"BOX306"}
