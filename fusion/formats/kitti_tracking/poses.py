"""Poses at the frames of a sequence, from the rows of its inertial unit."""

from __future__ import annotations

import numpy as np

from calibration.errors import FileProblemError
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.formats.kitti.listing import counted
from fusion.formats.kitti.oxts import InertialMotion, inertial_row
from fusion.formats.kitti.usable_calibration import malformed
from fusion.formats.kitti_tracking.layout import INERTIAL, KittiSequence
from fusion.formats.kitti_tracking.times import PERIOD_NS, key_of
from fusion.formats.safe_files import read_text_lines
from fusion.scene.problems import ProblemLog, problem_of


def read_trajectory(
    sequence: KittiSequence, lidar_from_imu: RigidTransform | None, frame_count: int, problems: ProblemLog
) -> Trajectory | None:
    """Poses at the frames, a row of the file each; None where there are none, or the unit's place is unknown."""
    path = sequence.texts.get(INERTIAL)
    if path is None or lidar_from_imu is None:
        return None
    try:
        lines = read_text_lines(sequence.root, path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=sequence.name))
        return None
    while lines and not lines[-1].strip():
        lines.pop()
    rows = {}
    for frame, text in enumerate(lines):
        try:
            rows[frame] = inertial_row(text, path, frame + 1)
        except FileProblemError as error:
            problems.add(malformed(error, scene=sequence.name, frame=key_of(frame), sensor=INERTIAL))
    if len(lines) < frame_count:
        reason = f"holds {counted(len(lines), 'row')} for {counted(frame_count, 'frame')}: the last have no pose"
        problems.add(malformed(FileProblemError(path, reason), scene=sequence.name, sensor=INERTIAL))
    if not rows:
        return None
    stamps_ns = np.fromiter(rows, dtype=np.int64) * PERIOD_NS
    return InertialMotion.from_rows(stamps_ns, list(rows.values())).trajectory(lidar_from_imu.inverse())
