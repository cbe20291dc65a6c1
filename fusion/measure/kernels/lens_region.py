"""The part of space a lens images, and straight edges cut to it.

A perspective lens images what lies beyond a near plane and, where its distortion only holds up to a radius, inside a
cone about the axis. A fisheye images a cone that may open beyond 90 degrees; then what it can't see is the cone
behind it, and an edge passing there is cut into two pieces.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.cameras.fisheye import Fisheye
from calibration.cameras.model import CameraModel

# Cuts lie this share of the angle inside the valid cone: far below a pixel, far above rounding.
INSIDE_BY = 1e-6
# Directions round the rim of the cone; the chord between two leaves the circle by 0.00008 of its radius.
RIM_RAYS = 256
# Tangential distortion folds a little before the radial limit: what images farthest out may lie just within the rim.
RIMS = (1.0, 0.985, 0.97, 0.955, 0.94)
BORDER_PIXELS = 33
BORDER_MARGIN_RAD = 0.01


@dataclass(frozen=True, eq=False)
class LensRegion:
    """Where a camera images: `z >= near_m`, and no further than `angle_rad` from its axis.

    near_m: None where there is no near plane (fisheye); angle_rad: at most pi, pi / 2 where only the plane limits;
    widest_rad: the angle from the axis beyond which nothing reaches the image; rim_rays, rim_px: (R, 3), (R, 2)
    directions along the rim of the cone and just inside it, and their pixels; none where only the plane limits.
    """

    near_m: float | None
    angle_rad: float
    widest_rad: float
    rim_rays: FloatArray
    rim_px: FloatArray

    def holds(self, points: FloatArray) -> BoolArray:
        """(N,) which points (N, 3) lie in the region."""
        x, y, z = points.T
        held: BoolArray = np.arctan2(np.hypot(x, y), z) <= self.angle_rad
        if self.near_m is not None:
            held &= z >= self.near_m
        return held

    def holds_whole(self, corners: FloatArray) -> BoolArray:
        """(M,) which boxes, by their corners (M, 8, 3), lie in the region with all they contain.

        For the region in front of a lens the corners tell. One that opens beyond 90 degrees is not convex: a box may
        have all corners in it and still reach through the cone behind, so there a ball round the box must fit.
        """
        corners_held: BoolArray = np.logical_and.reduce(self.holds(corners.reshape(-1, 3)).reshape(-1, 8), axis=1)
        if self.angle_rad <= math.pi / 2:
            return corners_held
        centre_rad, half_width_rad = _balls_seen(corners)
        fits: BoolArray = centre_rad + half_width_rad <= self.angle_rad
        return fits

    def may_show(self, corners: FloatArray) -> BoolArray:
        """(M,) which boxes, by their corners (M, 8, 3), may reach into the image; never one that isn't finite."""
        centre_rad, half_width_rad = _balls_seen(corners)
        shown: BoolArray = centre_rad - half_width_rad <= self.widest_rad
        return shown


@dataclass(frozen=True, eq=False)
class Pieces:
    """What is left of edges: piece k runs from share `start[k]` to share `end[k]` of the edge `edge[k]`, all (K,)."""

    edge: IntArray
    start: FloatArray
    end: FloatArray


@functools.lru_cache(maxsize=256)
def region_of(camera: CameraModel, near_m: float) -> LensRegion:
    """The region of a camera whose near plane, if it has one, lies at `near_m`."""
    border_rad = _widest_border_angle(camera)
    if isinstance(camera, Fisheye):
        # Half of space at least, so that truncation counts what is beside the image; more only where the image
        # shows more. An outline that went on to the back of the lens would come round from all sides.
        angle_rad = min(camera.valid_radius, max(math.pi / 2, border_rad)) * (1 - INSIDE_BY)
        near = None
    else:
        angle_rad = math.atan(camera.valid_radius)
        angle_rad = angle_rad if math.isinf(camera.valid_radius) else angle_rad * (1 - INSIDE_BY)
        near = max(near_m, camera.min_depth_m * (1 + INSIDE_BY))
    limited_by_angle = near is None or not math.isinf(camera.valid_radius)
    rim_rays = np.concatenate([_rim(share * angle_rad) for share in RIMS]) if limited_by_angle else np.empty((0, 3))
    return LensRegion(near, angle_rad, min(border_rad, angle_rad), rim_rays, camera.image_plane(rim_rays))


def cut_edges(starts: FloatArray, ends: FloatArray, region: LensRegion) -> Pieces:
    """What of the edges (E, 3) to (E, 3) lies in the region; an edge may leave none, one or two pieces."""
    first, last = np.zeros(len(starts)), np.ones(len(starts))
    if region.near_m is not None:
        first, last = _beyond_plane(starts[:, 2] - region.near_m, ends[:, 2] - region.near_m)
    if len(region.rim_rays) and region.angle_rad <= math.pi / 2:
        first, last = _both((first, last), _inside_cone(starts, ends, math.cos(region.angle_rad)))
    edge = np.flatnonzero(first <= last)
    pieces = Pieces(edge, first[edge], last[edge])
    if len(region.rim_rays) and region.angle_rad > math.pi / 2:
        return _without_blind_cone(starts, ends, -math.cos(region.angle_rad), pieces)
    return pieces


@dataclass(frozen=True, eq=False)
class Spans:
    """How straight edges look from the camera: the distance (E,) of both ends, and the angle (E,) between them."""

    start_m: FloatArray
    end_m: FloatArray
    angle_rad: FloatArray

    @classmethod
    def of(cls, starts: FloatArray, ends: FloatArray) -> Spans:
        """Edges (E, 3) to (E, 3)."""
        (a, b, c), (d, e, f) = starts.T, ends.T
        across = np.sqrt(np.square(b * f - c * e) + np.square(c * d - a * f) + np.square(a * e - b * d))
        angle_rad = np.arctan2(across, a * d + b * e + c * f)
        return cls(np.sqrt(a * a + b * b + c * c), np.sqrt(d * d + e * e + f * f), angle_rad)

    def shares_along(self, edge: IntArray, angle_share: FloatArray) -> FloatArray:
        """(K,) how far along edges `edge` (K,) the eye is after a share (K,) of the angle they span."""
        angle_rad = self.angle_rad.take(edge)
        behind = self.start_m.take(edge) * np.sin(angle_share * angle_rad)
        ahead = self.end_m.take(edge) * np.sin((1 - angle_share) * angle_rad)
        whole = behind + ahead
        # An edge that points at the camera spans no angle: then along its length.
        return np.divide(behind, whole, out=angle_share.copy(), where=whole > 0)


def _rim(angle_rad: float) -> FloatArray:
    """Unit rays (R, 3) all round, at one angle from the axis."""
    turn = np.linspace(0, 2 * math.pi, RIM_RAYS, endpoint=False)
    across, ahead = math.sin(angle_rad), math.cos(angle_rad)
    return np.stack([across * np.cos(turn), across * np.sin(turn), np.full(RIM_RAYS, ahead)], axis=1)


def _balls_seen(corners: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Angle from the axis, and angular radius, of the balls round boxes; radius pi where a ball holds the camera."""
    centres = corners.mean(axis=1)
    radii_m = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    distances_m = np.linalg.norm(centres, axis=1)
    apart = distances_m > radii_m
    sines = np.divide(radii_m, distances_m, out=np.zeros_like(radii_m), where=apart)
    angles_rad = np.arctan2(np.hypot(centres[:, 0], centres[:, 1]), centres[:, 2])
    return angles_rad, np.where(apart, np.arcsin(sines), math.pi)


def _widest_border_angle(camera: CameraModel) -> float:
    """Largest angle from the axis that the image's border sees; pi where part of it sees no ray at all."""
    shares = np.linspace(0, 1, BORDER_PIXELS)
    across, down = shares * camera.width - 0.5, shares * camera.height - 0.5
    left_right = [np.stack([np.full(BORDER_PIXELS, u), down], axis=1) for u in (across[0], across[-1])]
    top_bottom = [np.stack([across, np.full(BORDER_PIXELS, v)], axis=1) for v in (down[0], down[-1])]
    rays = camera.unproject(np.concatenate(left_right + top_bottom))
    angles_rad = np.arctan2(np.hypot(rays[:, 0], rays[:, 1]), rays[:, 2])
    return math.pi if np.isnan(angles_rad).any() else float(angles_rad.max()) + BORDER_MARGIN_RAD


def _both(one: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]) -> tuple[FloatArray, FloatArray]:
    return np.maximum(one[0], other[0]), np.minimum(one[1], other[1])


def _beyond_plane(start_height: FloatArray, end_height: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shares between which edges are above a plane, from the heights of their ends; first > last where nowhere."""
    starts_in, ends_in = start_height >= 0, end_height >= 0
    crossing = np.divide(
        start_height, start_height - end_height, out=np.zeros_like(start_height), where=starts_in != ends_in
    )
    first = np.where(starts_in, 0.0, np.where(ends_in, crossing, 1.0))
    last = np.where(ends_in, 1.0, np.where(starts_in, crossing, 0.0))
    return first, last


def _inside_cone(starts: FloatArray, ends: FloatArray, cosine: float) -> tuple[FloatArray, FloatArray]:
    """Shares between which edges run inside the cone z >= cosine |p|, cosine >= 0; first > last where nowhere.

    Along an edge z^2 - cosine^2 |p|^2 is a parabola a s^2 + 2 b s + c; the cone is where it and z are not negative.
    """
    along = ends - starts
    a, b, c = (_cone_form(u, v, cosine) for u, v in ((along, along), (starts, along), (starts, starts)))
    starts_in = (starts[:, 2] >= 0) & (c >= 0)
    ends_in = (ends[:, 2] >= 0) & (_cone_form(ends, ends, cosine) >= 0)
    first, last = np.where(starts_in, 0.0, 1.0), np.where(ends_in, 1.0, 0.0)

    # The one place where an edge with one end inside leaves: a root on the edge, in front of the apex.
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(b * b - a * c, 0.0))
        sum_of_both = -(b + np.copysign(root, b))
        crossings = np.stack([sum_of_both / a, c / sum_of_both], axis=1)
        on_edge = (crossings >= 0) & (crossings <= 1) & (starts[:, 2:] + crossings * along[:, 2:] >= 0)
    leaves = starts_in != ends_in
    fallback = np.where(starts_in, 0.0, 1.0)
    crossing = np.where(on_edge[:, 0], crossings[:, 0], np.where(on_edge[:, 1], crossings[:, 1], fallback))
    first = np.where(leaves & ends_in, crossing, first)
    last = np.where(leaves & starts_in, crossing, last)

    # Both ends outside, the middle inside: the parabola opens down and peaks on the edge, in front of the apex.
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = -b / a
        passes = ~starts_in & ~ends_in & (a < 0) & (peak > 0) & (peak < 1)
        passes &= (b * b - a * c > 0) & (starts[:, 2] + peak * along[:, 2] > 0)
    first = np.where(passes, crossings.min(axis=1), first)
    last = np.where(passes, crossings.max(axis=1), last)
    return first, last


def _cone_form(u: FloatArray, v: FloatArray, cosine: float) -> FloatArray:
    """(E,) u_z v_z - cosine^2 u . v, without cancellation near the axis."""
    square = cosine * cosine
    form: FloatArray = (1 - square) * u[:, 2] * v[:, 2] - square * (u[:, 0] * v[:, 0] + u[:, 1] * v[:, 1])
    return form


def _without_blind_cone(starts: FloatArray, ends: FloatArray, cosine: float, pieces: Pieces) -> Pieces:
    """The pieces less what lies in the cone behind the lens, -z > cosine |p|."""
    behind = np.array([1.0, 1.0, -1.0])
    first, last = _inside_cone((starts * behind)[pieces.edge], (ends * behind)[pieces.edge], cosine)
    hidden = first <= last
    before, after = np.where(hidden, first, pieces.end), np.where(hidden, last, 2.0)
    left = [pieces.start < before, after < pieces.end]
    return Pieces(
        edge=np.concatenate([pieces.edge[left[0]], pieces.edge[left[1]]]),
        start=np.concatenate([pieces.start[left[0]], after[left[1]]]),
        end=np.concatenate([np.minimum(before, pieces.end)[left[0]], pieces.end[left[1]]]),
    )
