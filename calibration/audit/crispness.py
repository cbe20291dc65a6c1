"""How well upright surfaces of different sweeps fall together when poses carry them into the world.

A patch of one sweep and the nearest one of another lie apart by `gap = normal . (place_i - place_j)`. Five numbers are
asked for, and each changes that gap in its own way: an offset of the clock by the difference of the velocities that the
two sweeps' motions give to the place, what is left of the motion within a sweep (smear) by that of velocity times
firing time, a lidar mounted elsewhere by that of the directions the vehicle has turned to.

While speed and turning stay the same, an offset moves the whole world and opens no gap: it can't be told then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.audit.surface_patches import Patches
from calibration.clock import SECOND_NS
from calibration.trajectory import Trajectory

# Patches stand half a metre apart: the nearest one of the same surface is no farther.
NEAREST_M = 0.8
ALIKE_COSINE = 0.95
# A vehicle's motion is taken over two fifths of a second: noise of the very poses that carry a patch would otherwise
# stand in its gap and in what an offset does to it, and pull the offset to where interpolation makes poses smoothest.
HALF_STEP_NS = SECOND_NS // 5
# The first and the last so many of a sweep's firings see the same places when it turned full circle.
SEAM_SHARE = 0.2
OFFSET, SMEAR, AHEAD, LEFT, YAW = range(5)
UNKNOWNS = 5


@dataclass(frozen=True, eq=False)
class Drive:
    """Sweeps of one drive as patches, its poses, and which sweeps are compared.

    pairs: (P, 2) rows of `patches`; a sweep paired with itself: where it begins with where it ends.
    """

    patches: tuple[Patches, ...]
    trajectory: Trajectory
    pairs: IntArray


@dataclass(frozen=True, eq=False)
class Placed:
    """K patches in the world, and what each of the five numbers does to them.

    places_m, normals: (K, 3); moves: (K, 3, 5) of the places; turns: (K, 3, 5) of the normals.
    """

    places_m: FloatArray
    normals: FloatArray
    moves: FloatArray
    turns: FloatArray

    def take(self, rows: BoolArray) -> Placed:
        """Only these patches."""
        return Placed(self.places_m[rows], self.normals[rows], self.moves[rows], self.turns[rows])


@dataclass(frozen=True, eq=False)
class Gaps:
    """Patches of one sweep held against those of another.

    gap_m: (G,) along the normal; columns: (G, 5) by how much it grows with each of the five numbers; asked: how many
    patches looked for a counterpart.
    """

    gap_m: FloatArray
    columns: FloatArray
    asked: int


def gaps_of(drives: Sequence[Drive], numbers: FloatArray, with_columns: bool = True) -> list[Gaps]:
    """The gaps of every pair of every drive, in order.

    Args:
        numbers: (5,) what to assume: seconds to add to stamps; share of the firing time, counted from the sweep's
            reference, by which points still have to be carried on; metres ahead and left, and yaw in radians, by which
            the lidar sits elsewhere in the ego frame.
        with_columns: otherwise the columns are zero, which is quicker.

    Raises:
        OutsideTrajectoryError, PoseGapError: no pose within a fifth of a second of a patch's time.
    """
    found = []
    for drive in drives:
        carried = [_placed(patches, drive.trajectory, numbers, with_columns) for patches in drive.patches]
        for one, other in drive.pairs.tolist():
            if one != other:
                found.append(_gaps(carried[one], carried[other]))
                continue
            early, late = _seam(drive.patches[one].fired_s)
            found.append(_gaps(carried[one].take(early), carried[one].take(late)))
    return found


def blur_m(found: Sequence[Gaps], widest_m: float) -> float:
    """Root mean square gap, each counted as `widest_m` at most, and as that where a patch has no counterpart.

    NaN where there are no patches.
    """
    asked = sum(one.asked for one in found)
    lonely = asked - sum(len(one.gap_m) for one in found)
    total = sum(float(np.minimum(one.gap_m**2, widest_m**2).sum()) for one in found)
    return float(np.sqrt((total + lonely * widest_m**2) / asked)) if asked else float("nan")


def _placed(patches: Patches, trajectory: Trajectory, numbers: FloatArray, with_columns: bool) -> Placed:
    fired_s = np.nan_to_num(patches.fired_s)
    late_ns = np.rint((numbers[OFFSET] + numbers[SMEAR] * fired_s) * SECOND_NS).astype(np.int64)
    times_ns, which = np.unique(patches.stands_ns + late_ns, return_inverse=True)
    cos, sin = np.cos(numbers[YAW]), np.sin(numbers[YAW])
    turned = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    centres_m = patches.centres_m @ turned.T + [numbers[AHEAD], numbers[LEFT], 0.0]
    normals = patches.normals @ turned.T
    moves, turns = np.zeros((2, len(patches), 3, UNKNOWNS))
    now = trajectory.at(times_ns)
    rotations = now.rotations[which]
    places_m = _turned(rotations, centres_m) + now.translations_m[which]
    if with_columns:
        before, after = (trajectory.at(times_ns + step_ns) for step_ns in (-HALF_STEP_NS, HALF_STEP_NS))
        seconds = 2 * HALF_STEP_NS / SECOND_NS
        turning = ((after.rotations - before.rotations) / seconds)[which]
        velocity = ((after.translations_m - before.translations_m) / seconds)[which]
        moves[:, :, OFFSET] = _turned(turning, centres_m) + velocity
        turns[:, :, OFFSET] = _turned(turning, normals)
        moves[:, :, SMEAR] = moves[:, :, OFFSET] * fired_s[:, None]
        turns[:, :, SMEAR] = turns[:, :, OFFSET] * fired_s[:, None]
        moves[:, :, AHEAD], moves[:, :, LEFT] = rotations[:, :, 0], rotations[:, :, 1]
        moves[:, :, YAW] = _turned(rotations, np.cross([0.0, 0.0, 1.0], centres_m))
        turns[:, :, YAW] = _turned(rotations, np.cross([0.0, 0.0, 1.0], normals))
    return Placed(places_m, _turned(rotations, normals), moves, turns)


def _turned(rotations: FloatArray, vectors: FloatArray) -> FloatArray:
    turned: FloatArray = np.einsum("kij,kj->ki", rotations, vectors)
    return turned


def _seam(fired_s: FloatArray) -> tuple[BoolArray, BoolArray]:
    """(K,) patches of the beginning and of the end of a sweep; none where firing times are unknown."""
    if not len(fired_s) or np.isnan(fired_s).any():
        return np.zeros(len(fired_s), dtype=bool), np.zeros(len(fired_s), dtype=bool)
    early_s, late_s = np.quantile(fired_s, [SEAM_SHARE, 1 - SEAM_SHARE])
    return fired_s <= early_s, fired_s >= late_s


def _gaps(one: Placed, other: Placed) -> Gaps:
    """Each patch of one sweep against the nearest of another, where both face alike."""
    asked = len(one.places_m)
    if not asked or not len(other.places_m):
        return Gaps(np.empty(0), np.empty((0, UNKNOWNS)), asked)
    found = cKDTree(other.places_m).query(one.places_m, distance_upper_bound=NEAREST_M)
    nearest = np.asarray(found[1])
    rows = np.flatnonzero(nearest < len(other.places_m))
    cosine = np.einsum("ki,ki->k", one.normals[rows], other.normals[nearest[rows]])
    rows, side = rows[np.abs(cosine) > ALIKE_COSINE], np.sign(cosine[np.abs(cosine) > ALIKE_COSINE])[:, None]
    held = nearest[rows]
    normals = (one.normals[rows] + side * other.normals[held]) / 2
    apart = one.places_m[rows] - other.places_m[held]
    columns = np.einsum("ki,kiu->ku", normals, one.moves[rows] - other.moves[held])
    columns += np.einsum("ki,kiu->ku", apart, one.turns[rows] + side[:, :, None] * other.turns[held]) / 2
    return Gaps(np.einsum("ki,ki->k", normals, apart), columns, asked)
