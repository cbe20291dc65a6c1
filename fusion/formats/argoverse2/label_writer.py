"""Edited labels back into annotations.feather.

A feather file holds columns, so the whole table is written again: rows nobody edited keep their values, and the columns
we don't read are kept as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from calibration.errors import FileProblemError
from fusion.errors import LabelEditError
from fusion.formats.argoverse2.annotations import (
    CENTRE_COLUMNS,
    COUNT_COLUMN,
    ROTATION_COLUMNS,
    SIZE_COLUMNS,
    label_ids_of,
)
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

if TYPE_CHECKING:
    import pyarrow

VECTORS = (("centre_m", CENTRE_COLUMNS), ("size_m", SIZE_COLUMNS), ("rotation", ROTATION_COLUMNS))


def rewritten_log(scene: Scene, edits: Sequence[LabelEdit], read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The annotations of a log with its edits made.

    Raises:
        LabelEditError: a label that is not there; FileProblemError: the table can't be read.
    """
    import pyarrow as pa
    from pyarrow import feather

    provenance = scene.labels.boxes.provenance
    if provenance is None or not provenance.source.names:
        raise LabelEditError(f"log {scene.name} has no annotations to edit")
    (path,) = provenance.source.names
    try:
        table = feather.read_table(pa.BufferReader(read(path)))
    except (OSError, pa.ArrowException) as error:
        raise FileProblemError(path, f"is no feather table: {error}") from error
    sink = pa.BufferOutputStream()
    feather.write_feather(_edited(table, edits, scene.name), sink)
    return {path: sink.getvalue().to_pybytes()}


def _edited(table: pyarrow.Table, edits: Sequence[LabelEdit], log: str) -> pyarrow.Table:
    import pyarrow as pa

    stamps = table["timestamp_ns"].to_numpy()
    row_of = {label: row for row, label in enumerate(label_ids_of(stamps.tolist(), table["track_uuid"].to_pylist()))}
    added = [edit for edit in edits if edit.action == "add"]
    for label in [*(edit.label for edit in edits if edit.action != "add"), *(str(edit.like) for edit in added)]:
        if label not in row_of:
            raise LabelEditError(f"log {log} has no label '{label}'")
    order = [*range(len(stamps)), *(row_of[str(edit.like)] for edit in added)]
    rows = {len(stamps) + index: edit for index, edit in enumerate(added)}
    rows |= {row_of[edit.label]: edit for edit in edits if edit.action == "set"}
    lengthened = table.take(pa.array(order, type=pa.int64()))
    for name, values in _columns(lengthened, rows).items():
        place = lengthened.schema.get_field_index(name)
        lengthened = lengthened.set_column(place, lengthened.schema.field(place), values)
    gone = {row_of[edit.label] for edit in edits if edit.action == "delete"}
    return lengthened.take(pa.array([row for row in range(len(order)) if row not in gone], type=pa.int64()))


def _columns(table: pyarrow.Table, rows: dict[int, LabelEdit]) -> dict[str, Any]:
    """Columns that an edit changes, whole."""
    import pyarrow as pa

    values: dict[str, dict[int, Any]] = {}
    for row, edit in rows.items():
        for given, names in VECTORS:
            vector = getattr(edit, given)
            for index, name in enumerate(names if vector is not None else ()):
                values.setdefault(name, {})[row] = vector[index]
        told: dict[str, Any] = {"category": edit.category, "track_uuid": edit.track, "timestamp_ns": edit.timestamp_ns}
        if edit.point_count is not None and edit.point_count >= 0:
            told[COUNT_COLUMN] = edit.point_count
        for name, value in told.items():
            if value is not None:
                values.setdefault(name, {})[row] = value
    columns = {}
    for name, changed in values.items():
        if name not in table.schema.names:
            continue
        column = table[name].to_pylist()
        for row, value in changed.items():
            column[row] = value
        columns[name] = pa.array(column, type=table.schema.field(name).type)
    return columns
