"""Columns put together slice by slice, and rows grouped by what they belong to."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from calibration.clock import nanoseconds_from_microseconds


class ColumnParts:
    """Named columns that arrive in parts."""

    def __init__(self) -> None:
        self._parts: defaultdict[str, list[NDArray[Any]]] = defaultdict(list)

    def add(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """The next rows of each column."""
        for name, column in columns.items():
            self._parts[name].append(column)

    def joined(self) -> dict[str, NDArray[Any]]:
        """The columns whole; the parts are let go one column at a time, so that memory never holds all twice."""
        return {name: np.concatenate(self._parts.pop(name)) for name in list(self._parts)}


class PackedText:
    """Many texts in one block of bytes: a third of what as many Python strings take."""

    def __init__(self) -> None:
        self._block = bytearray()
        self._ends = array("q", [0])

    def add(self, texts: Sequence[str]) -> Int32Array:
        """Keep texts; the row each can be found under."""
        first, end = len(self), len(self._block)
        encoded = [text.encode() for text in texts]
        self._block += b"".join(encoded)
        self._ends.extend(islice(accumulate(map(len, encoded), initial=end), 1, None))
        return np.arange(first, len(self), dtype=np.int32)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: int) -> str:
        return self._block[self._ends[row] : self._ends[row + 1]].decode()


class NameCodes:
    """A small integer for each distinct value, -1 for nothing."""

    def __init__(self) -> None:
        self._code_of: dict[Any, int] = {}

    def add(self, values: Iterable[Any]) -> Int32Array:
        """(N,) the code of each value; new values get the next one, empty ones -1."""
        code_of = self._code_of
        codes = [code_of.setdefault(value, len(code_of)) if value else -1 for value in values]
        return np.asarray(codes, dtype=np.int32)

    @property
    def values(self) -> tuple[Any, ...]:
        """The value of each code."""
        return tuple(self._code_of)


@dataclass(frozen=True, eq=False)
class RowsByGroup:
    """Rows of a table by the scene (or whatever else) they belong to, in the table's order.

    order: rows sorted by group; offsets: (G + 1,) group g owns order[offsets[g]:offsets[g + 1]].
    """

    order: Int32Array
    offsets: IntArray

    @classmethod
    def of(cls, group: NDArray[Any], group_count: int) -> RowsByGroup:
        """Rows whose group is negative belong to none."""
        order = np.argsort(group, kind="stable").astype(np.int32)
        offsets = np.searchsorted(group[order], np.arange(group_count + 1)).astype(np.int64)
        return cls(order, offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def rows(self, group: int) -> IntArray:
        """Rows of one group."""
        return self.order[self.offsets[group] : self.offsets[group + 1]].astype(np.int64)


def numbers(rows: Sequence[Sequence[float]], width: int) -> FloatArray:
    """Equally long tuples of numbers as (N, width) float64."""
    flat = np.fromiter(chain.from_iterable(rows), np.float64, len(rows) * width)
    return flat.reshape(len(rows), width)


def whole_numbers(values: Sequence[int | None], absent: int) -> Int32Array:
    """(N,) int32 with `absent` where there is none."""
    return np.fromiter((absent if value is None else value for value in values), np.int32, len(values))


def flags(values: Sequence[bool]) -> BoolArray:
    """(N,) bool."""
    return np.fromiter(values, np.bool_, len(values))


def stamps_ns(microseconds: Sequence[int | float]) -> IntArray:
    """(N,) int64 nanoseconds of stamps in microseconds; Lyft's have a fraction."""
    return nanoseconds_from_microseconds(np.asarray(microseconds, dtype=None if microseconds else np.int64))
