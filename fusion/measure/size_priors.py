"""How big things are: what a length, width and height can be for each kind of object.

Bounds hold the smallest and largest of the kind that drives, not the usual: a Smart and a limousine are cars. They
were set from the means of KITTI, nuScenes, Waymo and Argoverse 2 (KITTI car 3.88 x 1.63 x 1.53 m, Waymo 4.73 x 2.08 x
1.77 m), four standard deviations out, widened to the limits of vehicle law and to what annotation guides count in:
mirrors, loads on the roof, umbrellas, and in nuScenes and Argoverse 2 delivery vans among the cars, pick-ups and kei
trucks among the trucks, people who lie on the ground among the pedestrians.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from fusion.scene.taxonomy import VEHICLES, Kinds, ObjectKind

DIMENSIONS = ("length", "width", "height")

Size = tuple[float, float, float]

# Smallest and largest length, width, height in metres.
_BOUNDS_M: dict[ObjectKind, tuple[Size, Size]] = {
    ObjectKind.CAR: ((2.2, 1.2, 0.9), (7.6, 2.9, 3.2)),
    ObjectKind.VAN: ((2.8, 1.3, 1.3), (8.5, 2.9, 3.5)),
    ObjectKind.TRUCK: ((3.2, 1.3, 1.3), (26.0, 3.8, 4.9)),
    ObjectKind.BUS: ((4.5, 1.7, 1.9), (26.0, 3.9, 4.9)),
    ObjectKind.TRAILER: ((1.0, 0.8, 0.4), (26.0, 4.2, 4.9)),
    ObjectKind.TRAM: ((5.0, 1.8, 2.3), (75.0, 3.7, 5.2)),
    ObjectKind.CONSTRUCTION: ((1.2, 0.7, 0.9), (26.0, 7.0, 8.0)),
    ObjectKind.MOTORCYCLE: ((1.0, 0.25, 0.7), (3.6, 1.7, 2.3)),
    ObjectKind.BICYCLE: ((0.6, 0.15, 0.4), (2.8, 1.4, 2.3)),
    ObjectKind.RIDER: ((0.3, 0.25, 0.8), (3.6, 1.7, 2.6)),
    ObjectKind.PEDESTRIAN: ((0.15, 0.15, 0.3), (2.2, 2.2, 2.7)),
    ObjectKind.SEATED_PERSON: ((0.2, 0.2, 0.4), (2.0, 1.8, 2.2)),
    ObjectKind.ANIMAL: ((0.1, 0.05, 0.1), (3.2, 1.6, 2.8)),
    ObjectKind.CONE: ((0.1, 0.1, 0.2), (1.3, 1.3, 1.9)),
    # Annotators call either side of a barrier its length.
    ObjectKind.BARRIER: ((0.05, 0.05, 0.2), (15.0, 15.0, 3.0)),
}


def _any_of(kinds: frozenset[ObjectKind]) -> tuple[Size, Size]:
    """Bounds of things of which only the group is known."""
    smallest, largest = np.asarray([_BOUNDS_M[kind] for kind in kinds if kind in _BOUNDS_M]).transpose(1, 2, 0)
    (x, y, z), (far_x, far_y, far_z) = smallest.min(axis=1).tolist(), largest.max(axis=1).tolist()
    return (x, y, z), (far_x, far_y, far_z)


SIZE_BOUNDS_M = {**_BOUNDS_M, ObjectKind.VEHICLE: _any_of(VEHICLES | {ObjectKind.MOTORCYCLE})}


@dataclass(frozen=True, eq=False)
class SizeBounds:
    """Bounds by row: smallest_m, largest_m (M, 3); NaN for kinds without a prior."""

    smallest_m: FloatArray
    largest_m: FloatArray


def size_bounds(kinds: Kinds) -> SizeBounds:
    """What length, width and height of each row can be."""
    unknown = ((np.nan,) * 3, (np.nan,) * 3)
    by_name = [unknown if kind is None else SIZE_BOUNDS_M.get(kind, unknown) for kind in kinds.by_name]
    table = np.asarray([*by_name, unknown], dtype=np.float64)[kinds.category.codes]
    return SizeBounds(table[:, 0], table[:, 1])
