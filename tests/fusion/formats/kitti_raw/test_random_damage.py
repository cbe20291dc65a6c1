"""Whatever a text holds, reading either says what is wrong or reads on: seeded damage, many times over."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.formats.kitti_raw.reader import KittiRawReader

JUNK = (
    b"",
    b"nan",
    b"1e308",
    b"-",
    b"9" * 20,
    b"<",
    b"&a;",
    b"\xff",
    b"\x00",
    b"\n",
    b":",
    b"0 0 0",
    b"2011-02-30",
    b"</item>",
)


def damage(data: bytes, rng: np.random.Generator) -> bytes:
    """A stretch of some bytes replaced by junk, or a cut."""
    start = int(rng.integers(len(data) + 1))
    end = len(data) if rng.random() < 0.2 else start + int(rng.integers(8))
    return data[:start] + JUNK[rng.integers(len(JUNK))] + data[end:]


@pytest.mark.parametrize("seed", range(4))
def test_damage_is_reported_and_never_a_crash(seed: int, raw: Any) -> None:
    rng = np.random.default_rng(seed)
    texts = sorted(path for suffix in ("txt", "xml") for path in Path(raw.root).rglob(f"*.{suffix}"))
    whole = {path: path.read_bytes() for path in texts}
    for _ in range(25):
        path = texts[rng.integers(len(texts))]
        path.write_bytes(damage(whole[path], rng))
        scene = KittiRawReader(raw.root).read_scene("2011_09_26_drive_0001_sync")
        assert len(scene.labels) == len(scene.labels.boxes.yaws_rad)
        for stream in scene.streams.values():
            with contextlib.suppress(FileProblemError):
                stream.load(0)
        path.write_bytes(whole[path])
