"""Which measurements of a sensor are, byte for byte, the one before: a recorder that stalled, a copy that went wrong.

Even a parked vehicle never records the same picture or sweep twice: sensors are noisy to the last bit.
"""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import Any

import numpy as np

from calibration.arrays import IntArray
from fusion.errors import NotMeasurableError, UnsafePathError
from fusion.formats.safe_files import inside_root
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream

# Where the files are equally long, this much of the middle tells nearly all of them apart.
PROBE_BYTES = 4096
# No picture and no sweep that was recorded is smaller; what is holds nothing, and twice nothing is no repetition.
LEAST_BYTES = 4096


def repeated_measurements(scene: Scene, sensor: str) -> IntArray:
    """(K,) positions in the sensor's stream whose file holds the same bytes as the file before.

    Files that are missing are passed over: they are reported as what they are.

    Raises:
        NotMeasurableError: the measurements are not files of their own.
    """
    stream = scene.streams[sensor]
    if scene.root is None or not stream.paths:
        raise NotMeasurableError("measurements are in memory or in one archive, not in files")
    before: tuple[Path, int] | None = None
    repeated = []
    for position in range(len(stream)):
        file = _file_of(scene.root, stream, position)
        if file is None:
            continue
        if before is not None and _same(before, file):
            repeated.append(position)
        before = file
    return np.asarray(repeated, dtype=np.int64)


def _file_of(root: Path, stream: Stream[Any], position: int) -> tuple[Path, int] | None:
    """A measurement's file and its size; None where there is no such file, or next to nothing in it."""
    try:
        path = inside_root(root, stream.paths[position])
        size = path.stat().st_size
    except (UnsafePathError, OSError):
        return None
    return (path, size) if size >= LEAST_BYTES and path.is_file() else None


def _same(one: tuple[Path, int], other: tuple[Path, int]) -> bool:
    (first, first_bytes), (second, second_bytes) = one, other
    if first_bytes != second_bytes:
        return False
    try:
        if _probe(first, first_bytes) != _probe(second, second_bytes):
            return False
        return filecmp.cmp(first, second, shallow=False)
    except OSError:  # unreadable: the check of unreadable files says so
        return False


def _probe(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(size // 2 - PROBE_BYTES // 2, 0))
        return file.read(PROBE_BYTES)
