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
    back_ns = int(motion.timestamps_ns.min() - reaching.timestamps_ns.min())
    on_ns = int(reaching.timestamps_ns.max() - motion.timestamps_ns.max())
    for carried_ns, what in ((back_ns, "first pose is carried back"), (on_ns, "last pose is carried on")):
        if carried_ns:
            assumptions.append(f"the {what} by {milliseconds_text(carried_ns)}, at its own speed, to a measurement")
    return reaching.trajectory(lidar_from_imu.inverse())
