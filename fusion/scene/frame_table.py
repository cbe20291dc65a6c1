"""The judged instants of a scene and which measurement of each sensor belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray, as_column, as_rows, frozen
from calibration.clock import as_timestamps_ns
from calibration.errors import ShapeError
from calibration.transform import RigidTransform


@dataclass(frozen=True, eq=False)
class FrameTable:
    """F frames.

    keys: the data set's own name of each; timestamps_ns: (F,); annotated: (F,) bool, labels were made here (an
    annotated frame may hold no box); measurements: sensor -> (F,) index into its stream, -1 where it has none, as the
    data set pairs them; translations_m, quaternions: (F, 3), (F, 4) world_from_ego at the frame, NaN where unknown;
    reference_lidar: the lidar whose time the frame has.
    """

    keys: tuple[str, ...]
    timestamps_ns: IntArray
    annotated: BoolArray
    measurements: Mapping[str, Int32Array] = field(default_factory=dict)
    translations_m: FloatArray | None = None
    quaternions: FloatArray | None = None
    reference_lidar: str | None = None

    def __post_init__(self) -> None:
        frames = len(self.keys)
        object.__setattr__(self, "timestamps_ns", frozen(as_timestamps_ns(self.timestamps_ns)))
        object.__setattr__(self, "annotated", frozen(as_column(self.annotated, "annotated", np.bool_)))
        for name, width in (("translations_m", 3), ("quaternions", 4)):
            rows = getattr(self, name)
            if rows is not None:
                object.__setattr__(self, name, frozen(as_rows(rows, width, name)))
        columns = {name: as_column(column, name, np.int32) for name, column in self.measurements.items()}
        object.__setattr__(self, "measurements", {name: frozen(column) for name, column in columns.items()})
        lengths = {name: len(column) for name, column in self._columns()}
        if set(lengths.values()) - {frames}:
            raise ShapeError(f"{frames} frames need as many entries in every column, got {lengths}")

    def _columns(self) -> list[tuple[str, NDArray[Any]]]:
        named = [
            (name, getattr(self, name)) for name in ("timestamps_ns", "annotated", "translations_m", "quaternions")
        ]
        return [(name, column) for name, column in [*named, *self.measurements.items()] if column is not None]

    def __len__(self) -> int:
        return len(self.keys)

    def sensors_of(self, frame: int) -> tuple[str, ...]:
        """Sensors that have a measurement in this frame."""
        return tuple(name for name, column in self.measurements.items() if column[frame] >= 0)

    def world_from_ego(self, frame: int) -> RigidTransform | None:
        """The pose at the frame's time, if the data set has one."""
        if self.translations_m is None or self.quaternions is None:
            return None
        if not (np.isfinite(self.translations_m[frame]).all() and np.isfinite(self.quaternions[frame]).all()):
            return None
        return RigidTransform.from_quaternion("world", "ego", self.quaternions[frame], self.translations_m[frame])
