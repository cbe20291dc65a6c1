"""The main job: check a frame, a scene, a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from calibration.errors import BoresightError
from calibration.rig import SensorRig
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.measure.frame import SyncedFrame
from fusion.run.document import DatasetSummary
from fusion.run.engine_local import run_map
from fusion.run.phases import Judged, SceneResult, judge_scene, measure_frames, reduce_scenes, unread_scene
from fusion.run.run import Run
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SceneTask:
    """One scene of a data set, as it travels to a worker: names and settings, never points."""

    root: Path
    format: str
    rig: SensorRig | None
    scene: str
    settings: Settings


def check_frame(frame: SyncedFrame, settings: Settings | None = None) -> Run:
    """Check a single frame with every check that needs no more than a frame."""
    settings = settings or Settings()
    measured = measure_frames(frame.scene, [frame.index], settings)
    return _run_of_one_scene(judge_scene(frame.scene, [measured], settings, whole=False), frame.scene, settings)


def check_scene(scene: Scene, settings: Settings | None = None) -> Run:
    """Check a scene, from files or from memory: measure every frame, judge the whole."""
    settings = settings or Settings()
    return _run_of_one_scene(_check_whole(scene, settings), scene, settings)


def check_dataset(
    dataset: Dataset | Sequence[Dataset],
    settings: Settings | None = None,
    workers: int = 1,
    engine: str = "local",
    scenes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Run:
    """Check one or several data sets, scene by scene.

    Args:
        dataset: what `open_dataset` gave.
        settings: which checks, with which limits; the defaults if left out.
        workers: processes; the result is the same for any number.
        engine: "local".
        scenes: only these; all if empty.
        progress: told after each scene: its name, how many are done, how many there are.

    Raises:
        DatasetError: a scene of `scenes` does not exist; SettingsError: no such engine.
    """
    settings = settings or Settings()
    datasets = [dataset] if isinstance(dataset, Dataset) else list(dataset)
    judged = [_judged(one, settings, workers, engine, scenes, progress) for one in datasets]
    return replace(Run.of(judged, settings), opened=tuple(str(one.root.absolute()) for one in datasets))


def _judged(
    dataset: Dataset,
    settings: Settings,
    workers: int,
    engine: str,
    scenes: Sequence[str],
    progress: Progress | None,
) -> tuple[DatasetSummary, Judged]:
    names = (tuple(scenes) or dataset.scene_names) if dataset.scene_names else ()
    results: list[SceneResult] = []
    for result in _scene_results(dataset, names, settings, workers, engine):
        results.append(result)
        if progress is not None:
            progress(result.scene, len(results), len(names))
    summary = DatasetSummary(
        root=next((result.root for result in results if result.root), str(dataset.root)),
        format=dataset.format,
        scenes=len(results),
        frames=sum(result.frames for result in results),
        labels=sum(result.labels for result in results),
    )
    return summary, reduce_scenes(results, dataset.format, dataset.problems, settings)


def _scene_results(
    dataset: Dataset, names: Sequence[str], settings: Settings, workers: int, engine: str
) -> Iterator[SceneResult]:
    if workers == 1:
        return run_map(lambda name: _read_and_check(dataset, name, settings), names, engine)
    tasks = [SceneTask(dataset.root, dataset.format, dataset.rig, name, settings) for name in names]
    return run_map(check_scene_task, tasks, engine, workers)


def check_scene_task(task: SceneTask) -> SceneResult:
    """One scene in a process of its own."""
    dataset = open_dataset(task.root, format=task.format, rig=task.rig)
    return _read_and_check(dataset, task.scene, task.settings)


def _read_and_check(dataset: Dataset, name: str, settings: Settings) -> SceneResult:
    """A scene that can't be read becomes a problem of the run; one that was only misspelled raises."""
    try:
        scene = dataset.scene(name)
    except BoresightError as error:
        if name not in dataset.scene_names:
            raise
        return unread_scene(name, dataset.format, error, settings)
    return _check_whole(scene, settings)


def _check_whole(scene: Scene, settings: Settings) -> SceneResult:
    return judge_scene(scene, [measure_frames(scene, range(len(scene.frames)), settings)], settings)


def _run_of_one_scene(result: SceneResult, scene: Scene, settings: Settings) -> Run:
    summary = DatasetSummary(
        root=str(scene.root or ""),
        format=scene.dataset_format,
        scenes=1,
        frames=result.frames,
        labels=result.labels,
    )
    return Run.of([(summary, reduce_scenes([result], scene.dataset_format, ProblemLog(), settings))], settings)
