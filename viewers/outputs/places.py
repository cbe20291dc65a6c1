"""Where a finding points to."""

from __future__ import annotations


def file_and_line(source: str) -> tuple[str, int | None]:
    """`label_2/000003.txt:7` as the file and the line; the line is None where the source names none."""
    path, _, number = source.rpartition(":")
    return (path, int(number)) if path and number.isdecimal() and int(number) > 0 else (source, None)
