"""A sensor: what it is, where it sits, and how long it takes to see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from calibration.clock import UNCORRECTED, ClockOffset, TimestampError
from calibration.errors import FrameMismatchError, LensError
from calibration.transform import RigidTransform

if TYPE_CHECKING:
    from calibration.cameras.model import CameraModel

EGO = "ego"
RESERVED_FRAMES = (EGO, "world")


class SensorKind(str, Enum):
    """What a sensor measures."""

    LIDAR = "lidar"
    CAMERA = "camera"
    RADAR = "radar"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, eq=False)
class Sensor:
    """One sensor of a rig. The sensor's name is the name of its frame too.

    Attributes:
        name: as the data set calls it.
        kind: lidar, camera or radar.
        ego_from_sensor: where it sits. A camera's frame is x right, y down, z forward; others keep their maker's.
        camera: the lens, of a camera whose intrinsics are known.
        readout_ns: from the exposure of a camera's first row to that of its last; 0 for a global shutter, None unknown.
        exposure_ns: how long each row is exposed; None unknown.
        rows_top_to_bottom: the order a rolling shutter reads its rows in.
        clock: what to add to the sensor's stamps, from an audit; nothing as a data set is read.

    Raises:
        FrameMismatchError: the transform is not `ego_from_` this sensor, or the name is one of a frame: ego, world.
        LensError: something that is no camera has a lens.
        TimestampError: a negative duration.
    """

    name: str
    kind: SensorKind
    ego_from_sensor: RigidTransform
    camera: CameraModel | None = None
    readout_ns: int | None = None
    exposure_ns: int | None = None
    rows_top_to_bottom: bool = True
    clock: ClockOffset = UNCORRECTED

    def __post_init__(self) -> None:
        if self.name in RESERVED_FRAMES or not self.name:
            raise FrameMismatchError(f"a sensor can't be called '{self.name}': ego and world are frames already")
        if (self.ego_from_sensor.target, self.ego_from_sensor.source) != (EGO, self.name):
            raise FrameMismatchError(
                f"{self.name} needs 'ego_from_{self.name}', got '{self.ego_from_sensor.name}'; "
                "inverse() swaps the frames, renamed() renames them"
            )
        if self.camera is not None and self.kind is not SensorKind.CAMERA:
            raise LensError(f"{self.name} is a {self.kind}, it can't have a lens")
        for quantity, duration_ns in (("readout_ns", self.readout_ns), ("exposure_ns", self.exposure_ns)):
            if duration_ns is not None and duration_ns < 0:
                raise TimestampError(f"{self.name}: {quantity} must not be negative, got {duration_ns}")
