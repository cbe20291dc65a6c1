"""Boxes that overlap: how much of them, and how deep.

Two boxes meet where their footprints meet and their heights do. Both are measured as if the boxes stood upright: the
footprint is length by width under the heading, the height is z of the centre +- half the height. For road users on
slopes up to 15 percent that is within a few percent of the tilted truth; boxes lying on their side are out of scope.

Far pairs go first (circles round the footprints, then heights), then those with a separating axis; only what is left
is cut as polygons, all pairs at once and exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray, IntArray, as_rows
from calibration.errors import ShapeError
from fusion.measure.kernels.convex_polygons import ConvexPolygons
from fusion.scene.box_geometry import CORNER_SIGNS, headings_of_boxes

# Boxes drawn against each other overlap by rounding; a square of 0.03 mm is not an overlap.
SMALLEST_OVERLAP_M2 = 1e-9
PAIRS_AT_A_TIME = 2**20


@dataclass(frozen=True, eq=False)
class OverlapPairs:
    """Pairs of boxes that share space, ordered by `first`, then by `second`.

    first, second: (P,) rows; within one set of boxes every pair comes once, `first < second`;
    bev_iou: (P,) shared area / joint area of the footprints;
    iou_3d: (P,) shared volume / joint volume, upright boxes;
    penetration_m: (P,) how far one footprint would have to move, in the best direction, to leave the other;
    centre_gap_m: (P,) distance of the centres, in space.
    """

    first: IntArray
    second: IntArray
    bev_iou: FloatArray
    iou_3d: FloatArray
    penetration_m: FloatArray
    centre_gap_m: FloatArray

    def __len__(self) -> int:
        return len(self.first)


def overlapping_pairs(
    centres_m: ArrayLike,
    sizes_m: ArrayLike,
    rotations: ArrayLike,
    other: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None,
    ignore_height: bool = False,
) -> OverlapPairs:
    """Pairs of boxes whose footprints overlap and whose heights do.

    Args:
        centres_m: (M, 3).
        sizes_m: (M, 3) length, width, height.
        rotations: (M, 4) quaternions w x y z; only the yaw is used.
        other: centres, sizes and rotations of a second set in the same frame; `second` then counts its rows and all
            M x N pairs are looked at. None pairs the boxes among themselves.
        ignore_height: keep pairs that overlap only seen from above; their `iou_3d` is 0.

    Boxes that aren't finite or have no area overlap nothing.

    Raises:
        ShapeError: the columns have other shapes or differ in length.
    """
    ours = _Footprints.of(centres_m, sizes_m, rotations)
    theirs = ours if other is None else _Footprints.of(*other)
    first, second = _near_pairs(ours, theirs, other is None, ignore_height)
    penetration_m = _penetrations_m(ours, first, theirs, second)
    touching = np.flatnonzero(penetration_m > 0)
    first, second, penetration_m = first[touching], second[touching], penetration_m[touching]

    shared_m2 = _shared_areas_m2(ours, first, theirs, second)
    kept = np.flatnonzero(shared_m2 > SMALLEST_OVERLAP_M2)
    first, second, shared_m2 = first[kept], second[kept], shared_m2[kept]

    shared_m3 = shared_m2 * np.maximum(_shared_heights_m(ours, first, theirs, second), 0.0)
    joint_m2 = ours.areas_m2[first] + theirs.areas_m2[second] - shared_m2
    joint_m3 = ours.volumes_m3[first] + theirs.volumes_m3[second] - shared_m3
    return OverlapPairs(
        first=first,
        second=second,
        bev_iou=shared_m2 / joint_m2,
        iou_3d=np.divide(shared_m3, joint_m3, out=np.zeros_like(shared_m3), where=joint_m3 > 0),
        penetration_m=penetration_m[kept],
        centre_gap_m=np.linalg.norm(ours.centres_m[first] - theirs.centres_m[second], axis=1),
    )


def overlaps_of_pairs(
    ours: tuple[ArrayLike, ArrayLike, ArrayLike],
    theirs: tuple[ArrayLike, ArrayLike, ArrayLike],
    first: IntArray,
    second: IntArray,
) -> tuple[FloatArray, FloatArray]:
    """BEV IoU (P,) and 3D IoU (P,) of pairs that are already chosen, 0 where boxes don't meet or aren't finite.

    Args:
        ours: centres (M, 3), sizes (M, 3) and rotations (M, 4); theirs: likewise (N, ...), in the same frame.
        first: (P,) rows of ours; second: (P,) rows of theirs.

    Raises:
        ShapeError: the columns have other shapes or differ in length.
    """
    a, b = _Footprints.of(*ours), _Footprints.of(*theirs)
    shared_m2, shared_m3 = np.zeros(len(first)), np.zeros(len(first))
    for start in range(0, len(first), PAIRS_AT_A_TIME):
        block = slice(start, start + PAIRS_AT_A_TIME)
        touching = start + np.flatnonzero(_penetrations_m(a, first[block], b, second[block]) > 0)
        rows, their_rows = first[touching], second[touching]
        areas_m2 = _shared_areas_m2(a, rows, b, their_rows)
        shared_m2[touching] = np.where(areas_m2 > SMALLEST_OVERLAP_M2, areas_m2, 0.0)
        shared_m3[touching] = shared_m2[touching] * np.maximum(_shared_heights_m(a, rows, b, their_rows), 0.0)
    joint_m2 = a.areas_m2[first] + b.areas_m2[second] - shared_m2
    joint_m3 = a.volumes_m3[first] + b.volumes_m3[second] - shared_m3
    return (
        np.divide(shared_m2, joint_m2, out=np.zeros_like(shared_m2), where=shared_m2 > 0),
        np.divide(shared_m3, joint_m3, out=np.zeros_like(shared_m3), where=shared_m3 > 0),
    )


def overlapping_pairs_of_labels(centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike) -> OverlapPairs:
    """Pairs within one set as `overlapping_pairs` finds them, but copies of a box pair with the first of them only.

    A line that was written a thousand times is a thousand copies, not half a million overlaps.

    Raises:
        ShapeError: the columns have other shapes or differ in length.
    """
    sizes = as_rows(sizes_m, 3, "sizes_m")
    columns = np.concatenate([as_rows(centres_m, 3, "centres_m"), sizes, as_rows(rotations, 4, "rotations")], axis=1)
    _, firsts, group = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    original = firsts[group.reshape(-1)]
    rows = np.flatnonzero(original == np.arange(len(columns)))
    pairs = overlapping_pairs(columns[rows, :3], columns[rows, 3:6], columns[rows, 6:])
    solid = np.isfinite(columns).all(axis=1) & (sizes > 0).all(axis=1)
    copies = np.flatnonzero((original != np.arange(len(columns))) & solid)
    if not len(copies) and len(rows) == len(columns):
        return pairs
    ones = np.ones(len(copies))
    first = np.concatenate([rows[pairs.first], original[copies]])
    second = np.concatenate([rows[pairs.second], copies])
    order = np.lexsort((second, first))
    return OverlapPairs(
        first=first[order],
        second=second[order],
        bev_iou=np.concatenate([pairs.bev_iou, ones])[order],
        iou_3d=np.concatenate([pairs.iou_3d, ones])[order],
        penetration_m=np.concatenate([pairs.penetration_m, sizes[copies, :2].min(axis=1)])[order],
        centre_gap_m=np.concatenate([pairs.centre_gap_m, 0 * ones])[order],
    )


@dataclass(frozen=True, eq=False)
class _Footprints:
    centres_m: FloatArray  # (M, 3)
    half_sizes_m: FloatArray  # (M, 3)
    headings: FloatArray  # (M, 2) unit vectors

    @classmethod
    def of(cls, centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike) -> _Footprints:
        centres, sizes = as_rows(centres_m, 3, "centres_m"), as_rows(sizes_m, 3, "sizes_m")
        headings = headings_of_boxes(rotations)
        if not len(centres) == len(sizes) == len(headings):
            raise ShapeError(
                f"boxes need as many sizes and rotations as centres, got {len(centres)}, {len(sizes)}, {len(headings)}"
            )
        finite = np.isfinite(np.concatenate([centres, sizes], axis=1)).all(axis=1)
        if not finite.all():
            centres = np.where(finite[:, None], centres, np.nan)  # near nothing, and no warning on the way
        return cls(centres, sizes / 2, headings)

    def __len__(self) -> int:
        return len(self.centres_m)

    @property
    def radii_m(self) -> FloatArray:
        return np.hypot(self.half_sizes_m[:, 0], self.half_sizes_m[:, 1])

    @property
    def areas_m2(self) -> FloatArray:
        areas: FloatArray = 4 * self.half_sizes_m[:, 0] * self.half_sizes_m[:, 1]
        return areas

    @property
    def volumes_m3(self) -> FloatArray:
        volumes: FloatArray = 8 * self.half_sizes_m.prod(axis=1)
        return volumes


def _near_pairs(ours: _Footprints, theirs: _Footprints, same: bool, ignore_height: bool) -> tuple[IntArray, IntArray]:
    """Pairs whose circles and heights meet, in blocks of rows that bound the memory."""
    radii_m, their_radii_m = ours.radii_m, theirs.radii_m
    (x, y, z), (their_x, their_y, their_z) = ours.centres_m.T, theirs.centres_m.T
    half_heights_m, their_half_heights_m = ours.half_sizes_m[:, 2], theirs.half_sizes_m[:, 2]
    found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
    block = max(PAIRS_AT_A_TIME // max(len(theirs), 1), 1)
    for start in range(0, len(ours), block):
        rows = slice(start, start + block)
        gaps_m2 = np.square(x[rows, None] - their_x) + np.square(y[rows, None] - their_y)
        first, second = np.nonzero(gaps_m2 < np.square(radii_m[rows, None] + their_radii_m))
        first += start
        near = second > first if same else np.ones(len(first), dtype=np.bool_)
        if not ignore_height:
            near &= np.abs(z[first] - their_z[second]) < half_heights_m[first] + their_half_heights_m[second]
        found.append((first[near], second[near]))
    return np.concatenate([first for first, _ in found]), np.concatenate([second for _, second in found])


def _relative(
    ours: _Footprints, first: IntArray, theirs: _Footprints, second: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Place (P, 2) and heading (P, 2) of our footprints, seen from theirs."""
    away = (ours.centres_m[first] - theirs.centres_m[second])[:, :2]
    return _turned_back(away, theirs.headings[second]), _turned_back(ours.headings[first], theirs.headings[second])


def _turned_back(vectors: FloatArray, headings: FloatArray) -> FloatArray:
    """Vectors (P, 2) in frames whose x axes are `headings` (P, 2)."""
    x, y = vectors.T
    along, across = headings.T
    return np.stack([x * along + y * across, y * along - x * across], axis=1)


def _penetrations_m(ours: _Footprints, first: IntArray, theirs: _Footprints, second: IntArray) -> FloatArray:
    """(P,) smallest overlap along the four side directions; at most 0 where one of them separates the footprints."""
    place, heading = _relative(ours, first, theirs, second)
    ours_seen_from_theirs = np.abs(place)
    theirs_seen_from_ours = np.abs(_turned_back(-place, heading))
    turned = np.abs(heading)
    half, their_half = ours.half_sizes_m[first, :2], theirs.half_sizes_m[second, :2]
    # A rectangle turned by t reaches l |cos t| + w |sin t| along, l |sin t| + w |cos t| across.
    reach = np.stack([(half * turned).sum(axis=1), (half * turned[:, ::-1]).sum(axis=1)], axis=1)
    their_reach = np.stack([(their_half * turned).sum(axis=1), (their_half * turned[:, ::-1]).sum(axis=1)], axis=1)
    depths_m = np.concatenate(
        [reach + their_half - ours_seen_from_theirs, their_reach + half - theirs_seen_from_ours], axis=1
    )
    smallest: FloatArray = depths_m.min(axis=1)
    return smallest


def _shared_areas_m2(ours: _Footprints, first: IntArray, theirs: _Footprints, second: IntArray) -> FloatArray:
    """(P,) areas of our footprints cut by theirs, in the frame of theirs, where the cuts run along the axes."""
    place, heading = _relative(ours, first, theirs, second)
    half, their_half = ours.half_sizes_m[first, :2], theirs.half_sizes_m[second, :2]
    leftward = np.stack([-heading[:, 1], heading[:, 0]], axis=1)
    along, across = half[:, :1] * heading, half[:, 1:] * leftward
    signs = CORNER_SIGNS[:4]
    corners = place[:, None] + signs[None, :, :1] * along[:, None] + signs[None, :, 1:2] * across[:, None]
    return ConvexPolygons.of_rectangles(corners).cut_by_box(-their_half, their_half).areas()


def _shared_heights_m(ours: _Footprints, first: IntArray, theirs: _Footprints, second: IntArray) -> FloatArray:
    """(P,) height both have in common; below 0 where one floats above the other."""
    z, their_z = ours.centres_m[first, 2], theirs.centres_m[second, 2]
    half, their_half = ours.half_sizes_m[first, 2], theirs.half_sizes_m[second, 2]
    shared: FloatArray = np.minimum(z + half, their_z + their_half) - np.maximum(z - half, their_z - their_half)
    return shared
