"""Whatever a field holds, opening either says what is wrong or reads on: seeded damage, many times over."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.errors import BoresightError, FileProblemError
from fusion.formats.nuscenes.reader import NuScenesReader

Tables = dict[str, list[dict[str, Any]]]

JUNK: tuple[Any, ...] = (
    None, "", "x", "0", 0, -1, 1e308, math.nan, -math.inf, 2**63, True, [], {}, [[]], [None], {"token": "car"},
    [math.nan] * 3, [1e308] * 4, [0, 0, 0], [0, 0, 0, 0], "../x", "/x", "\ud800", "a" * 500, "Ünï", "car", "car-0",
    "sample-0", "scene-token", "c-lidar", "LIDAR_TOP", "CAM_FRONT", "ego",
)  # fmt: skip


def damage(tables: Tables, rng: np.random.Generator) -> None:
    """One to four fields of any records replaced, dropped or swapped with another record's."""
    for _ in range(rng.integers(1, 5)):
        records = tables[list(tables)[rng.integers(len(tables))]]
        if not records:
            continue
        record = records[rng.integers(len(records))]
        name = list(record)[rng.integers(len(record))] if record else "token"
        action = rng.integers(4)
        if action == 0:
            record.pop(name, None)
        elif action == 1:
            record[name] = records[rng.integers(len(records))].get(name)
        else:
            record[name] = JUNK[rng.integers(len(JUNK))]


@pytest.mark.parametrize("seed", range(6))
def test_damage_is_reported_and_never_a_crash(
    seed: int, tables: Tables, write: Callable[..., Path], sensor_files: Path
) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(10):
        spoilt = copy.deepcopy(tables)
        damage(spoilt, rng)
        try:
            reader = NuScenesReader(write(spoilt))
        except BoresightError:
            continue
        for name in reader.scene_names():
            scene = reader.read_scene(name)
            assert len(scene.labels) == len(scene.labels.boxes.yaws_rad)
            for stream in scene.streams.values():
                with contextlib.suppress(FileProblemError):
                    stream.load(0)
