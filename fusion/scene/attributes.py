"""Attributes of labels as typed columns: what the annotator ticked beside the box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

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

    def __len__(self) -> int:
        return len(self.values)

    @property
    def present(self) -> NDArray[np.bool_]:
        """(M,) bool: the row has a value."""
        return self.values.present if isinstance(self.values, Coded) else ~np.isnan(self.values)

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
    first = next(attributes[name] for attributes, _ in parts if name in attributes)
    if isinstance(first.values, Coded):
        columns = [a[name].values if name in a else Coded.absent(rows) for a, rows in parts]
        return AttributeColumn(Coded.concatenate([c for c in columns if isinstance(c, Coded)]), first.scope)
    numbers = [a[name].values if name in a else np.full(rows, np.nan) for a, rows in parts]
    return AttributeColumn(np.concatenate([n for n in numbers if not isinstance(n, Coded)]), first.scope)
