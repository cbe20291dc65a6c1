"""One turn of a lidar as frozen columns, with what is known about its times and its motion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import BoolArray, Float32Array, FloatArray, Int32Array, IntArray
from calibration.clock import as_timestamps_ns
from calibration.errors import BoresightError, FrameMismatchError, ShapeError
from calibration.sensors import EGO
from calibration.transform import RigidTransform


class MotionError(BoresightError):
    """What a sweep says of its motion contradicts itself, or does not allow what was asked."""


class Motion(str, Enum):
    """Whether the vehicle's motion during the sweep was taken out of its points; the reader declares it."""

    RAW = "raw"
    COMPENSATED = "compensated"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, eq=False, kw_only=True)
class LidarSweep:
    """Points of one sweep, a row a return; make one with `from_columns`, which fills in what follows.

    Rows that hold NaN or infinity are kept, so that rows match the file; `finite` masks them.

    Attributes:
        sensor: name of the lidar.
        points: (N, 3) float32 metres in `frame`.
        frame: the sensor's name, or "ego" where the file holds points in the ego frame.
        ego_from_points: target "ego", source `frame`; identity for points in the ego frame.
        reference_ns: the time the points and their pose refer to.
        motion: `RAW` points are each seen from where the sensor was at its own time.
        ray_origin: (3,) metres in `frame`, where the rays start, at `reference_ns`.
        start_ns, end_ns: first and last firing.
        compensated_to_ns: the time motion was compensated to, where it is known.
        intensity: (N,) float32, in the data set's own unit.
        ring: (N,) int32 laser number, in the data set's own order.
        times_ns: (N,) firing times, on the clock of `reference_ns`.
        sensor_index: (N,) int32 which of several merged lidars saw the point.
        sensor_names: what the rig calls the lidars that `sensor_index` counts; empty where nobody told.

    Raises:
        ShapeError: columns of other shapes or unequal lengths.
        FrameMismatchError: `ego_from_points` does not go from `frame` to "ego".
        MotionError: a `compensated_to_ns` although the motion is not compensated.
    """

    sensor: str
    points: Float32Array
    frame: str
    ego_from_points: RigidTransform
    reference_ns: int
    motion: Motion
    ray_origin: FloatArray
    start_ns: int | None = None
    end_ns: int | None = None
    compensated_to_ns: int | None = None
    intensity: Float32Array | None = None
    ring: Int32Array | None = None
    times_ns: IntArray | None = None
    sensor_index: Int32Array | None = None
    sensor_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_frames(self.sensor, self.frame, self.ego_from_points)
        if self.compensated_to_ns is not None and self.motion is not Motion.COMPENSATED:
            raise MotionError(
                f"sweep of {self.sensor}: motion is '{self.motion}' but compensated_to_ns is given; "
                "declare it Motion.COMPENSATED or leave the time out"
            )
        points = _frozen_as(np.float32, self.points)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ShapeError(f"sweep of {self.sensor}: points must be (N, 3), got {points.shape}")
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "ray_origin", self._checked_origin())
        for name, dtype in (("intensity", np.float32), ("ring", np.int32), ("sensor_index", np.int32)):
            self._freeze_column(name, dtype)
        if self.times_ns is not None:
            as_timestamps_ns(self.times_ns)
        self._freeze_column("times_ns", np.int64)

    @classmethod
    def from_columns(
        cls,
        *,
        sensor: str,
        points: ArrayLike,
        ego_from_points: RigidTransform,
        reference_ns: int,
        motion: Motion,
        frame: str | None = None,
        ray_origin: ArrayLike | None = None,
        start_ns: int | None = None,
        end_ns: int | None = None,
        compensated_to_ns: int | None = None,
        intensity: ArrayLike | None = None,
        ring: ArrayLike | None = None,
        times_ns: ArrayLike | None = None,
        sensor_index: ArrayLike | None = None,
        sensor_names: tuple[str, ...] = (),
    ) -> LidarSweep:
        """A sweep from anything like arrays; see the class for the columns and errors.

        Args:
            frame: left out, the source frame of `ego_from_points`.
            ray_origin: left out, the origin of the sensor's own frame. Points in the ego frame need it given.

        Raises:
            ShapeError: also a ray origin that is missing.
        """
        frame = ego_from_points.source if frame is None else frame
        if ray_origin is None:
            if frame != sensor:
                raise ShapeError(
                    f"sweep of {sensor}: points in frame {frame!r} need ray_origin, where {sensor!r} sits in it"
                )
            ray_origin = np.zeros(3)
        columns: dict[str, Any] = {
            "intensity": intensity,
            "ring": ring,
            "times_ns": times_ns,
            "sensor_index": sensor_index,
        }
        return cls(
            sensor=sensor,
            points=_frozen_as(np.float32, points),
            frame=frame,
            ego_from_points=ego_from_points,
            reference_ns=int(reference_ns),
            motion=motion,
            ray_origin=np.asarray(ray_origin, dtype=np.float64),
            start_ns=start_ns,
            end_ns=end_ns,
            compensated_to_ns=compensated_to_ns,
            sensor_names=sensor_names,
            **{name: None if column is None else np.asarray(column) for name, column in columns.items()},
        )

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def points_in_ego(self) -> Float32Array:
        """(N, 3) float32 metres, as the file pairs points and calibration; nothing is deskewed."""
        if self.frame == EGO and np.array_equal(self.ego_from_points.matrix, np.eye(4)):
            return self.points
        with np.errstate(invalid="ignore", over="ignore"):  # infinite rows stay rows without a place
            return _frozen_as(np.float32, self.ego_from_points.apply(self.points).astype(np.float32))

    @cached_property
    def ray_origin_in_ego(self) -> FloatArray:
        """(3,) metres."""
        return _frozen_as(np.float64, self.ego_from_points.apply(self.ray_origin[None])[0])

    @cached_property
    def finite(self) -> BoolArray:
        """(N,) rows whose three coordinates are numbers."""
        return _frozen_as(np.bool_, np.isfinite(self.points).all(axis=1))

    def take(self, index: ArrayLike) -> LidarSweep:
        """The sweep with only these rows, by (K,) row numbers or an (N,) mask."""
        rows = np.asarray(index)
        if rows.dtype == np.bool_ and rows.shape != (len(self),):
            raise ShapeError(f"sweep of {self.sensor}: a mask must be ({len(self)},), got {rows.shape}")
        columns = ("points", "intensity", "ring", "times_ns", "sensor_index")
        present = {name: getattr(self, name) for name in columns if getattr(self, name) is not None}
        return replace(self, **{name: column[rows] for name, column in present.items()})

    def _checked_origin(self) -> FloatArray:
        origin = _frozen_as(np.float64, self.ray_origin)
        if origin.shape != (3,) or not np.isfinite(origin).all():
            raise ShapeError(f"sweep of {self.sensor}: ray_origin must be three finite numbers, got {origin.tolist()}")
        return origin

    def _freeze_column(self, name: str, dtype: type[np.generic]) -> None:
        values = getattr(self, name)
        if values is None:
            return
        column = _frozen_as(dtype, values)
        if column.shape != (len(self.points),):
            raise ShapeError(f"sweep of {self.sensor}: {name} must be ({len(self.points)},), got {column.shape}")
        object.__setattr__(self, name, column)


def _require_frames(sensor: str, frame: str, ego_from_points: RigidTransform) -> None:
    if frame not in (sensor, EGO):
        raise FrameMismatchError(f"sweep of {sensor}: points are in frame {frame!r}, expected {sensor!r} or 'ego'")
    if (ego_from_points.target, ego_from_points.source) != (EGO, frame):
        raise FrameMismatchError(
            f"sweep of {sensor}: ego_from_points must be 'ego_from_{frame}', got '{ego_from_points.name}'"
        )


def _frozen_as(dtype: type[np.generic], values: ArrayLike) -> NDArray[Any]:
    """The values as a read-only array that nobody else can write to; copied at most once."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        if array is values or array.base is not None:
            array = array.copy()
        array.flags.writeable = False
    return array
