"""One measurement of a radar as frozen columns: support for a box, never part of the point cloud."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, Float32Array, as_column, frozen
from calibration.errors import FrameMismatchError, ShapeError
from calibration.sensors import EGO
from calibration.transform import RigidTransform


@dataclass(frozen=True, eq=False)
class RadarSweep:
    """Detections of one radar cycle, a row a detection, rows as in the file; make one with `from_columns`.

    Attributes:
        sensor: name of the radar.
        points: (N, 3) float32 metres in `frame`; most radars measure no height and store 0.
        frame: the sensor's name, or "ego".
        ego_from_points: target "ego", source `frame`.
        reference_ns: the time of the measurement.
        valid: (N,) bool, detections at a finite place that the radar itself takes for real.

    Raises:
        ShapeError: columns of other shapes or unequal lengths.
        FrameMismatchError: `ego_from_points` does not go from `frame` to "ego".
    """

    sensor: str
    points: Float32Array
    frame: str
    ego_from_points: RigidTransform
    reference_ns: int
    valid: BoolArray

    def __post_init__(self) -> None:
        points = np.asarray(self.points, dtype=np.float32)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ShapeError(f"radar {self.sensor}: points must be (N, 3), got {points.shape}")
        if (self.ego_from_points.target, self.ego_from_points.source) != (EGO, self.frame):
            raise FrameMismatchError(
                f"radar {self.sensor}: ego_from_points must be 'ego_from_{self.frame}', "
                f"got '{self.ego_from_points.name}'"
            )
        object.__setattr__(self, "points", frozen(points))
        object.__setattr__(self, "valid", frozen(as_column(self.valid, "valid", np.bool_, len(points))))

    @classmethod
    def from_columns(
        cls,
        sensor: str,
        points: ArrayLike,
        ego_from_points: RigidTransform,
        reference_ns: int,
        valid: ArrayLike | None = None,
    ) -> RadarSweep:
        """From anything like arrays, in the frame `ego_from_points` comes from; see the class for the errors.

        Args:
            valid: left out, every detection counts that has a finite place.
        """
        places = np.asarray(points, dtype=np.float32)
        finite = np.isfinite(places).all(axis=-1)
        real = finite if valid is None else finite & as_column(valid, "valid", np.bool_, len(places))
        return cls(sensor, places, ego_from_points.source, ego_from_points, int(reference_ns), np.asarray(real))

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def points_in_ego(self) -> Float32Array:
        """(N, 3) float32 metres."""
        return frozen(self.ego_from_points.apply(self.points).astype(np.float32))
