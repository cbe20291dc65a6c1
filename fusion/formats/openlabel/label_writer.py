"""Edited labels back into an OpenLABEL file: only objects in frames that an edit touches are written anew.

we say                                     OpenLABEL says
a label                                    a cuboid of an object in a frame
track                                      uid of the object; what a frame says of it moves with it to a new one
category                                   type of the object: a track has one class
box                                        a cuboid of 9 or 10 numbers, whichever it had, in its own coordinate system
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fusion.errors import LabelEditError
from fusion.formats.openlabel.cuboid_writing import CuboidAxes
from fusion.formats.openlabel.geometries import BBOX, CUBOID
from fusion.formats.openlabel.json_members import Members, entries, members, members_of_file, text
from fusion.formats.openlabel.times import is_frame_number
from fusion.scene.label_edits import LabelEdit, edited
from fusion.scene.scene import Scene

Json = dict[str, Any]


@dataclass(frozen=True)
class _Place:
    """Where a cuboid stands."""

    frame: str
    uid: str
    index: int


def rewritten_openlabel(scene: Scene, edits: Sequence[LabelEdit], read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The file of a scene with its edits made.

    Raises:
        LabelEditError: a label that is not there, or several classes in one object.
        FileProblemError: the file is no JSON.
    """
    provenance = scene.labels.boxes.provenance
    if provenance is None or not provenance.source.names:
        raise LabelEditError(f"scene {scene.name} has no labels to edit")
    (path,) = provenance.source.names
    return {path: _Rewriting(scene, members_of_file(read(path), path)).made(edits)}


class _Rewriting:
    def __init__(self, scene: Scene, file: Members) -> None:
        self.scene, self.file = scene, file
        self.sections = members(file.get("openlabel"))
        self.frames: dict[str, Members] = {key: members(raw) for key, raw in members(self.sections["frames"]).items()}
        self.objects: dict[str, Any] = dict(members(self.sections.get("objects")))
        self.in_frames: dict[str, dict[str, Any]] = {
            key: dict(members(frame.get("objects"))) for key, frame in self.frames.items()
        }
        self.places = self._places()
        self.touched: set[str] = set()

    def made(self, edits: Sequence[LabelEdit]) -> bytes:
        axes = CuboidAxes.of(self.scene, [self._cuboid(str(label)) for label in self.scene.labels.boxes.label_ids])
        after = edited(self.scene.labels, edits).boxes
        row_after = {str(label): row for row, label in enumerate(after.label_ids)}
        for edit in edits:
            if edit.action == "add":
                self._add(edit, axes.value(str(edit.like), after.take([row_after[edit.label]])))
            elif edit.action == "set" and edit.moves_box:
                place = self._place(edit.label)
                self._cuboids(place)[place.index]["val"] = axes.value(edit.label, after.take([row_after[edit.label]]))
        self._rename([edit for edit in edits if edit.action == "set" and edit.track is not None])
        self._classify([edit for edit in edits if edit.action == "set" and edit.category is not None])
        for edit in edits:
            if edit.action == "delete":
                self._delete(self._place(edit.label))
        self._declare()
        return self._content()

    def _places(self) -> dict[str, _Place]:
        """Labels as the reader names them: by their own id, or by frame, object and name, numbered if that is taken."""
        uses: dict[str, int] = {}
        places = {}
        keys = sorted(self.frames, key=lambda key: (not is_frame_number(key), int(key) if is_frame_number(key) else 0))
        for key in keys:
            for uid, raw in self.in_frames[key].items():
                for kind, listed in members(members(raw).get("object_data")).items():
                    for index, one in enumerate(entries(listed) if kind in (CUBOID, BBOX) else ()):
                        record = members(one)
                        label = text(record.get("uid")) or f"{key}:{uid}:{text(record.get('name')) or kind}"
                        uses[label] = uses.get(label, 0) + 1
                        if kind == CUBOID:
                            numbered = label if uses[label] == 1 else f"{label}#{uses[label]}"
                            places[numbered] = _Place(key, uid, index)
        return places

    def _place(self, label: str) -> _Place:
        if label not in self.places:
            raise LabelEditError(f"scene {self.scene.name} has no label '{label}'")
        return self.places[label]

    def _cuboid(self, label: str) -> list[float]:
        """The numbers of a cuboid as the file has them."""
        place = self._place(label)
        raw = self.in_frames[place.frame][place.uid]
        record = entries(members(members(raw).get("object_data")).get(CUBOID))[place.index]
        return msgspec.json.decode(members(record)["val"], type=list[float])

    def _object(self, frame: str, uid: str) -> Json:
        """What a frame says of an object, decoded, so that it can be changed in place."""
        record: Any = self.in_frames[frame][uid]
        if isinstance(record, msgspec.Raw):
            record = self.in_frames[frame][uid] = msgspec.json.decode(record)
        self.touched.add(uid)
        decoded: Json = record
        return decoded

    def _cuboids(self, place: _Place) -> list[Json]:
        cuboids: list[Json] = self._object(place.frame, place.uid)["object_data"][CUBOID]
        return cuboids

    def _add(self, edit: LabelEdit, value: list[float]) -> None:
        """Like another cuboid, of an object that may have to be declared."""
        like = self._place(str(edit.like))
        frame, uid = self.scene.frame_table.keys[edit.frame or 0], edit.track or like.uid
        cuboid = {**self._cuboids(like)[like.index], "val": value}
        if "uid" in cuboid:
            cuboid["uid"] = edit.label
        if uid in self.in_frames[frame]:
            self._object(frame, uid).setdefault("object_data", {}).setdefault(CUBOID, []).append(cuboid)
        else:
            self.in_frames[frame][uid] = {"object_data": {CUBOID: [cuboid]}}
        self.touched.add(uid)
        self._know(uid, like.uid)
        if edit.category is not None:
            self.objects[uid] = {**self._declared(uid), "type": edit.category}

    def _rename(self, edits: Sequence[LabelEdit]) -> None:
        """All of a frame at once, so that two objects can exchange their names."""
        moves: dict[str, dict[str, str]] = {}
        for edit in edits:
            place = self._place(edit.label)
            moves.setdefault(place.frame, {})[place.uid] = str(edit.track)
            self._know(str(edit.track), place.uid)
            self.touched |= {place.uid, str(edit.track)}
        for frame, names in moves.items():
            self.in_frames[frame] = {names.get(uid, uid): record for uid, record in self.in_frames[frame].items()}
            for label, place in self.places.items():
                if place.frame == frame and place.uid in names:
                    self.places[label] = _Place(frame, names[place.uid], place.index)

    def _classify(self, edits: Sequence[LabelEdit]) -> None:
        classes: dict[str, dict[str, str]] = {}
        for edit in edits:
            classes.setdefault(self._place(edit.label).uid, {})[edit.label] = str(edit.category)
        for uid, names in classes.items():
            own = {label for label, place in self.places.items() if place.uid == uid}
            if own != names.keys() or len(set(names.values())) > 1:
                raise LabelEditError(f"OpenLABEL has one type for an object; '{uid}' would have several")
            self.objects[uid] = {**self._declared(uid), "type": next(iter(names.values()))}

    def _delete(self, place: _Place) -> None:
        """Its entry becomes None until all are deleted, so that the places of the others hold."""
        data = self._object(place.frame, place.uid)["object_data"]
        data[CUBOID][place.index] = None
        if all(one is None for one in data[CUBOID]):
            del data[CUBOID]
        if not data:
            del self.in_frames[place.frame][place.uid]

    def _know(self, uid: str, like: str) -> None:
        if uid not in self.objects and like in self.objects:
            self.objects[uid] = {**self._declared(like), "name": uid}

    def _declared(self, uid: str) -> Json:
        record = self.objects.get(uid, {})
        decoded: Json = msgspec.json.decode(record) if isinstance(record, msgspec.Raw) else dict(record)
        return decoded

    def _declare(self) -> None:
        """The intervals of the objects touched, where they tell any; one that is in no frame any more goes."""
        for uid in sorted(self.touched & self.objects.keys()):
            numbers = sorted(int(key) for key in self.frames if uid in self.in_frames[key] and is_frame_number(key))
            if not numbers:
                del self.objects[uid]
                continue
            record = self._declared(uid)
            if "frame_intervals" in record:
                self.objects[uid] = {**record, "frame_intervals": _intervals(numbers)}

    def _content(self) -> bytes:
        for key, frame in self.frames.items():
            objects = {uid: _without_gaps(record) for uid, record in self.in_frames[key].items()}
            if "objects" in frame or objects:
                frame["objects"] = msgspec.Raw(msgspec.json.encode(objects))
        self.sections["frames"] = msgspec.Raw(msgspec.json.encode(self.frames))
        if self.objects:
            self.sections["objects"] = msgspec.Raw(msgspec.json.encode(self.objects))
        return msgspec.json.encode({**self.file, "openlabel": self.sections})


def _without_gaps(record: Any) -> Any:
    if isinstance(record, dict) and CUBOID in record.get("object_data", {}):
        record["object_data"][CUBOID] = [one for one in record["object_data"][CUBOID] if one is not None]
    return record


def _intervals(numbers: Sequence[int]) -> list[dict[str, int]]:
    intervals: list[dict[str, int]] = []
    for number in numbers:
        if intervals and intervals[-1]["frame_end"] == number - 1:
            intervals[-1]["frame_end"] = number
        else:
            intervals.append({"frame_start": number, "frame_end": number})
    return intervals
