"""Streams as sensors: where each sits and how its lens bends light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from calibration.arrays import FloatArray
from calibration.cameras.catalogue import camera_from_parameters
from calibration.cameras.model import CameraModel
from calibration.errors import BoresightError, LensError
from calibration.rig import SensorRig
from calibration.sensors import EGO, Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.formats.openlabel.coordinate_systems import FORWARD_FROM_OPTICAL, CoordinateSystems
from fusion.formats.openlabel.json_members import MalformedError, Members, is_absent, matrix, members, numbers, text
from fusion.formats.openlabel.report import FileReport
from fusion.scene.problems import ProblemKind

MATRIX_SHAPES = {
    "camera_matrix": ((3, 3), (3, 4)),
    "camera_matrix_3x4": ((3, 4),),
    "camera_matrix_3x3": ((3, 3),),
}
DISTORTIONS = ("distortion_coeffs", "distortion_coeffs_1xN")
MODEL_BY_COEFFICIENTS = {0: "pinhole", 4: "brown-conrady", 5: "brown-conrady", 8: "rational"}
KNOWN_OF_STREAMS = frozenset({"type", "uri", "description", "stream_properties"})
KNOWN_OF_PINHOLES = frozenset({*MATRIX_SHAPES, *DISTORTIONS, "width_px", "height_px"})
PINHOLE = "intrinsics_pinhole"
# What must be 0 or 1 in a camera matrix is so to the last digit.
EXACT_WITHIN = 1e-9
TOLD_OPTICAL, TOLD_FORWARD = "optical", "iso8855"


@dataclass(frozen=True, eq=False)
class Lens:
    """A lens, None if unreadable, and where its optical centre sits: P = K [I | offset_m], (3,) metres."""

    model: CameraModel | None
    offset_m: FloatArray


@dataclass(frozen=True, eq=False)
class FileStream:
    """A stream of the file. kind: None where it is no lidar, camera or radar; uri: as written."""

    name: str
    kind: SensorKind | None
    uri: str
    lens: Lens | None


def read_streams(raw: msgspec.Raw | None, report: FileReport) -> dict[str, FileStream]:
    """All streams that can be read, by name; a camera whose intrinsics describe no lens has none."""
    try:
        records = members(raw)
    except MalformedError as error:
        report.malformed("streams", f"streams: {error}")
        return {}
    streams = {}
    for name, one in records.items():
        try:
            streams[name] = _stream(name, members(one), report)
        except MalformedError as error:
            report.malformed("streams", f"stream '{name}': {error}", sensor=name)
    return streams


def _stream(name: str, record: Members, report: FileReport) -> FileStream:
    report.unread_members("streams", record, KNOWN_OF_STREAMS)
    told = text(record.get("type")).lower()
    kind = next((kind for kind in SensorKind if kind.value == told), None)
    if kind is None:
        report.assume(f"streams of type '{told}' are no lidar, camera or radar: {name} is not read")
    properties = members(record.get("stream_properties"))
    lens = _lens_of(name, properties, report) if kind is SensorKind.CAMERA else None
    known = frozenset({PINHOLE} if kind is SensorKind.CAMERA else ())
    report.unread_members("stream properties", properties, known)
    return FileStream(name, kind, text(record.get("uri")), lens)


def _lens_of(name: str, properties: Members, report: FileReport) -> Lens | None:
    if is_absent(properties.get(PINHOLE)):
        others = [member for member in properties if member.startswith("intrinsics_")]
        report.assume(f"{name} has {others[0] if others else 'no intrinsics'}, not {PINHOLE}: it has no lens here")
        return None
    try:
        record = members(properties[PINHOLE])
        report.unread_members(PINHOLE, record, KNOWN_OF_PINHOLES)
        return _pinhole(record)
    except (MalformedError, LensError) as error:
        report.malformed("lenses", f"{name} has no usable lens: {error}", sensor=name)
        return None


def _pinhole(record: Members) -> Lens:
    spelling = next((name for name in MATRIX_SHAPES if not is_absent(record.get(name))), None)
    if spelling is None:
        raise MalformedError(f"expected one of {', '.join(MATRIX_SHAPES)}, got {', '.join(record) or 'nothing'}")
    given = matrix(record[spelling], MATRIX_SHAPES[spelling], spelling)
    K = given[:, :3]  # as in P = K [I | t]
    if not np.allclose([K[1, 0], K[2, 0], K[2, 1], K[2, 2] - 1], 0, atol=EXACT_WITHIN) or min(K[0, 0], K[1, 1]) <= 0:
        listed = " ".join(f"{number:g}" for number in K.ravel())
        raise MalformedError(f"{spelling} must be fx s cx 0 fy cy 0 0 1 with fx and fy above 0, got {listed}")
    width, height = (int(numbers_of_one(record, name)) for name in ("width_px", "height_px"))
    coefficients = _distortion(record)
    model = camera_from_parameters(
        MODEL_BY_COEFFICIENTS[len(coefficients)],
        width,
        height,
        fx=float(K[0, 0]),
        fy=float(K[1, 1]),
        cx=float(K[0, 2]),
        cy=float(K[1, 2]),
        skew=float(K[0, 1]),
        distortion=coefficients,
    )
    offset_m = np.asarray(np.linalg.solve(K, given[:, 3]) if given.shape[1] == 4 else np.zeros(3), np.float64)
    return Lens(model, offset_m)


def numbers_of_one(record: Members, name: str) -> float:
    """A single number.

    Raises:
        MalformedError: it is none.
    """
    raw = record.get(name)
    listed = None if is_absent(raw) else msgspec.Raw(b"[" + bytes(raw or b"") + b"]")
    return float(numbers(listed, (1,), name)[0])


def _distortion(record: Members) -> tuple[float, ...]:
    spelling = next((name for name in DISTORTIONS if not is_absent(record.get(name))), None)
    if spelling is None:
        return ()
    coefficients = tuple(numbers(record[spelling], tuple(MODEL_BY_COEFFICIENTS), spelling).tolist())
    return coefficients if any(coefficients) else ()


def cameras_look_forward(
    streams: Mapping[str, FileStream], systems: CoordinateSystems, report: FileReport
) -> frozenset[str]:
    """Cameras whose coordinate systems have x forward and z up, not x right, y down and z forward.

    A name that says so decides ("..._optical", "...iso8855..."); for the others it is decided once a file, by which
    axes point up or down: a camera whose optical axis would point at the sky has its x forward.
    """
    placed = {
        name: systems.ego_from(name)
        for name, stream in streams.items()
        if stream.kind is SensorKind.CAMERA and name in systems
    }
    told = {name for name in placed if TOLD_FORWARD in name.lower()}
    asked = [name for name in placed if name not in told and TOLD_OPTICAL not in name.lower()]
    rotations = [ego_from.rotation for name in asked if (ego_from := placed[name]) is not None]
    upwards = sum(float(rotation[2, 2] + rotation[2, 1]) for rotation in rotations)
    if upwards > 0:
        told |= set(asked)
    if told:
        report.assume(
            f"coordinate systems of cameras are taken for x forward, y left, z up, as their axes point ({_few(told)}); "
            "we turn them to x right, y down, z forward"
        )
    return frozenset(told)


def rig_of(
    streams: Mapping[str, FileStream],
    systems: CoordinateSystems,
    forward: frozenset[str],
    report: FileReport,
    frame: int | None = None,
) -> SensorRig:
    """The sensors at a frame, without those that can't be placed."""
    sensors = []
    for name, stream in streams.items():
        if stream.kind is None:
            continue
        ego_from_system = systems.ego_from(name, frame)
        if ego_from_system is None:
            _note_unplaced(name, systems, report)
            continue
        try:
            placed = ego_from_sensor(stream, ego_from_system, name in forward)
            lens = None if stream.lens is None else stream.lens.model
            sensors.append(Sensor(name, stream.kind, placed, lens))
        except BoresightError as error:
            report.malformed("sensors", f"{name} can't be placed: {error}", sensor=name)
    return SensorRig.of(*sensors)


def ego_from_sensor(stream: FileStream, ego_from_system: RigidTransform, forward: bool) -> RigidTransform:
    """Where a sensor sits: a camera in its optical axes and at its optical centre."""
    if stream.kind is not SensorKind.CAMERA:
        return ego_from_system
    offset_m = np.zeros(3) if stream.lens is None else stream.lens.offset_m
    system_from_optical = RigidTransform(
        stream.name, "optical", FORWARD_FROM_OPTICAL if forward else np.eye(3), np.zeros(3)
    )
    camera_from_optical = RigidTransform(stream.name, "optical", np.eye(3), offset_m)
    placed = ego_from_system @ system_from_optical @ camera_from_optical.inverse()
    return replace(placed, residual=ego_from_system.residual)


def is_its_system(stream: FileStream | None, forward: frozenset[str]) -> bool:
    """The sensor's frame is the coordinate system of its name, neither turned nor shifted."""
    if stream is None or stream.kind is None or stream.name in forward or stream.name in (EGO, "world"):
        return False
    return stream.lens is None or not stream.lens.offset_m.any()


def _note_unplaced(name: str, systems: CoordinateSystems, report: FileReport) -> None:
    if not systems.types:
        report.assume("there are no coordinate systems, so no sensor is placed")
        return
    what = "has no pose that leads to ego" if name in systems else "has no coordinate system of its name"
    report.note(ProblemKind.BROKEN_REFERENCE, "streams that can't be placed", f"stream '{name}' {what}", sensor=name)


def _few(names: set[str], most: int = 3) -> str:
    listed = sorted(names)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")
