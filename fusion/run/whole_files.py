"""Files that are there whole or not at all, whenever the process or the machine stops."""

from __future__ import annotations

import os
from pathlib import Path

SUFFIX = ".unfinished"


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place with one rename, once its bytes are on the disk; a link of that name is replaced.

    Raises:
        OSError: it can't be written; what was there before is still there.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}{SUFFIX}")
    try:
        unfinished.unlink(missing_ok=True)
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_names(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what writers left that were killed; only for who holds the folder's lock.

    Raises:
        OSError: the folder can't be listed or changed.
    """
    for path in folder.glob(f".*{SUFFIX}"):
        path.unlink(missing_ok=True)


def _sync_names(folder: Path) -> None:
    """Bring the new name to the disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
