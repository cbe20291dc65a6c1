"""Feather tables: whether they have the columns they should, of the types they should, before anybody computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, Float32Array, FloatArray, IntArray
from calibration.errors import FileProblemError
from fusion.formats.argoverse2.half_floats import float32_from_halves
from fusion.formats.safe_files import read_bytes
from fusion.scene.coded import Coded

if TYPE_CHECKING:
    import pyarrow

# A hundred times the largest table of the data set; packed tables grow when they are read.
MAX_FEATHER_BYTES = 256 * 1024**2


class Holds(str, Enum):
    """What a column must hold."""

    TEXT = "text"
    WHOLE_NUMBERS = "whole numbers"
    NUMBERS = "numbers"


@dataclass(frozen=True, eq=False)
class FeatherTable:
    """The columns of one file that somebody asked for; unread: names of those nobody did."""

    name: str
    columns: Mapping[str, pyarrow.ChunkedArray]
    rows: int
    unread: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.rows

    def has(self, column: str) -> bool:
        """Whether an optional column is there."""
        return column in self.columns

    def numbers(self, *columns: str) -> FloatArray:
        """Columns side by side, (N, number of columns) float64, NaN where nothing is told."""
        return np.column_stack([self._values(column).astype(np.float64) for column in columns])

    def float32_rows(self, *columns: str) -> Float32Array:
        """Columns side by side, (N, number of columns) float32, read-only, NaN where nothing is told.

        Never computed with in fewer bits than float32, whatever they are stored in.
        """
        stacked = np.stack([self._values(column) for column in columns], axis=1)
        rows = float32_from_halves(stacked) if stacked.dtype == np.float16 else stacked.astype(np.float32)
        rows.flags.writeable = False
        return rows

    def whole_numbers(self, column: str, bits: int = 64) -> tuple[IntArray, BoolArray]:
        """(N,) int64, and (N,) whether the row tells one; 0 where it doesn't.

        Raises:
            FileProblemError: a number that does not fit into so many bits.
        """
        import pyarrow

        values = self.columns[column]
        try:
            fitting = values.cast(pyarrow.int32() if bits == 32 else pyarrow.int64())
        except pyarrow.ArrowInvalid as error:
            raise FileProblemError(self.name, f"column '{column}' has numbers beyond int{bits}: {error}") from error
        told = np.ones(len(self), dtype=np.bool_)
        if values.null_count:
            told, fitting = _joined(values.is_valid()), fitting.fill_null(0)
        return _joined(fitting).astype(np.int64), told

    def texts(self, column: str) -> Coded:
        """A column of names; missing and empty ones are absent."""
        return Coded.from_values(self.columns[column].to_pylist())

    def _values(self, column: str) -> NDArray[Any]:
        return _joined(self.columns[column])


def read_feather(
    root: Path, name: str, needed: Mapping[str, Holds], optional: Mapping[str, Holds] | None = None
) -> FeatherTable:
    """The columns of a file that data named.

    Raises:
        FileProblemError: there is no such file (see `read_bytes`), or as `table_of_bytes`.
    """
    return table_of_bytes(read_bytes(root, name, MAX_FEATHER_BYTES), name, needed, optional or {})


def table_of_bytes(data: bytes, name: str, needed: Mapping[str, Holds], optional: Mapping[str, Holds]) -> FeatherTable:
    """The columns in the bytes of a file; errors call the file `name`.

    Raises:
        FileProblemError: the bytes are no Feather table, a needed column is missing, or one holds something else.
    """
    table = _arrow_table(data, name)
    missing = [column for column in needed if column not in table.column_names]
    if missing:
        has = ", ".join(table.column_names) or "none"
        raise FileProblemError(name, f"has no column {_quoted(missing)}; it has {has}")
    wanted = {column: holds for column, holds in {**needed, **optional}.items() if column in table.column_names}
    for column, holds in wanted.items():
        if table.column_names.count(column) > 1:
            raise FileProblemError(name, f"has column '{column}' several times")
        found = table.schema.field(column).type
        if not _fits(found, holds):
            raise FileProblemError(name, f"column '{column}' must hold {holds.value}, is {found}")
    return FeatherTable(
        name=name,
        columns={column: table.column(column) for column in wanted},
        rows=table.num_rows,
        unread=tuple(dict.fromkeys(column for column in table.column_names if column not in wanted)),
    )


def _arrow_table(data: bytes, name: str) -> pyarrow.Table:
    import pyarrow
    from pyarrow import feather

    try:
        table = feather.read_table(pyarrow.BufferReader(data), use_threads=False)
        table.validate(full=True)
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise FileProblemError(name, f"is no Feather table that can be read ({len(data)} bytes): {why}") from error
    return table


def _fits(found: pyarrow.DataType, holds: Holds) -> bool:
    from pyarrow import types

    if holds is Holds.TEXT:
        plain = found.value_type if types.is_dictionary(found) else found
        return bool(types.is_string(plain) or types.is_large_string(plain))
    return bool(types.is_integer(found) or (holds is Holds.NUMBERS and types.is_floating(found)))


def _joined(column: pyarrow.ChunkedArray) -> NDArray[Any]:
    """The chunks as one array; numbers that are missing become NaN."""
    parts = [chunk.to_numpy(zero_copy_only=False) for chunk in column.chunks]
    if len(parts) == 1:
        return np.asarray(parts[0])
    return np.concatenate(parts) if parts else np.empty(0, dtype=column.type.to_pandas_dtype())


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
