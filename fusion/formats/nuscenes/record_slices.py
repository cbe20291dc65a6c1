"""A JSON table of records, read in slices so that a gigabyte of text never stands in memory at once.

A slice is cut where one record ends and the next one starts, and decoded straight into typed records. What the strict
decoder refuses is tried again record by record with Python's own: it accepts the NaN that Python writes, and one
wrong record stays one wrong record. A cut that went through nested braces shows as text that doesn't parse; then the
rest of the file is taken in one piece, so the cut can cost memory but never correctness.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

from calibration.errors import FileProblemError
from fusion.formats.nuscenes.records import TokenRecord

Record = TypeVar("Record", bound=TokenRecord)

SLICE_BYTES = 4 * 1024**2
# Records are a few hundred bytes, so the end of a slice always holds the last place to cut it.
CUT_WITHIN_BYTES = 64 * 1024
CUT = re.compile(rb"\}(?=\s*,\s*\{)")
BETWEEN_RECORDS = b", \t\r\n"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class RecordSlice(Generic[Record]):
    """Consecutive records of a table.

    records: those that decoded; rejected: (position in the table from 0, what is wrong with it) of those that didn't;
    unread: names of fields we don't read, told by the table's first record.
    """

    records: list[Record]
    rejected: list[tuple[int, str]]
    unread: tuple[str, ...] = ()


def read_slices(
    path: Path, name: str, record_type: type[Record], slice_bytes: int = SLICE_BYTES
) -> Iterator[RecordSlice[Record]]:
    """All records of a table, a slice at a time; errors call the file `name`.

    Raises:
        FileProblemError: the file is missing, no JSON (with the line where it stops being it), or no list of records.
    """
    decoder = msgspec.json.Decoder(list[record_type])  # type: ignore[valid-type]  # a type only known here
    position = 0
    try:
        with path.open("rb") as file:
            for piece in _pieces(file, slice_bytes):
                try:
                    part = RecordSlice(decoder.decode(piece.text), [])
                except (msgspec.DecodeError, UnicodeDecodeError):
                    part = _read_leniently(piece, position, name, record_type)
                if position == 0:
                    part = RecordSlice(part.records, part.rejected, _unread_fields(piece.text, record_type))
                position += len(part.records) + len(part.rejected)
                yield part
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise FileProblemError(name, "no such file" if missing else f"can't be read: {error.strerror}") from error


class _Piece:
    """Whole records cut out of a table as a JSON list of their own, with what is needed to take the rest along."""

    def __init__(self, file: BinaryIO, start: int, body: bytes | memoryview, last: bool) -> None:
        self.file = file
        self.start = start
        self.last = last
        self.extended = False
        text = b"".join((b"[" if start else b"", body, b"" if last else b"]"))
        self.text = text if start else text.removeprefix(BYTE_ORDER_MARK)

    def with_the_rest(self) -> _Piece:
        """The same records and all that follow; no further piece comes after."""
        self.extended = True
        self.file.seek(self.start)
        return _Piece(self.file, self.start, self.file.read(), last=True)


def _pieces(file: BinaryIO, slice_bytes: int) -> Iterator[_Piece]:
    start, pending = 0, b""
    while block := file.read(slice_bytes):
        pending = pending + block if pending else block
        cut = _last_cut(pending) if len(block) == slice_bytes else None
        if cut is None:
            continue
        piece = _Piece(file, start, memoryview(pending)[:cut], last=False)
        yield piece
        if piece.extended:
            return
        start, pending = start + len(pending), pending[cut:].lstrip(BETWEEN_RECORDS)
        start -= len(pending)
    yield _Piece(file, start, pending, last=True)


def _last_cut(pending: bytes) -> int | None:
    """Where the last record that is followed by another one ends."""
    window = max(0, len(pending) - CUT_WITHIN_BYTES)
    ends = [found.end() for found in CUT.finditer(pending, window)]
    return ends[-1] if ends else None


def _read_leniently(piece: _Piece, position: int, name: str, record_type: type[Record]) -> RecordSlice[Record]:
    try:
        found = json.loads(piece.text)
    except (ValueError, RecursionError) as error:
        if not piece.last:
            return _read_leniently(piece.with_the_rest(), position, name, record_type)
        raise _malformed(piece, name, error) from error
    if not isinstance(found, list):
        raise FileProblemError(name, f"expected a list of records, found {_kind(found)}", 1)
    records: list[Record] = []
    rejected: list[tuple[int, str]] = []
    for number, fields in enumerate(found, position):
        try:
            msgspec.json.encode(fields)
            records.append(msgspec.convert(fields, record_type))
        except UnicodeEncodeError:
            rejected.append((number, "holds half of a UTF-16 surrogate pair, which is no character"))
        except (msgspec.ValidationError, RecursionError) as error:
            rejected.append((number, str(error)))
    return RecordSlice(records, rejected)


def _malformed(piece: _Piece, name: str, error: Exception) -> FileProblemError:
    """The error with the byte and line of the file where the text stops being JSON."""
    if isinstance(error, UnicodeDecodeError):
        within, what = error.start, f"{error.object[error.start]:#04x} is no UTF-8"
    elif isinstance(error, json.JSONDecodeError):
        within, what = len(error.doc[: error.pos].encode("utf-8", "surrogatepass")), error.msg.lower()
    else:
        within, what = 0, "it is nested too deeply for a table"
    if within >= len(piece.text.rstrip()) or what.startswith("unterminated string"):
        within = len(piece.text)
        what = "the text ends in the middle of the table"
    byte = max(0, piece.start + within - (1 if piece.start else 0))
    piece.file.seek(0)
    line = piece.file.read(byte).count(b"\n") + 1
    return FileProblemError(name, f"is no complete JSON: {what} (byte {byte})", line)


def _unread_fields(text: bytes, record_type: type[Record]) -> tuple[str, ...]:
    """Fields of the first record that its type doesn't have."""
    first = text.find(b"{")
    if first < 0:
        return ()
    try:
        fields, _ = json.JSONDecoder().raw_decode(text[first:].decode(errors="replace"))
    except (ValueError, RecursionError):
        return ()
    return tuple(field for field in fields if field not in record_type.__struct_fields__)


def _kind(found: object) -> str:
    return {dict: "an object", str: "a text", bool: "true or false", type(None): "null"}.get(type(found), "a number")
