"""Every measurement of one sensor, in time order; loaded one at a time, when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, FloatArray, IntArray, as_column, as_rows, frozen
from calibration.clock import as_timestamps_ns
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
        stamps = as_timestamps_ns(self.timestamps_ns, f"stamps of {self.name!r}")
        object.__setattr__(self, "timestamps_ns", frozen(stamps))
        if self.paths and len(self.paths) != len(stamps):
            raise ShapeError(f"stream {self.name!r} has {len(stamps)} stamps but {len(self.paths)} paths")
        if (self.translations_m is None) != (self.quaternions is None):
            raise ShapeError(f"stream {self.name!r} needs both translations_m and quaternions, or neither")
        for name, width in (("translations_m", 3), ("quaternions", 4)):
            rows = getattr(self, name)
            if rows is not None:
                object.__setattr__(self, name, frozen(self._one_each(as_rows(rows, width, name), name)))
        if self.keyframe is not None:
            keyframe = as_column(self.keyframe, "keyframe", np.bool_)
            object.__setattr__(self, "keyframe", frozen(self._one_each(keyframe, "keyframe")))

    def _one_each(self, rows: NDArray[Any], name: str) -> NDArray[Any]:
        if len(rows) != len(self.timestamps_ns):
            raise ShapeError(f"stream {self.name!r} has {len(self.timestamps_ns)} stamps but {len(rows)} {name}")
        return rows

    def __len__(self) -> int:
        return len(self.timestamps_ns)

    def world_from_ego(self, index: int) -> RigidTransform | None:
        """The pose recorded with a measurement, if there is one (NaN rows count as none)."""
        if self.translations_m is None or self.quaternions is None:
            return None
        if not (np.isfinite(self.translations_m[index]).all() and np.isfinite(self.quaternions[index]).all()):
            return None
        return RigidTransform.from_quaternion("world", "ego", self.quaternions[index], self.translations_m[index])


def path_of(stream: Stream[Measurement], index: int) -> str:
    """The file of a measurement, "" for data in memory."""
    return stream.paths[index] if stream.paths else ""
