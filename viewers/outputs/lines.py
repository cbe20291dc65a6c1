"""Text for a person before it meets a terminal: lines of spans, each with the role it plays.

Whatever a data set names (labels, classes, files, scenes) goes through `printable`: a class called ESC[2J must not
clear the reader's screen, and one with a line break must not fake a finding.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["", "strong", "dim", "code", "error", "warning", "info", "good"]

# Control, format (bidirectional overrides among them), surrogate, private, unassigned, line and paragraph separators.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True)
class Span:
    """A piece of a line."""

    text: str
    role: Role = ""


@dataclass(frozen=True)
class Line:
    """One line; wrapped, it goes on `hang` columns further right."""

    spans: tuple[Span, ...] = ()
    indent: int = 0
    hang: int = 2

    @property
    def text(self) -> str:
        """The line without roles."""
        return " " * self.indent + "".join(span.text for span in self.spans)


def printable(text: object) -> str:
    """The text with everything that is no visible character written out, as Python would escape it."""
    return "".join(_visible(letter) for letter in str(text))


def _visible(letter: str) -> str:
    if unicodedata.category(letter) not in HIDDEN:
        return letter
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")


def line(*parts: Span | str, indent: int = 0, hang: int = 2) -> Line:
    """A line of spans and plain text, all made printable."""
    spans = (part if isinstance(part, Span) else Span(part) for part in parts)
    return Line(tuple(Span(printable(span.text), span.role) for span in spans), indent, hang)


def table(rows: Iterable[Sequence[Span | str]], right: Iterable[int] = (), indent: int = 0) -> list[Line]:
    """Rows with their columns under each other, those of `right` by their last letter; the last one may wrap."""
    cells = [[cell if isinstance(cell, Span) else Span(cell) for cell in row] for row in rows]
    shown = [[Span(printable(cell.text), cell.role) for cell in row] for row in cells]
    widths = [max(cells_wide(row[column].text) for row in shown) for column in range(len(shown[0]))] if shown else []
    aligned = set(right)
    lines = []
    for row in shown:
        spans = [_padded(cell, widths[column], column in aligned) for column, cell in enumerate(row[:-1])]
        last = _padded(row[-1], widths[-1], True) if len(row) - 1 in aligned else row[-1]
        lines.append(Line((*spans, last), indent, sum(widths[:-1]) + GAP * (len(widths) - 1)))
    return lines


GAP = 2


def _padded(cell: Span, width: int, right: bool) -> Span:
    space = " " * (width - cells_wide(cell.text))
    gap = "" if right and not space and not width else " " * GAP
    return Span(space + cell.text + gap if right else cell.text + space + gap, cell.role)


def cells_wide(text: str) -> int:
    """Columns a terminal needs for it: Chinese and the like take two a letter, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def plain(lines: Iterable[Line]) -> str:
    """The lines without colours, each in one piece."""
    return "".join(f"{one.text.rstrip()}\n" for one in lines)
