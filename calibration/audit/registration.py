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
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from calibration.arrays import BoolArray, Float32Array, FloatArray, IntArray, as_rows
from calibration.audit.redraw import redrawn, wider
from calibration.clock import SIGMA_PER_MAD

MOVES, TURNS = slice(0, 3), slice(3, 6)

NEIGHBOURS = 16
FEWEST_NEIGHBOURS = 8
# Neighbours reach as far as the rings of a sparse lidar lie apart, which grows with the range.
REACH_M, REACH_PER_RANGE = 0.35, 0.03
WIDEST_REACH_M = 1.5
ROUGHEST_PLANE_M = 0.04
# A plane must be spread in both directions: one ring is a line, and any plane goes through it.
NARROWEST_PLANE_M = 0.06
SPREAD_OVER_ROUGHNESS = 4.0
NEAREST_M, FARTHEST_M = 1.5, 60.0

VOXEL_M = 0.6
POINTS_PER_CLOUD = 2500
ROUNDS = 14
GATES_M = (1.0, 1.0, 0.7, 0.5, 0.4, 0.3)
SMALLEST_SCALE_M = 0.01
BIWEIGHT = 4.685
SETTLED_M, SETTLED_RAD = 5e-4, 5e-5

# What nothing in the data holds keeps this uncertainty: more than any audit can use.
LOOSE = np.array([1.0, 1.0, 1.0, 0.2, 0.2, 0.2])
TURN_ARM_M = 10.0
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
        share: of the points that had a chance to.
        rms_m: distance of those points from their planes.
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
        information, gradient = _normal_equations(met, _scale_m(met))
        step = np.asarray(np.linalg.solve(information + np.diag(LOOSE**-2.0), gradient), dtype=np.float64)
        correction = _moved(correction, step)
        settled = np.abs(step[MOVES]).max() < SETTLED_M and np.abs(step[TURNS]).max() < SETTLED_RAD
        if settled and number >= len(GATES_M) - 1:
            break
    return _summed_up(correction, met)


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Points of one pair that met a plane: distance along the normal, how it changes, where, of how many asked."""

    residuals: FloatArray
    jacobian: FloatArray
    cells: IntArray
    asked: int


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A pair made ready: the reference as a tree, the points thinned out, both about the pivot."""

    reference: FloatArray
    points: FloatArray

    @classmethod
    def of(cls, pair: CloudPair) -> _Prepared:
        pivot = np.asarray(pair.pivot, dtype=np.float64)
        reference, points = (_usable(cloud, pivot) for cloud in (pair.reference, pair.points))
        return cls(reference, thinned(points, VOXEL_M, POINTS_PER_CLOUD))

    @cached_property
    def tree(self) -> cKDTree:
        return cKDTree(self.reference)

    def meet(self, correction: FloatArray, gate_m: float) -> _Contacts:
        arms = self.points @ rotation_of(correction[TURNS]).T
        places = arms + correction[MOVES]
        if len(self.reference) < FEWEST_NEIGHBOURS or not len(places):
            return _Contacts(np.empty(0), np.empty((0, 6)), np.empty(0, dtype=np.int64), len(places))
        centres, normals, flat, asked = self._planes(places)
        residuals = np.einsum("ij,ij->i", normals, places - centres)
        flat &= np.abs(residuals) < gate_m
        arms, normals = arms[flat], normals[flat]
        jacobian = np.concatenate([normals, np.cross(arms, normals)], axis=1)
        return _Contacts(residuals[flat], jacobian, _cells(places[flat], normals), int(asked.sum()))

    def _planes(self, places: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray, BoolArray]:
        """Planes of the reference near places: centres, unit normals, which are planes, which have neighbours."""
        reach = np.minimum(REACH_M + REACH_PER_RANGE * np.linalg.norm(places, axis=1), WIDEST_REACH_M)
        distances, rows = self.tree.query(places, k=NEIGHBOURS, distance_upper_bound=WIDEST_REACH_M)
        near = distances < reach[:, None]
        count = near.sum(axis=1)
        weights = near / np.maximum(count, 1)[:, None]
        around = self.reference[np.minimum(rows, len(self.reference) - 1)]
        centres = np.einsum("nk,nkj->nj", weights, around)
        off = around - centres[:, None]
        spread = np.einsum("nk,nki,nkj->nij", weights, off, off)
        squares, axes = np.linalg.eigh(spread)
        roughness, narrow = np.sqrt(np.maximum(squares[:, 0], 0)), np.sqrt(np.maximum(squares[:, 1], 0))
        asked = count >= FEWEST_NEIGHBOURS
        flat = asked & (roughness < ROUGHEST_PLANE_M) & (narrow > NARROWEST_PLANE_M)
        flat &= narrow > SPREAD_OVER_ROUGHNESS * roughness
        normals = axes[:, :, 0]
        beside = places - centres
        beside -= np.einsum("ij,ij->i", beside, normals)[:, None] * normals
        flat &= np.linalg.norm(beside, axis=1) < 1.5 * np.sqrt(np.maximum(squares[:, 1] + squares[:, 2], 0))
        return centres, normals, flat, asked


def thinned(points: FloatArray, voxel_m: float, most: int) -> FloatArray:
    """One point of each voxel, and of these so many, evenly from the whole."""
    if not len(points):
        return points
    voxels = np.floor(points / voxel_m).astype(np.int64)
    flat = (voxels[:, 0] * 73_856_093) ^ (voxels[:, 1] * 19_349_663) ^ (voxels[:, 2] * 83_492_791)
    _, first = np.unique(flat, return_index=True)
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
    lies = np.abs(normals[:, 2]) > 0.7
    return (sector * (len(RING_EDGES_M) + 1) + ring) * 2 + lies


def _scale_m(met: Sequence[_Contacts]) -> float:
    """How far points of things that stand still lie off their planes."""
    residuals = np.concatenate([one.residuals for one in met])
    return max(SIGMA_PER_MAD * float(np.median(np.abs(residuals))), SMALLEST_SCALE_M)


def _weights(residuals: FloatArray, scale_m: float) -> FloatArray:
    """Tukey's biweight, over the variance."""
    relative = np.minimum(np.abs(residuals) / (BIWEIGHT * scale_m), 1.0)
    weights: FloatArray = (1 - relative**2) ** 2 / scale_m**2
    return weights


def _normal_equations(met: Sequence[_Contacts], scale_m: float) -> tuple[FloatArray, FloatArray]:
    information, gradient = np.zeros((6, 6)), np.zeros(6)
    for one in met:
        weighted = one.jacobian * _weights(one.residuals, scale_m)[:, None]
        information += weighted.T @ one.jacobian
        gradient -= weighted.T @ one.residuals
    return information, gradient


def _summed_up(correction: FloatArray, met: Sequence[_Contacts]) -> Registration:
    scale_m = _scale_m(met)
    residuals = np.concatenate([one.residuals for one in met])
    jacobian = np.concatenate([one.jacobian for one in met])
    weights = _weights(residuals, scale_m)
    cells = np.concatenate([one.cells for one in met])
    frames = np.repeat(np.arange(len(met)), [len(one.residuals) for one in met])
    by_cell = _blocks(jacobian, residuals, weights, cells)
    covariance = redrawn(*by_cell, LOOSE)
    if len(met) >= FEWEST_FRAMES:
        covariance = wider(redrawn(*_blocks(jacobian, residuals, weights, frames), LOOSE), covariance)
    arms = np.array([1.0, 1.0, 1.0, TURN_ARM_M, TURN_ARM_M, TURN_ARM_M])
    squares = np.linalg.eigvalsh(by_cell[0].sum(axis=0) / np.outer(arms, arms))
    close = np.abs(residuals) < BIWEIGHT * scale_m
    return Registration(
        correction=correction,
        covariance=covariance,
        condition=float(np.sqrt(squares[-1] / max(squares[0], 1e-12))),
        contacts=int(close.sum()),
        share=float(close.sum() / max(sum(one.asked for one in met), 1)),
        rms_m=float(np.sqrt(np.mean(residuals[close] ** 2))) if close.any() else float("nan"),
        blocks=len(by_cell[0]),
    )


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
