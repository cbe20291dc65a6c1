"""From the vehicle into the picture, through the world because both moved between sweep and exposure.

camera_from_ego @ ego_from_world_at_exposure @ world_from_ego_at_sweep
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray, IntArray, as_rows
from calibration.cameras.model import CameraModel, Projection
from calibration.errors import LensError, PoseError
from calibration.kernels.choice import kernel
from calibration.kernels.project_points import PointHits
from calibration.sensors import Sensor
from calibration.trajectory import PoseColumns, Trajectory
from calibration.transform import RigidTransform

ROLLING_ROUNDS = 2


def camera_from_ego_at(
    camera: Sensor,
    world_from_ego_at_exposure: RigidTransform | None,
    world_from_ego_at_sweep: RigidTransform | None,
) -> RigidTransform:
    """Takes points in the ego frame of the sweep to the camera frame of the exposure.

    Without any pose the vehicle is taken to stand still; the reader of such a data set says so.

    Raises:
        PoseError: only one of the two poses is given.
        FrameMismatchError: a pose is not `world_from_ego`.
    """
    camera_from_ego = camera.ego_from_sensor.inverse()
    if world_from_ego_at_exposure is None and world_from_ego_at_sweep is None:
        return camera_from_ego
    if world_from_ego_at_exposure is None or world_from_ego_at_sweep is None:
        missing = "its exposure" if world_from_ego_at_exposure is None else "the sweep"
        raise PoseError(f"{camera.name}: no pose at the time of {missing}; give both poses, or neither to stand still")
    return camera_from_ego @ world_from_ego_at_exposure.inverse() @ world_from_ego_at_sweep


def project_points(points: ArrayLike, camera: CameraModel, camera_from_points: RigidTransform) -> Projection:
    """Every point's place in the image plane, a row a point; `points_in_view` is the faster way to the hits alone.

    Args:
        points: (N, 3) metres, in the source frame of `camera_from_points`; NaN rows stay rows.

    Raises:
        ShapeError: the points are not (N, 3).
    """
    with np.errstate(invalid="ignore"):  # rows without a place
        return camera.project(camera_from_points.apply(points))


def points_in_view(points: ArrayLike, camera: CameraModel, camera_from_points: RigidTransform) -> PointHits:
    """The points that lie in the image and their pixels, by the chosen kernel.

    Args:
        points: (N, 3) metres, in the source frame of `camera_from_points`; NaN rows never hit.

    Raises:
        ShapeError: the points are not (N, 3).
    """
    return kernel("project_points")(points, camera_from_points, camera)


def project_rolling(
    points_in_ego: ArrayLike,
    camera: Sensor,
    world_from_ego_at_sweep: RigidTransform,
    trajectory: Trajectory,
    timestamp_ns: int,
    readout_ns: int,
) -> Projection:
    """Points as a camera images them whose rows are exposed one after another while the vehicle moves.

    Which row sees a point depends on when that row is exposed, so row and time are found by two fixed-point rounds from
    the middle of the readout. A point that can't be imaged at the middle of the readout is not imaged.

    Args:
        points_in_ego: (N, 3) metres, ego frame of the sweep; NaN rows stay rows.
        timestamp_ns: the middle of the exposure of the middle row.
        readout_ns: from the exposure of the first row to that of the last.

    Returns:
        Pixels and depths, each at the time of the point's own row.

    Raises:
        ShapeError: the points are not (N, 3).
        LensError: the camera has no intrinsics.
        OutsideTrajectoryError, PoseGapError: no pose at the time of a row that sees a point.
    """
    lens = lens_of(camera)
    camera_from_ego = camera.ego_from_sensor.inverse()
    with np.errstate(invalid="ignore"):  # rows without a place
        points_in_world = world_from_ego_at_sweep.apply(as_rows(points_in_ego, 3, "points_in_ego"))
        offsets_ns = np.zeros(len(points_in_world), dtype=np.int64)
        for _ in range(ROLLING_ROUNDS):
            in_ego = _in_ego_at(points_in_world, trajectory, timestamp_ns + offsets_ns, camera.name)
            rows = lens.image_plane(camera_from_ego.apply(in_ego))[:, 1]
            found_ns = row_offsets_ns(rows, lens.height, readout_ns, camera.rows_top_to_bottom)
            offsets_ns = np.where(np.isnan(rows), offsets_ns, found_ns)
        in_ego = _in_ego_at(points_in_world, trajectory, timestamp_ns + offsets_ns, camera.name)
        return lens.project(camera_from_ego.apply(in_ego))


def row_offsets_ns(rows: ArrayLike, height: int, readout_ns: int, top_to_bottom: bool = True) -> IntArray:
    """When rows are exposed, in nanoseconds after the middle of the readout.

    Args:
        rows: (N,) v in pixels, rounded to whole rows and kept inside the image; NaN is taken for the middle.
        readout_ns: from the exposure of the first row to that of the last.
    """
    places = np.asarray(rows, dtype=np.float64)
    middle = (height - 1) / 2.0
    whole = np.where(np.isfinite(places), np.clip(np.rint(places), 0, height - 1), middle)
    shares = (whole - middle) / max(height - 1, 1)
    sign = 1 if top_to_bottom else -1
    return np.rint(sign * shares * readout_ns).astype(np.int64)


def lens_of(camera: Sensor) -> CameraModel:
    """The camera's lens.

    Raises:
        LensError: its intrinsics are not known.
    """
    if camera.camera is None:
        raise LensError(f"{camera.name} has no intrinsics in the rig, which projecting needs")
    return camera.camera


def _in_ego_at(points_in_world: FloatArray, trajectory: Trajectory, times_ns: IntArray, subject: str) -> FloatArray:
    """(N, 3) points in the ego frame of each one's own time; few times are distinct, rows being few."""
    distinct_ns, which = np.unique(times_ns, return_inverse=True)
    poses = trajectory.at(distinct_ns, subject)
    return PoseColumns(poses.translations_m[which], poses.rotations[which]).apply_inverse(points_in_world)
