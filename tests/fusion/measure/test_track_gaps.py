from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.errors import FileProblemError
from calibration.sensors import SensorKind
from fusion.measure.track_gaps import TrackGaps, track_gaps
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays
from fusion.scene.stream import Stream

PERIOD_NS = 100_000_000


def scene_of(present: Sequence[int], frames: int = 10, points: object = None, yaw_deg: float = 0.0) -> Scene:
    """One track along x at 10 m/s, labelled in some of the frames."""
    rows = np.asarray(present)
    boxes = Boxes3D.upright(
        np.column_stack([rows.astype(float), np.zeros(len(rows)), np.full(len(rows), 0.75)]),
        np.tile([4.0, 2.0, 1.5], (len(rows), 1)),
        np.radians(yaw_deg * rows),
        track=["a"] * len(rows),
        timestamps_ns=PERIOD_NS * (1 + rows),
    )
    return scene_from_arrays(
        boxes=boxes,
        timestamps_ns=PERIOD_NS * np.arange(1, frames + 1),
        box_frames=rows,
        points=points,
        poses=[np.eye(4)] * frames,
    )


def returns(counts: Sequence[int]) -> list[np.ndarray]:
    """By frame, so many points in the object."""
    return [np.tile([float(frame), 0.0, 0.5], (count, 1)) for frame, count in enumerate(counts)]


def gaps_of(scene: Scene) -> TrackGaps:
    return track_gaps(scene)


def test_a_gap_is_the_annotated_frames_between_two_boxes() -> None:
    gaps = gaps_of(scene_of([0, 1, 4, 5, 7]))
    assert gaps.missing.tolist() == [2, 1]
    assert gaps.before_rows.tolist() == [1, 3]
    assert [frames.tolist() for frames in gaps.frames] == [[2, 3], [6]]
    assert gaps.gap_s.tolist() == pytest.approx([0.3, 0.2])


def test_the_ends_of_a_track_are_no_gaps() -> None:
    assert len(gaps_of(scene_of([3, 4, 5])).missing) == 0


def test_boxes_between_go_straight_and_turn_the_short_way() -> None:
    gaps = gaps_of(scene_of([0, 1, 4], yaw_deg=-100.0))
    (between,) = gaps.boxes
    assert between.centres_m[:, 0] == pytest.approx([2, 3])
    # From -100 to -400, that is -40 degrees: 60 the short way.
    assert np.degrees(between.yaws_rad) == pytest.approx([-80, -60])
    assert between.timestamps_ns.tolist() == [3 * PERIOD_NS, 4 * PERIOD_NS]


def test_points_inside_are_counted_and_expected_of_the_neighbours() -> None:
    gaps = gaps_of(scene_of([0, 1, 5, 6], points=returns([9, 30, 5, 7, 60, 20, 9, 0, 0, 0])))
    assert gaps.points_inside.tolist() == [7]
    assert gaps.points_expected.tolist() == [25]


def test_without_a_sweep_nothing_is_counted() -> None:
    gaps = gaps_of(scene_of([0, 1, 4]))
    assert np.isnan(gaps.points_inside).all()
    assert np.isnan(gaps.points_expected).all()


def test_frames_without_a_sweep_leave_the_others_to_tell() -> None:
    points: list[np.ndarray | None] = [*returns([8] * 10)]
    points[2] = None
    assert gaps_of(scene_of([0, 1, 4], points=points)).points_inside.tolist() == [8]


def test_a_sweep_that_can_t_be_read_is_a_problem_and_no_crash() -> None:
    scene = scene_of([0, 1, 4], points=returns([8] * 10))

    def load(index: int) -> None:
        raise FileProblemError(f"sweeps/{index}.bin", "truncated")

    stream = Stream("lidar", SensorKind.LIDAR, scene.streams["lidar"].timestamps_ns, load)
    scene.streams = {"lidar": stream}
    assert np.isnan(gaps_of(scene).points_inside).all()
    assert {problem.path for problem in scene.problems} >= {"sweeps/2.bin", "sweeps/3.bin"}


def test_long_gaps_are_not_looked_into(tmp_path: Path) -> None:
    scene = scene_of([0, 1, 33], frames=35, points=returns([8] * 35))
    gaps = gaps_of(scene)
    assert gaps.too_long.tolist() == [True]
    assert np.isnan(gaps.points_inside).all()


def test_a_neighbour_without_a_place_is_told() -> None:
    scene = scene_of([0, 1, 4])
    boxes = scene.labels.boxes
    nowhere = replace(boxes, centres_m=np.where(np.arange(3)[:, None] == 2, np.nan, boxes.centres_m))
    scene.label_sets = {"labels": replace(scene.labels, boxes=nowhere)}
    assert gaps_of(scene).unplaced.tolist() == [True]


def test_a_box_of_no_frame_bounds_no_gap() -> None:
    scene = scene_of([3, 4, 5])
    scene.label_sets = {"labels": replace(scene.labels, frame_index=np.array([-1, 4, 5], dtype=np.int32))}
    assert len(gaps_of(scene).missing) == 0
