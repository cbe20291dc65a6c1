"""Point cloud files in PCD with binary data: columns of mixed types, named by a header.

Source: PCL documentation, "The PCD (Point Cloud Data) file format", version 0.7.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.errors import FileProblemError

MAX_HEADER_BYTES = 4096
NEEDED_LINES = ("FIELDS", "SIZE", "TYPE", "POINTS", "DATA")
TYPE_LETTERS = {"F": "f", "I": "i", "U": "u"}
SIZES = {"F": (4, 8), "I": (1, 2, 4, 8), "U": (1, 2, 4, 8)}


def read_pcd(data: bytes, name: str) -> NDArray[Any]:
    """The points of a binary PCD file as a structured array (N,), a field for each of the file's.

    Args:
        data: the whole file.
        name: what errors call it.

    Raises:
        FileProblemError: no PCD header, a header that contradicts itself, other than binary data, or a file that ends
            before the last point.
    """
    header, start = _header(data, name)
    kind = header["DATA"]
    if kind != ["binary"]:
        raise FileProblemError(name, f"holds {' '.join(kind)} data; only binary PCD is read here")
    row = _row_type(header, name)
    points = _whole_number(header, "POINTS", name)
    needed = points * row.itemsize
    if len(data) - start < needed:
        raise FileProblemError(
            name, f"truncated: {points} points need {needed} bytes after the header, got {len(data) - start}"
        )
    return np.frombuffer(data, dtype=row, count=points, offset=start)


def fields_of(points: NDArray[Any], name: str) -> tuple[str, ...]:
    """Names of the columns `read_pcd` found, x, y and z among them; errors call the file `name`.

    Raises:
        FileProblemError: a coordinate is missing.
    """
    fields = points.dtype.names or ()
    missing = [axis for axis in "xyz" if axis not in fields]
    if missing:
        raise FileProblemError(name, f"has no field {', '.join(missing)}")
    return fields


def _header(data: bytes, name: str) -> tuple[dict[str, list[str]], int]:
    """Words of each header line by its keyword, and where the data starts."""
    words: dict[str, list[str]] = {}
    start = 0
    while "DATA" not in words:
        end = data.find(b"\n", start, MAX_HEADER_BYTES)
        if end < 0:
            raise FileProblemError(name, "no PCD file: its header has no DATA line")
        line = data[start:end].decode("ascii", "replace").split()
        start = end + 1
        if line and not line[0].startswith("#"):
            words[line[0].upper()] = line[1:]
    missing = [keyword for keyword in NEEDED_LINES if keyword not in words]
    if missing:
        raise FileProblemError(name, f"the PCD header has no {', '.join(missing)} line")
    return words, start


def _row_type(header: dict[str, list[str]], name: str) -> np.dtype[Any]:
    fields, sizes, types = header["FIELDS"], header["SIZE"], header["TYPE"]
    counts = header.get("COUNT", ["1"] * len(fields))
    if not len(fields) == len(sizes) == len(types) == len(counts):
        raise FileProblemError(
            name,
            f"the PCD header has {len(fields)} FIELDS, {len(sizes)} SIZE, {len(types)} TYPE and {len(counts)} COUNT",
        )
    if len(set(fields)) != len(fields) or set(counts) != {"1"}:
        raise FileProblemError(name, "PCD fields that repeat, or with a COUNT other than 1, are not read here")
    columns = []
    for field, size, letter in zip(fields, sizes, types, strict=True):
        if letter not in SIZES or size not in [str(known) for known in SIZES[letter]]:
            raise FileProblemError(name, f"field {field!r} of the PCD header has unknown TYPE {letter} of SIZE {size}")
        columns.append((field, f"<{TYPE_LETTERS[letter]}{size}"))
    return np.dtype(columns)


def _whole_number(header: dict[str, list[str]], keyword: str, name: str) -> int:
    words = header[keyword]
    if len(words) != 1 or not words[0].isdecimal():
        raise FileProblemError(name, f"{keyword} of the PCD header must be one whole number, got {' '.join(words)!r}")
    return int(words[0])
