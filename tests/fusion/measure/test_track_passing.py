from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.arrays import BoolArray
from fusion.measure.track_passing import moves_in_ego, passing_at
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES = 8
STAMPS = np.arange(FRAMES) * 100_000_000


def braking(ego_mps: float = 0.0) -> Scene:
    """One car that brakes along x and turns, seen from ego that drives along x; labels in the world."""
    at_s = np.arange(FRAMES) * 0.1
    places = np.column_stack([10 * at_s - 4 * at_s**2, np.zeros(FRAMES), np.full(FRAMES, 0.8)])
    boxes = Boxes3D.upright(places, np.tile([4.5, 1.9, 1.6], (FRAMES, 1)), 0.2 * at_s, track=["car"] * FRAMES)
    poses = [np.eye(4) for _ in range(FRAMES)]
    for pose, when in zip(poses, at_s, strict=True):
        pose[0, 3] = ego_mps * when
    return scene_from_arrays(
        boxes=replace(boxes, timestamps_ns=STAMPS),
        box_frames=np.arange(FRAMES),
        timestamps_ns=STAMPS,
        poses=poses,
        reference="world",
    )


def nobody(*rows: int) -> BoolArray:
    return np.isin(np.arange(FRAMES), rows)


def test_a_box_moves_as_its_track_passes() -> None:
    scene = braking()
    moved, turned = moves_in_ego(scene, np.asarray([2]), np.asarray([0.3]), True, nobody(2))
    places = scene.labels.boxes.centres_m
    between = (places[1] + places[3]) / 2
    assert moved[0] == pytest.approx(places[5] - between)
    assert turned == pytest.approx([0.06])


def test_from_ego_its_own_way_counts() -> None:
    over_ground, _ = moves_in_ego(braking(5.0), np.asarray([2]), np.asarray([0.2]), True, nobody())
    from_ego, _ = moves_in_ego(braking(5.0), np.asarray([2]), np.asarray([0.2]), False, nobody())
    assert (over_ground - from_ego)[0] == pytest.approx([1.0, 0.0, 0.0])


def test_beyond_the_track_and_without_other_boxes_nobody_knows() -> None:
    moved, turned = moves_in_ego(braking(), np.asarray([6]), np.asarray([0.5]), True, nobody())
    assert np.isnan(moved).all()
    assert np.isnan(turned).all()
    moved, _ = moves_in_ego(braking(), np.asarray([2]), np.asarray([0.1]), True, ~nobody(3))
    assert np.isnan(moved).all()


@pytest.mark.parametrize("start_ns", [0, 1_715_680_802_350_000_000], ids=["from zero", "utc"])
def test_the_ends_of_a_track_are_met_and_what_lies_beyond_is_only_told_when_asked(start_ns: int) -> None:
    path = braking().labels.boxes
    path = replace(path, timestamps_ns=STAMPS + start_ns)
    last = path.timestamps_ns[[-1, -1]]
    later_s = np.asarray([-0.7, 0.1])
    places, yaws = passing_at(path, last, later_s)
    assert places[0] == pytest.approx(path.centres_m[0])
    assert np.isnan([*places[1], yaws[1]]).all()
    places, yaws = passing_at(path, last, later_s, beyond=True)
    assert places[1] == pytest.approx(2 * path.centres_m[-1] - path.centres_m[-2])
    assert yaws[1] == pytest.approx(path.yaws_rad[-1])


def test_two_boxes_of_one_moment_make_no_way() -> None:
    path = replace(braking().labels.boxes, timestamps_ns=np.zeros(FRAMES, dtype=np.int64))
    places, yaws = passing_at(path, STAMPS[:2], np.zeros(2), beyond=True)
    assert np.isnan(places).all()
    assert np.isnan(yaws).all()
