"""How a camera turned between two images, from corners followed through the lens model.

A turn moves all corners alike; driving moves each by its own unknown distance, but only along the line away from the
direction of driving. So what moves across that line tells the turn exactly, and what moves along it tells it as well
as distances are known, which is poorly. Things that move by themselves are outvoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import ByteImage, FloatArray, IntArray
from calibration.cameras import CameraModel
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.image_features import follow_corners, grey_for_following
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform

MIN_CORNERS = 12
CORNER_NOISE_PX = 0.3
# Spread of inverse distances on a street, about its mean: from a few metres to far away.
INVERSE_DISTANCE_SPREAD = 1 / 10.0
# Over longer pauses corners are not the same corners.
MAX_PAUSE_NS = SECOND_NS // 4
ROUNDS = 5
OUTLIER_SIGMAS = 4.685  # Tukey's biweight, 95 % efficient for normal noise


@dataclass(frozen=True, eq=False)
class ImageTurns:
    """How fast a camera turned, between images that follow each other.

    start_ns, end_ns: (N,) middles of the two exposures; yaw_rates_radps: (N,) of the vehicle about its up axis,
    counter-clockwise positive, NaN where the images show too little; images: how many were looked at;
    unreadable: the errors of those that could not be.
    """

    start_ns: IntArray
    end_ns: IntArray
    yaw_rates_radps: FloatArray
    images: int
    unreadable: tuple[FileProblemError, ...] = ()


def image_turns(
    images: Iterable[CameraImage],
    lens: CameraModel,
    ego_from_camera: RigidTransform,
    trajectory: Trajectory | None = None,
) -> ImageTurns:
    """The turns between consecutive images, of which two are held at a time.

    Args:
        images: in the order of their times.
        trajectory: gives the direction of driving; without it the camera is taken to turn on the spot.
    """
    starts, ends, rates, unreadable, seen = [], [], [], [], 0
    before: tuple[int, ByteImage] | None = None
    for image in images:
        try:
            grey, reduced = grey_for_following(image.pixels())
        except FileProblemError as problem:
            unreadable.append(problem)
            before = None
            continue
        seen += 1
        if before is not None and 0 < image.timestamp_ns - before[0] <= MAX_PAUSE_NS:
            first, second = follow_corners(before[1], grey, reduced)
            step_m = _step_in_camera(trajectory, before[0], image.timestamp_ns, ego_from_camera)
            turned = rotation_between(lens.unproject(first), lens.unproject(second), step_m, CORNER_NOISE_PX / lens.fx)
            seconds = (image.timestamp_ns - before[0]) / SECOND_NS
            starts.append(before[0])
            ends.append(image.timestamp_ns)
            rates.append(float((ego_from_camera.rotation @ turned)[2]) / seconds)
        before = (image.timestamp_ns, grey)
    return ImageTurns(
        np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), np.array(rates), seen, tuple(unreadable)
    )


def rotation_between(
    rays_before: FloatArray, rays_after: FloatArray, step_m: FloatArray, noise_rad: float
) -> FloatArray:
    """Rotation vector (3,) of the camera, in radians and its own frame; NaN where too few corners agree.

    Args:
        rays_before, rays_after: (N, 3) unit rays of the same corners in both images; rows with NaN are left out.
        step_m: (3,) how the camera moved, in its own frame; zero where that is unknown.
        noise_rad: of a ray.
    """
    known = np.isfinite(rays_before).all(axis=1) & np.isfinite(rays_after).all(axis=1)
    rays, seen = rays_before[known], rays_after[known]
    if len(rays) < MIN_CORNERS:
        return np.full(3, np.nan)
    across, along, swing_m = _directions(seen, step_m)
    # noise along the line of driving: the ray's own, and the spread of distances
    spread = np.hypot(noise_rad, swing_m * INVERSE_DISTANCE_SPREAD) / noise_rad
    design = np.vstack(
        [
            np.column_stack([np.cross(seen, across), np.zeros(len(seen))]),
            np.column_stack([np.cross(seen, along), swing_m]) / spread[:, None],
            # a usual street: a camera that swings out in a turn sees no difference between turn and mean distance
            [0.0, 0.0, 0.0, noise_rad / INVERSE_DISTANCE_SPREAD],
        ]
    )
    turn = np.zeros(3)  # of the world, seen from the camera
    weights = np.ones(len(design))
    for number in range(2 * ROUNDS):
        moved = seen - Rotation.from_rotvec(turn).apply(rays)
        off = [np.einsum("ij,ij->i", moved, across), np.einsum("ij,ij->i", moved, along) / spread]
        left = np.concatenate([*off, [-noise_rad]])
        rooted = np.sqrt(weights)
        change = np.linalg.lstsq(design * rooted[:, None], left * rooted, rcond=1e-9)[0]
        turn = turn + change[:3]
        residual = left - design @ change
        scale = max(1.4826 * float(np.median(np.abs(residual))), noise_rad / 10)
        if number < ROUNDS:  # least absolute residuals first: a car that fills a third of the image must not win
            weights = 1.0 / np.maximum(np.abs(residual) / noise_rad, 1.0)
        else:
            weights = np.clip(1 - (residual / (OUTLIER_SIGMAS * scale)) ** 2, 0, None) ** 2
        weights[-1] = 1.0
        if np.count_nonzero(weights) < MIN_CORNERS:
            return np.full(3, np.nan)
    return -turn


def _directions(rays: FloatArray, step_m: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two unit directions across each ray (N, 3): across and along the line of driving; and how far it swings (N,)."""
    length_m = float(np.linalg.norm(step_m))
    heading = step_m / length_m if length_m > 1e-6 else np.array([0.0, 0.0, 1.0])
    across = np.cross(rays, heading)
    size = np.linalg.norm(across, axis=1, keepdims=True)
    across = np.where(size > 1e-6, across / np.maximum(size, 1e-6), np.cross(rays, [1.0, 0.0, 0.0]))
    along = np.cross(across, rays)
    return across, along, length_m * size[:, 0]


def _step_in_camera(
    trajectory: Trajectory | None, start_ns: int, end_ns: int, ego_from_camera: RigidTransform
) -> FloatArray:
    stamps = np.array([start_ns, end_ns])
    if trajectory is None or not trajectory.covers(stamps).all():
        return np.zeros(3)
    poses = trajectory.at(stamps)
    place = poses.apply(np.repeat(ego_from_camera.translation[None], 2, axis=0))
    in_ego = poses.rotations[0].T @ (place[1] - place[0])
    step: FloatArray = ego_from_camera.rotation.T @ in_ego
    return step
