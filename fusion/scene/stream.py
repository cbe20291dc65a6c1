"""Every measurement of one sensor, in time order; loaded one at a time, when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray, as_column, as_rows, frozen
from calibration.errors import ShapeError
from calibration.sensors import SensorKind
from calibration.transform import RigidTransform

Measurement = TypeVar("Measurement")


@dataclass(frozen=True, eq=False)
class Stream(Generic[Measurement]):
    """S measurements of one sensor.

    timestamps_ns: (S,) as the data set stamps them (not sorted by us: disorder is a finding);
    paths: (S,) str, relative to the root, "" for data in memory; load: the measurement at an index;
    translations_m, quaternions: (S, 3), (S, 4) world_from_ego recorded with each measurement, or None;
    keyframe: (S,) bool; stamp_means: what the stamp stands for, as documented by the format.
    """

    name: str
    kind: SensorKind
    timestamps_ns: IntArray
    load: Callable[[int], Measurement]
    paths: tuple[str, ...] = ()
    translations_m: FloatArray | None = None
    quaternions: FloatArray | None = None
    keyframe: BoolArray | None = None
    stamp_means: str = "unknown"

    def __post_init__(self) -> None:
        stamps = as_column(self.timestamps_ns, "timestamps_ns", np.int64)
        object.__setattr__(self, "timestamps_ns", frozen(stamps))
        if self.paths and len(self.paths) != len(stamps):
            raise ShapeError(f"stream {self.name!r} has {len(stamps)} stamps but {len(self.paths)} paths")
        if (self.translations_m is None) != (self.quaternions is None):
            raise ShapeError(f"stream {self.name!r} needs both translations_m and quaternions, or neither")
        if self.translations_m is not None and self.quaternions is not None:
            object.__setattr__(self, "translations_m", as_rows(self.translations_m, 3, "translations_m"))
            object.__setattr__(self, "quaternions", as_rows(self.quaternions, 4, "quaternions"))

    def __len__(self) -> int:
        return len(self.timestamps_ns)

    def world_from_ego(self, index: int) -> RigidTransform | None:
        """The pose recorded with a measurement, if there is one (NaN rows count as none)."""
        if self.translations_m is None or self.quaternions is None:
            return None
        if not np.isfinite(self.translations_m[index]).all():
            return None
        return RigidTransform.from_quaternion("world", "ego", self.quaternions[index], self.translations_m[index])


def path_of(stream: Stream[Measurement], index: int) -> str:
    """The file of a measurement, "" for data in memory."""
    return stream.paths[index] if stream.paths else ""
