"""Point clouds stored as bare float32 rows (`.bin`), and evidence of how many columns such a file has.

The file says nothing about itself: KITTI stores 4 columns, nuScenes 5, others 6. A reader states the count its format
documents; where that is open, `tell_columns` decides by what the numbers can only mean, and refuses to guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.arrays import Float32Array
from calibration.errors import FileProblemError
from fusion.formats.safe_files import read_file

FLOAT = np.dtype("<f4")
# x, y, z, intensity, then ring or time: so in every format that stores bare rows.
INTENSITY = 3
# Fewer rows could show intensities without a negative one by chance, although coordinates are mixed in.
MIN_ROWS = 16


@dataclass(frozen=True)
class ColumnEvidence:
    """How many float32 columns a point file has; `why` is the evidence, one line for a person."""

    columns: int
    why: str


def read_point_bin(path: str | Path, columns: int) -> Float32Array:
    """The rows of a point file, (N, columns) little-endian float32, read-only; NaN and infinite ones included.

    Raises:
        FileProblemError: there is no such file, it can't be read, is empty, or ends within a point.
    """
    return points_from_bytes(read_file(Path(path)), columns, path)


def points_from_bytes(data: bytes, columns: int, name: str | Path) -> Float32Array:
    """The rows (N, columns) in the bytes of a point file, read-only; errors call the file `name`.

    Raises:
        FileProblemError: there are no bytes (a lidar always sees something: the copy broke off), or they end within a
            point.
    """
    if not data:
        raise FileProblemError(name, "is empty: a sweep without a single point")
    row_bytes = columns * FLOAT.itemsize
    if len(data) % row_bytes:
        raise FileProblemError(
            name, f"truncated: {len(data)} bytes is no multiple of {row_bytes} ({columns} float32 columns)"
        )
    return np.frombuffer(data, dtype=FLOAT).reshape(-1, columns).astype(np.float32, copy=False)


def tell_columns(data: bytes, name: str | Path, candidates: Sequence[int] = (4, 5, 6)) -> ColumnEvidence:
    """How many columns the bytes of a point file have, by evidence.

    Raises:
        FileProblemError: none of the candidates fits, or several do.
    """
    fitting = fitting_columns(data, candidates)
    if len(fitting) != 1:
        found = f"{_listed(fitting)} fit alike" if fitting else f"none of {_listed(candidates)} fits"
        raise FileProblemError(name, f"can't tell how many float32 columns its {len(data)} bytes hold: {found}")
    rows = len(data) // (fitting[0] * FLOAT.itemsize)
    return ColumnEvidence(fitting[0], f"only as {fitting[0]} columns do all {rows} rows have an intensity of 0 or more")


def fitting_columns(data: bytes, candidates: Sequence[int]) -> tuple[int, ...]:
    """Those of the column counts that the bytes of a point file can be read with.

    Read with the right count, the fourth column is an intensity and never negative. Read with a wrong one, every
    column is a mixture of all quantities, and coordinates to the right of or below the sensor are negative.
    """
    return tuple(columns for columns in candidates if _fits(data, columns))


def _fits(data: bytes, columns: int) -> bool:
    if len(data) % (columns * FLOAT.itemsize):
        return False
    rows = np.frombuffer(data, dtype=FLOAT).reshape(-1, columns)
    with np.errstate(invalid="ignore"):
        return len(rows) >= MIN_ROWS and not bool((rows[:, INTENSITY] < 0).any())


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(str(count) for count in counts)
