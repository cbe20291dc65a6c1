"""Whatever the bytes of a log are, opening either says what is wrong or reads on: seeded damage, many times over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.formats.argoverse2.reader import Argoverse2Reader


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut off, a few bytes changed anywhere, or near either end, where the description of the columns is."""
    spoilt = bytearray(data)
    where = rng.integers(4)
    if where == 0:
        return data[: rng.integers(len(data))]
    low, high = ((0, len(data)), (0, min(len(data), 600)), (max(0, len(data) - 600), len(data)))[where - 1]
    for place in rng.integers(low, high, rng.integers(1, 8)):
        spoilt[place] = rng.integers(256)
    return bytes(spoilt)


@pytest.mark.parametrize("seed", range(4))
def test_damage_is_reported_and_never_a_crash(
    seed: int, log: dict[str, dict[str, Any]], write: Callable[..., Path]
) -> None:
    rng = np.random.default_rng(seed)
    root = write(log)
    files = {path: path.read_bytes() for path in sorted(root.rglob("*.feather"))}
    for _ in range(30):
        path = list(files)[rng.integers(len(files))]
        path.write_bytes(damaged(files[path], rng))
        scene = Argoverse2Reader(root).read_scene(root.name)
        assert len(scene.labels) == len(scene.labels.boxes.yaws_rad)
        for index in range(len(scene.streams["lidar"])):
            with contextlib.suppress(FileProblemError):
                scene.streams["lidar"].load(index)
        path.write_bytes(files[path])
