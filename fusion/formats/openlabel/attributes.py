"""Attributes: lists of names and values by type, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from fusion.formats.openlabel.json_members import (
    LARGEST,
    MalformedError,
    Members,
    entries,
    members,
    shortened,
    text,
    value_of,
)
from fusion.scene.attributes import AttributeColumn, Attributes, AttributeScope
from fusion.scene.coded import Coded

# `vec` beside a geometry is an attribute; `vec` of an object holds measurements, such as the points in a box.
OF_GEOMETRY = ("boolean", "num", "text", "vec")
OF_OBJECT = ("boolean", "num", "text")

Values = dict[str, "str | float"]


def attributes_of(record: Members, kinds: Sequence[str]) -> Values:
    """The values of a record with lists by type.

    OpenLABEL says                        we say
    num                                   a number
    text                                  a name
    boolean                               "true" or "false"
    vec                                   its entries as one name, "a, b"; absent where it is empty

    Raises:
        MalformedError: a list, an entry or a value is of another type.
    """
    values: Values = {}
    for kind in kinds:
        for raw in entries(record.get(kind)):
            entry = members(raw)
            value = _value(kind, entry.get("val"))
            if value is not None:
                values[text(entry.get("name"))] = value
    return values


def _value(kind: str, raw: msgspec.Raw | None) -> str | float | None:
    value = value_of(raw)
    if value is None:
        return None
    if kind == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    if kind == "num" and _is_number(value):
        return float(value)
    if kind == "text" and isinstance(value, str):
        return value
    if kind == "vec" and isinstance(value, list):
        return ", ".join(_item(item) for item in value) or None
    raise MalformedError(f"{kind} has the value {shortened(raw)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST


def _item(value: Any) -> str:
    return f"{value:.15g}" if _is_number(value) else str(value)


def columns_of(rows: Sequence[Mapping[str, str | float]], of_tracks: Iterable[str]) -> Attributes:
    """A column for each name that any row has.

    Args:
        of_tracks: names that belong to the whole object.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    tracks = set(of_tracks)
    return Attributes({name: _column(name, rows, "track" if name in tracks else "frame") for name in names})


def _column(name: str, rows: Sequence[Mapping[str, str | float]], scope: AttributeScope) -> AttributeColumn:
    values = [row.get(name) for row in rows]
    if any(isinstance(value, str) for value in values):
        return AttributeColumn(Coded.from_values(_as_text(value) for value in values), scope)
    return AttributeColumn(np.asarray([np.nan if value is None else value for value in values], np.float64), scope)


def _as_text(value: str | float | None) -> str | None:
    return f"{value:.15g}" if isinstance(value, float) else value
