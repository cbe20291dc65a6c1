"""How a camera turned between two images, from corners followed through the lens model.

A turn moves all corners alike; driving moves each by its own unknown distance, but only along the line away from the
direction of driving. So what moves across that line tells the turn exactly, and what moves along it tells it as well
as distances are known, which is poorly. Things that move by themselves are outvoted.

The direction of driving comes from the poses, at the time the images were taken: a clock that is off gives another
direction wherever the vehicle turns, so `CameraDrive.turns` is asked again once the offset is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import BoolArray, ByteImage, Float32Array, FloatArray, IntArray
from calibration.audit.ego_motion import MIN_POSES, EgoMotion
from calibration.cameras import CameraModel
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.image_features import follow_corners, grey_for_following
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform

MIN_CORNERS = 12
CORNER_NOISE_PX = 0.3
# Spread of inverse distances about their mean: twice that of a street, because a vehicle that heads to one side sees
# near things there and far ones on the other, just when it turns; trusting them more delays the turn by a millisecond.
INVERSE_DISTANCE_SPREAD = 0.3
# Over longer pauses corners are not the same corners.
MAX_PAUSE_NS = SECOND_NS // 4
ROUNDS = 5
OUTLIER_SIGMAS = 4.685  # Tukey's biweight, 95 % efficient for normal noise
# Over which the turn is taken to grow evenly: as long as an image takes to be read.
ROW_S = 0.02
# Pairs of images that are solved together: a few megabytes.
PAIRS_AT_ONCE = 128


@dataclass(frozen=True, eq=False)
class FollowedCorners:
    """Corners followed between images that come after each other, N pairs below each other.

    Attributes:
        start_ns, end_ns: (N,) middles of the two exposures.
        offsets: (N + 1,) first row of each pair.
        rays_before, rays_after: (K, 3) unit rays of the same corners in both images, camera frame.
        late_s: (K,) how much later than the middle row the rows of a corner were exposed; 0 where that is unknown.
        noise_rad: of a ray.
        readout_known: whether every image said how long its rows take.
        images: how many were looked at.
        unreadable: the errors of those that could not be.
    """

    start_ns: IntArray
    end_ns: IntArray
    offsets: IntArray
    rays_before: Float32Array
    rays_after: Float32Array
    late_s: Float32Array
    noise_rad: float
    readout_known: bool
    images: int
    unreadable: tuple[FileProblemError, ...] = ()

    def __len__(self) -> int:
        return len(self.start_ns)

    @property
    def followable(self) -> BoolArray:
        """(N,) pairs with enough corners for a turn."""
        enough: BoolArray = np.diff(self.offsets) >= MIN_CORNERS
        return enough


@dataclass(frozen=True, eq=False)
class ImageTurns:
    """How fast a camera turned, between images that follow each other.

    start_s, end_s: (N,) since the first pose; yaw_rates_radps: (N,) of the vehicle
    about its up axis, counter-clockwise positive, NaN where the images show too little.
    """

    start_s: FloatArray
    end_s: FloatArray
    yaw_rates_radps: FloatArray


@dataclass(frozen=True, eq=False)
class CameraDrive:
    """What one scene shows of a camera's clock: corners, where the camera sits, and the poses, None without any."""

    corners: FollowedCorners
    ego_from_camera: RigidTransform
    poses: Trajectory | None

    @cached_property
    def motion(self) -> EgoMotion | None:
        """What the poses say; None where they are too few."""
        return None if self.poses is None or len(self.poses) < MIN_POSES else EgoMotion(self.poses)

    def covered(self, margin_s: float) -> BoolArray:
        """(N,) pairs of images with enough corners, and with poses for them, also so much earlier and later."""
        enough = self.corners.followable
        if self.poses is None or self.motion is None:
            return np.zeros_like(enough)
        margin_ns = int(margin_s * SECOND_NS) + 1
        start_ns, end_ns = self.corners.start_ns - margin_ns, self.corners.end_ns + margin_ns
        covered: BoolArray = enough & self.poses.covers(start_ns) & self.poses.covers(end_ns)
        return covered

    def turns(self, pairs: IntArray, offset_s: FloatArray) -> ImageTurns:
        """How some pairs of images turned, with their stamps moved by (N,) seconds to the clock of the poses."""
        motion = self.motion
        if motion is None:
            return ImageTurns(np.empty(0), np.empty(0), np.empty(0))
        start_s = motion.seconds(self.corners.start_ns[pairs])
        end_s = motion.seconds(self.corners.end_ns[pairs])
        driven_m = motion.driven_m(start_s + offset_s, end_s + offset_s)
        told_rad = motion.turned_rad(start_s + offset_s, end_s + offset_s)
        up = self.ego_from_camera.rotation[2]
        later_rad = motion.turned_rad(start_s + offset_s + ROW_S, end_s + offset_s + ROW_S)
        turned, per_row_s = told_rad[:, None] * up, ((later_rad - told_rad) / ROW_S)[:, None] * up
        for _ in range(2):  # a camera swings out as the vehicle turns, rolls and pitches: images know that best
            steps_m = self._steps_m(driven_m, np.nan_to_num(turned))
            turned = rotations_between(self.corners, pairs, steps_m, per_row_s)
        return ImageTurns(start_s, end_s, turned @ up / (end_s - start_s))

    def _steps_m(self, driven_m: FloatArray, turned: FloatArray) -> FloatArray:
        """(N, 3) how the camera moved, in its own frame at the end, when it turned by (N, 3) meanwhile."""
        rotation, lever_m = self.ego_from_camera.rotation, self.ego_from_camera.translation
        in_camera = driven_m @ rotation + np.cross(turned, rotation.T @ lever_m)
        steps_m: FloatArray = Rotation.from_rotvec(-turned / 2).apply(in_camera)
        return steps_m


def follow_images(images: Iterable[CameraImage], lens: CameraModel) -> FollowedCorners:
    """The corners of consecutive images, of which two are held at a time.

    Args:
        images: in the order of their times.
    """
    starts, ends, counts, unreadable, seen, readout_known = [], [], [], [], 0, True
    before_px, after_px, late_s = [np.empty((0, 2))], [np.empty((0, 2))], [np.empty(0)]
    before: tuple[int, ByteImage] | None = None
    for image in images:
        try:
            grey, reduced = grey_for_following(image.pixels())
        except FileProblemError as problem:
            unreadable.append(problem)
            before = None
            continue
        seen, readout_known = seen + 1, readout_known and image.readout_ns is not None
        if before is not None and 0 < image.timestamp_ns - before[0] <= MAX_PAUSE_NS:
            first, second = follow_corners(before[1], grey, reduced)
            starts.append(before[0])
            ends.append(image.timestamp_ns)
            counts.append(len(first))
            before_px.append(first)
            after_px.append(second)
            row_shares = (first[:, 1] + second[:, 1]) / 2 / max(lens.height - 1, 1) - 0.5
            late_s.append(row_shares * (image.readout_ns or 0) / SECOND_NS)
        before = (image.timestamp_ns, grey)
    return FollowedCorners(
        np.array(starts, dtype=np.int64),
        np.array(ends, dtype=np.int64),
        np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]),
        lens.unproject(np.concatenate(before_px)).astype(np.float32),
        lens.unproject(np.concatenate(after_px)).astype(np.float32),
        np.concatenate(late_s).astype(np.float32),
        CORNER_NOISE_PX / lens.fx,
        readout_known,
        seen,
        tuple(unreadable),
    )


def rotations_between(
    corners: FollowedCorners, pairs: IntArray, steps_m: FloatArray, later_radps: FloatArray
) -> FloatArray:
    """How the camera turned between the middle rows of the images of some pairs.

    Args:
        pairs: (N,) rows of the corners.
        steps_m: (N, 3) how the camera moved, in its own frame; zero where that is unknown.

        later_radps: (N, 3) by how much more it turned for each second a row is exposed later; zero for no matter.

    Returns:
        Rotation vectors (N, 3) in radians and the camera's own frame, NaN where too few corners agree.
    """
    turned = np.full((len(pairs), 3), np.nan)
    for first in range(0, len(pairs), PAIRS_AT_ONCE):
        some = slice(first, min(first + PAIRS_AT_ONCE, len(pairs)))
        turned[some] = _solved(corners, pairs[some], steps_m[some], later_radps[some])
    return turned


def _solved(corners: FollowedCorners, pairs: IntArray, steps_m: FloatArray, later_radps: FloatArray) -> FloatArray:
    """Least absolute residuals first, so that a car that fills a third of the image doesn't win; then a biweight."""
    rays, seen, late_s, known = _padded(corners, pairs)
    if late_s.any():  # as the middle row would have seen it, or rows of their own time look like a roll
        seen = seen + np.cross(late_s[..., None] * later_radps[:, None], seen)
    across, along, swing_m = _directions(seen, steps_m)
    noise = corners.noise_rad
    # noise along the line of driving: the ray's own, and the spread of distances
    spread = np.hypot(noise, swing_m * INVERSE_DISTANCE_SPREAD) / noise
    design = np.concatenate(
        [
            np.concatenate([np.cross(seen, across), np.zeros_like(swing_m)[..., None]], axis=-1),
            np.concatenate([np.cross(seen, along), swing_m[..., None]], axis=-1) / spread[..., None],
        ],
        axis=1,
    )
    both = np.concatenate([known, known], axis=1)
    design[~both] = 0.0
    # a usual street: a camera that swings out in a turn sees no difference between turn and mean distance
    usual = np.diag([0.0, 0.0, 0.0, (noise / INVERSE_DISTANCE_SPREAD) ** 2])
    pull = np.array([0.0, 0.0, 0.0, -(noise**2) / INVERSE_DISTANCE_SPREAD])
    turn = np.zeros((len(pairs), 3))  # of the world, seen from the camera
    weights = both.astype(np.float64)
    enough = known.sum(axis=1) >= MIN_CORNERS
    for number in range(2 * ROUNDS):
        moved = seen - np.einsum("nij,nkj->nki", Rotation.from_rotvec(turn).as_matrix(), rays)
        off = np.concatenate(
            [np.einsum("nki,nki->nk", moved, across), np.einsum("nki,nki->nk", moved, along) / spread], axis=1
        )
        off[~both] = 0.0
        weighted = design * weights[..., None]
        normal = weighted.transpose(0, 2, 1) @ design + usual + 1e-18 * np.eye(4)
        change = np.linalg.solve(normal, (np.einsum("nkp,nk->np", weighted, off) + pull)[..., None])[..., 0]
        turn = turn + np.where(enough[:, None], change[:, :3], 0.0)
        residual = off - np.einsum("nkp,np->nk", design, change)
        if number < ROUNDS:
            weights = both / np.maximum(np.abs(residual) / noise, 1.0)
        else:
            scale = np.maximum(1.4826 * _medians(np.abs(residual), both), noise / 10)[:, None]
            weights = both * np.clip(1 - (residual / (OUTLIER_SIGMAS * scale)) ** 2, 0, None) ** 2
            enough &= np.count_nonzero(weights, axis=1) >= MIN_CORNERS
    return np.where(enough[:, None], -turn, np.nan)


def _padded(corners: FollowedCorners, pairs: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
    """Rays before and after (N, W, 3), lateness (N, W) and which of them exist, all pairs as wide as the widest."""
    first, counts = corners.offsets[pairs], np.diff(corners.offsets)[pairs]
    width = int(counts.max(initial=1))
    inside = np.arange(width) < counts[:, None]
    rows = np.where(inside, first[:, None] + np.arange(width), 0)
    if not len(corners.rays_before):
        return np.zeros((len(pairs), width, 3)), np.zeros((len(pairs), width, 3)), np.zeros((len(pairs), width)), inside
    rays, seen = (column[rows].astype(np.float64) for column in (corners.rays_before, corners.rays_after))
    known = inside & np.isfinite(rays).all(axis=-1) & np.isfinite(seen).all(axis=-1)
    rays[~known], seen[~known] = [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]
    return rays, seen, corners.late_s[rows].astype(np.float64), known


def _directions(rays: FloatArray, steps_m: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two unit directions across each ray (N, W, 3): across and along the line of driving; how far it swings (N, W)."""
    length_m = np.linalg.norm(steps_m, axis=1, keepdims=True)
    heading = np.where(length_m > 1e-6, steps_m / np.maximum(length_m, 1e-6), [0.0, 0.0, 1.0])[:, None]
    across = np.cross(rays, heading)
    size = np.linalg.norm(across, axis=-1, keepdims=True)
    aside = np.cross(rays, [1.0, 0.0, 0.0])
    across = np.where(size > 1e-6, across / np.maximum(size, 1e-6), aside)
    along = np.cross(across, rays)
    return across, along, length_m * size[..., 0]


def _medians(values: FloatArray, known: BoolArray) -> FloatArray:
    """(N,) upper median of the known values of each row."""
    ordered = np.sort(np.where(known, values, np.inf), axis=1)
    middle = np.maximum(known.sum(axis=1) // 2, 0)
    medians: FloatArray = np.take_along_axis(ordered, middle[:, None], axis=1)[:, 0]
    return np.where(np.isfinite(medians), medians, 0.0)
