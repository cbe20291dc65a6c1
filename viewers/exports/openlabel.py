"""A scene as one ASAM OpenLABEL file, comments as text attributes of the cuboids.

we say                       OpenLABEL says
box, in ego                  cuboid in the coordinate system vehicle-iso8855: centre, quaternion x y z w, sizes
track, or the label's id     name of the object, whose uid is made of it; a proposal is an object of its own
nanoseconds                  frame timestamp, text: seconds with nine decimals
class                        type of the object; the commonest where its labels differ
finding                      text attributes `comment`, `checks` and `severity`, number `score`, boolean `proposed`
finding about no label       text attribute of the frame, or of the metadata

Source: ASAM OpenLABEL 1.0.0, JSON schema: objects, frames, cuboid, attributes.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from calibration.clock import SECOND_NS
from fusion.checks.finding import Finding
from viewers.exports.annotated import AnnotatedScene, comment_of
from viewers.outputs.lines import printable

VEHICLE = "vehicle-iso8855"
DIGITS = 6
Json = dict[str, Any]


def openlabel_files(annotated: AnnotatedScene) -> dict[str, bytes]:
    """`openlabel.json`."""
    table = annotated.scene.frame_table
    frames: dict[str, Json] = {}
    numbers: dict[str, list[int]] = defaultdict(list)
    types: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, str] = {}
    for frame in range(len(table)):
        objects: Json = {}
        boxes = annotated.boxes_seen_by("ego", frame)
        for place, row in enumerate(annotated.rows_of_frame(frame).tolist()):
            name = printable(annotated.name(row))
            uid = uid_of(annotated.scene.name, name)
            names[uid] = name
            data = objects.setdefault(uid, {"object_data": {"cuboid": []}})["object_data"]["cuboid"]
            values = (*boxes.centres_m[place], *np.roll(boxes.rotations[place], -1), *boxes.sizes_m[place])
            data.append(_cuboid(annotated, row, values, len(data)))
            numbers[uid].append(frame)
            types[uid][annotated.category(row)] += 1
        frames[str(frame)] = {
            "frame_properties": {"timestamp": _seconds(int(table.timestamps_ns[frame])), **_told(annotated, frame)},
            "objects": objects,
        }
    document = {
        "metadata": {
            "schema_version": "1.0.0",
            "name": printable(annotated.scene.name),
            "annotator": "boresight",
            "comment": _comments([one for one in annotated.elsewhere if one.frame_index is None]),
        },
        "coordinate_systems": {VEHICLE: {"type": "local", "parent": "", "children": []}},
        "objects": {
            uid: {
                "name": names[uid],
                "type": types[uid].most_common(1)[0][0],
                "frame_intervals": _intervals(numbers[uid]),
            }
            for uid in numbers
        },
        "frames": frames,
        "frame_intervals": _intervals(list(range(len(table)))),
    }
    return {"openlabel.json": json.dumps({"openlabel": document}, indent=1).encode("utf-8")}


def uid_of(scene: str, name: str) -> str:
    """A number or a UUID as it is, as the standard allows no other; of any other name a UUID that it always gets."""
    if re.fullmatch(r"-?[0-9]+", name):
        return name
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{scene}/{name}"))


def _seconds(timestamp_ns: int) -> str:
    """All digits, also of those before 1970."""
    return f"{'-' if timestamp_ns < 0 else ''}{abs(timestamp_ns) // SECOND_NS}.{abs(timestamp_ns) % SECOND_NS:09d}"


def _cuboid(annotated: AnnotatedScene, row: int, values: Sequence[float], number: int) -> Json:
    said = annotated.findings[row]
    texts = {"label_id": printable(annotated.boxes.label_ids[row])}
    attributes: Json = {}
    if said:
        worst = said[0]
        texts |= {"comment": annotated.comment(row), "checks": annotated.codes(row), "severity": worst.severity}
        attributes["num"] = [{"name": "score", "val": worst.score}]
    if annotated.proposed[row]:
        attributes["boolean"] = [{"name": "proposed", "val": True}]
    attributes["text"] = [{"name": name, "val": value} for name, value in texts.items()]
    return {
        "name": "box" if not number else f"box-{number + 1}",
        "val": [round(float(value), DIGITS) for value in values],
        "coordinate_system": VEHICLE,
        "attributes": attributes,
    }


def _told(annotated: AnnotatedScene, frame: int) -> Json:
    """What is said of the frame as a whole."""
    said = _comments([one for one in annotated.elsewhere if one.frame_index == frame])
    return {"frame_data": {"text": [{"name": "comment", "val": said}]}} if said else {}


def _comments(findings: Sequence[Finding]) -> str:
    return " | ".join(comment_of(finding) for finding in findings)


def _intervals(numbers: Sequence[int]) -> list[dict[str, int]]:
    intervals: list[dict[str, int]] = []
    for number in sorted(set(numbers)):
        if intervals and intervals[-1]["frame_end"] == number - 1:
            intervals[-1]["frame_end"] = number
        else:
            intervals.append({"frame_start": number, "frame_end": number})
    return intervals
