"""Poses of a drive, from the files of its inertial unit."""

from __future__ import annotations

from calibration.arrays import IntArray
from calibration.clock import milliseconds_text
from calibration.errors import FileProblemError
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.formats.kitti.oxts import InertialMotion, inertial_row
from fusion.formats.kitti.usable_calibration import malformed
from fusion.formats.kitti_raw.layout import INERTIAL, KittiDrive
from fusion.formats.kitti_raw.stamped_files import StampedFiles, key_of
from fusion.formats.safe_files import read_text_lines
from fusion.scene.problems import ProblemLog, problem_of


def read_motion(drive: KittiDrive, files: StampedFiles, problems: ProblemLog) -> InertialMotion | None:
    """What the inertial unit measured, None where none of its files can be read."""
    stamps_ns, rows = [], []
    for frame in sorted(files.present):
        name = files.names[frame]
        try:
            lines = read_text_lines(drive.root, name)
        except FileProblemError as error:
            problems.add(problem_of(error, scene=drive.name, frame=key_of(frame), sensor=INERTIAL))
            continue
        try:
            rows.append(inertial_row(lines[0], name))
            stamps_ns.append(files.stamps_ns[frame])
        except FileProblemError as error:
            problems.add(malformed(error, scene=drive.name, frame=key_of(frame), sensor=INERTIAL))
    return InertialMotion.from_rows(stamps_ns, rows) if rows else None


def trajectory_over(
    motion: InertialMotion, lidar_from_imu: RigidTransform, measured_ns: IntArray, assumptions: list[str]
) -> Trajectory:
    """Poses of the lidar, carried on to the first and last of all (N,) measurements where these lie a little outside.

    The unit's stamps follow the sweep's by 12 to 24 ms, so the first sweep would have no pose, and no frame could be
    compared with it.
    """
    reaching = motion.reaching(measured_ns)
    for what, of_all, of_own in (
        ("the first measurement", int(reaching.timestamps_ns.min()), int(motion.timestamps_ns.min())),
        ("the last measurement", int(reaching.timestamps_ns.max()), int(motion.timestamps_ns.max())),
    ):
        if of_all != of_own:
            carried = milliseconds_text(abs(of_all - of_own))
            assumptions.append(f"a pose is carried on by its own speed over {carried} to {what}")
    return reaching.trajectory(lidar_from_imu.inverse())
