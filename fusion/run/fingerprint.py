"""What a data set's files were when a run read them, so that a later one can tell whether they changed.

Tables, labels, poses and calibration are hashed; sweeps and images, which are most of the bytes, count by name and
size. An image replaced by another one of the same size goes unnoticed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

POINT_SUFFIXES = (".bin", ".pcd", ".ply", ".las", ".laz", ".npy", ".npz", ".bag", ".mcap")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".avi", ".mp4", ".mkv")
# Argoverse 2 keeps sweeps as tables; the folder tells them from labels.
TABLE_SUFFIX, SENSOR_FOLDER = ".feather", "sensors"
# The largest table of nuScenes has half of this; of what is larger, the beginning and the size count.
MAX_HASHED_BYTES = 2**30
MOST_NAMED = 2000
BLOCK_BYTES = 2**20
# A run kept inside the data set is no part of it.
RUN_FILES = ("run.json", "findings.json", "findings.parquet", "shards")


class HashedFile(BaseModel):
    """A file that holds no sensor's data; the name is relative to the root."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    bytes: int
    sha256: str


class Fingerprint(BaseModel):
    """All files below a root.

    digest: stands for everything; hashed: the first of the files whose content counts, to say which of them changed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: str
    files: int
    bytes: int
    hashed: tuple[HashedFile, ...]


def fingerprint(root: Path) -> Fingerprint:
    """Look through a data set; what can't be read counts by its name alone, its reader will complain.

    root: a folder, or a single file.
    """
    everything = hashlib.sha256()
    hashed: list[HashedFile] = []
    files = size = 0
    for name, path in _files(root):
        held = _size(path)
        told = HashedFile(name=name, bytes=held, sha256="" if _is_sensor_file(name) else _sha256(path))
        if told.sha256 and len(hashed) < MOST_NAMED:
            hashed.append(told)
        everything.update(f"{name}\0{held}\0{told.sha256}\n".encode("utf-8", "surrogateescape"))
        files, size = files + 1, size + held
    return Fingerprint(digest=everything.hexdigest(), files=files, bytes=size, hashed=tuple(hashed))


def changed_files(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """Names of the files that came, went or changed, as far as both fingerprints name them."""
    old, new = ({file.name: file.sha256 for file in one.hashed} for one in (before, after))
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Files below the root by their relative names, in the order of names; links are followed, each folder once."""
    if not root.is_dir():
        yield root.name, root
        return
    seen: set[tuple[int, int]] = set()
    for folder, inner, names in os.walk(root, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        own = RUN_FILES if RUN_FILES[0] in names else ()
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name not in own)
        for name in sorted(names):
            if not name.startswith(".") and name not in own:
                path = Path(folder, name)
                yield path.relative_to(root).as_posix(), path


def _is_sensor_file(name: str) -> bool:
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    is_sweep_table = suffix == TABLE_SUFFIX and SENSOR_FOLDER in path.parts
    return suffix in POINT_SUFFIXES or suffix in PICTURE_SUFFIXES or is_sweep_table


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0  # a dangling link


def _sha256(path: Path) -> str:
    content = hashlib.sha256()
    try:
        if not path.is_file():
            return "unreadable"
        with path.open("rb") as file:
            for block in iter(lambda: file.read(BLOCK_BYTES), b""):
                content.update(block)
                if file.tell() >= MAX_HASHED_BYTES:
                    break
    except OSError:
        return "unreadable"
    return content.hexdigest()
