"""Pairs of sweeps of one lidar with some driving between them, and how the vehicle moved, by the poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.clock import MILLISECOND_NS, SECOND_NS
from calibration.errors import BoresightError
from calibration.transform import RigidTransform
from fusion.measure.extrinsic_frames import spread_rows
from fusion.scene.scene import Scene

# Long enough for a slip of half a degree to be centimetres, short enough for both sweeps to see the same walls.
LEAST_DRIVEN_M = 4.0
LEAST_TURNED_RAD = 0.2
LONGEST_NS = 4 * SECOND_NS
POSES_LATER_NS = 20 * MILLISECOND_NS


@dataclass(frozen=True)
class Step:
    """Two frames of one scene, by row."""

    earlier: int
    later: int


def steps_of(scene: Scene, stream_name: str) -> list[Step]:
    """From each frame to the next that is far enough away by the poses, where there is one."""
    rows = scene.frame_table.measurements.get(stream_name)
    if rows is None:
        return []
    stamps_ns = scene.streams[stream_name].timestamps_ns
    placed = [
        (frame, int(stamps_ns[position]), pose)
        for frame, position in enumerate(rows.tolist())
        if position >= 0 and (pose := pose_of(scene, stream_name, int(position))) is not None
    ]
    steps = []
    for number, (frame, stamp_ns, pose) in enumerate(placed):
        for later, later_ns, later_pose in placed[number + 1 :]:
            if later_ns - stamp_ns > LONGEST_NS:
                break
            if _far_enough(pose, later_pose):
                steps.append(Step(frame, later))
                break
    return steps


def spread_steps(steps: Sequence[tuple[str, Step]], most: int) -> list[tuple[str, Step]]:
    """So many of them, evenly over all drives."""
    return [steps[row] for row in spread_rows(len(steps), most)]


def pose_of(scene: Scene, stream_name: str, position: int) -> RigidTransform | None:
    """world_from_ego of a measurement: as recorded with it, else from the trajectory, else None."""
    stream = scene.streams[stream_name]
    recorded = stream.world_from_ego(position)
    if recorded is not None or scene.trajectory is None:
        return recorded
    try:
        return scene.trajectory.world_from_ego_at(int(stream.timestamps_ns[position]), stream_name)
    except BoresightError:  # no pose at that time: the measurement has none, and other audits count the gaps
        return None


def per_second(scene: Scene, earlier_ns: int, later_ns: int) -> FloatArray | None:
    """(6,) how the motion between two times (shift, turn) changes per second that both are taken later."""
    trajectory = scene.trajectory
    times_ns = np.array([earlier_ns, later_ns, earlier_ns + POSES_LATER_NS, later_ns + POSES_LATER_NS])
    if trajectory is None or not trajectory.covers(times_ns).all():
        return None
    poses = [trajectory.world_from_ego_at(int(time_ns)) for time_ns in times_ns]
    motion, motion_later = (poses[row].inverse() @ poses[row + 1] for row in (0, 2))
    change = motion_later @ motion.inverse()
    turned = Rotation.from_matrix(change.rotation).as_rotvec()
    return np.concatenate([change.translation, turned]) * (SECOND_NS / POSES_LATER_NS)


def _far_enough(earlier: RigidTransform, later: RigidTransform) -> bool:
    moved = earlier.inverse() @ later
    return float(np.linalg.norm(moved.translation)) > LEAST_DRIVEN_M or moved.angle_rad > LEAST_TURNED_RAD
