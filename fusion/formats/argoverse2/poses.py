"""Where the vehicle was: city_SE3_egovehicle as a trajectory, and the pose recorded for exactly some time.

The data set records a pose for the stamp of every sweep and image besides those of its own clock, about 200 a second;
such a pose wins over what lies between two others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.errors import FileProblemError
from calibration.trajectory import Trajectory
from calibration.transform import are_unit_quaternions
from fusion.formats.argoverse2.feather_file import Holds, read_feather
from fusion.formats.argoverse2.layout import POSES, LogFolder
from fusion.formats.argoverse2.log_report import LogReport
from fusion.formats.argoverse2.sensors import POSE_COLUMNS


@dataclass(frozen=True, eq=False)
class PosesAt:
    """world_from_ego by row of some times, NaN where none was recorded."""

    translations_m: FloatArray
    quaternions: FloatArray


def read_trajectory(log: LogFolder, report: LogReport) -> Trajectory | None:
    """All usable poses of a log by time, None without any; the others are reported."""
    try:
        needed = {"timestamp_ns": Holds.WHOLE_NUMBERS, **dict.fromkeys(POSE_COLUMNS, Holds.NUMBERS)}
        table = read_feather(log.root, log.called(POSES), needed)
        times_ns, timed = table.int64("timestamp_ns"), table.told("timestamp_ns")
    except FileProblemError as error:
        report.unread(error)
        return None
    numbers = table.float64(*POSE_COLUMNS)
    placed = np.isfinite(numbers[:, 4:]).all(axis=1)
    turned = are_unit_quaternions(numbers[:, :4])
    for usable, what in (
        (timed, "has no time, so the pose can't be used"),
        (placed, "translation is not finite, so the pose is unknown"),
        (turned, "rotation is no unit quaternion, so the pose is unknown"),
    ):
        report.rows(table.name, what, [f"row {row}" for row in np.flatnonzero(~usable).tolist()])
    kept = timed & placed & turned
    if not kept.any():
        report.assume(f"{POSES} holds no usable pose")
        return None
    trajectory = Trajectory.from_poses(times_ns[kept], numbers[kept, 4:], numbers[kept, :4])
    disputed = [f"at {time_ns} ns" for time_ns in trajectory.contradicted_ns.tolist()]
    report.rows(table.name, "has two different poses for one time, the first is used", disputed, lost=False)
    return trajectory


def recorded_poses(trajectory: Trajectory | None, times_ns: IntArray) -> PosesAt:
    """The poses recorded for exactly these times."""
    translations_m, quaternions = np.full((len(times_ns), 3), np.nan), np.full((len(times_ns), 4), np.nan)
    if trajectory is not None:
        places = np.minimum(np.searchsorted(trajectory.timestamps_ns, times_ns), len(trajectory) - 1)
        recorded = trajectory.timestamps_ns[places] == times_ns
        translations_m[recorded] = trajectory.translations_m[places[recorded]]
        quaternions[recorded] = trajectory.quaternions[places[recorded]]
    return PosesAt(translations_m, quaternions)
