"""Calibration files: one matrix a line, its name in front, with or without a colon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import FloatArray, frozen
from calibration.cameras import Pinhole
from calibration.errors import BoresightError, FileProblemError
from calibration.transform import RigidTransform
from fusion.formats.kitti.text_numbers import LARGEST, finite_number

# The frame of camera 0 once all images are rectified; labels are written in it.
RECTIFIED = "rectified"
CAMERA_0 = "camera_0"
RECTIFICATION = ("R0_rect", "R_rect")
RECTIFIED_SHAPE, PROJECTION_SHAPE = (3, 3), (3, 4)
CAMERA_FROM_VELODYNE = ("Tr_velo_to_cam", "Tr_velo_cam")
VELODYNE_FROM_IMU = ("Tr_imu_to_velo", "Tr_imu_velo")
# The frame of the inertial unit, GPS and IMU in one: x forward, y left, z up, whatever the readme of the raw data says.
IMU = "imu"
# Text carries 13 digits; what must be 0 or 1 in a projection matrix is so to the last of them.
EXACT_WITHIN = 1e-9


@dataclass(frozen=True, eq=False)
class RectifiedCamera:
    """A camera of the rectified rig: P = K [I | offset].

    focal: (3, 3), K; offset_m: (3,) from rectified camera 0 to this one, all three components: the files have a few
    millimetres along the axis as well, and dropping them shifts pixels.
    """

    focal: FloatArray
    offset_m: FloatArray

    def lens(self, width: int, height: int) -> Pinhole:
        """The lens in front of an image of that size.

        Raises:
            LensError: a focal length not above zero.
        """
        K = self.focal  # as in P = K [I | t]
        return Pinhole(width, height, fx=K[0, 0], fy=K[1, 1], cx=K[0, 2], cy=K[1, 2], skew=K[0, 1])

    def camera_from_rectified(self, camera: str) -> RigidTransform:
        """From rectified camera 0 to this camera: a shift."""
        return RigidTransform(camera, RECTIFIED, np.eye(3), self.offset_m)


@dataclass(frozen=True)
class _Line:
    number: int
    words: tuple[str, ...]


class CalibrationFile:
    """The lines of one file by name; a matrix is parsed, and can be wrong, only when it is asked for.

    So a line nobody needs (an empty `Tr_imu_to_velo:`) spoils nothing.
    """

    def __init__(self, lines: Iterable[str], path: str) -> None:
        self.path = path
        self._lines: dict[str, list[_Line]] = {}
        for number, line in enumerate(lines, start=1):
            name, *words = line.replace(":", " ", 1).split() or [""]
            if name:
                self._lines.setdefault(name, []).append(_Line(number, tuple(words)))

    def rectified_from(self, lidar: str) -> RigidTransform:
        """From the lidar to rectified camera 0: R0_rect Tr_velo_to_cam, each projected onto the nearest rotation.

        However far a rotation matrix is from a rotation, it is projected; `residual` holds the larger distance of the
        two, so that a check can report it.

        Raises:
            FileProblemError: a matrix is missing, malformed, or can't be turned into a rotation at all.
        """
        rectified_from_camera_0 = self.rectification(RECTIFICATION)
        camera_0_from_lidar = self.rigid(CAMERA_0, lidar, *self.matrix(CAMERA_FROM_VELODYNE, PROJECTION_SHAPE))
        return chained(rectified_from_camera_0, camera_0_from_lidar)

    def rectification(self, names: tuple[str, ...]) -> RigidTransform:
        """From camera 0 to rectified camera 0.

        Raises:
            FileProblemError: as `rectified_from`.
        """
        rotation, line = self.matrix(names, RECTIFIED_SHAPE)
        return self.rigid(RECTIFIED, CAMERA_0, np.column_stack([rotation, np.zeros(3)]), line)

    def lidar_from_imu(self, lidar: str) -> RigidTransform:
        """From the inertial unit to the lidar.

        Raises:
            FileProblemError: as `rectified_from`.
        """
        return self.rigid(lidar, IMU, *self.matrix(VELODYNE_FROM_IMU, PROJECTION_SHAPE))

    def camera(self, projection: str) -> RectifiedCamera:
        """The camera of a projection matrix, "P2".

        Raises:
            FileProblemError: it is missing, malformed, or no projection matrix of a rectified camera.
        """
        given, line = self.matrix((projection,), PROJECTION_SHAPE)
        K = given[:, :3]
        below_diagonal = [K[1, 0], K[2, 0], K[2, 1], K[2, 2] - 1]
        if not np.allclose(below_diagonal, 0, atol=EXACT_WITHIN) or min(K[0, 0], K[1, 1]) <= 0:
            raise FileProblemError(
                self.path,
                f"'{projection}' is no projection matrix of a rectified camera: expected fx s cx . 0 fy cy . 0 0 1 . "
                f"with fx and fy above 0, got {_listed(K[0])} . {_listed(K[1])} . {_listed(K[2])} .",
                line,
            )
        with np.errstate(all="ignore"):
            offset_m = np.linalg.solve(K, given[:, 3])
        if not (np.abs(offset_m) <= LARGEST).all():
            raise FileProblemError(self.path, f"'{projection}' puts the camera infinitely far away", line)
        return RectifiedCamera(frozen(K), frozen(offset_m))

    def matrix(self, names: tuple[str, ...], shape: tuple[int, int]) -> tuple[FloatArray, int]:
        """The matrix under the first of the names that is there, and its line.

        Raises:
            FileProblemError: it is missing, there twice with other numbers, or malformed.
        """
        name = next((name for name in names if name in self._lines), None)
        if name is None:
            known = ", ".join(self._lines) or "nothing"
            raise FileProblemError(self.path, f"has no '{names[0]}'; it holds {known}")
        line, *repeated = self._lines[name]
        for other in repeated:
            if other.words != line.words:
                reason = f"'{name}' is there a second time with other numbers; the first is in line {line.number}"
                raise FileProblemError(self.path, reason, other.number)
        count = shape[0] * shape[1]
        if len(line.words) != count:
            raise FileProblemError(self.path, f"'{name}' needs {count} numbers, got {len(line.words)}", line.number)
        numbers = [
            finite_number(word, f"'{name}' number {position}", self.path, line.number)
            for position, word in enumerate(line.words, start=1)
        ]
        return np.asarray(numbers, dtype=np.float64).reshape(shape), line.number

    def rigid(self, target: str, source: str, matrix: FloatArray, line: int) -> RigidTransform:
        """The transform of a matrix (3, 4) from `line`, projected onto the nearest rotation.

        Raises:
            FileProblemError: it can't be turned into a rotation at all.
        """
        with np.errstate(all="ignore"):
            determinant = np.linalg.det(matrix[:, :3])
        if not determinant > 0:
            reason = f"{target}_from_{source} is no rotation: its determinant is {determinant:.3g}, expected 1"
            raise FileProblemError(self.path, reason, line)
        try:
            return RigidTransform.from_matrix(target, source, matrix, max_residual=np.inf)
        except BoresightError as error:
            raise FileProblemError(self.path, str(error), line) from error


def chained(left: RigidTransform, right: RigidTransform) -> RigidTransform:
    """`left @ right`, which remembers the larger of their residuals."""
    return replace(left @ right, residual=max(left.residual, right.residual))


def _listed(numbers: FloatArray) -> str:
    return " ".join(f"{number:g}" for number in numbers)
