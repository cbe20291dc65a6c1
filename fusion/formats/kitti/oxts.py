"""Rows of the inertial unit (OXTS RT 3003, satellites and gyroscopes in one): where the vehicle was, how it moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray, IntArray
from calibration.clock import MILLISECOND_NS, SECOND_NS
from calibration.errors import FileProblemError
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_matrices
from fusion.formats.kitti.text_numbers import finite_number

# As dataformat.txt names them. The last seven are accuracies and states of the receiver.
COLUMNS = (
    *("lat", "lon", "alt", "roll", "pitch", "yaw", "vn", "ve", "vf", "vl", "vu"),
    *("ax", "ay", "az", "af", "al", "au", "wx", "wy", "wz", "wf", "wl", "wu"),
    *("pos_accuracy", "vel_accuracy", "navstat", "numsats", "posmode", "velmode", "orimode"),
)
READ = ("lat", "lon", "alt", "roll", "pitch", "yaw", "ve", "vn", "vu", "wx", "wy", "wz")
PLACES = tuple(COLUMNS.index(name) for name in READ)
BOUNDS_DEG = {"lat": 85.0, "lon": 360.0}  # Mercator stretches the poles to infinity
EARTH_RADIUS_M = 6_378_137.0

# Constant speed holds that long: at 3 m/s2 the error is 15 mm.
MAX_CARRY_NS = 100 * MILLISECOND_NS


def inertial_row(text: str, path: str, line: int = 1) -> list[float]:
    """The numbers of one row that are used, in the order of `READ`.

    Raises:
        FileProblemError: not 30 words, no number among those used, or a place that isn't on Earth.
    """
    words = text.split()
    if len(words) != len(COLUMNS):
        raise FileProblemError(path, f"a row of the inertial unit needs {len(COLUMNS)} numbers, got {len(words)}", line)
    numbers = [finite_number(words[place], f"column {place + 1} ({COLUMNS[place]})", path, line) for place in PLACES]
    for number, name in zip(numbers, READ, strict=True):
        if abs(number) > BOUNDS_DEG.get(name, np.inf):
            reason = (
                f"column {COLUMNS.index(name) + 1} ({name}) must be within {BOUNDS_DEG[name]:g} degrees, got {number:g}"
            )
            raise FileProblemError(path, reason, line)
    return numbers


@dataclass(frozen=True, eq=False)
class InertialMotion:
    """`world_from_imu` at P times, and how fast it changed there.

    The world is x east, y north, z up, its origin where the first row was. The development kit turns it further, into
    the first row's own axes, which are tilted with the vehicle; here up stays up.

    timestamps_ns: (P,); translations_m: (P, 3); rotations: (P, 3, 3); velocities_mps: (P, 3) in the world;
    rates_radps: (P, 3) about the unit's own axes.

    Source: raw data development kit, readme.txt and convertOxtsToPose.m: Mercator's projection, scaled to be true at
        the first row's latitude; rotation Rz(yaw) Ry(pitch) Rx(roll).
    """

    timestamps_ns: IntArray
    translations_m: FloatArray
    rotations: FloatArray
    velocities_mps: FloatArray
    rates_radps: FloatArray

    @classmethod
    def from_rows(cls, timestamps_ns: ArrayLike, rows: Sequence[Sequence[float]]) -> InertialMotion:
        """From rows as `inertial_row` gives them, (P,) of them with their times, at least one."""
        numbers = np.asarray(rows, dtype=np.float64).reshape(-1, len(READ))
        latitude_rad, longitude_rad = np.radians(numbers[:, :2].T)
        scale_m = np.cos(latitude_rad[0]) * EARTH_RADIUS_M
        east_m = scale_m * longitude_rad
        north_m = scale_m * np.log(np.tan(np.pi / 4 + latitude_rad / 2))
        places_m = np.stack([east_m, north_m, numbers[:, 2]], axis=1)
        return cls(
            timestamps_ns=np.asarray(timestamps_ns, dtype=np.int64),
            translations_m=places_m - places_m[0],
            rotations=Rotation.from_euler("xyz", numbers[:, 3:6]).as_matrix(),
            velocities_mps=numbers[:, 6:9],
            rates_radps=numbers[:, 9:12],
        )

    def reaching(self, times_ns: ArrayLike) -> InertialMotion:
        """The same, carried on at both ends by its own speeds to the outermost of these (N,) times.

        Times further off than `MAX_CARRY_NS` are left out: no row tells anything about them.
        """
        asked_ns = np.asarray(times_ns, dtype=np.int64)
        first, last = int(self.timestamps_ns.argmin()), int(self.timestamps_ns.argmax())
        start_ns, end_ns = int(self.timestamps_ns[first]), int(self.timestamps_ns[last])
        before = asked_ns[(asked_ns < start_ns) & (asked_ns >= start_ns - MAX_CARRY_NS)]
        after = asked_ns[(asked_ns > end_ns) & (asked_ns <= end_ns + MAX_CARRY_NS)]
        carried = [self]
        if len(before):
            carried.append(self._carried(first, int(before.min())))
        if len(after):
            carried.append(self._carried(last, int(after.max())))
        names = self.__dataclass_fields__
        return InertialMotion(*(np.concatenate([getattr(part, name) for part in carried]) for name in names))

    def _carried(self, row: int, time_ns: int) -> InertialMotion:
        """One row, where its speeds take it by another time."""
        own = slice(row, row + 1)
        elapsed_s = (time_ns - int(self.timestamps_ns[row])) / SECOND_NS
        return InertialMotion(
            timestamps_ns=np.asarray([time_ns], dtype=np.int64),
            translations_m=self.translations_m[own] + elapsed_s * self.velocities_mps[own],
            rotations=self.rotations[own] @ Rotation.from_rotvec(elapsed_s * self.rates_radps[own]).as_matrix(),
            velocities_mps=self.velocities_mps[own],
            rates_radps=self.rates_radps[own],
        )

    def trajectory(self, imu_from_ego: RigidTransform) -> Trajectory:
        """Poses of the ego vehicle."""
        return Trajectory.from_poses(
            self.timestamps_ns,
            self.translations_m + self.rotations @ imu_from_ego.translation,
            quaternions_from_matrices(self.rotations @ imu_from_ego.rotation),
        )
