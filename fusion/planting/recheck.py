"""A clean scene checked frame by frame, and the same scene with faults, where only what changed is checked again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import IntArray
from calibration.errors import BoresightError
from fusion.checks.assessment import Assessment
from fusion.checks.settings import Settings
from fusion.checks.subject import NameRows, TrackRows
from fusion.planting.plant import PlantedScene
from fusion.run.phases import Measured, SceneResult, judge_scene, measure_frames
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene

# Sweeps of a scene of a few hundred frames with what is measured of them; a self-test goes over them again and again.
CAPACITY_BYTES = 2 * 1024**3
# What is measured of sensors alone, whatever the labels say.
OF_FRAMES = frozenset({"points in ego", "ray origins", "ground"})
OF_SCENES = frozenset({"frame poses", "ego motion"})


@dataclass(frozen=True, eq=False)
class CleanScene:
    """A scene as it was read; chunks: its frames as measured, one by one; result: as judged."""

    scene: Scene
    settings: Settings
    chunks: tuple[Measured, ...]
    result: SceneResult

    @classmethod
    def of(cls, scene: Scene, settings: Settings, progress: Callable[[int], None] | None = None) -> CleanScene:
        """Check a scene; `progress` is told how many frames are done."""
        scene.measurements.capacity_bytes = CAPACITY_BYTES
        chunks = []
        for frame in range(len(scene.frames)):
            chunks.append(measure_frames(scene, [frame], settings))
            if progress is not None:
                progress(frame + 1)
        judged = replace(scene, problems=ProblemLog(scene.problems))
        return cls(scene, settings, tuple(chunks), judge_scene(judged, chunks, settings))

    def recheck(self, planted: PlantedScene) -> SceneResult:
        """The planted scene, judged.

        Where only labels changed, frames without a changed label keep what was measured of them; checks of whole
        tracks and streams run again in any case.
        """
        if not planted.labels_only:
            frames = range(len(planted.scene.frames))
            return judge_scene(planted.scene, [measure_frames(planted.scene, frames, self.settings)], self.settings)
        changed = {frame for truth in planted.truths for frame in truth.frames}
        valid = self.scene.measurements.copy_of(lambda key: self._holds(key, changed))
        scene = replace(planted.scene, measurements=valid)
        row_now = self._row_now(scene)
        chunks = [
            measure_frames(scene, [frame], self.settings) if frame in changed else _renumbered(chunk, row_now)
            for frame, chunk in enumerate(self.chunks)
        ]
        return judge_scene(scene, chunks, self.settings)

    def _holds(self, key: Hashable, changed: set[int]) -> bool:
        """Whether a measurement is still true: it is of sensors alone, or of a frame whose labels stay.

        Neighbours of a changed frame are measured again, as velocities of their boxes may be others.
        """
        if not isinstance(key, tuple) or not isinstance(key[0], int):
            return key in OF_SCENES
        frame, name = key[0], str(key[1])
        if not changed & {frame - 1, frame, frame + 1}:
            return True
        sensors = self.scene.streams
        return name in OF_FRAMES or any(name in (f"sweep {sensor}", f"points in {sensor}") for sensor in sensors)

    def _row_now(self, scene: Scene) -> IntArray:
        """(M + 1,) where each row of the labels went, -1 where it is gone; the last entry is for no row."""
        row_of = {label: row for row, label in enumerate(scene.labels.boxes.label_ids)}
        return np.asarray([*(row_of.get(label, -1) for label in self.scene.labels.boxes.label_ids), -1], dtype=np.int64)

    def assessed_labels(self) -> dict[str, int]:
        """Labels that at least one check of a family assessed, by family."""
        seen: dict[str, np.ndarray] = {}
        for chunk in self.chunks:
            for code, residuals in chunk.residuals.items():
                self._mark(seen, code, residuals.label_rows[residuals.assessed])
        for check in self.settings.active_checks:
            if check.level != "scene":
                continue
            try:
                assessments = check.assess(self.scene, self.settings.limits_of(check))
            except BoresightError:
                continue  # it assessed nothing, and the tally says why
            for assessment in assessments:
                self._mark(seen, check.code, _label_rows(assessment))
        return {family: int(rows.sum()) for family, rows in seen.items()}

    def _mark(self, seen: dict[str, np.ndarray], code: str, rows: IntArray) -> None:
        marked = seen.setdefault(code[:3], np.zeros(len(self.scene.labels), dtype=bool))
        marked[rows[rows >= 0]] = True


def _label_rows(assessment: Assessment) -> IntArray:
    """Rows of the labels that were assessed; of a track or class, all of its rows."""
    about, assessed = assessment.about, assessment.assessed
    if isinstance(about, TrackRows):
        tracks = about.scene.labels.tracks
        rows = [tracks.rows(int(track)) for track in about.tracks[assessed]]
        return np.concatenate([np.zeros(0, dtype=np.int64), *rows])
    if isinstance(about, NameRows):
        return np.flatnonzero(about.scene.labels.boxes.category.is_any(np.asarray(about.names)[assessed].tolist()))
    return about.label_rows()[assessed]


def _renumbered(chunk: Measured, row_now: IntArray) -> Measured:
    """A chunk of frames whose labels are the same, but stand in other rows now."""
    moved = {
        code: replace(residuals, label_rows=row_now[residuals.label_rows])
        for code, residuals in chunk.residuals.items()
    }
    return replace(chunk, residuals=moved)
