"""JSON taken apart member by member: only what is asked for is decoded, the rest stays bytes.

An OpenLABEL file may hold millions of numbers in members nobody needs (`vec` lists of lidar points). Decoding level by
level keeps them as slices of the file's own bytes.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
import numpy as np

from calibration.arrays import FloatArray
from calibration.errors import FileProblemError

Value = TypeVar("Value")
Members = dict[str, msgspec.Raw]

NULL = b"null"
LONGEST_NULL = 16  # with whitespace; beyond it a value isn't copied just to be compared
# Nothing on a road is as large in any unit, and products of a few such numbers are still far from overflowing.
LARGEST = 1e12
# What Python writes and JSON does not know; strings are matched first, so that words inside them stay.
NOT_JSON = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b', re.DOTALL)

_MEMBERS = msgspec.json.Decoder(Members)
_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])
_NUMBERS = msgspec.json.Decoder(list[float] | None)
_NESTED_NUMBERS = msgspec.json.Decoder(list[list[float]])


class MalformedError(Exception):
    """A value is not what it should be; the message says what was expected and what came."""


def members_of_file(data: bytes, path: str) -> Members:
    """The members of the object a file holds.

    Raises:
        FileProblemError: no JSON object.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return _MEMBERS.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        repaired = NOT_JSON.sub(lambda found: found[0] if found[0].startswith(b'"') else NULL, data)
        if repaired != data:
            return members_of_file(repaired, path)
        raise FileProblemError(path, f"is no JSON object: {error}") from error


def members(raw: msgspec.Raw | None) -> Members:
    """The members of an object; none where it is absent or null.

    Raises:
        MalformedError: it is no object.
    """
    return {} if is_absent(raw) else _decoded(_MEMBERS, raw, "an object")


def entries(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    """The entries of a list; none where it is absent or null.

    Raises:
        MalformedError: it is no list.
    """
    return [] if is_absent(raw) else _decoded(_ENTRIES, raw, "a list")


def text(raw: msgspec.Raw | None) -> str:
    """A string, "" where it is absent or null. A number is taken as it is written.

    Raises:
        MalformedError: it is neither.
    """
    if is_absent(raw):
        return ""
    value = value_of(raw)
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bytes(raw).decode("ascii").strip()  # type: ignore[arg-type]
    raise MalformedError(f"expected text, got {shortened(raw)}")


def value_of(raw: msgspec.Raw | None) -> Any:
    """Whatever it is, as Python objects.

    Raises:
        MalformedError: it is nested too deeply, or a number too large.
    """
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedError(f"{error} in {shortened(raw)}") from error


def numbers(raw: msgspec.Raw | None, counts: tuple[int, ...], what: str) -> FloatArray:
    """A list of finite numbers, as long as one of the counts.

    Raises:
        MalformedError: anything else.
    """
    expected = " or ".join(str(count) for count in counts)
    if is_absent(raw):
        raise MalformedError(f"{what} needs {expected} numbers, got none")
    try:
        values = _decoded(_NUMBERS, raw, "numbers")
    except MalformedError as error:
        raise MalformedError(f"{what} needs {expected} numbers, got {shortened(raw)}") from error
    if len(values) not in counts:
        raise MalformedError(f"{what} needs {expected} numbers, got {len(values)}")
    column = np.asarray(values, dtype=np.float64)
    if not (np.abs(column) <= LARGEST).all():
        raise MalformedError(f"{what} has a number beyond {LARGEST:g}: {shortened(raw)}")
    return column


def matrix(raw: msgspec.Raw | None, shapes: tuple[tuple[int, int], ...], what: str) -> FloatArray:
    """A matrix, written row by row: as one list, or as a list of rows.

    Raises:
        MalformedError: no numbers, or another count of them.
    """
    try:
        rows = _NESTED_NUMBERS.decode(raw) if raw is not None else []
        raw = msgspec.Raw(msgspec.json.encode([value for row in rows for value in row]))
    except msgspec.MsgspecError:
        pass  # one flat list, or nothing that `numbers` would accept
    values = numbers(raw, tuple(rows * columns for rows, columns in shapes), what)
    return next(values.reshape(shape) for shape in shapes if shape[0] * shape[1] == len(values))


def is_absent(raw: msgspec.Raw | None) -> bool:
    """Not there, or null."""
    return raw is None or (len(memoryview(raw)) <= LONGEST_NULL and bytes(raw).strip() == NULL)


def shortened(raw: msgspec.Raw | None, most: int = 60) -> str:
    """The start of a value, for a message."""
    written = b"" if raw is None else bytes(memoryview(raw)[: 4 * most])
    line = " ".join(written.decode("utf-8", "replace").split())
    return line if len(line) <= most else line[:most] + "..."


def _decoded(decoder: msgspec.json.Decoder[Value], raw: msgspec.Raw | None, expected: str) -> Value:
    try:
        return decoder.decode(raw or NULL)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedError(f"expected {expected}, got {shortened(raw)}") from error
