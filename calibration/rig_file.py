"""A sensor rig as a JSON file, `"schema": "boresight.rig/1"`.

    {
      "schema": "boresight.rig/1",
      "sensors": {
        "camera_left": {
          "kind": "camera",
          "ego_from_sensor": {"translation_m": [1.6, 0.4, 1.5], "quaternion_wxyz": [0.5, -0.5, 0.5, -0.5]},
          "camera": {
            "model": "brown-conrady", "width": 1600, "height": 900,
            "fx": 1266.4, "fy": 1266.4, "cx": 816.3, "cy": 491.5, "skew": 0.0,
            "distortion": [-0.35, 0.19, 0.001, 0.0006, -0.07]
          },
          "exposure_ns": 8000000, "readout_ns": 20000000, "rows_top_to_bottom": true
        },
        "lidar_top": {
          "kind": "lidar",
          "ego_from_sensor": {"translation_m": [0.9, 0.0, 1.8], "rotation": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]},
          "clock": {"offset_ns": -10000000, "drift_ppm": 0.0, "anchor_ns": 0}
        }
      }
    }

A sensor sits where `translation_m` says, turned by either `quaternion_wxyz` or the rows of `rotation`. Durations that
are unknown are left out or null. `clock` is what to add to the sensor's stamps to bring them onto the clock of the
poses: `offset_ns`, growing by `drift_ppm` after `anchor_ns`; left out, nothing. Nothing else is allowed: a misspelt
field is an error, never a default.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from calibration.cameras import camera_from_parameters
from calibration.cameras.model import CameraModel
from calibration.clock import UNCORRECTED, ClockOffset
from calibration.errors import BoresightError, FileProblemError
from calibration.rig import SensorRig
from calibration.sensors import EGO, Sensor, SensorKind
from calibration.transform import RigidTransform

RIG_SCHEMA = "boresight.rig/1"
# More than this and the list hides what went wrong first.
MOST_PROBLEMS_TOLD = 5

Vector3 = tuple[float, float, float]
Vector4 = tuple[float, float, float, float]
Made = TypeVar("Made")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, strict=True)


class _Placement(_Record):
    translation_m: Vector3
    quaternion_wxyz: Vector4 | None = None
    rotation: tuple[Vector3, Vector3, Vector3] | None = None

    @model_validator(mode="after")
    def _turned_one_way(self) -> _Placement:
        if (self.quaternion_wxyz is None) == (self.rotation is None):
            raise ValueError("needs either 'quaternion_wxyz' or 'rotation', not both")
        return self

    def transform(self, name: str) -> RigidTransform:
        if self.rotation is not None:
            return RigidTransform.from_rotation(EGO, name, self.rotation, self.translation_m)
        return RigidTransform.from_quaternion(EGO, name, self.quaternion_wxyz or (), self.translation_m)


class _Lens(_Record):
    model: Literal["pinhole", "brown-conrady", "rational", "fisheye"]
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    fx: float
    fy: float
    cx: float
    cy: float
    skew: float = 0.0
    distortion: tuple[float, ...] = ()

    def camera(self) -> CameraModel:
        return camera_from_parameters(
            self.model, self.width, self.height, self.fx, self.fy, self.cx, self.cy, self.skew, self.distortion
        )


class _Clock(_Record):
    offset_ns: int = 0
    drift_ppm: float = 0.0
    anchor_ns: int = 0


class _SensorRecord(_Record):
    kind: Literal["lidar", "camera", "radar"]
    ego_from_sensor: _Placement
    camera: _Lens | None = None
    readout_ns: int | None = Field(default=None, ge=0)
    exposure_ns: int | None = Field(default=None, ge=0)
    rows_top_to_bottom: bool = True
    clock: _Clock = _Clock()


class _RigRecord(_Record):
    schema_name: Literal["boresight.rig/1"] = Field(alias="schema")
    sensors: dict[Annotated[str, Field(min_length=1)], _SensorRecord]


def read_rig_file(path: str | Path) -> SensorRig:
    """The rig a file describes, see the top of this file.

    Raises:
        FileProblemError: missing, no JSON, a field that is missing, misspelt or of the wrong type, a rotation that is
            none, a lens that is none; the message names the field, such as `sensors.camera_left.camera.fx`.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise FileProblemError(path, f"can't be read: {problem}") from problem
    record = _parsed(path, text)
    return SensorRig.of(*(_sensor(path, name, entry) for name, entry in record.sensors.items()))


def write_rig_file(rig: SensorRig, path: str | Path) -> None:
    """Write the rig so that `read_rig_file` reads it back; an existing file is replaced.

    Raises:
        FileProblemError: the file can't be written.
    """
    try:
        Path(path).write_text(rig_text(rig), encoding="utf-8")
    except OSError as problem:
        raise FileProblemError(path, f"can't be written: {problem}") from problem


def rig_text(rig: SensorRig) -> str:
    """The rig as a rig file has it; two rigs that measure alike have the same text."""
    document = {"schema": RIG_SCHEMA, "sensors": {name: _entry(sensor) for name, sensor in rig.sensors.items()}}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _parsed(path: str | Path, text: str) -> _RigRecord:
    try:
        json.loads(text, object_pairs_hook=_without_repeats)
        return _RigRecord.model_validate_json(text)
    except json.JSONDecodeError as problem:
        raise FileProblemError(path, f"no JSON: {problem.msg}, column {problem.colno}", problem.lineno) from problem
    except _RepeatedNameError as problem:
        raise FileProblemError(path, f"'{problem}' is there twice") from problem
    except RecursionError as problem:
        raise FileProblemError(path, "no rig: nested too deeply") from problem
    except ValidationError as problem:
        raise FileProblemError(path, _told(problem)) from problem


def _sensor(path: str | Path, name: str, entry: _SensorRecord) -> Sensor:
    place = f"sensors.{name}"
    ego_from_sensor = _made(path, f"{place}.ego_from_sensor", lambda: entry.ego_from_sensor.transform(name))
    lens = entry.camera
    return _made(
        path,
        place,
        lambda: Sensor(
            name=name,
            kind=SensorKind(entry.kind),
            ego_from_sensor=ego_from_sensor,
            camera=None if lens is None else _made(path, f"{place}.camera", lens.camera),
            readout_ns=entry.readout_ns,
            exposure_ns=entry.exposure_ns,
            rows_top_to_bottom=entry.rows_top_to_bottom,
            clock=ClockOffset(**entry.clock.model_dump()),
        ),
    )


def _made(path: str | Path, field: str, make: Callable[[], Made]) -> Made:
    """What `make` makes; what it refuses is the file's problem, at that field."""
    try:
        return make()
    except FileProblemError:
        raise
    except BoresightError as problem:
        raise FileProblemError(path, f"{field}: {problem}") from problem


def _entry(sensor: Sensor) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": sensor.kind.value,
        "ego_from_sensor": {
            "translation_m": sensor.ego_from_sensor.translation.tolist(),
            "quaternion_wxyz": sensor.ego_from_sensor.quaternion_wxyz.tolist(),
        },
    }
    if sensor.camera is not None:
        entry["camera"] = _lens_entry(sensor.camera)
    if sensor.kind is SensorKind.CAMERA:
        entry |= {
            "exposure_ns": sensor.exposure_ns,
            "readout_ns": sensor.readout_ns,
            "rows_top_to_bottom": sensor.rows_top_to_bottom,
        }
    if sensor.clock != UNCORRECTED:
        entry["clock"] = asdict(sensor.clock)
    return entry


def _lens_entry(camera: CameraModel) -> dict[str, Any]:
    return {
        "model": camera.kind,
        "width": int(camera.width),
        "height": int(camera.height),
        **{name: float(getattr(camera, name)) for name in ("fx", "fy", "cx", "cy", "skew")},
        "distortion": [float(coefficient) for coefficient in camera.distortion],
    }


class _RepeatedNameError(Exception):
    """A JSON object holds one name twice; the parser would silently keep the last."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise _RepeatedNameError(name)
    return dict(pairs)


def _told(problem: ValidationError) -> str:
    """The validation errors as one line: field, what was expected, what came."""
    errors = problem.errors(include_url=False)
    told = [
        ".".join(str(part) for part in error["loc"])
        + f": {error['msg'].removeprefix('Value error, ')}"
        + ("" if error["type"] in {"missing", "extra_forbidden", "value_error"} else f", got {error['input']!r:.60}")
        for error in errors[:MOST_PROBLEMS_TOLD]
    ]
    more = len(errors) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")
