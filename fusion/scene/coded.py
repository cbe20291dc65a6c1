"""A column of names kept as small integers, each name stored once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, Int32Array, as_column, frozen
from calibration.errors import ShapeError

ABSENT = -1


@dataclass(frozen=True, eq=False)
class Coded:
    """Names by row: `names[codes[i]]`, and -1 where a row has none.

    codes: (M,) int32; names: each once, in order of first appearance.
    """

    codes: Int32Array
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        codes = as_column(self.codes, "codes", np.int32)
        if len(codes) and (codes.min() < ABSENT or codes.max() >= len(self.names)):
            raise ShapeError(f"codes must lie in -1..{len(self.names) - 1}, got {codes.min()}..{codes.max()}")
        object.__setattr__(self, "codes", frozen(codes))

    @classmethod
    def from_values(cls, values: Iterable[str | None]) -> Coded:
        """Codes for names as they come; None and "" are absent."""
        code_of: dict[str, int] = {}
        codes = [ABSENT if not value else code_of.setdefault(str(value), len(code_of)) for value in values]
        return cls(np.asarray(codes, dtype=np.int32), tuple(code_of))

    @classmethod
    def absent(cls, length: int) -> Coded:
        """A column in which no row has a name."""
        return cls(np.full(length, ABSENT, dtype=np.int32), ())

    @classmethod
    def concatenate(cls, columns: Sequence[Coded]) -> Coded:
        """The columns below each other, names merged."""
        code_of: dict[str, int] = {}
        parts = []
        for column in columns:
            merged = [code_of.setdefault(name, len(code_of)) for name in column.names]
            lookup = np.asarray([*merged, ABSENT], dtype=np.int32)
            parts.append(lookup[column.codes])
        codes = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
        return cls(codes, tuple(code_of))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str:
        code = int(self.codes[row])
        return "" if code == ABSENT else self.names[code]

    @property
    def values(self) -> NDArray[Any]:
        """(M,) array of str, "" where absent."""
        return np.asarray([*self.names, ""], dtype=object)[self.codes]

    @property
    def present(self) -> BoolArray:
        """(M,) bool: the row has a name."""
        present: BoolArray = self.codes != ABSENT
        return present

    def is_any(self, names: Iterable[str]) -> BoolArray:
        """(M,) bool: the row's name is one of `names`."""
        asked = set(names)
        wanted = [code for code, name in enumerate(self.names) if name in asked]
        chosen: BoolArray = np.isin(self.codes, wanted)
        return chosen

    def take(self, rows: Any) -> Coded:
        """The rows of an index or mask, in its order."""
        return Coded(self.codes[rows], self.names)
