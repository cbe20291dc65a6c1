"""Where a finding points to."""

from __future__ import annotations

from pathlib import Path


def file_and_line(source: str) -> tuple[str, int | None]:
    """`label_2/000003.txt:7` as the file and the line; the line is None where the source names none."""
    path, _, number = source.rpartition(":")
    return (path, int(number)) if path and number.isdecimal() and int(number) > 0 else (source, None)


def seen_from_here(path: str, root: str) -> str:
    """A file of a data set as seen from the working folder.

    A finding's files are relative to the data set's own root; what was typed may be a split, a table folder or a
    file further in, so the folders above it are tried as well.
    """
    return str(_below_here(_found(path, root) or Path(root) / path))


def in_workspace(path: str, root: str) -> str:
    """A file as services find it that know the working folder alone; relative to the data set if it is not in there."""
    found = _found(path, root)
    seen = None if found is None else _below_here(found)
    return path if seen is None or seen.is_absolute() else seen.as_posix()


def _found(path: str, root: str) -> Path | None:
    folders = (Path(root), *Path(root).parents)
    return next((folder / path for folder in folders if (folder / path).exists()), None)


def _below_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
