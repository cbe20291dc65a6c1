from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.sensors import SensorKind
from calibration.trajectory import Trajectory
from fusion.formats.argoverse2.frames import frame_table, frames_of
from fusion.scene.frame_table import FrameTable
from fusion.scene.stream import Stream

MS = 1_000_000


def stream(name: str, kind: SensorKind, stamps_ms: list[int]) -> Stream[Any]:
    return Stream(name, kind, np.asarray(stamps_ms, dtype=np.int64) * MS, load=lambda index: None)


def frames(
    labels_ms: list[int] | None, sweeps_ms: list[int], images_ms: list[int] | None = None, placed: bool = True
) -> FrameTable:
    streams = {"lidar": stream("lidar", SensorKind.LIDAR, sweeps_ms)}
    if images_ms is not None:
        streams["ring"] = stream("ring", SensorKind.CAMERA, images_ms)
    label_ns = None if labels_ms is None else np.asarray(labels_ms, dtype=np.int64) * MS
    return frame_table(label_ns, streams, frozenset(["ring"] if placed else []), None)


def test_frames_are_labelled_times_and_other_sweeps() -> None:
    table = frames([200, 100, 100], [100, 300])
    assert (table.timestamps_ns // MS).tolist() == [100, 200, 300]
    assert table.keys == ("100000000", "200000000", "300000000")
    assert table.annotated.tolist() == [True, True, False]
    assert table.measurements["lidar"].tolist() == [0, -1, 1]
    assert table.reference_lidar == "lidar"


def test_a_sweep_between_labelled_times_was_labelled_and_found_empty() -> None:
    assert frames([100, 300], [0, 100, 200, 300, 400]).annotated.tolist() == [False, True, True, True, False]


def test_without_labels_no_sweep_is_annotated() -> None:
    assert frames(None, [100, 200]).annotated.tolist() == [False, False]
    assert frames([], [100, 200]).annotated.tolist() == [False, False]


def test_without_sweeps_there_are_the_labelled_times() -> None:
    table = frame_table(np.array([5]), {}, frozenset(), None)
    assert (table.keys, table.reference_lidar) == (("5",), None)
    assert len(frame_table(None, {}, frozenset(), None)) == 0


def test_a_sweep_belongs_to_its_own_time_alone() -> None:
    assert frames([100], [101]).measurements["lidar"].tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("images_ms", "member"),
    [([75, 126], 0), ([74, 126], -1), ([74, 125], 1), ([90, 110], 0), ([100], 0), ([], -1)],
    ids=["25 ms early", "26 ms off", "25 ms late", "as early as late", "together", "none"],
)
def test_the_nearest_image_within_half_a_period_belongs_to_a_frame(images_ms: list[int], member: int) -> None:
    assert frames([100], [100], images_ms).measurements["ring"].tolist() == [member]


def test_an_image_of_a_camera_without_a_place_belongs_to_no_frame() -> None:
    assert frames([100], [100], [100], placed=False).measurements["ring"].tolist() == [-1]


def test_a_frame_has_the_pose_recorded_at_its_time_and_no_other() -> None:
    trajectory = Trajectory.from_poses(
        np.array([50, 100, 150]) * MS, [[0, 0, 0], [1, 2, 3], [4, 4, 4]], [[1, 0, 0, 0]] * 3
    )
    table = frame_table(np.array([100, 120]) * MS, {}, frozenset(), trajectory)
    pose = table.world_from_ego(0)
    assert pose is not None
    assert pose.translation.tolist() == [1, 2, 3]
    assert table.world_from_ego(1) is None  # left to the trajectory


def test_each_box_finds_its_frame() -> None:
    assert frames_of(np.array([200, 100, 200]) * MS, frames([100, 200], [100])).tolist() == [1, 0, 1]
