"""Where each sensor sits, how its lens bends light, what its clock says. No labels here.

The public names below are imported when they are first asked for, so that `import calibration` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.cameras import BrownConrady as BrownConrady
    from calibration.cameras import CameraModel as CameraModel
    from calibration.cameras import Fisheye as Fisheye
    from calibration.cameras import Pinhole as Pinhole
    from calibration.cameras import Projection as Projection
    from calibration.cameras import Rational as Rational
    from calibration.cameras import camera_from_parameters as camera_from_parameters
    from calibration.clock import ClockOffset as ClockOffset
    from calibration.clock import nanoseconds_from_microseconds as nanoseconds_from_microseconds
    from calibration.clock import nanoseconds_from_seconds as nanoseconds_from_seconds
    from calibration.errors import BoresightError as BoresightError
    from calibration.estimate import Estimate as Estimate
    from calibration.estimate import Verdict as Verdict
    from calibration.image import CameraImage as CameraImage
    from calibration.radar import RadarSweep as RadarSweep
    from calibration.rig import RigHistory as RigHistory
    from calibration.rig import SensorRig as SensorRig
    from calibration.rig_file import read_rig_file as read_rig_file
    from calibration.rig_file import write_rig_file as write_rig_file
    from calibration.sensors import Sensor as Sensor
    from calibration.sensors import SensorKind as SensorKind
    from calibration.sweep import LidarSweep as LidarSweep
    from calibration.sweep import Motion as Motion
    from calibration.trajectory import PoseColumns as PoseColumns
    from calibration.trajectory import Trajectory as Trajectory
    from calibration.transform import RigidTransform as RigidTransform

_HOMES = {
    "BoresightError": "errors",
    "BrownConrady": "cameras",
    "CameraImage": "image",
    "CameraModel": "cameras",
    "ClockOffset": "clock",
    "Estimate": "estimate",
    "Fisheye": "cameras",
    "LidarSweep": "sweep",
    "Motion": "sweep",
    "Pinhole": "cameras",
    "PoseColumns": "trajectory",
    "Projection": "cameras",
    "RadarSweep": "radar",
    "Rational": "cameras",
    "RigHistory": "rig",
    "RigidTransform": "transform",
    "Sensor": "sensors",
    "SensorKind": "sensors",
    "SensorRig": "rig",
    "Trajectory": "trajectory",
    "Verdict": "estimate",
    "camera_from_parameters": "cameras",
    "nanoseconds_from_microseconds": "clock",
    "nanoseconds_from_seconds": "clock",
    "read_rig_file": "rig_file",
    "write_rig_file": "rig_file",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'calibration' has no attribute '{name}'")
    return getattr(import_module(f"calibration.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
