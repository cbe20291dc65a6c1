"""What stands upright in a sweep, as small flat patches: walls, trunks, fences, sides of vehicles.

Seen from above, an upright surface is a line. A patch is where its points lie and which way that line faces, fitted to
a dozen returns, so that it is several times sharper than one return. The ground says nothing of driving along it and
is left out, and so is everything that is round or loose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.sweep import LidarSweep, Motion

# What rises this far within a cell is no ground.
CELL_M = 0.5
MIN_RISE_M = 0.4
# Closer is the vehicle itself, farther are too few returns.
NEAREST_M = 2.0
FARTHEST_M = 60.0
MOST_POINTS = 30_000
# One patch in each cube of this size.
SPACING_M = 0.5
NEIGHBOURS = 12
REACH_M = 0.7
# Returns of one place at two times are two surfaces while the vehicle moves: a hundredth of a second parts them.
METRES_PER_SECOND_APART = 100.0
# Range noise of a lidar is 2 to 3 cm; a bush scatters by more.
MAX_THICKNESS_M = 0.05
MIN_LENGTH_M = 0.06
MOST_PATCHES = 2500


@dataclass(frozen=True, eq=False)
class Patches:
    """K upright patches of one sweep, in the ego frame of the time each stands at.

    centres_m: (K, 3); normals: (K, 3) unit and level; stands_ns: (K,) the time whose pose carries a patch to the
    world, as the sweep declares it; fired_s: (K,) firing after the sweep's reference time, NaN where that is unknown.
    """

    centres_m: FloatArray
    normals: FloatArray
    stands_ns: IntArray
    fired_s: FloatArray

    def __len__(self) -> int:
        return len(self.centres_m)


def upright_patches(sweep: LidarSweep, fired_ns: IntArray | None, seed: int = 0) -> Patches:
    """Patches of one sweep.

    Returns of a raw sweep stand where the lidar was when they were fired, or in the middle of the sweep where only its
    start and end are known; all others at the sweep's reference time.

    Args:
        fired_ns: (N,) when each return was fired, None unknown.
        seed: which returns are kept where there are too many.
    """
    reference_ns = sweep.reference_ns if sweep.compensated_to_ns is None else sweep.compensated_to_ns
    points = sweep.points_in_ego.astype(np.float64)
    with np.errstate(invalid="ignore"):  # rows without a place
        range_m = np.hypot(*(points[:, :2] - sweep.ray_origin_in_ego[:2]).T)
        rows = np.flatnonzero(sweep.finite & (range_m > NEAREST_M) & (range_m < FARTHEST_M))
    rows = rows[_rising(points[rows])]
    random = np.random.default_rng(seed)
    if len(rows) > MOST_POINTS:
        rows = np.sort(random.choice(rows, MOST_POINTS, replace=False))
    fired_s = np.full(len(rows), np.nan) if fired_ns is None else (fired_ns[rows] - reference_ns) / SECOND_NS
    centres_m, normals, fired_s = _fitted(points[rows], fired_s, random)
    stands_ns = np.full(len(centres_m), reference_ns, dtype=np.int64)
    if sweep.motion is Motion.RAW and fired_ns is not None:
        stands_ns += np.rint(fired_s * SECOND_NS).astype(np.int64)
    elif sweep.motion is Motion.RAW and sweep.start_ns is not None and sweep.end_ns is not None:
        stands_ns[:] = (sweep.start_ns + sweep.end_ns) // 2
    return Patches(centres_m, normals, stands_ns, fired_s)


def _rising(points: FloatArray) -> BoolArray:
    """(N,) points of cells from above whose points differ in height."""
    if not len(points):
        return np.zeros(0, dtype=bool)
    cells = np.floor(points[:, :2] / CELL_M).astype(np.int64)
    cell = (cells[:, 0] << 32) + cells[:, 1]
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[order], prepend=cell[order[0]] - 1))
    height_m = points[order, 2]
    rise_m = np.maximum.reduceat(height_m, starts) - np.minimum.reduceat(height_m, starts)
    rising = np.empty(len(points), dtype=bool)
    rising[order] = np.repeat(rise_m > MIN_RISE_M, np.diff(np.append(starts, len(points))))
    return rising


def _fitted(
    points: FloatArray, fired_s: FloatArray, random: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Centres, normals and firing times of the patches that are flat."""
    nothing = np.empty((0, 3)), np.empty((0, 3)), np.empty(0)
    if len(points) < NEIGHBOURS:
        return nothing
    apart = np.column_stack([points, np.nan_to_num(fired_s) * METRES_PER_SECOND_APART])
    cubes = np.floor(apart / SPACING_M).astype(np.int64)
    shuffled = random.permutation(len(points))
    _, first = np.unique(cubes[shuffled], axis=0, return_index=True)
    seeds = shuffled[first]
    if len(seeds) > MOST_PATCHES:
        seeds = random.choice(seeds, MOST_PATCHES, replace=False)
    found = cKDTree(apart).query(apart[seeds], NEIGHBOURS)
    distance_m, near = np.asarray(found[0]), np.asarray(found[1])
    near = near[distance_m[:, -1] < REACH_M]
    if not len(near):
        return nothing
    centres_m = points[near].mean(axis=1)
    from_above = points[near][:, :, :2] - centres_m[:, None, :2]
    spread = np.einsum("kni,knj->kij", from_above, from_above) / NEIGHBOURS
    values, vectors = np.linalg.eigh(spread)
    flat = (values[:, 0] < MAX_THICKNESS_M**2) & (values[:, 1] > MIN_LENGTH_M**2) & (values[:, 1] > 9 * values[:, 0])
    normals = np.column_stack([vectors[:, :, 0], np.zeros(len(vectors))])
    return centres_m[flat], normals[flat], fired_s[near].mean(axis=1)[flat]
