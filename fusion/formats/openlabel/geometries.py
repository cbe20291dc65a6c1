"""Cuboids and 2D boxes as rows, in whatever coordinate systems they were drawn.

OpenLABEL says                                        we say
cuboid of 10: x y z, qx qy qz qw, sx sy sz            centre, quaternion w x y z, sizes along the box's own axes
cuboid of 9: x y z, rx ry rz, sx sy sz                the same; rotated about z, then the turned y, then the turned x
bbox: centre x, centre y, width, height               u_min, v_min, u_max, v_max

Source: ASAM OpenLABEL 1.0.0, JSON schema, `cuboid` and `bbox`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.errors import RotationError
from calibration.transform import normalise_quaternions
from fusion.formats.openlabel.attributes import OF_GEOMETRY, OF_OBJECT, Values, attributes_of
from fusion.formats.openlabel.frames import FrameRecord
from fusion.formats.openlabel.json_members import MalformedError, Members, entries, members, numbers, text
from fusion.formats.openlabel.objects import ObjectRecord
from fusion.formats.openlabel.report import FileReport

CUBOID, BBOX = "cuboid", "bbox"
KNOWN_OF_GEOMETRIES = frozenset({"name", "val", "coordinate_system", "uid", "attributes", "stream"})
NO_DATA = "objects in frames without any data"


@dataclass(frozen=True, eq=False)
class Row:
    """One cuboid or 2D box.

    numbers: (10,) centre, quaternion w x y z, sizes; or (4,) edges. system: its coordinate system, "" if not told.
    """

    frame: int
    owner: ObjectRecord
    label_id: str
    system: str
    numbers: FloatArray
    attributes: Values


@dataclass(frozen=True, eq=False)
class Geometries:
    """All rows of a file in its order, and the names of attributes that belong to whole objects."""

    cuboids: list[Row] = field(default_factory=list)
    bboxes: list[Row] = field(default_factory=list)
    of_tracks: set[str] = field(default_factory=set)


def read_geometries(
    frames: Sequence[FrameRecord], objects: Mapping[str, ObjectRecord], report: FileReport
) -> Geometries:
    """Every cuboid and 2D box; the others are counted as unread."""
    return _GeometryReading(objects, report).read(frames)


class _GeometryReading:
    def __init__(self, objects: Mapping[str, ObjectRecord], report: FileReport) -> None:
        self.objects = objects
        self.report = report
        self.found = Geometries()
        self.ids: Counter[str] = Counter()

    def read(self, frames: Sequence[FrameRecord]) -> Geometries:
        for index, frame in enumerate(frames):
            for uid, raw in (frame.objects or {}).items():
                owner = self.objects.get(uid) or ObjectRecord(uid)
                self.found.of_tracks.update(owner.attributes)
                try:
                    self._object(index, frame.key, owner, raw)
                except MalformedError as error:
                    reason = f"frame {frame.key}, object {uid}: {error}"
                    self.report.malformed("objects in frames", reason, frame=frame.key, label=uid)
        return self.found

    def _object(self, index: int, key: str, owner: ObjectRecord, raw: msgspec.Raw) -> None:
        record = members(raw)
        self.report.unread_members("objects in frames", record, frozenset({"object_data"}))
        data = members(record.get("object_data"))
        if not data:
            self.report.unread(NO_DATA)
        shared = self._attributes(key, owner.uid, data, OF_OBJECT)
        self.found.of_tracks.difference_update(shared)
        for kind, listed in data.items():
            if kind in OF_OBJECT:
                continue
            for one in entries(listed):
                if kind in (CUBOID, BBOX):
                    self._geometry(kind, index, key, owner, one, owner.attributes | shared)
                else:
                    self.report.unread(kind)

    def _geometry(self, kind: str, index: int, key: str, owner: ObjectRecord, raw: msgspec.Raw, shared: Values) -> None:
        name = ""
        try:
            record = members(raw)
            name = text(record.get("name"))
            self.report.unread_members(kind, record, KNOWN_OF_GEOMETRIES)
            own = self._attributes(key, owner.uid, members(record.get("attributes")), OF_GEOMETRY)
            if kind == CUBOID and owner.is_region and _has_no_size(record):
                self.report.unread(f"{kind} without a size of {owner.category} regions")
                return
            row = Row(
                frame=index,
                owner=owner,
                label_id=self._label_id(text(record.get("uid")), f"{key}:{owner.uid}:{name or kind}"),
                system=text(record.get("coordinate_system")) or text(record.get("stream")) or _stream_of(own),
                numbers=_cuboid(record) if kind == CUBOID else _edges(record),
                attributes=shared | own,
            )
        except MalformedError as error:
            reason = f"frame {key}, object {owner.uid}, {kind} '{name}': {error}"
            self.report.malformed(f"{kind} that can't be read", reason, frame=key, label=owner.uid)
            return
        self.found.of_tracks.difference_update(own)
        (self.found.cuboids if kind == CUBOID else self.found.bboxes).append(row)

    def _label_id(self, own: str, made: str) -> str:
        """The file's own id, else one made of frame, object and name; numbered where it occurs again."""
        label_id = own or made
        self.ids[label_id] += 1
        return label_id if self.ids[label_id] == 1 else f"{label_id}#{self.ids[label_id]}"

    def _attributes(self, key: str, uid: str, record: Members, kinds: Sequence[str]) -> Values:
        try:
            return attributes_of(record, kinds)
        except MalformedError as error:
            reason = f"frame {key}, object {uid}, attributes: {error}"
            self.report.malformed("attributes", reason, frame=key, label=uid)
            return {}


def _stream_of(attributes: Values) -> str:
    """Some tools name the sensor in a text attribute."""
    stream = attributes.get("stream", "")
    return stream if isinstance(stream, str) else ""


def _has_no_size(record: Members) -> bool:
    return bool((numbers(record.get("val"), (9, 10), "val")[-3:] <= 0).all())


def _cuboid(record: Members) -> FloatArray:
    values = numbers(record.get("val"), (9, 10), "val")
    centre, sizes = values[:3], values[-3:]
    if not (sizes > 0).all():
        raise MalformedError(f"sizes must be above 0, got {' '.join(f'{size:g}' for size in sizes)}")
    if len(values) == 10:
        x, y, z, w = values[3:7]
        try:
            quaternion = normalise_quaternions([[w, x, y, z]])[0]
        except RotationError as error:
            raise MalformedError(str(error)) from error
    else:
        rx, ry, rz = values[3:6]
        quaternion = Rotation.from_euler("ZYX", [rz, ry, rx]).as_quat(scalar_first=True)
    return np.concatenate([centre, quaternion, sizes])


def _edges(record: Members) -> FloatArray:
    u, v, width, height = numbers(record.get("val"), (4,), "val")
    if min(width, height) < 0:
        raise MalformedError(f"width and height must not be negative, got {width:g} and {height:g}")
    return np.asarray([u - width / 2, v - height / 2, u + width / 2, v + height / 2])


def systems_of(rows: Sequence[Row]) -> Iterator[str]:
    """The coordinate systems rows are in, each once, in order of appearance."""
    return iter(dict.fromkeys(row.system for row in rows))
