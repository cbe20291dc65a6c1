"""The frames of a file, in order, each taken apart one level."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from fusion.formats.openlabel.json_members import MalformedError, Members, is_absent, members
from fusion.formats.openlabel.report import FileReport
from fusion.formats.openlabel.times import is_frame_number

KNOWN_OF_FRAMES = frozenset({"frame_properties", "objects"})
KNOWN_OF_PROPERTIES = frozenset({"timestamp", "streams", "transforms"})


@dataclass(frozen=True, eq=False)
class FrameRecord:
    """One frame. objects: by uid; None where the frame has no such member, or none that can be read."""

    key: str
    stamp: msgspec.Raw | None
    transforms: msgspec.Raw | None
    streams: Members
    objects: Members | None


def read_frames(raw: msgspec.Raw | None, report: FileReport) -> list[FrameRecord]:
    """All frames by number; those whose name is no number follow in the file's order."""
    try:
        records = members(raw)
    except MalformedError as error:
        report.malformed("frames", f"frames: {error}")
        return []
    strange = [key for key in records if not is_frame_number(key)]
    if strange:
        reason = f"frame names must be whole numbers, got {strange[0]!r} and {len(strange) - 1} more"
        report.malformed("names of frames", reason)
    keys = sorted(records, key=lambda key: (not is_frame_number(key), int(key) if is_frame_number(key) else 0))
    return [_frame(key, records[key], report) for key in keys]


def _frame(key: str, raw: msgspec.Raw, report: FileReport) -> FrameRecord:
    record = _members(key, raw, "", report)
    report.unread_members("frames", (name for name in record if not is_absent(record[name])), KNOWN_OF_FRAMES)
    properties = _members(key, record.get("frame_properties"), "frame_properties", report)
    report.unread_members("frame properties", properties, KNOWN_OF_PROPERTIES)
    return FrameRecord(
        key=key,
        stamp=properties.get("timestamp"),
        transforms=properties.get("transforms"),
        streams=_members(key, properties.get("streams"), "streams", report),
        objects=_objects(key, record.get("objects"), report),
    )


def _objects(key: str, raw: msgspec.Raw | None, report: FileReport) -> Members | None:
    try:
        return None if is_absent(raw) else members(raw)
    except MalformedError as error:
        report.malformed("objects of frames", f"frame {key}, objects: {error}", frame=key)
        return None


def _members(key: str, raw: msgspec.Raw | None, name: str, report: FileReport) -> Members:
    try:
        return members(raw)
    except MalformedError as error:
        place = f"frame {key}, {name}" if name else f"frame {key}"
        report.malformed("frames", f"{place}: {error}", frame=key)
        return {}
