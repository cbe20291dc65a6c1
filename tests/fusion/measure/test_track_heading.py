from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.trajectory import Trajectory
from fusion.measure.track_heading import HeadingFlips, heading_flips
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

PERIOD_NS = 100_000_000


def flips(
    yaws_deg: Any, speed_mps: float = 0.0, tracks: Any = None, stamps_ns: Any = None, **parts: Any
) -> HeadingFlips:
    """Of boxes that go along x, one a frame."""
    rows = len(yaws_deg)
    stamps_ns = PERIOD_NS * np.arange(1, rows + 1) if stamps_ns is None else np.asarray(stamps_ns)
    boxes = Boxes3D.upright(
        np.column_stack([speed_mps * (stamps_ns - stamps_ns[0]) / 1e9, np.zeros(rows), np.zeros(rows)]),
        np.tile([4.0, 2.0, 1.5], (rows, 1)),
        np.radians(yaws_deg),
        track=tracks or ["a"] * rows,
        timestamps_ns=stamps_ns,
    )
    usual = {"reference": "world", "timestamps_ns": np.unique(stamps_ns)}
    return heading_flips(scene_from_arrays(boxes=boxes, **{**usual, **parts}), np.radians(135), max_step_s=1.0)


@pytest.mark.parametrize(
    ("yaws_deg", "against"),
    [
        ([0, 0, 180, 0, 0], [2]),
        ([180, 0, 0, 0], [0]),
        ([0, 0, 0, 180], [3]),
        ([0, 180, 0, 180, 0], [1, 3]),
        ([0, 180, 180, 180, 180], [0]),
        ([0, 0, 180, 180], [2, 3]),
        ([178, -178, 178, -178], []),
        ([0, 60, 120, 180, 240, 300], []),
    ],
    ids=["single", "first", "last", "twice", "lasting from the second", "half and half", "about 180", "turning round"],
)
def test_of_a_standing_object_the_fewer_are_wrong(yaws_deg: list[float], against: list[int]) -> None:
    assert np.flatnonzero(flips(yaws_deg).against).tolist() == against


def test_of_a_moving_object_those_against_its_course_are_wrong() -> None:
    assert np.flatnonzero(flips([0, 180, 180, 180, 180], speed_mps=10).against).tolist() == [1, 2, 3, 4]
    assert np.flatnonzero(flips([0, 180, 180, 180, 180], speed_mps=-10).against).tolist() == [0]
    assert np.flatnonzero(flips([0, 180, 180, 180, 180], speed_mps=-2).against).tolist() == [0]


def test_turns_are_told_by_row() -> None:
    found = flips([10, 30, 210, 30])
    assert np.degrees(found.turn_rad) == pytest.approx([0, 20, 180, 180])
    assert found.compared.tolist() == [False, True, True, True]


def test_tracks_are_apart() -> None:
    found = flips([0, 180, 0, 180], tracks=["a", "b", "a", "b"])
    assert not found.against.any()
    assert found.compared.tolist() == [False, False, True, True]


def test_boxes_long_apart_are_not_compared() -> None:
    found = flips([0, 180], stamps_ns=[0, 1_100_000_000])
    assert not found.compared.any()
    assert not found.against.any()


def test_boxes_without_a_pose_are_not_compared() -> None:
    late = Trajectory.from_poses(PERIOD_NS * np.arange(2, 12), np.zeros((10, 3)), np.tile([0.0, 0, 0, 1], (10, 1)))
    found = flips(np.zeros(8), reference="ego", poses=late)
    assert found.compared.tolist() == [False, False] + [True] * 6
    assert not found.against.any()
