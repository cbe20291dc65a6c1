"""Rigid transforms that know their frames, and rotations as columns.

A transform is `target_from_source`: it takes points in `source` to points in `target`, and a chain reads right to left
with touching names that match. Quaternions are w, x, y, z here and everywhere else in Boresight.

One transform is a `RigidTransform`; many rotations at once are plain columns ((M, 4) quaternions, (M, 3, 3) matrices)
and the functions below. pyquaternion is accepted and handed out, never calculated with: it rejects rotations stored as
float32 or text, and it normalises what it is given in place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from numpy.typing import ArrayLike
from pyquaternion import Quaternion
from scipy.spatial.transform import Rotation

from calibration.arrays import BoolArray, FloatArray, as_column, as_rows, frozen
from calibration.errors import FrameMismatchError, RotationError, ShapeError

# A matrix rounded to three decimals is 0.002 away from a rotation; a scaled, sheared or mirrored one is far beyond.
MAX_RESIDUAL = 0.05
# Closer than this the difference is the arithmetic's, and the given numbers are kept bit for bit.
ROUND_OFF = 1e-14
# What products of rotations may drift before a transform refuses them.
ORTHONORMAL_WITHIN = 1e-6


@dataclass(frozen=True, eq=False)
class RigidTransform:
    """`target_from_source`: a rotation followed by a translation, both frames named.

    Attributes:
        target: the frame points are taken to.
        source: the frame points are taken from.
        rotation: (3, 3) orthonormal, right-handed, read-only.
        translation: (3,) metres, origin of `source` seen in `target`, read-only.
        residual: how far the numbers it was made from were from a rotation; 0.0 for results of calculations. A matrix:
            Frobenius distance from the nearest rotation. A quaternion: |norm - 1|.

    Raises:
        ShapeError: the rotation is not (3, 3), or the translation is not three finite numbers.
        RotationError: the matrix is not orthonormal; `from_rotation` projects a sloppy one.
    """

    target: str
    source: str
    rotation: FloatArray
    translation: FloatArray
    residual: float = 0.0

    def __post_init__(self) -> None:
        rotation = _as_matrix(self.rotation, self.name)
        with np.errstate(over="ignore", invalid="ignore"):
            drift = float(np.abs(rotation @ rotation.T - np.eye(3)).max())
        if not drift <= ORTHONORMAL_WITHIN or _determinant(rotation) < 0:
            raise RotationError(
                f"{self.name}: the matrix is not a right-handed rotation (off by {drift:.2g}); "
                "from_rotation() projects a sloppy one and reports the residual"
            )
        object.__setattr__(self, "rotation", frozen(rotation))
        object.__setattr__(self, "translation", frozen(_as_translation(self.translation, self.name)))

    @classmethod
    def identity(cls, target: str, source: str) -> RigidTransform:
        """Two names for one frame."""
        return cls(target, source, np.eye(3), np.zeros(3))

    @classmethod
    def from_matrix(
        cls, target: str, source: str, matrix: ArrayLike, max_residual: float = MAX_RESIDUAL
    ) -> RigidTransform:
        """From a homogeneous matrix as calibration files hold it.

        Args:
            matrix: (4, 4) with bottom row 0 0 0 1, or (3, 4); metres. It may be sloppy, see `from_rotation`.

        Raises:
            ShapeError: another shape, or another bottom row (a transposed matrix has its translation there).
            RotationError: as `from_rotation`.
        """
        rows = np.asarray(matrix, dtype=np.float64)
        if rows.shape not in ((4, 4), (3, 4)):
            raise ShapeError(f"{target}_from_{source}: the matrix must be (4, 4) or (3, 4), got {rows.shape}")
        if rows.shape == (4, 4) and not np.allclose(rows[3], [0, 0, 0, 1], rtol=0, atol=1e-6):
            raise ShapeError(
                f"{target}_from_{source}: the bottom row must be 0 0 0 1, got {_numbers(rows[3])}; "
                "a matrix stored column by column must be transposed first"
            )
        return cls.from_rotation(target, source, rows[:3, :3], rows[:3, 3], max_residual)

    @classmethod
    def from_rotation(
        cls,
        target: str,
        source: str,
        rotation: ArrayLike,
        translation: ArrayLike,
        max_residual: float = MAX_RESIDUAL,
    ) -> RigidTransform:
        """From a rotation matrix that may be sloppy: float32, rounded text, slightly scaled.

        Args:
            rotation: (3, 3), replaced by the nearest rotation; the distance stays readable as `residual`.
            translation: (3,) metres.
            max_residual: the largest distance accepted.

        Raises:
            ShapeError: the shapes differ, or the translation is not finite.
            RotationError: not finite, a reflection, or further than `max_residual` from any rotation.
        """
        name = f"{target}_from_{source}"
        matrix = _as_matrix(rotation, name)
        if _determinant(matrix) < 0:
            raise RotationError(
                f"{name}: the matrix is a reflection (determinant {_determinant(matrix):.3g}); "
                "an axis is flipped or two are swapped"
            )
        nearest, residual = nearest_rotation(matrix)
        if residual > max_residual:
            raise RotationError(
                f"{name}: the matrix is {residual:.3g} from the nearest rotation, above the limit {max_residual:g}; "
                "is it scaled, sheared or not a rotation at all?"
            )
        return cls(target, source, nearest, np.asarray(translation, dtype=np.float64), residual)

    @classmethod
    def from_quaternion(
        cls, target: str, source: str, quaternion: Quaternion | Sequence[float] | FloatArray, translation: ArrayLike
    ) -> RigidTransform:
        """From a quaternion w, x, y, z: four numbers, or a `pyquaternion.Quaternion` (left as it is).

        Args:
            quaternion: need not be exactly of unit length; |norm - 1| stays readable as `residual`.
            translation: (3,) metres.

        Raises:
            ShapeError: not four numbers, or the translation is not three finite numbers.
            RotationError: zero, not finite, or its norm is more than 5 % away from 1.
        """
        name = f"{target}_from_{source}"
        elements = quaternion.elements if isinstance(quaternion, Quaternion) else quaternion
        wxyz = np.array(elements, dtype=np.float64)
        if wxyz.shape != (4,):
            raise ShapeError(f"{name}: a quaternion is four numbers w, x, y, z, got shape {wxyz.shape}")
        norm = math.hypot(*wxyz)
        residual = abs(norm - 1.0)
        if not residual <= MAX_RESIDUAL:
            raise RotationError(f"{name}: the quaternion {_numbers(wxyz)} has norm {norm:.4g}, expected 1")
        rotation = matrices_from_quaternions(wxyz[None])[0]
        return cls(target, source, rotation, np.asarray(translation, dtype=np.float64), residual)

    def apply(self, points: ArrayLike) -> FloatArray:
        """Points in `source`, (N, 3) metres, as points in `target`, (N, 3) float64.

        Raises:
            ShapeError: the points are not (N, 3).
        """
        return as_rows(points, 3, f"points in {self.source}") @ self.rotation.T + self.translation

    def rotate(self, vectors: ArrayLike) -> FloatArray:
        """Directions or velocities in `source`, (N, 3), as seen in `target`: turned, not shifted.

        Raises:
            ShapeError: the vectors are not (N, 3).
        """
        return as_rows(vectors, 3, f"vectors in {self.source}") @ self.rotation.T

    def inverse(self) -> RigidTransform:
        """`source_from_target`."""
        return RigidTransform(
            self.source, self.target, self.rotation.T, -(self.rotation.T @ self.translation), self.residual
        )

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        """`a_from_b @ b_from_c` is `a_from_c`.

        Raises:
            FrameMismatchError: the touching frames differ.
        """
        if self.source != other.target:
            raise FrameMismatchError(
                f"cannot chain '{self.name}' with '{other.name}': "
                f"the touching frames differ ('{self.source}', '{other.target}')"
            )
        return RigidTransform(
            self.target,
            other.source,
            self.rotation @ other.rotation,
            self.rotation @ other.translation + self.translation,
        )

    def renamed(self, target: str | None = None, source: str | None = None) -> RigidTransform:
        """The same numbers between frames of other names."""
        return replace(
            self,
            target=self.target if target is None else target,
            source=self.source if source is None else source,
        )

    @property
    def name(self) -> str:
        """`target_from_source`, as it should be called in code."""
        return f"{self.target}_from_{self.source}"

    @property
    def matrix(self) -> FloatArray:
        """(4, 4) homogeneous."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation
        matrix[:3, 3] = self.translation
        return matrix

    @property
    def quaternion_wxyz(self) -> FloatArray:
        """(4,) unit quaternion with w >= 0."""
        wxyz: FloatArray = quaternions_from_matrices(self.rotation[None])[0]
        return wxyz

    @property
    def quaternion(self) -> Quaternion:
        """The rotation for code that speaks pyquaternion."""
        return Quaternion(array=self.quaternion_wxyz)

    @property
    def yaw_rad(self) -> float:
        """Heading of the source's x axis in the target, counter-clockwise about z, in (-pi, pi]."""
        return wrap_angle_rad(float(np.arctan2(self.rotation[1, 0], self.rotation[0, 0])))

    @property
    def angle_rad(self) -> float:
        """How far it turns about whatever axis, 0 to pi: with `a.inverse() @ b`, the angle between two rotations."""
        w, *xyz = self.quaternion_wxyz
        return float(2 * np.arctan2(np.linalg.norm(xyz), w))

    def __repr__(self) -> str:
        return (
            f"RigidTransform({self.name}: translation {_numbers(self.translation)} m, "
            f"quaternion wxyz {_numbers(self.quaternion_wxyz)})"
        )


def nearest_rotation(matrix: ArrayLike) -> tuple[FloatArray, float]:
    """The rotation closest to a (3, 3) matrix and its Frobenius distance, see `nearest_rotations`."""
    rotations, residuals = nearest_rotations(_as_matrix(matrix, "matrix")[None])
    return rotations[0], float(residuals[0])


@np.errstate(over="ignore")
def nearest_rotations(matrices: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The rotations closest to sloppy matrices, and how far they were.

    Args:
        matrices: (M, 3, 3).

    Returns:
        (M, 3, 3) right-handed rotations, bit for bit the given matrix where that was one already, and the (M,)
        Frobenius distances. A reflection comes back as a rotation about 2 away from it.

    Raises:
        ShapeError: not (M, 3, 3).
        RotationError: not finite; names the first such row.

    Source: Schoenemann 1966, "A generalized solution of the orthogonal Procrustes problem", with the determinant
        corrected as in Umeyama 1991, equation 43.
    """
    given = _as_matrices(matrices)
    _require_finite(given.reshape(len(given), 9), "rotation matrix")
    left, _, right = np.linalg.svd(given)
    mirrored = np.linalg.det(left @ right) < 0
    left[mirrored, :, 2] *= -1
    nearest = left @ right
    residuals = np.linalg.norm(given - nearest, axis=(1, 2))
    return np.where((residuals < ROUND_OFF)[:, None, None], given, nearest), residuals


@np.errstate(over="ignore", invalid="ignore")
def are_unit_quaternions(quaternions: ArrayLike, max_residual: float = MAX_RESIDUAL) -> BoolArray:
    """(M,) which of (M, 4) w, x, y, z have length 1 but for `max_residual`: those `normalise_quaternions` accepts.

    Raises:
        ShapeError: not (M, 4).
    """
    return np.asarray(np.abs(_norms(as_rows(quaternions, 4, "quaternions")) - 1) <= max_residual)


@np.errstate(over="ignore")
def normalise_quaternions(quaternions: ArrayLike, max_residual: float = MAX_RESIDUAL) -> FloatArray:
    """Quaternions (M, 4) w, x, y, z scaled to length 1; bit for bit the same where they had it already.

    Raises:
        ShapeError: not (M, 4).
        RotationError: zero, not finite, or |norm - 1| above `max_residual`; names the first such row.
    """
    wxyz = as_rows(quaternions, 4, "quaternions")
    norms = _norms(wxyz)
    residuals = np.abs(norms - 1)
    unusable = ~(residuals <= max_residual)
    if unusable.any():
        row = int(np.argmax(unusable))
        raise RotationError(f"quaternion {row} {_numbers(wxyz[row])} has norm {norms[row]:.4g}, expected 1")
    return wxyz / np.where(residuals < ROUND_OFF, 1.0, norms)[:, None]


def matrices_from_quaternions(quaternions: ArrayLike) -> FloatArray:
    """Rotation matrices (M, 3, 3) of quaternions (M, 4) w, x, y, z.

    Raises:
        ShapeError, RotationError: as `normalise_quaternions`.
    """
    wxyz = normalise_quaternions(quaternions)
    if len(wxyz) == 0:
        return np.empty((0, 3, 3))
    return Rotation.from_quat(wxyz, scalar_first=True).as_matrix()


def quaternions_from_matrices(matrices: ArrayLike) -> FloatArray:
    """Unit quaternions (M, 4) w, x, y, z with w >= 0 of rotation matrices (M, 3, 3).

    The matrices must be rotations already: `nearest_rotations` makes them so and measures what it changed.

    Raises:
        ShapeError: not (M, 3, 3).
        RotationError: not finite, or further than 1e-6 from a rotation; names the first such row.
    """
    rotations = _as_matrices(matrices)
    if len(rotations) == 0:
        return np.empty((0, 4))
    _require_finite(rotations.reshape(len(rotations), 9), "rotation matrix")
    with np.errstate(over="ignore", invalid="ignore"):
        drift = np.abs(rotations @ rotations.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2))
        unusable = ~(drift <= ORTHONORMAL_WITHIN) | (np.linalg.det(rotations) < 0)
    if unusable.any():
        row = int(np.argmax(unusable))
        raise RotationError(f"matrix {row} is not a right-handed rotation (off by {drift[row]:.2g})")
    return Rotation.from_matrix(rotations).as_quat(canonical=True, scalar_first=True)


def multiply_quaternions(left: ArrayLike, right: ArrayLike) -> FloatArray:
    """Hamilton products `left * right`: the rotation `right` followed by `left`.

    Args:
        left: (M, 4) or (4,) w, x, y, z.
        right: likewise; a single one is used for every row of the other.

    Returns:
        (M, 4), or (4,) for two single quaternions.

    Raises:
        ShapeError: a quaternion without four numbers, or row counts that differ.
    """
    a = np.asarray(left, dtype=np.float64)
    b = np.asarray(right, dtype=np.float64)
    fits = a.ndim in (1, 2) and b.ndim in (1, 2) and a.shape[-1] == 4 and b.shape[-1] == 4
    if not fits or (a.ndim == b.ndim == 2 and len(a) != len(b)):
        raise ShapeError(f"quaternions to multiply must be (M, 4) or (4,) with equal M, got {a.shape} and {b.shape}")
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate_quaternions(quaternions: ArrayLike) -> FloatArray:
    """The opposite rotations of unit quaternions (M, 4) or (4,) w, x, y, z.

    Raises:
        ShapeError: a quaternion without four numbers.
    """
    wxyz = np.asarray(quaternions, dtype=np.float64)
    if wxyz.ndim not in (1, 2) or wxyz.shape[-1] != 4:
        raise ShapeError(f"quaternions must be (M, 4) or (4,), got {wxyz.shape}")
    conjugates: FloatArray = wxyz * np.array([1.0, -1.0, -1.0, -1.0])
    return conjugates


def interpolate_quaternions(start: ArrayLike, end: ArrayLike, fraction: ArrayLike) -> FloatArray:
    """Rotations part of the way from `start` to `end`, the shorter way round at constant speed (slerp).

    Args:
        start: (M, 4) unit quaternions w, x, y, z.
        end: (M, 4) unit quaternions w, x, y, z.
        fraction: (M,) 0 at `start`, 1 at `end`.

    Returns:
        (M, 4) unit quaternions.

    Raises:
        ShapeError: the shapes differ.

    Source: Shoemake 1985, "Animating rotation with quaternion curves"; the angle between two unit
        vectors as 2 atan2(|a - b|, |a + b|) stays exact for small ones (Kahan, "How futile are mindless assessments
        of roundoff", section 12).
    """
    a = as_rows(start, 4, "start")
    b = as_rows(end, 4, "end")
    f = as_column(fraction, "fraction", length=len(a))[:, None]
    if len(a) != len(b):
        raise ShapeError(f"start and end must have equally many rows, got {len(a)} and {len(b)}")
    b = np.where(np.sum(a * b, axis=1, keepdims=True) < 0, -b, b)
    angle = 2 * np.arctan2(np.linalg.norm(a - b, axis=1, keepdims=True), np.linalg.norm(a + b, axis=1, keepdims=True))
    # sin(f angle) / sin(angle), written with sinc so that equal quaternions need no case of their own
    of_start = (1 - f) * np.sinc((1 - f) * angle / np.pi) / np.sinc(angle / np.pi)
    of_end = f * np.sinc(f * angle / np.pi) / np.sinc(angle / np.pi)
    return normalise_quaternions(of_start * a + of_end * b)


def quaternions_from_yaws(yaws_rad: ArrayLike) -> FloatArray:
    """Quaternions (M, 4) w, x, y, z with w >= 0 of turns (M,) about z, counter-clockwise seen from above."""
    half = wrap_angle_rad(as_column(yaws_rad, "yaws_rad")) / 2
    zero = np.zeros_like(half)
    return np.stack([np.cos(half), zero, zero, np.sin(half)], axis=1)


def yaws_from_quaternions(quaternions: ArrayLike) -> FloatArray:
    """Headings (M,) in (-pi, pi] of the turned x axes of quaternions (M, 4) w, x, y, z."""
    w, x, y, z = as_rows(quaternions, 4, "quaternions").T
    yaws_rad: FloatArray = np.arctan2(2 * (w * z + x * y), w * w + x * x - y * y - z * z)
    return wrap_angle_rad(yaws_rad)


@overload
def wrap_angle_rad(values: float) -> float: ...
@overload
def wrap_angle_rad(values: FloatArray) -> FloatArray: ...
def wrap_angle_rad(values: float | FloatArray) -> float | FloatArray:
    """The same angles in (-pi, pi]; those already there are kept bit for bit, NaN stays NaN."""
    angles = np.asarray(values, dtype=np.float64)
    wrapped = np.pi - np.mod(np.pi - angles, 2 * np.pi)
    wrapped = np.where(wrapped <= -np.pi, np.pi, wrapped)  # the remainder may round up to a full turn
    kept: FloatArray = np.where((angles > -np.pi) & (angles <= np.pi), angles, wrapped)
    return float(kept) if np.ndim(values) == 0 else kept


def _as_matrix(values: ArrayLike, name: str) -> FloatArray:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.shape != (3, 3):
        raise ShapeError(f"{name}: a rotation matrix is (3, 3), got {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise RotationError(f"{name}: the rotation matrix holds NaN or infinite numbers")
    return matrix


def _as_matrices(values: ArrayLike) -> FloatArray:
    matrices = np.asarray(values, dtype=np.float64)
    if matrices.ndim != 3 or matrices.shape[1:] != (3, 3):
        raise ShapeError(f"rotation matrices must be (M, 3, 3), got {matrices.shape}")
    return matrices


def _as_translation(values: ArrayLike, name: str) -> FloatArray:
    translation = np.asarray(values, dtype=np.float64)
    if translation.shape != (3,):
        raise ShapeError(f"{name}: a translation is (3,) metres, got {translation.shape}")
    if not np.isfinite(translation).all():
        raise ShapeError(f"{name}: a translation is three finite numbers, got {_numbers(translation)}")
    return translation


def _norms(rows: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.square(rows).sum(axis=1)))


@np.errstate(over="ignore", invalid="ignore")
def _determinant(matrix: FloatArray) -> float:
    return float(np.linalg.det(matrix))


def _require_finite(rows: FloatArray, name: str) -> None:
    broken = ~np.isfinite(rows).all(axis=1)
    if broken.any():
        raise RotationError(f"{name} {int(np.argmax(broken))} holds NaN or infinite numbers")


def _numbers(values: FloatArray) -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in values) + "]"
