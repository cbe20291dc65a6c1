"""Laying clouds of points on clouds of another lidar or time: which shift and turn bring their surfaces together.

Each point is held against the plane through its neighbours in the reference cloud, along the plane's normal only, so
that two lidars need not hit the same spots. Where neighbours show no plane (an edge, a leaf, one lonely ring of a
sparse lidar) nothing is compared. What moves by itself, and what only one of the two sees, loses its weight.

How sure the result is comes from drawing parts of the data again, not from the scatter of the points: neighbours
share the errors of a plane, frames share the errors of a place.

Source: Chen and Medioni 1992, "Object modelling by registration of multiple range images" (distance to the plane);
Tukey's biweight as in Huber and Ronchetti 2009, "Robust Statistics".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from calibration.arrays import Float32Array, FloatArray, IntArray, as_rows
from calibration.audit.redraw import redrawn, wider
from calibration.audit.surface import Surface, voxels_of
from calibration.clock import SIGMA_PER_MAD

MOVES, TURNS = slice(0, 3), slice(3, 6)

NEAREST_M, FARTHEST_M = 1.5, 45.0

VOXEL_M = 0.6
# Walls are seen densely; on the road the rings of a lidar lie far apart.
SURFACE_VOXELS_M = (0.15, 0.40, 1.0)
POINTS_PER_CLOUD = 2000
# Half of the points from within, where a road is seen best.
CLOSE_M = 18.0
ROUNDS = 18
# Wide at first, to catch what is off by degrees.
GATES_M = (2.5, 2.5, 2.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.4, 0.3)
WIDE_GATE_M = 1.0
SMALLEST_SCALE_M = 0.01
# Where half of the planes are none (a hedge, a car's hood), the scatter of all of them tells nothing.
SCALE_OF_GATE = 0.12
BIWEIGHT = 4.685
SETTLED_M, SETTLED_RAD = 5e-4, 5e-5

# What nothing in the data holds keeps this uncertainty: more than any audit can use.
LOOSE = np.array([1.0, 1.0, 1.0, 0.2, 0.2, 0.2])
TURN_ARM_M = 10.0
LEVEL = 0.7
FEWEST_STANDING = 30
SECTORS = 24
RING_EDGES_M = (8.0, 20.0)
# Fewer frames say nothing of how frames scatter; the parts of their surroundings do.
FEWEST_FRAMES = 5


@dataclass(frozen=True, eq=False)
class CloudPair:
    """Two clouds of about the same place.

    Attributes:
        reference: (N, 3) metres.
        points: (M, 3) metres, in the same frame as far as the files are right.
        pivot: (3,) metres, about which `points` are turned: their lidar's place.
    """

    reference: FloatArray | Float32Array
    points: FloatArray | Float32Array
    pivot: FloatArray


@dataclass(frozen=True, eq=False)
class Registration:
    """What brings the points onto the reference: turned about the pivot, then shifted, along the frame's axes.

    Attributes:
        correction: (6,) shift in metres, turn as a rotation vector in radians.
        covariance: (6, 6) of it.
        condition: longest over shortest axis of the error ellipsoid, a turn counting as the shift 10 m away.
        contacts: how many points met a plane in the end.
        rms_m: distance of those points from their planes.
        share: of standing things (walls, vehicles), how many of those near a plane lie on it in the end.
        blocks: how many independent parts the covariance rests on.
    """

    correction: FloatArray
    covariance: FloatArray
    condition: float
    contacts: int
    share: float
    rms_m: float
    blocks: int

    @property
    def rotation(self) -> FloatArray:
        """(3, 3) of the turn."""
        return rotation_of(self.correction[TURNS])


def rotation_of(turn_rad: ArrayLike) -> FloatArray:
    """(3, 3) of a rotation vector."""
    matrix: FloatArray = Rotation.from_rotvec(np.asarray(turn_rad, dtype=np.float64)).as_matrix()
    return matrix


def register(pairs: Sequence[CloudPair]) -> Registration | None:
    """One correction for all pairs together; None where too little meets for six numbers.

    Raises:
        ShapeError: clouds that are not (N, 3).
    """
    prepared = [_Prepared.of(pair) for pair in pairs]
    correction = np.zeros(6)
    met: list[_Contacts] = []
    for number in range(ROUNDS):
        gate_m = GATES_M[min(number, len(GATES_M) - 1)]
        met = [one.meet(correction, gate_m) for one in prepared]
        if sum(len(one.residuals) for one in met) < 100:
            return None
        information, gradient = _normal_equations(met, _scales_m(met, gate_m))
        step = np.asarray(np.linalg.solve(information + np.diag(LOOSE**-2.0), gradient), dtype=np.float64)
        correction = _moved(correction, step)
        settled = np.abs(step[MOVES]).max() < SETTLED_M and np.abs(step[TURNS]).max() < SETTLED_RAD
        if settled and number >= len(GATES_M) - 1:
            break
    widely = [one.meet(correction, GATES_M[0]) for one in prepared]
    return _summed_up(correction, met, widely)


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Points of one pair that met a plane: distance along the normal, how it changes, where."""

    residuals: FloatArray
    jacobian: FloatArray
    cells: IntArray

    @property
    def lies(self) -> IntArray:
        """1 where the plane is level, 0 where it stands."""
        return (np.abs(self.jacobian[:, 2]) > LEVEL).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A pair made ready: the reference as surfaces, finer and coarser, the points thinned out, all about the pivot."""

    surfaces: tuple[Surface, ...]
    points: FloatArray

    @classmethod
    def of(cls, pair: CloudPair) -> _Prepared:
        pivot = np.asarray(pair.pivot, dtype=np.float64)
        reference, points = (_usable(cloud, pivot) for cloud in (pair.reference, pair.points))
        surfaces = tuple(Surface.of(reference, voxel_m) for voxel_m in SURFACE_VOXELS_M)
        close = np.linalg.norm(points, axis=1) < CLOSE_M
        halves = [thinned(points[part], VOXEL_M, POINTS_PER_CLOUD // 2) for part in (close, ~close)]
        return cls(surfaces, np.concatenate(halves))

    def meet(self, correction: FloatArray, gate_m: float) -> _Contacts:
        arms = self.points @ rotation_of(correction[TURNS]).T
        places = arms + correction[MOVES]
        centres, normals = np.zeros_like(places), np.zeros_like(places)
        flat = np.zeros(len(places), dtype=bool)
        for surface in self.surfaces:
            lacking = np.flatnonzero(~flat)
            centres[lacking], normals[lacking], flat[lacking] = surface.planes_at(places[lacking], gate_m > WIDE_GATE_M)
        residuals = np.einsum("ij,ij->i", normals, places - centres)
        flat &= np.abs(residuals) < gate_m
        arms, normals = arms[flat], normals[flat]
        jacobian = np.concatenate([normals, np.cross(arms, normals)], axis=1)
        return _Contacts(residuals[flat], jacobian, _cells(places[flat], normals))


def thinned(points: FloatArray, voxel_m: float, most: int) -> FloatArray:
    """One point of each voxel, and of these so many, evenly from the whole."""
    if not len(points):
        return points
    _, first = np.unique(voxels_of(points, voxel_m), return_index=True)
    if len(first) > most:
        first = first[np.linspace(0, len(first) - 1, most).astype(np.int64)]
    kept: FloatArray = points[first]
    return kept


def _usable(points: FloatArray | Float32Array, pivot: FloatArray) -> FloatArray:
    rows = as_rows(np.asarray(points, dtype=np.float64), 3, "points")
    rows = rows[np.isfinite(rows).all(axis=1)] - pivot
    away = np.linalg.norm(rows, axis=1)
    kept: FloatArray = rows[(away > NEAREST_M) & (away < FARTHEST_M)]
    return kept


def _moved(correction: FloatArray, step: FloatArray) -> FloatArray:
    turned = Rotation.from_rotvec(step[TURNS]) * Rotation.from_rotvec(correction[TURNS])
    return np.concatenate([correction[MOVES] + step[MOVES], turned.as_rotvec()])


def _cells(places: FloatArray, normals: FloatArray) -> IntArray:
    """Which part of the surroundings a contact belongs to: sector, ring, and if it lies or stands."""
    sector = np.floor((np.arctan2(places[:, 1], places[:, 0]) / (2 * np.pi) + 0.5) * SECTORS).astype(np.int64)
    ring = np.searchsorted(RING_EDGES_M, np.hypot(places[:, 0], places[:, 1]))
    lies = np.abs(normals[:, 2]) > LEVEL
    return (sector * (len(RING_EDGES_M) + 1) + ring) * 2 + lies


def _scales_m(met: Sequence[_Contacts], gate_m: float = GATES_M[-1]) -> FloatArray:
    """(2,) how far points of standing and of level things lie off their planes: a road fits when walls don't yet."""
    largest_m = max(gate_m * SCALE_OF_GATE, SMALLEST_SCALE_M)
    residuals, lies = np.concatenate([one.residuals for one in met]), np.concatenate([one.lies for one in met])
    scales = np.full(2, SMALLEST_SCALE_M)
    for kind in (0, 1):
        if (lies == kind).any():
            seen_m = SIGMA_PER_MAD * float(np.median(np.abs(residuals[lies == kind])))
            scales[kind] = min(max(seen_m, SMALLEST_SCALE_M), largest_m)
    return scales


def _weights(residuals: FloatArray, scales_m: FloatArray) -> FloatArray:
    """Tukey's biweight, over the variance."""
    relative = np.minimum(np.abs(residuals) / (BIWEIGHT * scales_m), 1.0)
    weights: FloatArray = (1 - relative**2) ** 2 / scales_m**2
    return weights


def _normal_equations(met: Sequence[_Contacts], scales_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    information, gradient = np.zeros((6, 6)), np.zeros(6)
    for one in met:
        weighted = one.jacobian * _weights(one.residuals, scales_m[one.lies])[:, None]
        information += weighted.T @ one.jacobian
        gradient -= weighted.T @ one.residuals
    return information, gradient


def _summed_up(correction: FloatArray, met: Sequence[_Contacts], widely: Sequence[_Contacts]) -> Registration:
    residuals = np.concatenate([one.residuals for one in met])
    jacobian = np.concatenate([one.jacobian for one in met])
    scales_m = _scales_m(met)[np.concatenate([one.lies for one in met])]
    weights = _weights(residuals, scales_m)
    cells = np.concatenate([one.cells for one in met])
    frames = np.repeat(np.arange(len(met)), [len(one.residuals) for one in met])
    by_cell = _blocks(jacobian, residuals, weights, cells)
    covariance = redrawn(*by_cell, LOOSE)
    if len(met) >= FEWEST_FRAMES:
        covariance = wider(redrawn(*_blocks(jacobian, residuals, weights, frames), LOOSE), covariance)
    arms = np.array([1.0, 1.0, 1.0, TURN_ARM_M, TURN_ARM_M, TURN_ARM_M])
    squares = np.linalg.eigvalsh(by_cell[0].sum(axis=0) / np.outer(arms, arms))
    close = np.abs(residuals) < BIWEIGHT * scales_m
    return Registration(
        correction=correction,
        covariance=covariance,
        condition=float(np.sqrt(squares[-1] / max(squares[0], 1e-12))),
        contacts=int(close.sum()),
        share=_share(met, widely),
        rms_m=float(np.sqrt(np.mean(residuals[close] ** 2))) if close.any() else float("nan"),
        blocks=len(by_cell[0]),
    )


def _share(met: Sequence[_Contacts], widely: Sequence[_Contacts]) -> float:
    """How many of the standing things that have a plane somewhere near lie on it; level ones lie on any road."""
    standing_m = BIWEIGHT * _scales_m(met)[0]
    near = np.concatenate([one.residuals[one.lies == 0] for one in widely])
    return float(np.mean(np.abs(near) < standing_m)) if len(near) >= FEWEST_STANDING else 0.0


def _blocks(
    jacobian: FloatArray, residuals: FloatArray, weights: FloatArray, labels: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Information (B, 6, 6) and gradient (B, 6) of the contacts of each label."""
    _, rows = np.unique(labels, return_inverse=True)
    count = int(rows.max(initial=-1)) + 1
    order = np.argsort(rows, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(rows[order])) + 1) if count else []
    information, gradient = np.zeros((count, 6, 6)), np.zeros((count, 6))
    for row, part in enumerate(parts):
        weighted = jacobian[part] * weights[part, None]
        information[row] = weighted.T @ jacobian[part]
        gradient[row] = -weighted.T @ residuals[part]
    return information, gradient
