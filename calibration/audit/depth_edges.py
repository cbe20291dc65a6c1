"""Where a lidar sees an outline: neighbouring rays of which one meets something near and the next goes past it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, Float32Array, FloatArray, Int32Array, IntArray

MIN_JUMP_M = 0.3
JUMP_SHARE = 0.03  # of the range: noise and slanted surfaces grow with it
MIN_JUMP_BETWEEN_RINGS_M = 2.0  # less is a kerb or a crest against the ground behind it, whose edge nobody sees
JUMP_SHARE_BETWEEN_RINGS = 0.05
MAX_LEAN = 0.6  # of a surface below its upper outline, metre per metre: what leans more is seen over, like a roof
BETWEEN_RINGS_COUNT = 0.25  # rings lie far apart, and a roof seen from elsewhere ends elsewhere
MAX_JUMP_M = 5.0
REFLECTIVITY_STEP = 0.35  # in ranks from 0 to 1
STEADY_REFLECTIVITY = 0.2
BORDER_BETWEEN_RINGS_WEIGHT = 2.0  # rings lie several pixels apart
SAME_SURFACE_SHARE = 0.05
BORDER_WEIGHT = 8.0  # paint lies on a surface: nothing hides it, and it has no other side further away
NEAREST_M = 1.5
FARTHEST_M = 60.0
SKIPPED_FIRINGS = 2.2  # a pair may straddle one lost echo
SAME_COLUMN = 1.1
MAX_RING_GAP_RAD = np.radians(3.0)
BEAM_RADIUS_RAD = 0.0015  # a beam that only grazes a thing still returns from it, so things look this much wider
MIN_RINGS = 4
MAX_RINGS = 300


@dataclass(frozen=True, eq=False)
class DepthEdges:
    """K outlines, in the frame of the points.

    Attributes:
        near: (K, 3) metres, on the near thing, on the last ray that met it.
        past: (K, 3) metres, as far away as `near`, on the first ray that went past it: the outline is in between.
        weight: (K,) how much it counts.
        upper: (K,) whether it lies between two rings: the top of a thing, known less well than its sides.
    """

    near: FloatArray
    past: FloatArray
    weight: FloatArray
    upper: BoolArray

    def __len__(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, eq=False)
class _Scan:
    """Returns in scan order: ring after ring, each by azimuth."""

    origins: FloatArray
    rays: FloatArray
    ranges: FloatArray
    azimuths: FloatArray
    elevations: FloatArray
    ring: IntArray
    reflectivity: FloatArray | None
    firing_step: float

    @property
    def jump_limits(self) -> FloatArray:
        return np.maximum(MIN_JUMP_M, JUMP_SHARE * self.ranges)


def depth_edges(
    points: FloatArray | Float32Array,
    ray_origin: FloatArray,
    ring: Int32Array | None = None,
    intensity: Float32Array | None = None,
) -> DepthEdges:
    """Outlines along rings, outlines between rings, and borders of reflectivity along and between rings.

    Args:
        points: (N, 3) metres, one sweep of one lidar, its motion taken out; rows with NaN are left out.
        ray_origin: (3,) metres, where the rays start, same frame; or (N, 3), where each ray starts: on a moving vehicle
            two rays past an edge of something near leave from one place, but their ends lie metres of driving apart.
        ring: (N,) laser numbers in any order. Without them points must come ring after ring, as KITTI stores them.
        intensity: (N,) any unit; only its ranks are used.

    Returns:
        No rows at all where no scan order can be made out.

    Source: Levinson and Thrun, "Automatic Online Calibration of Cameras and Lasers", RSS 2013, section III, for the
    depth jumps; placing the outline between both rays and using neighbouring rings is ours.
    """
    scan = _in_scan_order(np.asarray(points, dtype=np.float64), ray_origin, ring, intensity)
    if scan is None:
        return DepthEdges(np.empty((0, 3)), np.empty((0, 3)), np.empty(0), np.empty(0, np.bool_))
    parts = [
        _placed(scan, _along_rings(scan), BEAM_RADIUS_RAD),
        _placed(scan, _between_rings(scan), BEAM_RADIUS_RAD, upper=True),
        _placed(scan, _reflectivity_borders(scan), 0.0),
        _painted_between_rings(scan),
    ]
    names = ("near", "past", "weight", "upper")
    return DepthEdges(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


_Pairs = tuple[IntArray, IntArray, FloatArray, FloatArray]


def _placed(scan: _Scan, pairs: _Pairs, wider_rad: float, upper: bool = False) -> DepthEdges:
    """Pairs of returns as places, what is near made narrower by what the width of the beam added to it."""
    near, past, ranges, weight = pairs
    used = ranges < FARTHEST_M
    near, past, ranges, weight = near[used].astype(np.int64), past[used].astype(np.int64), ranges[used], weight[used]
    back = scan.rays[near] - scan.rays[past]
    back *= np.minimum(2 * wider_rad / np.maximum(np.linalg.norm(back, axis=1), 1e-9), 0.5)[:, None]
    return DepthEdges(
        near=scan.origins[near] + scan.rays[near] * ranges[:, None],
        past=scan.origins[past] + (scan.rays[past] + back) * ranges[:, None],
        weight=weight,
        upper=np.full(len(near), upper),
    )


def _in_scan_order(
    points: FloatArray, origin: FloatArray, ring: Int32Array | None, intensity: Float32Array | None
) -> _Scan | None:
    origins = np.broadcast_to(np.asarray(origin, dtype=np.float64), points.shape)
    from_origin = points - origins
    ranges = np.linalg.norm(from_origin, axis=1)
    kept = np.isfinite(ranges) & (ranges > NEAREST_M)
    from_origin, ranges = from_origin[kept], ranges[kept]
    azimuths = np.arctan2(from_origin[:, 1], from_origin[:, 0])
    numbers = _rings_by_turns(azimuths) if ring is None else np.asarray(ring, dtype=np.int64)[kept]
    if not MIN_RINGS <= len(np.unique(numbers)) <= MAX_RINGS:
        return None
    order = np.lexsort((azimuths, numbers))
    reflectivity = None if intensity is None else _ranks(np.asarray(intensity, dtype=np.float64)[kept])[order]
    rays = (from_origin / ranges[:, None])[order]
    azimuths, numbers = azimuths[order], numbers[order]
    steps = np.diff(azimuths)[numbers[1:] == numbers[:-1]]
    if not len(steps):
        return None
    return _Scan(
        origins=origins[kept][order],
        rays=rays,
        ranges=ranges[order],
        azimuths=azimuths,
        elevations=np.arcsin(np.clip(rays[:, 2], -1, 1)),
        ring=numbers,
        reflectivity=reflectivity,
        firing_step=float(np.median(steps)),
    )


def _rings_by_turns(azimuths: FloatArray) -> IntArray:
    """(N,) a new number whenever the azimuth passes the back."""
    turned = np.abs(np.diff(azimuths, prepend=azimuths[:1])) > np.pi
    return np.cumsum(turned).astype(np.int64)


def _ranks(values: FloatArray) -> FloatArray:
    """(N,) from 0 to 1."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2
    return np.asarray(middles[which] / max(len(values), 1))


def _neighbours(scan: _Scan) -> IntArray:
    """First of each two returns that follow each other on a ring."""
    gaps = np.diff(scan.azimuths)
    follows = (scan.ring[1:] == scan.ring[:-1]) & (gaps < SKIPPED_FIRINGS * scan.firing_step)
    return np.nonzero(follows & (gaps > 0.2 * scan.firing_step))[0]


def _along_rings(scan: _Scan) -> _Pairs:
    first = _neighbours(scan)
    jumps = scan.ranges[first + 1] - scan.ranges[first]
    near = np.where(jumps > 0, first, first + 1)
    past = np.where(jumps > 0, first + 1, first)
    behind = np.clip(2 * near - past, 0, len(scan.ranges) - 1)  # the next one on the near thing
    kept = np.abs(jumps) > scan.jump_limits[near]
    kept &= (scan.ring[behind] == scan.ring[near]) & (
        np.abs(scan.ranges[behind] - scan.ranges[near]) < scan.jump_limits[near]
    )
    near, past = near[kept], past[kept]
    return near, past, scan.ranges[near], _weights(jumps[kept])


def _between_rings(scan: _Scan) -> _Pairs:
    """Upper outlines: the ring above sees past the thing, the ring below still sees its surface.

    Lower ones are left out: below a car or a bench lies its shadow, and the picture shows where that ends.
    """
    numbers = np.unique(scan.ring)
    heights = [float(np.median(scan.elevations[scan.ring == number])) for number in numbers]
    numbers = numbers[np.argsort(heights)]
    found: list[tuple[IntArray, IntArray]] = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for below, at, above in zip(numbers[:-2], numbers[1:-1], numbers[2:], strict=True):
        returns = np.arange(*np.searchsorted(scan.ring, [at, at + 1]))
        under, has_under = _same_column(scan, returns, below)
        over, has_over = _same_column(scan, returns, above)
        kept = has_under & has_over & _ends_between(scan, returns, past=over, behind=under)
        found.append((returns[kept], over[kept]))
    near, past = (np.concatenate(column) for column in zip(*found, strict=True))
    return near, past, scan.ranges[near], BETWEEN_RINGS_COUNT * _weights(scan.ranges[past] - scan.ranges[near])


def _same_column(scan: _Scan, returns: IntArray, ring: int) -> tuple[IntArray, BoolArray]:
    """For each return the one of another ring at its azimuth, and whether there is one."""
    start, end = np.searchsorted(scan.ring, [ring, ring + 1])
    if end - start < 2:
        return np.zeros(len(returns), np.int64), np.zeros(len(returns), np.bool_)
    after = start + np.clip(np.searchsorted(scan.azimuths[start:end], scan.azimuths[returns]), 1, end - start - 1)
    off_after = np.abs(scan.azimuths[after] - scan.azimuths[returns])
    off_before = np.abs(scan.azimuths[after - 1] - scan.azimuths[returns])
    nearest = np.where(off_after < off_before, after, after - 1)
    beside = np.minimum(off_after, off_before) < SAME_COLUMN * scan.firing_step
    adjacent = np.abs(scan.elevations[nearest] - scan.elevations[returns]) < MAX_RING_GAP_RAD
    return nearest, np.asarray(beside & adjacent)


def _ends_between(scan: _Scan, near: IntArray, past: IntArray, behind: IntArray) -> BoolArray:
    ranges = scan.ranges[near]
    jumped = scan.ranges[past] - ranges > np.maximum(MIN_JUMP_BETWEEN_RINGS_M, JUMP_SHARE_BETWEEN_RINGS * ranges)
    step_m = np.linalg.norm(scan.rays[behind] - scan.rays[near], axis=1) * ranges
    upright = np.abs(scan.ranges[behind] - ranges) < MAX_LEAN * step_m
    return np.asarray(jumped & upright)


def _reflectivity_borders(scan: _Scan) -> _Pairs:
    """Paint, signs, plates: reflectivity steps on a surface, steady on both sides."""
    none = np.empty(0, np.int64)
    if scan.reflectivity is None:
        return none, none, np.empty(0), np.empty(0)
    first = _neighbours(scan)
    first = first[(first > 0) & (first + 2 < len(scan.ranges))]
    steps = np.abs(np.diff(scan.reflectivity))
    kept = (steps[first] > REFLECTIVITY_STEP) & (np.abs(np.diff(scan.ranges))[first] < 0.1)
    kept &= (steps[first - 1] < STEADY_REFLECTIVITY) & (steps[first + 1] < STEADY_REFLECTIVITY)
    kept &= scan.ring[first - 1] == scan.ring[first + 2]
    first = first[kept]
    return first, first + 1, (scan.ranges[first] + scan.ranges[first + 1]) / 2, BORDER_WEIGHT * steps[first]


def _painted_between_rings(scan: _Scan) -> DepthEdges:
    """The same between rings: paint, plates and the feet of lawns as seen from below and above.

    Outlines along rings run up and down; these run across, and tell a camera's pitch and roll.
    """
    none = DepthEdges(np.empty((0, 3)), np.empty((0, 3)), np.empty(0), np.empty(0, np.bool_))
    bright = scan.reflectivity
    if bright is None:
        return none
    numbers = np.unique(scan.ring)
    heights = [float(np.median(scan.elevations[scan.ring == number])) for number in numbers]
    numbers = numbers[np.argsort(heights)]
    level = np.tan(scan.elevations)
    nearness = 1 / (scan.ranges * np.cos(scan.elevations))  # linear in `level` on a plane
    found: list[tuple[IntArray, IntArray]] = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for below, at, above, over in zip(numbers[:-3], numbers[1:-2], numbers[2:-1], numbers[3:], strict=True):
        returns = np.arange(*np.searchsorted(scan.ring, [at, at + 1]))
        (low, has_low), (high, has_high), (top, has_top) = (
            _same_column(scan, returns, ring) for ring in (below, above, over)
        )
        kept = has_low & has_high & has_top
        kept &= np.abs(bright[high] - bright[returns]) > REFLECTIVITY_STEP
        kept &= np.abs(bright[low] - bright[returns]) < STEADY_REFLECTIVITY
        kept &= np.abs(bright[top] - bright[high]) < STEADY_REFLECTIVITY
        step = level[returns] - level[low]
        slope = (nearness[returns] - nearness[low]) / np.where(np.abs(step) > 1e-9, step, 1e-9)
        foreseen = nearness[returns] + slope * (level[high] - level[returns])
        kept &= np.abs(foreseen - nearness[high]) < SAME_SURFACE_SHARE * nearness[high]
        kept &= scan.ranges[returns] < FARTHEST_M
        found.append((returns[kept], high[kept]))
    first, second = (np.concatenate(column) for column in zip(*found, strict=True))
    return DepthEdges(
        near=scan.origins[first] + scan.rays[first] * scan.ranges[first, None],
        past=scan.origins[second] + scan.rays[second] * scan.ranges[second, None],
        weight=BORDER_BETWEEN_RINGS_WEIGHT * np.abs(bright[first] - bright[second]),
        upper=np.zeros(len(first), np.bool_),
    )


def _weights(jumps: FloatArray) -> FloatArray:
    return np.sqrt(np.minimum(np.abs(jumps), MAX_JUMP_M))
