"""Where the vehicle was: the pose recorded with each measurement, and the trajectory they make together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.trajectory import Trajectory
from calibration.transform import are_unit_quaternions
from fusion.formats.nuscenes.scene_tables import SceneTables

# Stamps of poses that contradict each other this often are not the times the poses belong to.
CONTRADICTED_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class RecordedPoses:
    """world_from_ego by row of some measurements, NaN where there is none; quaternions as recorded, not normalised."""

    translations_m: FloatArray
    quaternions: FloatArray

    @property
    def known(self) -> BoolArray:
        """(N,) rows that have a pose."""
        return np.asarray(np.isfinite(self.translations_m).all(axis=1))

    def take(self, rows: IntArray) -> RecordedPoses:
        """The poses of some rows."""
        return RecordedPoses(self.translations_m[rows], self.quaternions[rows])


def recorded_poses(scene: SceneTables, rows: IntArray) -> RecordedPoses:
    """The pose of each row of sample_data.json; missing and impossible ones are reported and left out."""
    measurements, poses = scene.tables.measurements, scene.tables.poses
    pose = measurements.pose[rows]
    what = "'ego_pose_token' names no record, so the pose is unknown"
    scene.report.broken("sample_data", what, measurements.tokens, rows[pose < 0], lost=True)
    named = np.flatnonzero(pose >= 0)
    translations_m, quaternions = np.full((len(rows), 3), np.nan), np.full((len(rows), 4), np.nan)
    translations_m[named] = poses.translations_m[pose[named]]
    quaternions[named] = poses.quaternions[pose[named]]
    usable = np.isfinite(translations_m).all(axis=1) & are_unit_quaternions(quaternions)
    what = "translation is not finite or rotation is no unit quaternion, so the pose is unknown"
    scene.report.malformed("ego_pose", what, poses.tokens, np.unique(pose[named[~usable[named]]]))
    translations_m[~usable] = np.nan
    quaternions[~usable] = np.nan
    return RecordedPoses(translations_m, quaternions)


def trajectory_of(scene: SceneTables, rows: IntArray, poses: RecordedPoses) -> Trajectory | None:
    """All poses by time, None without any.

    A pose has its own stamp. Where poses of one stamp differ (Lyft gives all poses of a sample its stamp), each is
    taken to belong to the stamp of its measurement.
    """
    known = poses.known
    if not known.any():
        return None
    columns = poses.translations_m[known], poses.quaternions[known]
    measurements = scene.tables.measurements
    own_ns = scene.tables.poses.timestamps_ns[measurements.pose[rows[known]]]
    trajectory = Trajectory.from_poses(own_ns, *columns)
    if len(trajectory.contradicted_ns) <= CONTRADICTED_SHARE * len(trajectory):
        return trajectory
    scene.report.assume("poses of one stamp differ, so each is taken to belong to the stamp of its measurement")
    return Trajectory.from_poses(measurements.timestamps_ns[rows[known]], *columns)
