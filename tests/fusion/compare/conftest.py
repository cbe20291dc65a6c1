"""Label sets in memory: cars in rows, drawn by several people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fusion.compare.compare import LabelSource
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

START_NS = 1_600_000_000_000_000_000
PERIOD_NS = 100_000_000


@dataclass
class InMemory:
    """A source of scenes that were read already."""

    held: dict[str, Scene]
    format: str = "arrays"
    problems: ProblemLog = field(default_factory=ProblemLog)

    def scene_names(self) -> tuple[str, ...]:
        return tuple(self.held)

    def read_scene(self, name: str) -> Scene:
        return self.held[name]


def drawn(rows: Sequence[tuple[Any, ...]], **columns: Any) -> Boxes3D:
    """Boxes of rows: frame, track, class, x, y and, if not 0, yaw in degrees."""
    values = np.asarray([[row[3], row[4], 0.0, row[5] if len(row) > 5 else 0.0] for row in rows], dtype=float)
    values = values.reshape(-1, 4)
    return Boxes3D.upright(
        values[:, :3],
        [(0.8, 0.8, 1.8) if row[2] == "pedestrian" else (4.0, 2.0, 1.5) for row in rows] or np.zeros((0, 3)),
        np.radians(values[:, 3]),
        category=[row[2] for row in rows],
        track=[row[1] for row in rows],
        label_ids=[f"{row[1]}@{row[0]}" for row in rows],
        timestamps_ns=[START_NS + row[0] * PERIOD_NS for row in rows],
        **columns,
    )


@pytest.fixture
def scene() -> Callable[..., Scene]:
    """`scene(rows, frames=3, shift_ns=0, poses=None, reference="ego")`."""

    def build(rows: Sequence[tuple[Any, ...]], frames: int = 3, shift_ns: int = 0, **parts: Any) -> Scene:
        columns = parts.pop("columns", {})
        return scene_from_arrays(
            **{
                "boxes": drawn(rows, **columns) if rows else None,
                "box_frames": [row[0] for row in rows] if rows else None,
                "timestamps_ns": START_NS + np.arange(frames) * PERIOD_NS + shift_ns,
                **parts,
            }
        )

    return build


@pytest.fixture
def source() -> Callable[..., LabelSource]:
    """`source("ada", scene, scene)`: a label set of scenes called s0, s1 ..."""

    def build(name: str, *scenes: Scene, names: Sequence[str] = ()) -> LabelSource:
        keys = names or [f"s{number}" for number in range(len(scenes))]
        held = {key: replace(one, name=key) for key, one in zip(keys, scenes, strict=True)}
        return LabelSource(name, Dataset(root=Path(name), source=InMemory(held), why="in memory"))

    return build
