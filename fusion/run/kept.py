"""Where the scenes of a run are kept until all are done: in memory, or in a run folder; and what is planned for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

from calibration.kernels.choice import chosen
from calibration.rig import SensorRig
from calibration.rig_file import rig_text
from fusion.checks.settings import Settings
from fusion.run.document import Tool
from fusion.run.fingerprint import fingerprint
from fusion.run.phases import SceneResult
from fusion.run.run_folder import now
from fusion.run.run_record import Kernels, RunInput, RunRecord, Timings, library_versions, tool_version
from fusion.scene.dataset import Dataset


class Kept(Protocol):
    """Scenes that are done, by their number in the run."""

    def holds(self, number: int) -> bool:
        """Whether a scene is done."""

    def keep(self, number: int, result: SceneResult, seconds: float) -> None:
        """Keep a scene that is done."""

    def keep_failure(self, number: int, result: SceneResult) -> None:
        """Keep what is said of a scene whose process died."""

    def result(self, number: int) -> SceneResult:
        """A scene that is done."""


class InMemory:
    """Scenes of a run that is kept nowhere else."""

    def __init__(self) -> None:
        self._results: dict[int, SceneResult] = {}

    def holds(self, number: int) -> bool:
        return number in self._results

    def keep(self, number: int, result: SceneResult, seconds: float) -> None:
        self._results[number] = result

    def keep_failure(self, number: int, result: SceneResult) -> None:
        self._results[number] = result

    def result(self, number: int) -> SceneResult:
        return self._results.pop(number)


def planned(datasets: Sequence[Dataset], scenes: Sequence[tuple[str, ...]], settings: Settings) -> RunRecord:
    """The record of a run that is about to begin; looks through the files of the data sets."""
    inputs = [
        RunInput(
            root=str(dataset.root.absolute()),
            format=dataset.format,
            scenes=names,
            rig=None if dataset.rig is None else _digest(dataset.rig),
            fingerprint=fingerprint(dataset.root),
        )
        for dataset, names in zip(datasets, scenes, strict=True)
    ]
    return RunRecord(
        tool=Tool(version=tool_version()),
        state="running",
        versions=library_versions(),
        settings=settings.model_dump(mode="json", by_alias=True),
        kernels=Kernels.of(chosen()),
        opened=tuple(one.root for one in inputs),
        inputs=tuple(inputs),
        timings=Timings(started=now()),
    )


def _digest(rig: SensorRig) -> str:
    return hashlib.sha256(rig_text(rig).encode()).hexdigest()
