"""Whether edges that are long and straight are straight after undistortion: what is left of a lens's first coefficient.

A wrong radial distortion bows every straight edge away from or towards the middle of the image, the more the further
out it lies; edges through the middle stay straight. Each edge therefore votes for the distortion that would make it
straight. Kerbs and wheel arches bow any way they like, and are outvoted. It is one step of Newton's: a distortion that
is far off is called off, but its correction is only the first of several.

Source: Brown 1971, "Close-Range Camera Calibration" (plumb lines).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as students_t

from calibration.arrays import BoolArray, ByteImage, FloatArray, IntArray
from calibration.audit.result import AuditResult
from calibration.cameras import BrownConrady, CameraModel, Fisheye, camera_from_parameters
from calibration.estimate import Estimate
from calibration.image_features import long_edges

QUANTITY = "intrinsic.k1"
MIN_POINTS = 20
# Of the half diagonal: edges nearer to the middle hardly bend.
MIN_REACH = 0.6
MIN_LINES = 15
# Places along an edge err together over about so many points.
POINTS_TOGETHER = 5.0
# What a point of an edge is good for, and how straight a straight thing is.
POINT_NOISE_PX = 0.15
STRAIGHT_PX = 0.3
# A rough edge is several edges.
MAX_ROUGHNESS_PX = 1.0
# More is a kerb in a bend, or a lens so wrong that no interval is needed: of the length of an edge.
MAX_BOW_SHARE = 0.03
OUTLIER_SIGMAS = 4.685  # Tukey's biweight, 95 % efficient for normal noise
ROUNDS = 20
# Of k1, to see where that moves an edge.
NUDGE = 1e-4
SAME_PLACE_PX = 6.0
STAYS_IN_IMAGES = 3
MIN_IMAGES = 8
# Things that are called straight, a facade or a mast, bow by this share of the limit.
SYSTEMATIC_SHARE = 0.3
BOOTSTRAPS = 400
# Of the image width, at its corner: 5 px of 1600. Factory calibrations are good to a third of it.
MAX_CORNER_SHARE = 0.003


@dataclass(frozen=True, eq=False)
class Bows:
    """What each edge says, L of them.

    k1: (L,) what to add to the first coefficient to make it straight; sigma: (L,) of it; image: (L,) which image;
    place_px: (L, 4) its middle, and how far it reaches from there in u and v.
    """

    k1: FloatArray
    sigma: FloatArray
    image: IntArray
    place_px: FloatArray

    def __len__(self) -> int:
        return len(self.k1)

    def take(self, rows: BoolArray | IntArray) -> Bows:
        """Only these rows."""
        return Bows(self.k1[rows], self.sigma[rows], self.image[rows], self.place_px[rows])

    def numbered(self, first: int) -> Bows:
        """Images counted from another number."""
        return Bows(self.k1, self.sigma, self.image + first, self.place_px)

    def joined(self, other: Bows) -> Bows:
        """Both together."""
        return Bows(
            np.concatenate([self.k1, other.k1]),
            np.concatenate([self.sigma, other.sigma]),
            np.concatenate([self.image, other.image]),
            np.concatenate([self.place_px, other.place_px]),
        )

    def passing_by(self) -> Bows:
        """Without what stays at its place in several images: parts of the own vehicle, or a vehicle that stands."""
        near = np.abs(self.place_px[:, None] - self.place_px[None]).max(axis=-1) <= SAME_PLACE_PX
        others = near & (self.image[:, None] != self.image[None])
        return self.take(~(others.sum(axis=1) >= STAYS_IN_IMAGES - 1))


def bows_of(images: Iterable[ByteImage], lens: CameraModel) -> Bows:
    """How the long edges of images bow through a lens; images of another size than the lens's say nothing."""
    found: list[tuple[float, ...]] = []
    bent = _bent_further(lens)
    for number, image in enumerate(images if bent is not None else ()):
        if bent is None or image.shape[:2] != (lens.height, lens.width):
            continue
        for points in long_edges(image):
            vote = _vote(points, lens, bent)
            if vote is not None:
                found.append((*vote, number, *points.mean(axis=0), *np.ptp(points, axis=0)))
    columns = np.array(found, dtype=np.float64).reshape(-1, 7)
    return Bows(columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64), columns[:, 3:])


def audit_straight_lines(
    camera: str, lens: CameraModel | None, bows: Bows | None, frames: int, missing: str = ""
) -> AuditResult:
    """The first coefficient of radial distortion that makes straight edges straight, all else left as it is.

    Args:
        bows: see `bows_of`; None where no image was looked at.
        frames: how many images were.
        missing: what to say where there are no bows.
    """
    in_file = None if lens is None else first_coefficient(lens)
    if lens is None:
        return _unknown(camera, None, missing or "the rig has no intrinsics for this camera", frames)
    if in_file is None:
        return _unknown(camera, None, f"a {lens.kind} lens is not judged by straight edges", frames)
    if bows is None:
        return _unknown(camera, in_file, missing or "no image was looked at", frames)
    bows = bows.passing_by()
    images = len(np.unique(bows.image))
    if len(bows) < MIN_LINES or images < MIN_IMAGES:
        reason = (
            f"{len(bows)} long edges near the border in {images} of {frames} images, "
            f"{MIN_LINES} in {MIN_IMAGES} images needed"
        )
        return _unknown(camera, in_file, reason, frames)
    value, spread = _agreed(bows)
    limit, corner_px = _limit(lens)
    half = float(np.hypot(students_t.ppf(0.975, images - 1) * spread, SYSTEMATIC_SHARE * limit))
    judged = Estimate.of_correction(value, (value - half, value + half), "", limit, frames)
    told = (
        f"{len(bows)} long edges in {frames} images are straightest with {value:+.4f} added to k1 (between "
        f"{value - half:+.4f} and {value + half:+.4f}): {abs(value) / limit * corner_px:.1f} px at the corner, "
        f"limit {corner_px:.1f}; one step of several, so it says which way the lens is off and only roughly how far"
    )
    correction = Estimate(value, (value - half, value + half), "", judged.verdict, told, frames)
    return AuditResult.of_correction(camera, "", QUANTITY, in_file, correction)


def first_coefficient(lens: CameraModel) -> float | None:
    """k1 of a lens of the pinhole family, 0 where it has no distortion; None for a fisheye, whose k1 is another."""
    if isinstance(lens, Fisheye):
        return None
    return float(lens.distortion[lens.coefficient_names.index("k1")]) if lens.distortion else 0.0


def with_first_coefficient(lens: CameraModel, k1: float) -> CameraModel:
    """The same lens with another k1; one without distortion becomes a Brown-Conrady lens."""
    kind = lens.kind if lens.distortion else BrownConrady.kind
    distortion = list(lens.distortion) or [0.0] * len(BrownConrady.coefficient_names)
    distortion[lens.coefficient_names.index("k1") if lens.distortion else 0] = k1
    return camera_from_parameters(
        kind, lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy, lens.skew, tuple(distortion)
    )


def _vote(points: FloatArray, lens: CameraModel, bent: CameraModel) -> tuple[float, float] | None:
    """k1 and its sigma from one edge (P, 2) pixels; None where it says nothing."""
    rays, moved = lens.unproject(points), bent.unproject(points)
    known = np.isfinite(rays + moved).all(axis=1) & (rays[:, 2] > 0.1) & (moved[:, 2] > 0.1)
    if known.sum() < MIN_POINTS:
        return None
    flat, moved = (each[known, :2] / each[known, 2:] for each in (rays, moved))
    square = np.einsum("ij,ij->i", flat, flat)
    if square.max() < (MIN_REACH * _corner_radius(lens)) ** 2:
        return None
    middle = flat.mean(axis=0)
    along, across = np.linalg.svd(flat - middle, full_matrices=False)[2]
    place = (flat - middle) @ along
    length = float(np.ptp(place))
    bow = _without_line((flat - middle) @ across, place)
    lever = _without_line((moved - flat) @ across / NUDGE, place)
    strength = float(lever @ lever)
    if strength <= 0 or np.abs(bow).max() > MAX_BOW_SHARE * length:
        return None
    k1 = float(-(bow @ lever) / strength)
    rough_px = lens.fx * float(np.sqrt(np.mean((bow + k1 * lever) ** 2)))
    if rough_px > MAX_ROUGHNESS_PX:
        return None
    noise_px = np.hypot(np.hypot(rough_px, POINT_NOISE_PX) * np.sqrt(POINTS_TOGETHER / len(place)), STRAIGHT_PX)
    return k1, float(noise_px / lens.fx * np.sqrt(len(place) / strength))


def _without_line(values: FloatArray, place: FloatArray) -> FloatArray:
    slope, level = np.polyfit(place, values, 1)
    left: FloatArray = values - slope * place - level
    return left


def _bent_further(lens: CameraModel) -> CameraModel | None:
    """The lens with a little more of its first coefficient; None for a lens without one."""
    first = first_coefficient(lens)
    return None if first is None else with_first_coefficient(lens, first + NUDGE)


def _agreed(bows: Bows) -> tuple[float, float]:
    """k1 of most edges and its standard error, from images drawn again."""
    random = np.random.default_rng(0)
    value = _robust_mean(bows.k1, bows.sigma)
    members = [np.flatnonzero(bows.image == one) for one in np.unique(bows.image)]
    count = len(members)
    drawn = []
    for _ in range(BOOTSTRAPS):
        rows = np.concatenate([members[one] for one in random.integers(0, count, count)])
        drawn.append(_robust_mean(bows.k1[rows], bows.sigma[rows]))
    return value, float(np.std(drawn)) * float(np.sqrt(count / (count - 1)))


def _robust_mean(values: FloatArray, sigma: FloatArray) -> float:
    """Weighted by what each is good for, beyond which straight things aren't straight; outliers have no say."""
    mean = _weighted_median(values, 1 / sigma)
    for _ in range(ROUNDS):
        off = (values - mean) / sigma
        scale = max(1.4826 * float(np.median(np.abs(off))), 1.0)
        weight = np.clip(1 - (off / (OUTLIER_SIGMAS * scale)) ** 2, 0, None) ** 2 / sigma**2
        moved = float((weight * values).sum() / max(float(weight.sum()), 1e-300))
        if abs(moved - mean) < 1e-9:
            break
        mean = moved
    return mean


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _corner_radius(lens: CameraModel) -> float:
    """Of the undistorted image's corner, in focal lengths; the nearest one that has a ray."""
    corners = np.array([[0, 0], [lens.width - 1, 0], [0, lens.height - 1], [lens.width - 1, lens.height - 1]])
    rays = lens.unproject(corners)
    radii = np.linalg.norm(rays[:, :2], axis=1) / np.maximum(rays[:, 2], 1e-3)
    plain = np.linalg.norm((corners - [lens.cx, lens.cy]) / [lens.fx, lens.fy], axis=1)
    return float(np.min(np.where(np.isfinite(radii), radii, plain)))


def _limit(lens: CameraModel) -> tuple[float, float]:
    """The largest k1 that does no harm, and how far it moves a corner in pixels."""
    corner_px = MAX_CORNER_SHARE * lens.width
    return corner_px / (lens.fx * _corner_radius(lens) ** 3), corner_px


def _unknown(camera: str, in_file: float | None, reason: str, frames: int) -> AuditResult:
    return AuditResult(camera, "", QUANTITY, "", in_file, Estimate.cannot_tell("", reason, frames))
