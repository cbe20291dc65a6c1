"""Feather tables: whether they have the columns they should, of the types they should, before anybody computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, Float32Array, FloatArray, Int32Array, IntArray
from calibration.errors import FileProblemError
from fusion.formats.argoverse2.half_floats import float32_from_half_bits
from fusion.formats.safe_files import read_bytes
from fusion.scene.coded import Coded

if TYPE_CHECKING:
    import pyarrow

# Sixty times the largest table of the data set; packed ones grow when they are read, up to a few hundredfold.
MAX_FEATHER_BYTES = 64 * 1024**2


class Holds(str, Enum):
    """What a column must hold."""

    TEXT = "text"
    WHOLE_NUMBERS = "whole numbers"
    NUMBERS = "numbers"


@dataclass(frozen=True, eq=False)
class FeatherTable:
    """The columns of one file that somebody asked for, N rows; unread: names of those nobody did.

    Arrays are made as the columns are asked for, new each time, and filled piece by piece.
    """

    name: str
    columns: Mapping[str, pyarrow.ChunkedArray]
    rows: int
    unread: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.rows

    def has(self, column: str) -> bool:
        """Whether an optional column is there."""
        return column in self.columns

    def float64(self, *columns: str) -> FloatArray:
        """Columns side by side, (N, number of columns), NaN where nothing is told."""
        return self._side_by_side(columns, np.float64)

    def float32(self, *columns: str) -> Float32Array:
        """Columns side by side, (N, number of columns), NaN where nothing is told; halves too are float32 at once."""
        from pyarrow import types

        if not all(types.is_float16(self.columns[column].type) for column in columns):
            return self._side_by_side(columns, np.float32)
        bits = np.empty((len(self), len(columns)), dtype=np.int32)
        for place, column in enumerate(columns):
            for rows, piece in _pieces(self.columns[column]):
                bits[rows, place] = piece.view(np.int16)
        return float32_from_half_bits(bits)

    def int64(self, column: str, absent: int = 0) -> IntArray:
        """(N,) whole numbers, `absent` where nothing is told.

        Raises:
            FileProblemError: a number that does not fit.
        """
        return self._integers(column, np.int64, absent)

    def int32(self, column: str, absent: int = 0) -> Int32Array:
        """As `int64`, in half the bits."""
        return self._integers(column, np.int32, absent)

    def told(self, column: str) -> BoolArray:
        """(N,) whether the row tells something."""
        return _column(self.columns[column].is_valid(), np.bool_)

    def missing(self, column: str) -> int:
        """In how many rows nothing is told."""
        return int(self.columns[column].null_count)

    def texts(self, column: str) -> Coded:
        """A column of names; missing and empty ones are absent."""
        return Coded.from_values(self.columns[column].to_pylist())

    def _side_by_side(self, columns: tuple[str, ...], dtype: type[np.floating[Any]]) -> NDArray[Any]:
        filled = np.empty((len(self), len(columns)), dtype=dtype)
        for place, column in enumerate(columns):
            for rows, piece in _pieces(self.columns[column]):
                with np.errstate(over="ignore", invalid="ignore"):  # beyond float32 is infinitely far
                    filled[rows, place] = piece
        return filled

    def _integers(self, column: str, dtype: type[np.integer[Any]], absent: int) -> NDArray[Any]:
        import pyarrow

        values = self.columns[column]
        if not np.can_cast(values.type.to_pandas_dtype(), dtype):
            try:
                values = values.cast(pyarrow.from_numpy_dtype(dtype))
            except pyarrow.ArrowInvalid as error:
                reason = f"column '{column}' does not fit {dtype.__name__}: {error}"
                raise FileProblemError(self.name, reason) from error
        if not values.null_count:
            return _column(values, dtype)
        return np.where(self.told(column), _column(values.fill_null(0), dtype), dtype(absent))


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
    there = dict(zip(table.schema.names, table.schema.types, strict=True))
    missing = [column for column in needed if column not in there]
    if missing:
        listed = ", ".join(f"'{column}'" for column in missing)
        raise FileProblemError(name, f"has no column {listed}; it has {', '.join(there) or 'none'}")
    wanted = {column: holds for column, holds in {**needed, **optional}.items() if column in there}
    for column, holds in wanted.items():
        if len(there) < table.num_columns and table.column_names.count(column) > 1:
            raise FileProblemError(name, f"has column '{column}' several times")
        if not _fits(there[column], holds):
            raise FileProblemError(name, f"column '{column}' must hold {holds.value}, is {there[column]}")
    return FeatherTable(
        name=name,
        columns={column: table.column(column) for column in wanted},
        rows=table.num_rows,
        unread=tuple(column for column in there if column not in wanted),
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


def _column(column: pyarrow.ChunkedArray, dtype: type[np.generic]) -> NDArray[Any]:
    filled = np.empty(len(column), dtype=dtype)
    for rows, piece in _pieces(column):
        filled[rows] = piece
    return filled


def _pieces(column: pyarrow.ChunkedArray) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Rows, and their values; numbers that are missing are NaN."""
    start = 0
    for chunk in column.chunks:
        yield slice(start, start + len(chunk)), chunk.to_numpy(zero_copy_only=False)
        start += len(chunk)
