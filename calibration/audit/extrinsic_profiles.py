"""Gradients of the pictures along the line of each outline, and which places on it are taken for the outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import Float32Array, FloatArray, IntArray
from calibration.audit.extrinsic_outlines import BODY_FROM_CAMERA, FrameEdges, Outlines, camera_from_camera_in_file
from calibration.cameras import CameraModel
from calibration.image_features import EdgeField

LONGEST_GAP_PX = 24.0
SHORTEST_GAP_PX = 0.2
FAINTEST_PROFILE = 0.05
TILES_ACROSS, TILES_DOWN = 8, 4


@dataclass(frozen=True, eq=False)
class Profiles:
    """Gradients along the line of each outline, S places each, `places_px` (S,) from the outline.

    strength (K, S) relative to the profile's mean; across, down (K, S) unit gradient; along (K, S) how much of it lies
    along the line; line (K, 2); by_pose (K, 2, 6) pixels per unit of correction; gap_px (K,) half the way between both
    rays; weight (K,); tile (K,) part of the picture and stretch of the drive it belongs to.
    """

    places_px: Float32Array
    strength: Float32Array
    across: Float32Array
    down: Float32Array
    along: Float32Array
    line: FloatArray
    by_pose: FloatArray
    gap_px: FloatArray
    weight: FloatArray
    tile: IntArray


def read_profiles(
    frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, correction: FloatArray, reach_px: float
) -> Profiles:
    """Gradients of the pictures along each outline's line, with the camera corrected."""
    rotation, translation = camera_from_camera_in_file(correction)
    near, past = outlines.near @ rotation.T + translation, outlines.past @ rotation.T + translation
    scale = frames[0].field.scale
    start, end = camera.image_plane(near) * scale, camera.image_plane(past) * scale
    gap_px = np.linalg.norm(end - start, axis=1)
    with np.errstate(invalid="ignore"):
        rows = np.nonzero((gap_px > SHORTEST_GAP_PX) & (gap_px < LONGEST_GAP_PX))[0]
    line = (end - start)[rows] / gap_px[rows, None]
    middles_px = (start + end)[rows] / 2 + (0.5 * scale - 0.5)
    places = np.arange(-reach_px, reach_px + 0.5)
    where = middles_px[:, None] + line[:, None] * places[None, :, None]
    across, down = np.zeros(where.shape[:2], np.float32), np.zeros(where.shape[:2], np.float32)
    for number, frame in enumerate(frames):
        of_frame = np.nonzero(outlines.frame[rows] == number)[0]
        if len(of_frame):
            across[of_frame], down[of_frame] = frame.field.at(where[of_frame])
    size = np.sqrt(np.maximum(across**2 + down**2, 1e-12))
    across, down = across / size, down / size
    along = across * line[:, 0:1].astype(np.float32) + down * line[:, 1:2].astype(np.float32)
    strength = size * along**2
    mean = np.maximum(strength.mean(axis=1), FAINTEST_PROFILE)
    return Profiles(
        places_px=places.astype(np.float32),
        strength=strength / mean[:, None],
        across=across,
        down=down,
        along=along,
        line=line,
        by_pose=_pixels_by_pose(camera, (near + past)[rows] / 2) * scale,
        gap_px=gap_px[rows] / 2,
        weight=outlines.weight[rows],
        tile=tiles_of(frames[0].field, middles_px, outlines.frame[rows]),
    )


def _pixels_by_pose(camera: CameraModel, points: FloatArray) -> FloatArray:
    """(K, 2, 6) by differences, which serves every lens."""
    step_m = 1e-3
    by_point = np.stack(
        [
            (camera.image_plane(points + shift) - camera.image_plane(points - shift)) / (2 * step_m)
            for shift in step_m * np.eye(3)
        ],
        axis=-1,
    )
    x, y, z = points.T
    turning = np.zeros((len(points), 3, 3))  # the matrix of "cross product with the point"
    turning[:, 0, 1], turning[:, 0, 2], turning[:, 1, 2] = -z, y, -x
    turning[:, 1, 0], turning[:, 2, 0], turning[:, 2, 1] = z, -y, x
    to_optical = BODY_FROM_CAMERA.T
    by_pose: FloatArray = np.nan_to_num(
        np.concatenate([-by_point @ to_optical, by_point @ turning @ to_optical], axis=2)
    )
    return by_pose


def tiles_of(field: EdgeField, pixels: FloatArray, frame: IntArray) -> IntArray:
    """Parts of the picture: what stands there is off by the same amount in every frame, so it counts once."""
    height, width = field.across.shape
    column = np.clip(pixels[:, 0] / width * TILES_ACROSS, 0, TILES_ACROSS - 1).astype(np.int64)
    row = np.clip(pixels[:, 1] / height * TILES_DOWN, 0, TILES_DOWN - 1).astype(np.int64)
    stretch = frame // 10
    tiles: IntArray = (stretch * TILES_DOWN + row) * TILES_ACROSS + column
    return tiles


@dataclass(frozen=True, eq=False)
class Belief:
    """Which places on each line are taken for the outline, and how far they are off along their own gradients."""

    share: Float32Array
    off_px: Float32Array
    likelihood: FloatArray


def believe(profiles: Profiles, change: FloatArray, sigma: float) -> Belief:
    shift = profiles.by_pose @ change
    across, down = shift[:, 0:1].astype(np.float32), shift[:, 1:2].astype(np.float32)
    off_px = profiles.places_px * profiles.along - profiles.across * across - profiles.down * down
    from_outline = profiles.places_px - (profiles.line * shift).sum(axis=1)[:, None].astype(np.float32)
    variance = (sigma**2 + profiles.gap_px**2 / 3)[:, None].astype(np.float32)
    mass = profiles.strength * np.exp(-0.5 * from_outline**2 / variance) / np.sqrt(2 * np.pi * variance)
    total = 1.0 + mass.sum(axis=1)
    return Belief(mass / total[:, None] / variance, off_px, np.log(total))


def pulls_of(profiles: Profiles, belief: Belief) -> FloatArray:
    """(K, 6) the gradient of the weighted log likelihood, outline by outline."""
    share = belief.share * profiles.weight[:, None].astype(np.float32) * belief.off_px
    across, down = (share * profiles.across).sum(axis=1), (share * profiles.down).sum(axis=1)
    pulls: FloatArray = profiles.by_pose[:, 0] * across[:, None] + profiles.by_pose[:, 1] * down[:, None]
    return pulls


def stiffness_of(profiles: Profiles, belief: Belief) -> FloatArray:
    share = belief.share * profiles.weight[:, None].astype(np.float32)
    first, second = profiles.by_pose[:, 0], profiles.by_pose[:, 1]
    mixed = first * (share * profiles.across * profiles.down).sum(axis=1)[:, None]
    matrix = (first * (share * profiles.across**2).sum(axis=1)[:, None]).T @ first
    matrix = matrix + (second * (share * profiles.down**2).sum(axis=1)[:, None]).T @ second
    return np.asarray(matrix + mixed.T @ second + second.T @ mixed)
