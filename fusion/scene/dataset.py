"""A data set: scenes by name, read when asked for, and why its format was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from calibration.rig import SensorRig
from fusion.errors import DatasetError
from fusion.scene.given_rig import with_rig
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene


class SceneSource(Protocol):
    """What every reader offers once it has accepted a root."""

    format: str
    problems: ProblemLog

    def scene_names(self) -> tuple[str, ...]:
        """Names of the scenes, in the data set's order."""

    def read_scene(self, name: str) -> Scene:
        """One scene; what can't be read becomes a problem of the scene, never a crash."""


@dataclass(eq=False)
class Dataset:
    """Scenes under one root.

    format: the reader's name; why: the evidence for that choice, one line; problems: what went wrong before any scene
    was read (tables that don't parse); rig: sensors that replace those of the data set.
    """

    root: Path
    source: SceneSource
    why: str
    rig: SensorRig | None = None

    @property
    def format(self) -> str:
        """Name of the format, as `--format` takes it."""
        return self.source.format

    @property
    def problems(self) -> ProblemLog:
        """What could not be read of the data set as a whole."""
        return self.source.problems

    @property
    def scene_names(self) -> tuple[str, ...]:
        """Names of all scenes."""
        return self.source.scene_names()

    def scene(self, name: str) -> Scene:
        """One scene by name.

        Raises:
            DatasetError: there is no such scene.
        """
        self.require_scene(name)
        scene = self.source.read_scene(name)
        return scene if self.rig is None else with_rig(scene, self.rig)

    def require_scene(self, name: str) -> None:
        """Make sure that there is such a scene.

        Raises:
            DatasetError: there is none.
        """
        if name not in self.scene_names:
            known = ", ".join(self.scene_names[:5]) + (", ..." if len(self.scene_names) > 5 else "")
            raise DatasetError(f"{self.root} has no scene {name!r}; it has {known or 'none'}")

    def scenes(self) -> Iterator[Scene]:
        """All scenes, one after the other."""
        return (self.scene(name) for name in self.scene_names)
