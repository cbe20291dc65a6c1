"""Edited labels back into nuScenes tables.

we say                                     nuScenes says
a label                                    a record of sample_annotation.json, by its token
track                                      instance; links and counts of the instances touched are made anew
category                                   of the instance: a track has one class
centre, size, rotation in the world        translation; size: width, length, height; rotation w x y z
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from fusion.errors import LabelEditError
from fusion.formats.nuscenes.record_table import RecordTable
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

ANNOTATIONS, INSTANCES, CATEGORIES, SAMPLES = "sample_annotation", "instance", "category", "sample"
ATTRIBUTES, VISIBILITIES = "attribute", "visibility"
TOKEN_DIGITS = 32
# A micrometre, and the digits the tables of nuScenes itself have.
DIGITS = 6
ROTATION_DIGITS = 9


def rewritten_tables(scene: Scene, edits: Sequence[LabelEdit], read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The tables of annotations, instances and classes that differ once a scene's edits are made.

    Raises:
        LabelEditError: a label that is not there, or several classes in one track.
        FileProblemError: a table can't be read.
    """
    return _Rewriting(scene, read).made(edits)


class _Rewriting:
    def __init__(self, scene: Scene, read: Callable[[str], bytes]) -> None:
        self.scene, self.read = scene, read
        self.folder = scene.labels.name
        self.annotations, self.instances = self._table(ANNOTATIONS), self._table(INSTANCES)
        self.categories = self._table(CATEGORIES)
        self.touched: set[str] = set()
        self.classes: dict[str, dict[str, str]] = {}

    def made(self, edits: Sequence[LabelEdit]) -> dict[str, bytes]:
        for edit in edits:
            {"set": self._set, "delete": self._delete, "add": self._add}[edit.action](edit)
        if self.touched:
            self._link()
        self._classify()
        tables = {ANNOTATIONS: self.annotations, INSTANCES: self.instances, CATEGORIES: self.categories}
        return {self._path(name): table.content() for name, table in tables.items() if table.changed}

    def _table(self, name: str) -> RecordTable:
        return RecordTable(self._path(name), self.read(self._path(name)))

    def _path(self, table: str) -> str:
        return f"{self.folder}/{table}.json"

    def _record(self, label: str) -> dict[str, Any]:
        if label not in self.annotations.records:
            raise LabelEditError(f"{self._path(ANNOTATIONS)} has no annotation '{label}'")
        return self.annotations.records[label]

    def _set(self, edit: LabelEdit) -> None:
        record = self._record(edit.label)
        self.annotations.update(edit.label, **self._fields(edit))
        if edit.track is not None and edit.track != record["instance_token"]:
            self._move_to(edit.track, record["instance_token"])
            self.annotations.update(edit.label, instance_token=edit.track)
        if edit.category is not None:
            self.classes.setdefault(edit.track or record["instance_token"], {})[edit.label] = edit.category

    def _delete(self, edit: LabelEdit) -> None:
        self.touched.add(self._record(edit.label)["instance_token"])
        self.annotations.remove(edit.label)

    def _add(self, edit: LabelEdit) -> None:
        like = self._record(str(edit.like))
        track = edit.track or like["instance_token"]
        self._move_to(track, like["instance_token"])
        sample = self.scene.frame_table.keys[edit.frame or 0]
        self.annotations.put(
            {**like, "token": edit.label, "sample_token": sample, "instance_token": track, **self._fields(edit)}
        )
        if edit.category is not None:
            self.classes.setdefault(track, {})[edit.label] = edit.category

    def _move_to(self, track: str, from_track: str) -> None:
        """Make sure the track exists, and remember both."""
        self.touched |= {track, from_track}
        if track not in self.instances.records:
            self.instances.put({**self.instances.records[from_track], "token": track})

    def _fields(self, edit: LabelEdit) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if edit.centre_m is not None:
            fields["translation"] = [round(value, DIGITS) for value in edit.centre_m]
        if edit.size_m is not None:
            length, width, height = edit.size_m
            fields["size"] = [round(value, DIGITS) for value in (width, length, height)]
        if edit.rotation is not None:
            fields["rotation"] = [round(value, ROTATION_DIGITS) for value in edit.rotation]
        if edit.point_count is not None and edit.point_count >= 0:
            fields["num_lidar_pts"] = edit.point_count
        if "attribute" in edit.attributes:
            named = str(edit.attributes["attribute"] or "")
            fields["attribute_tokens"] = [self._token_of(ATTRIBUTES, "name", name) for name in named.split(";") if name]
        if "visibility" in edit.attributes:
            level = edit.attributes["visibility"]
            fields["visibility_token"] = self._token_of(VISIBILITIES, "level", str(level)) if level else ""
        return fields

    def _token_of(self, table: str, field: str, value: str) -> str:
        for token, record in self._table(table).records.items():
            if record.get(field) == value:
                return token
        raise LabelEditError(f"{self._path(table)} has no {field} '{value}'")

    def _link(self) -> None:
        """Chains, counts and ends of the instances touched; one without an annotation goes."""
        order = {record["token"]: record["timestamp"] for record in self._table(SAMPLES).records.values()}
        members: dict[str, list[str]] = {token: [] for token in self.touched}
        for token, record in self.annotations.records.items():
            if record["instance_token"] in members:
                members[record["instance_token"]].append(token)
        for instance, tokens in members.items():
            tokens.sort(key=lambda token: order.get(self.annotations.records[token]["sample_token"], 0))
            for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
                self.annotations.update(token, prev=before, next=after)
            if not tokens:
                self.instances.remove(instance)
                continue
            ends = {"first_annotation_token": tokens[0], "last_annotation_token": tokens[-1]}
            self.instances.update(instance, nbr_annotations=len(tokens), **ends)

    def _classify(self) -> None:
        """Give tracks their new class, one for the whole track."""
        for instance, names in self.classes.items():
            own = [token for token, one in self.annotations.records.items() if one["instance_token"] == instance]
            if set(own) != names.keys() or len(set(names.values())) > 1:
                raise LabelEditError(f"nuScenes has one class for a whole track; '{instance}' would have several")
            self.instances.update(instance, category_token=self._category(next(iter(names.values()))))

    def _category(self, name: str) -> str:
        """The token of a class; one the tables don't have yet is added."""
        for token, record in self.categories.records.items():
            if record.get("name") == name:
                return token
        token = hashlib.sha256(f"category/{name}".encode()).hexdigest()[:TOKEN_DIGITS]
        self.categories.put({"token": token, "name": name, "description": ""})
        return token
