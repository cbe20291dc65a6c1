"""A JSON table as text whose records can be replaced, removed and added; the others stay as they are, byte for byte."""

from __future__ import annotations

import json
import re
from typing import Any

from calibration.errors import FileProblemError

SPACE = re.compile(r"[\s,]*")
Record = dict[str, Any]


class RecordTable:
    """A table by token.

    Raises:
        FileProblemError: the text is no JSON list of records.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.changed = False
        text = content.decode("utf-8-sig")
        start = text.find("[")
        if start < 0:
            raise FileProblemError(name, "expected a list of records")
        self.head = text[: start + 1]
        self.texts: dict[str, str] = {}
        self.records: dict[str, Record] = {}
        self.separators: list[str] = []
        place, decoder = start + 1, json.JSONDecoder()
        while True:
            gap = SPACE.match(text, place)
            begin = gap.end() if gap else place
            if text[begin : begin + 1] == "]" or begin == len(text):
                self.tail = text[place:]
                break
            record, end = decoder.raw_decode(text, begin)
            self.separators.append(text[place:begin])
            self.texts[str(record.get("token"))] = text[begin:end]
            self.records[str(record.get("token"))] = record
            place = end
        self._template = next(iter(self.texts.values()), "{}")
        self._between = self.separators[1] if len(self.separators) > 1 else ",\n"
        self._first = self.separators[0] if self.separators else "\n"

    def update(self, token: str, **fields: Any) -> None:
        """Change fields of a record; one that already is so stays untouched."""
        record = self.records[token]
        if any(record.get(name) != value or name not in record for name, value in fields.items()):
            self.put({**record, **fields})

    def put(self, record: Record) -> None:
        """Replace the record of the same token, or add it at the end."""
        self.changed = True
        self.records[record["token"]] = record
        self.texts[record["token"]] = self._as_text(record)

    def remove(self, token: str) -> None:
        """Take a record out."""
        self.changed = True
        del self.records[token], self.texts[token]

    def content(self) -> bytes:
        """The whole table."""
        return (self.head + self._first + self._between.join(self.texts.values()) + self.tail).encode()

    def _as_text(self, record: Record) -> str:
        """Laid out as the first record of the table is."""
        lines = self._template.splitlines()
        if len(lines) < 2:
            compact = '": ' not in self._template
            return json.dumps(record, ensure_ascii=False, separators=(",", ":") if compact else None)
        inner, outer = (len(line) - len(line.lstrip()) for line in (lines[1], lines[-1]))
        text = json.dumps(record, ensure_ascii=False, indent=max(inner - outer, 0))
        return text.replace("\n", "\n" + " " * outer)
