"""A vehicle's sensors as they were mounted, at one time and over time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from calibration.errors import ShapeError, UnknownSensorError
from calibration.sensors import EGO, Sensor, SensorKind
from calibration.transform import RigidTransform


@dataclass(frozen=True, eq=False)
class SensorRig:
    """The sensors of one vehicle. Make one with `SensorRig.of(sensor, sensor, ...)`.

    Attributes:
        sensors: by name, in the order given; not to be changed in place, `with_sensor` makes a new rig.

    Raises:
        UnknownSensorError: a sensor stands under another name than its own.
    """

    sensors: Mapping[str, Sensor]

    def __post_init__(self) -> None:
        for name, sensor in self.sensors.items():
            if name != sensor.name:
                raise UnknownSensorError(f"the sensor called '{sensor.name}' is listed as '{name}'")
        object.__setattr__(self, "sensors", dict(self.sensors))

    @classmethod
    def of(cls, *sensors: Sensor) -> SensorRig:
        """A rig of these sensors.

        Raises:
            UnknownSensorError: two have the same name.
        """
        by_name: dict[str, Sensor] = {}
        for sensor in sensors:
            if sensor.name in by_name:
                raise UnknownSensorError(f"two sensors of one rig are called '{sensor.name}'")
            by_name[sensor.name] = sensor
        return cls(by_name)

    def sensor(self, name: str) -> Sensor:
        """The sensor of that name.

        Raises:
            UnknownSensorError: there is none; the message names those there are.
        """
        if name not in self.sensors:
            raise UnknownSensorError(f"the rig has no sensor '{name}'; {self._alternatives(name)}")
        return self.sensors[name]

    def transform(self, target: str, source: str) -> RigidTransform:
        """`target_from_source` between any two sensors, or a sensor and "ego", at one instant.

        Raises:
            UnknownSensorError: a frame that is neither a sensor nor "ego".
        """
        ego_from_target = self._ego_from(target)
        if target == source:
            return RigidTransform.identity(target, source)
        return ego_from_target.inverse() @ self._ego_from(source)

    def with_sensor(self, sensor: Sensor) -> SensorRig:
        """The same rig with this sensor added, or in place of the one of the same name."""
        return SensorRig({**self.sensors, sensor.name: sensor})

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the cameras."""
        return self._names_of(SensorKind.CAMERA)

    @property
    def lidars(self) -> tuple[str, ...]:
        """Names of the lidars."""
        return self._names_of(SensorKind.LIDAR)

    @property
    def radars(self) -> tuple[str, ...]:
        """Names of the radars."""
        return self._names_of(SensorKind.RADAR)

    def _names_of(self, kind: SensorKind) -> tuple[str, ...]:
        return tuple(name for name, sensor in self.sensors.items() if sensor.kind is kind)

    def _ego_from(self, frame: str) -> RigidTransform:
        return RigidTransform.identity(EGO, EGO) if frame == EGO else self.sensor(frame).ego_from_sensor

    def _alternatives(self, name: str) -> str:
        if not self.sensors:
            return "it has none at all"
        close = get_close_matches(name.lower(), [known.lower() for known in self.sensors], n=1)
        meant = [known for known in self.sensors if known.lower() in close]
        return f"it has {', '.join(self.sensors)}" + (f"; did you mean '{meant[0]}'?" if meant else "")


@dataclass(frozen=True, eq=False)
class RigHistory:
    """Rigs of one vehicle over time: each holds from its time on, the first one before it too.

    Attributes:
        valid_from_ns: strictly increasing.
        rigs: one for each of them.
    """

    valid_from_ns: tuple[int, ...]
    rigs: tuple[SensorRig, ...]

    @classmethod
    def from_rigs(cls, rigs: Iterable[tuple[int, SensorRig]]) -> RigHistory:
        """From pairs of the time a rig is valid from and the rig, in any order.

        Raises:
            ShapeError: no rig at all, or two from the same time on.
        """
        dated = sorted(rigs, key=lambda pair: pair[0])
        if not dated:
            raise ShapeError("a rig history needs at least one rig, got none")
        times_ns = tuple(int(valid_from_ns) for valid_from_ns, _ in dated)
        for earlier, later in pairwise(times_ns):
            if earlier == later:
                raise ShapeError(f"two rigs are valid from the same time on, {earlier} ns")
        return cls(times_ns, tuple(rig for _, rig in dated))

    def at(self, timestamp_ns: int) -> SensorRig:
        """The rig as it was at that time."""
        return self.rigs[max(bisect_right(self.valid_from_ns, timestamp_ns) - 1, 0)]
