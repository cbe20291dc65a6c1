"""Changes to labels, one by one: what a planted fault or a correction does to a label set.

Everything is in the label set's own reference, so that a writer can put it back where it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

from calibration.arrays import BoolArray, Int32Array
from fusion.errors import LabelEditError
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.label_set import LabelSet

Action = Literal["set", "delete", "add"]
Vector = tuple[float, ...]
AttributeValue = str | float | None


@dataclass(frozen=True)
class LabelEdit:
    """One label that is set, deleted or added; None leaves a column as it is.

    label: the data set's id of the label, the new one of a label that is added; centre_m, size_m (length, width,
    height), rotation (w, x, y, z): in the label set's reference; point_count: lidar points in the box, -1 unknown;
    like: the label an added one takes everything else from; frame, timestamp_ns: where an added one belongs.
    """

    action: Action
    scene: str
    label: str
    centre_m: Vector | None = None
    size_m: Vector | None = None
    rotation: Vector | None = None
    category: str | None = None
    track: str | None = None
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    point_count: int | None = None
    like: str | None = None
    frame: int | None = None
    timestamp_ns: int | None = None

    @property
    def moves_box(self) -> bool:
        """Whether the box lies elsewhere, or has another size or heading."""
        return self.centre_m is not None or self.size_m is not None or self.rotation is not None


def joined(edits: Sequence[LabelEdit]) -> list[LabelEdit]:
    """Edits made one after the other as one a label, to be made all at once."""
    by_label: dict[str, LabelEdit] = {}
    for edit in edits:
        earlier = by_label.get(edit.label)
        if edit.action == "delete" and earlier is not None and earlier.action == "add":
            del by_label[edit.label]
        elif edit.action == "add" and (like := by_label.get(str(edit.like))) is not None:
            by_label[edit.label] = replace(_over(like, edit), action="add", like=like.like or like.label)
        elif edit.action == "set" and earlier is not None:
            by_label[edit.label] = replace(_over(earlier, edit), action=earlier.action)
        else:
            by_label[edit.label] = edit
    return list(by_label.values())


def _over(earlier: LabelEdit, later: LabelEdit) -> LabelEdit:
    """What both give, the later one where they differ."""
    given = {item.name: getattr(later, item.name) for item in fields(later) if getattr(later, item.name) is not None}
    return replace(earlier, **{**given, "attributes": {**earlier.attributes, **later.attributes}})


def edited(labels: LabelSet, edits: Sequence[LabelEdit]) -> LabelSet:
    """The labels with the edits made; rows keep their order, added ones come last.

    A 2D box that is the same record as a deleted label goes with it; one that was only linked to it stays.

    Raises:
        LabelEditError: a label that isn't there, or is there already, or an added one without its place.
    """
    row_of = {str(label): row for row, label in enumerate(labels.boxes.label_ids)}
    changed, changes = _rows_of([edit for edit in edits if edit.action == "set"], row_of)
    deleted, _ = _rows_of([edit for edit in edits if edit.action == "delete"], row_of)
    added = [edit for edit in edits if edit.action == "add"]
    kept = np.ones(len(labels), dtype=bool)
    kept[deleted] = False
    boxes = _overwritten(labels.boxes, np.asarray(changed, dtype=np.int64), changes).take(kept)
    frames = labels.frame_index[kept]
    if added:
        boxes = Boxes3D.concatenate([boxes, _new_boxes(labels.boxes, added, row_of)])
        frames = np.concatenate([frames, np.asarray([edit.frame for edit in added], dtype=np.int32)])
    return replace(labels, boxes=boxes, frame_index=frames, boxes_2d=_kept_2d(labels, kept))


def _rows_of(edits: Sequence[LabelEdit], row_of: Mapping[str, int]) -> tuple[list[int], list[LabelEdit]]:
    for edit in edits:
        if edit.label not in row_of:
            raise LabelEditError(f"can't {edit.action} label '{edit.label}': scene {edit.scene} has no such label")
    return [row_of[edit.label] for edit in edits], list(edits)


def _new_boxes(boxes: Boxes3D, added: Sequence[LabelEdit], row_of: Mapping[str, int]) -> Boxes3D:
    for edit in added:
        if edit.label in row_of:
            raise LabelEditError(f"can't add label '{edit.label}': scene {edit.scene} has one of that name")
        if edit.like not in row_of or edit.frame is None or edit.timestamp_ns is None:
            raise LabelEditError(f"can't add label '{edit.label}': it needs a frame, a time and a label to be like")
    copies = boxes.take(np.asarray([row_of[str(edit.like)] for edit in added], dtype=np.int64))
    stamped = replace(
        copies,
        label_ids=np.asarray([edit.label for edit in added], dtype=object),
        timestamps_ns=np.asarray([edit.timestamp_ns for edit in added], dtype=np.int64),
    )
    return _overwritten(stamped, np.arange(len(added)), added)


def _overwritten(boxes: Boxes3D, rows: Any, edits: Sequence[LabelEdit]) -> Boxes3D:
    """The boxes with what the edits give; edit i is of row i of `rows`."""
    columns: dict[str, Any] = {}
    for name, given in (("centres_m", "centre_m"), ("sizes_m", "size_m"), ("rotations", "rotation")):
        chosen = [index for index, edit in enumerate(edits) if getattr(edit, given) is not None]
        if chosen:
            column = getattr(boxes, name).copy()
            column[rows[chosen]] = [getattr(edits[index], given) for index in chosen]
            columns[name] = column
    for name in ("category", "track"):
        values = {int(row): getattr(edit, name) for row, edit in zip(rows, edits, strict=True)}
        columns[name] = _renamed(getattr(boxes, name), values)
    counts = {int(row): count for row, edit in zip(rows, edits, strict=True) if (count := _count(edit)) is not None}
    if counts and boxes.recorded_point_counts is not None:
        column = boxes.recorded_point_counts.copy()
        column[list(counts)] = list(counts.values())
        columns["recorded_point_counts"] = column
    columns["attributes"] = _reticked(boxes.attributes, rows, edits)
    return replace(boxes, **columns)


def _count(edit: LabelEdit) -> int | None:
    """A box that moved holds other points than were counted for it."""
    return -1 if edit.point_count is None and edit.moves_box else edit.point_count


def _renamed(names: Coded, values: Mapping[int, str | None]) -> Coded:
    given = {row: value for row, value in values.items() if value is not None}
    if not given:
        return names
    all_names = tuple(dict.fromkeys([*names.names, *(value for value in given.values() if value)]))
    code_of = {name: code for code, name in enumerate(all_names)}
    codes = names.codes.copy()
    codes[list(given)] = [code_of.get(value, -1) for value in given.values()]
    return Coded(codes, all_names)


def _reticked(attributes: Attributes, rows: Any, edits: Sequence[LabelEdit]) -> Attributes:
    columns = dict(attributes.items())
    for name in dict.fromkeys(name for edit in edits for name in edit.attributes):
        if name not in columns:
            raise LabelEditError(f"can't set attribute '{name}': the labels have {', '.join(columns) or 'none'}")
        given = {
            int(row): edit.attributes[name] for row, edit in zip(rows, edits, strict=True) if name in edit.attributes
        }
        values = columns[name].values
        if isinstance(values, Coded):
            texts = {row: "" if value is None else str(value) for row, value in given.items()}
            columns[name] = AttributeColumn(_renamed(values, texts), columns[name].scope)
        else:
            numbers = values.copy()
            numbers[list(given)] = [np.nan if value is None else float(value) for value in given.values()]
            columns[name] = AttributeColumn(numbers, columns[name].scope)
    return Attributes(columns)


def _kept_2d(labels: LabelSet, kept: BoolArray) -> Boxes2D | None:
    flat = labels.boxes_2d
    if flat is None or kept.all():
        return flat
    place: Int32Array = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    linked = flat.box3d_rows >= 0
    owner = np.where(linked, flat.box3d_rows, 0)
    same_record = linked & (labels.boxes.label_ids[owner] == flat.label_ids)
    gone = same_record & ~kept[owner]
    return replace(flat, box3d_rows=np.where(linked, place[owner], -1).astype(np.int32)).take(~gone)
