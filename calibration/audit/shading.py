"""Does what is bright to a lidar look alike to a camera? One number, which is smallest where both see the same things.

Paint, plates, asphalt, foliage: a lidar's reflectivity and a picture's grey say something about each other wherever
they fall on the same thing, whatever the one looks like to the other. It knows nothing of edges, so it is a second
witness for a pose that was found by edges: not a precise one, so all it can do is to contradict.

Source: Pandey, McBride, Savarese and Eustice, "Automatic Targetless Extrinsic Calibration of a 3D Lidar and Camera by
Maximizing Mutual Information", AAAI 2012; the distance is that of Li, Chen, Li, Ma and Vitanyi, "The Similarity
Metric", 2004, for the entropies of two columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import ByteImage, Float32Array, FloatArray
from calibration.cameras import CameraModel
from calibration.transform import RigidTransform

BINS = 16
MAX_POINTS = 6000
WIDEST_PX = 1000
MIN_POINTS = 2000
NEAREST_M, FARTHEST_M = 2.0, 50.0


@dataclass(frozen=True, eq=False)
class Shading:
    """Brightness of one sweep and one picture.

    points (P, 3) metres in the sweep's frame; reflectivity (P,) rank among the sweep's returns, in `BINS` steps;
    grey (h, w) every `step`-th pixel.
    """

    points: Float32Array
    reflectivity: NDArray[np.uint8]
    grey: NDArray[np.uint8]
    step: int


def shading_of(points: FloatArray | Float32Array, intensity: Float32Array | None, image: ByteImage) -> Shading | None:
    """Every so many points of a sweep with their reflectivity, and a small grey picture; None without reflectivity."""
    if intensity is None or len(np.unique(intensity)) < BINS:
        return None
    ranks = np.argsort(np.argsort(intensity, kind="stable"), kind="stable")
    bins = (ranks * BINS // max(len(ranks), 1)).astype(np.uint8)
    rows = slice(None, None, max(len(points) // MAX_POINTS, 1))
    step = -(-image.shape[1] // WIDEST_PX)
    grey = image[::step, ::step].mean(axis=2).astype(np.uint8)
    return Shading(np.asarray(points[rows], dtype=np.float32), bins[rows], grey, step)


def information_distance(
    frames: Sequence[tuple[Shading, RigidTransform]],
    camera: CameraModel,
    corrected: tuple[FloatArray, FloatArray],
) -> float:
    """Normalised information distance of reflectivity and grey over all frames: 0 alike, 1 nothing in common.

    Args:
        frames: with the way from the points to the camera as in the files.
        corrected: rotation (3, 3) and translation (3,) from the camera in the files to the corrected one.

    Returns:
        NaN where fewer than `MIN_POINTS` points are in the pictures.
    """
    counts = np.zeros((BINS, BINS))
    for shading, camera_from_points in frames:
        in_camera = camera_from_points.apply(shading.points) @ corrected[0].T + corrected[1]
        depths_m = in_camera[:, 2]
        pixels = camera.image_plane(in_camera) / shading.step
        height, width = shading.grey.shape
        with np.errstate(invalid="ignore"):
            seen = ((pixels >= 0) & (pixels <= np.array([width - 1, height - 1]))).all(axis=1)
            seen &= (depths_m > NEAREST_M) & (depths_m < FARTHEST_M)
        columns, rows = np.rint(pixels[seen]).astype(np.int64).T
        grey = shading.grey[rows, columns].astype(np.int64) * BINS // 256
        cells = shading.reflectivity[seen].astype(np.int64) * BINS + grey
        counts += np.bincount(cells, minlength=BINS * BINS).reshape(BINS, BINS)
    if counts.sum() < MIN_POINTS:
        return float("nan")
    return float(distances_of_counts(counts))


def distances_of_counts(counts: FloatArray) -> FloatArray:
    """(...,) the normalised information distance of tables (..., BINS, BINS) of how often two values meet."""
    share = counts / np.maximum(counts.sum(axis=(-2, -1), keepdims=True), 1.0)
    together = _entropy(share.reshape(*share.shape[:-2], -1))
    shared = _entropy(share.sum(axis=-2)) + _entropy(share.sum(axis=-1)) - together
    return np.asarray((together - shared) / np.maximum(together, 1e-12))


def _entropy(shares: FloatArray) -> FloatArray:
    return np.asarray(-np.sum(shares * np.log(np.where(shares > 0, shares, 1.0)), axis=-1))
