"""Attributes of labels as typed columns: what the annotator ticked beside the box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, as_column, frozen
from calibration.errors import ShapeError
from fusion.scene.coded import Coded

AttributeScope = Literal["frame", "track"]


@dataclass(frozen=True, eq=False)
class AttributeColumn:
    """One attribute of every row.

    values: `Coded` for text, else (M,) float64 with NaN where the row has none.
    scope: whether it may change from frame to frame, or belongs to the whole track.
    """

    values: Coded | NDArray[np.float64]
    scope: AttributeScope = "frame"

    def __post_init__(self) -> None:
        if not isinstance(self.values, Coded):
            object.__setattr__(self, "values", frozen(as_column(self.values, "attribute values")))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def present(self) -> BoolArray:
        """(M,) bool: the row has a value."""
        return self.values.present if isinstance(self.values, Coded) else ~np.isnan(self.values)

    @property
    def as_text(self) -> Coded:
        """The values as names; numbers as short as they can be written."""
        if isinstance(self.values, Coded):
            return self.values
        return Coded.from_values(None if np.isnan(value) else f"{value:.15g}" for value in self.values.tolist())

    def __getitem__(self, row: int) -> str | float | None:
        if not self.present[row]:
            return None
        return self.values[row] if isinstance(self.values, Coded) else float(self.values[row])

    def take(self, rows: Any) -> AttributeColumn:
        """The rows of an index or mask."""
        values = self.values.take(rows) if isinstance(self.values, Coded) else self.values[rows]
        return AttributeColumn(values, self.scope)


class Attributes(Mapping[str, AttributeColumn]):
    """All attribute columns of a set of rows, by name."""

    def __init__(self, columns: Mapping[str, AttributeColumn] | None = None) -> None:
        self._columns = MappingProxyType(dict(columns or {}))
        lengths = {name: len(column) for name, column in self._columns.items()}
        if len(set(lengths.values())) > 1:
            raise ShapeError(f"attribute columns must be equally long, got {lengths}")

    def __getitem__(self, name: str) -> AttributeColumn:
        return self._columns[name]

    def __iter__(self) -> Any:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def take(self, rows: Any) -> Attributes:
        """The rows of an index or mask."""
        return Attributes({name: column.take(rows) for name, column in self._columns.items()})

    @classmethod
    def concatenate(cls, parts: list[tuple[Attributes, int]]) -> Attributes:
        """Columns below each other; `parts` are (attributes, number of rows), missing columns become absent."""
        names = dict.fromkeys(name for attributes, _ in parts for name in attributes)
        return cls({name: _joined(name, parts) for name in names})


def _joined(name: str, parts: list[tuple[Attributes, int]]) -> AttributeColumn:
    columns = [attributes.get(name) for attributes, _ in parts]
    scope = next(column.scope for column in columns if column is not None)
    lengths = [rows for _, rows in parts]
    # A value that is a number in one file and a word in the next is a word.
    if any(column is not None and isinstance(column.values, Coded) for column in columns):
        return AttributeColumn(Coded.concatenate([_text(c, n) for c, n in zip(columns, lengths, strict=True)]), scope)
    return AttributeColumn(np.concatenate([_numbers(c, n) for c, n in zip(columns, lengths, strict=True)]), scope)


def _text(column: AttributeColumn | None, rows: int) -> Coded:
    return Coded.absent(rows) if column is None else column.as_text


def _numbers(column: AttributeColumn | None, rows: int) -> NDArray[np.float64]:
    return np.full(rows, np.nan) if column is None or isinstance(column.values, Coded) else column.values
