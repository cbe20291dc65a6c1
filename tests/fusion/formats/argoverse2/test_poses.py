from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.trajectory import Trajectory
from fusion.formats.argoverse2.layout import LogFolder
from fusion.formats.argoverse2.log_report import LogReport
from fusion.formats.argoverse2.poses import read_trajectory, recorded_poses
from fusion.scene.problems import ProblemKind

Write = Callable[..., Path]
Log = dict[str, dict[str, Any]]
POSES = "city_SE3_egovehicle.feather"


@pytest.fixture
def read(write: Write) -> Callable[[Log], tuple[Trajectory | None, LogReport]]:
    def written_and_read(log: Log) -> tuple[Trajectory | None, LogReport]:
        report = LogReport("some-log")
        return read_trajectory(LogFolder(write(log, images=False), "", "some-log"), report), report

    return written_and_read


Read = Callable[[Log], tuple[Trajectory | None, LogReport]]


def test_the_vehicle_drives_north(log: Log, read: Read, start_ns: int) -> None:
    trajectory, report = read(log)
    assert trajectory is not None
    assert list(report.problems) == []
    pose = trajectory.world_from_ego_at(start_ns + 100_000_000)
    np.testing.assert_allclose(pose.apply([[9, -2, 1]]), [[102, 210, 2]], atol=1e-9)
    np.testing.assert_allclose(trajectory.velocities_mps([start_ns]), [[0, 10, 0]], atol=1e-6)


def test_a_recorded_pose_is_given_for_exactly_its_time(log: Log, read: Read, start_ns: int) -> None:
    trajectory, _ = read(log)
    times_ns = np.array([start_ns - 10**9, start_ns, start_ns + 1, start_ns + 10**9])
    poses = recorded_poses(trajectory, times_ns)
    np.testing.assert_array_equal(poses.translations_m[1], [100, 200, 1])
    assert np.isfinite(poses.quaternions).all(axis=1).tolist() == [False, True, False, False]
    assert np.isnan(recorded_poses(None, times_ns).translations_m).all()


def test_no_poses_are_a_missing_file(log: Log, read: Read) -> None:
    del log[POSES]
    trajectory, report = read(log)
    assert trajectory is None
    assert [(problem.kind, problem.path) for problem in report.problems] == [(ProblemKind.MISSING_FILE, POSES)]


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("ty_m", np.nan, "translation is not finite, so the pose is unknown"),
        ("tx_m", np.inf, "translation is not finite, so the pose is unknown"),
        ("qw", np.nan, "rotation is no unit quaternion, so the pose is unknown"),
        ("qz", 1e200, "rotation is no unit quaternion, so the pose is unknown"),
    ],
)
def test_a_pose_that_is_none_is_told_and_left_out(column: str, value: float, what: str, log: Log, read: Read) -> None:
    poses = len(log[POSES]["timestamp_ns"])
    log[POSES][column][7] = value
    trajectory, report = read(log)
    assert trajectory is not None
    assert len(trajectory) == poses - 1
    assert [problem.reason for problem in report.problems] == [f"{what} (row 7)"]


def test_a_pose_without_a_time_is_told(log: Log, read: Read) -> None:
    times_ns = log[POSES]["timestamp_ns"].tolist()
    log[POSES]["timestamp_ns"] = [None, None, *times_ns[2:]]
    trajectory, report = read(log)
    assert trajectory is not None
    assert len(trajectory) == len(times_ns) - 2
    (problem,) = report.problems
    assert problem.reason == "has no time, so the pose can't be used (2 rows, first row 0)"
    assert (problem.count, problem.lost) == (2, True)


def test_two_poses_of_one_time_are_told_where_they_differ(log: Log, read: Read) -> None:
    times_ns = log[POSES]["timestamp_ns"]
    times_ns[4], times_ns[9] = times_ns[3], times_ns[8]
    log[POSES]["ty_m"][9] = log[POSES]["ty_m"][8]
    _, report = read(log)
    (problem,) = report.problems
    assert problem.reason == f"has two different poses for one time, the first is used (at {times_ns[3]} ns)"
    assert not problem.lost


def test_a_table_without_a_usable_pose_is_no_trajectory(log: Log, read: Read) -> None:
    log[POSES]["qw"][:] = 5
    trajectory, report = read(log)
    assert trajectory is None
    assert len(list(report.problems)) == 1
