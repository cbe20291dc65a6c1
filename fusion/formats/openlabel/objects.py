"""Objects of a file: what they are called, and in which frames they say they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from fusion.formats.openlabel.attributes import OF_OBJECT, Values, attributes_of
from fusion.formats.openlabel.frames import FrameRecord
from fusion.formats.openlabel.json_members import MalformedError, entries, members, text
from fusion.formats.openlabel.report import FileReport
from fusion.formats.openlabel.sensors import numbers_of_one
from fusion.formats.openlabel.times import is_frame_number
from fusion.scene.problems import ProblemKind
from fusion.scene.taxonomy import ObjectKind, kind_of_name

KNOWN_OF_OBJECTS = frozenset({"name", "type", "frame_intervals", "object_data", "object_data_pointers"})


@dataclass(frozen=True, eq=False)
class ObjectRecord:
    """One object. intervals: first and last frame of each, None where it doesn't say; attributes: of all its frames."""

    uid: str
    category: str = ""
    intervals: tuple[tuple[int, int], ...] | None = None
    attributes: Values = field(default_factory=dict)

    @property
    def is_region(self) -> bool:
        """A region nobody labelled (DontCare), which is no object and has no track."""
        return kind_of_name(self.category) is ObjectKind.IGNORED


def read_objects(raw: msgspec.Raw | None, report: FileReport) -> dict[str, ObjectRecord]:
    """All objects by uid; of one that is malformed only its uid is known."""
    try:
        records = members(raw)
    except MalformedError as error:
        report.malformed("objects", f"objects: {error}")
        return {}
    objects = {}
    for uid, one in records.items():
        try:
            objects[uid] = _object(uid, one, report)
        except MalformedError as error:
            report.malformed("objects", f"object {uid}: {error}", label=uid)
            objects[uid] = ObjectRecord(uid)
    return objects


def _object(uid: str, raw: msgspec.Raw, report: FileReport) -> ObjectRecord:
    record = members(raw)
    report.unread_members("objects", record, KNOWN_OF_OBJECTS)
    data = members(record.get("object_data"))
    for kind in data:
        if kind not in OF_OBJECT:
            report.unread(f"{kind} of objects themselves (no frame)", len(entries(data[kind])))
    intervals = record.get("frame_intervals")
    return ObjectRecord(
        uid=uid,
        category=text(record.get("type")),
        intervals=None if intervals is None else tuple(_interval(one) for one in entries(intervals)),
        attributes=attributes_of(data, OF_OBJECT),
    )


def _interval(raw: msgspec.Raw) -> tuple[int, int]:
    record = members(raw)
    first, last = (numbers_of_one(record, name) for name in ("frame_start", "frame_end"))
    if first != int(first) or last != int(last):
        raise MalformedError(f"frame_intervals must be whole numbers, got {first:g} to {last:g}")
    return int(first), int(last)


def compare_intervals(objects: Mapping[str, ObjectRecord], frames: Sequence[FrameRecord], report: FileReport) -> None:
    """Report objects whose frame_intervals and whose appearances in the frames disagree, and those nobody declared."""
    numbers = [int(frame.key) for frame in frames if is_frame_number(frame.key)]
    appearances: dict[str, set[int]] = {}
    for frame in frames:
        for uid in frame.objects or ():
            appearances.setdefault(uid, set()).update({int(frame.key)} if is_frame_number(frame.key) else ())
    for uid in appearances:
        if uid not in objects:
            reason = f"object {uid} is in frames, but not among the objects, so it has no type"
            report.note(ProblemKind.BROKEN_REFERENCE, "undeclared objects", reason, label=uid, lost=False)
    for uid, declared in objects.items():
        if declared.intervals is None:
            continue
        found = appearances.get(uid, set())
        claimed = {number for number in numbers if any(low <= number <= high for low, high in declared.intervals)}
        beyond = [end for ends in declared.intervals for end in ends if numbers and end not in numbers]
        parts = _disagreement(found - claimed, claimed - found, beyond)
        if parts:
            reason = f"object {uid} ({declared.category}): {'; '.join(parts)}"
            what = "frame_intervals that disagree with the frames"
            report.note(ProblemKind.MALFORMED_RECORD, what, reason, label=uid, lost=False)


def _disagreement(unclaimed: set[int], missing: set[int], beyond: Sequence[int]) -> list[str]:
    parts = []
    if unclaimed:
        parts.append(f"its frame_intervals leave out {_listed(unclaimed)}, where it is")
    if missing:
        parts.append(f"its frame_intervals claim {_listed(missing)}, where it is not")
    if beyond:
        parts.append(f"its frame_intervals name frame {beyond[0]}, which the file does not have")
    return parts


def _listed(frames: set[int]) -> str:
    first, *others = sorted(frames)
    return f"frame {first}" + (f" and {len(others)} more" if others else "")
