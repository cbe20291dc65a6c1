"""The main job: check a frame, a scene, a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic

from calibration.errors import BoresightError
from calibration.rig import SensorRig
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.measure.frame import SyncedFrame
from fusion.run.document import DatasetSummary
from fusion.run.engine_local import WorkerDiedError, run_as_ready
from fusion.run.kept import InMemory, Kept, planned
from fusion.run.phases import Judged, SceneResult, judge_scene, measure_frames, reduce_scenes, unread_scene
from fusion.run.run import Run
from fusion.run.run_folder import run_folder
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SceneTask:
    """One scene of a data set, as it travels to a worker: names and settings, never points.

    number: its place among the scenes of all data sets of the run.
    """

    number: int
    root: Path
    format: str
    rig: SensorRig | None
    scene: str
    settings: Settings


@dataclass(frozen=True)
class Timed:
    """A scene, judged, and how long that took."""

    result: SceneResult
    seconds: float
    died: bool = False


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
    folder: str | Path | None = None,
    restart: bool = False,
    notice: Callable[[str], None] | None = None,
) -> Run:
    """Check one or several data sets, scene by scene.

    Args:
        dataset: what `open_dataset` gave.
        settings: which checks, with which limits; the defaults if left out.
        workers: processes; the result is the same for any number.
        engine: "local".
        scenes: only these; all if empty.
        progress: told after each scene: its name, how many are done, how many there are.
        folder: keep the run there, scene by scene; one that was stopped there goes on.
        restart: start over in that folder, whatever it holds.
        notice: told in a line what was taken over from the folder.

    Raises:
        DatasetError: a scene of `scenes` does not exist; SettingsError: no such engine;
        RunFolderError: the folder can't be written, is in use, or holds another run.
    """
    settings = settings or Settings()
    datasets = [dataset] if isinstance(dataset, Dataset) else list(dataset)
    names = [_names(one, scenes) for one in datasets]
    if folder is None:
        return _checked(datasets, names, settings, workers, engine, progress, InMemory())
    with run_folder(folder, planned(datasets, names, settings), restart) as kept:
        if notice is not None and kept.story:
            notice(kept.story)
        run = _checked(datasets, names, settings, workers, engine, progress, kept)
        kept.finish(run.document, workers)
    return run


def _names(dataset: Dataset, scenes: Sequence[str]) -> tuple[str, ...]:
    """The scenes to check; a data set that could not be opened has none, and its problem says why."""
    if not dataset.scene_names:
        return ()
    for name in scenes:
        dataset.require_scene(name)
    return tuple(scenes) or tuple(dataset.scene_names)


def _checked(
    datasets: Sequence[Dataset],
    names: Sequence[tuple[str, ...]],
    settings: Settings,
    workers: int,
    engine: str,
    progress: Progress | None,
    kept: Kept,
) -> Run:
    """Check what is not kept yet, then judge what is kept."""
    judged, first = [], 0
    for dataset, own in zip(datasets, names, strict=True):
        _check_missing(dataset, _tasks(dataset, own, first, settings), workers, engine, progress, kept)
        judged.append(_judged(dataset, [kept.result(first + place) for place in range(len(own))], settings))
        first += len(own)
    run = Run.of(judged, settings)
    return replace(
        run,
        opened=tuple(str(one.root.absolute()) for one in datasets),
        scenes=tuple(dict.fromkeys(name for own in names for name in own)),
    )


def _tasks(dataset: Dataset, names: Sequence[str], first: int, settings: Settings) -> list[SceneTask]:
    return [
        SceneTask(number, dataset.root, dataset.format, dataset.rig, name, settings)
        for number, name in enumerate(names, start=first)
    ]


def _check_missing(
    dataset: Dataset, tasks: Sequence[SceneTask], workers: int, engine: str, progress: Progress | None, kept: Kept
) -> None:
    missing = [task for task in tasks if not kept.holds(task.number)]
    done = len(tasks) - len(missing)
    check = check_scene_task if workers > 1 else partial(_read_and_check, dataset)
    for index, timed in run_as_ready(check, missing, engine, workers, _died):
        task, done = missing[index], done + 1
        if timed.died:
            kept.keep_failure(task.number, timed.result)
        else:
            kept.keep(task.number, timed.result, timed.seconds)
        if progress is not None:
            progress(task.scene, done, len(tasks))


def _judged(dataset: Dataset, results: Sequence[SceneResult], settings: Settings) -> tuple[DatasetSummary, Judged]:
    summary = DatasetSummary(
        root=next((result.root for result in results if result.root), str(dataset.root)),
        format=dataset.format,
        scenes=len(results),
        frames=sum(result.frames for result in results),
        labels=sum(result.labels for result in results),
    )
    return summary, reduce_scenes(results, dataset.format, dataset.problems, settings)


def check_scene_task(task: SceneTask) -> Timed:
    """One scene in a process of its own."""
    return _read_and_check(open_dataset(task.root, format=task.format, rig=task.rig), task)


def _read_and_check(dataset: Dataset, task: SceneTask) -> Timed:
    """A scene that can't be read becomes a problem of the run; one that was only misspelled raises."""
    began = monotonic()
    try:
        scene = dataset.scene(task.scene)
    except BoresightError as error:
        if task.scene not in dataset.scene_names:
            raise
        return Timed(unread_scene(task.scene, dataset.format, error, task.settings), monotonic() - began)
    # Nobody asks a whole data set for its residuals, and those of all its scenes would fill the memory.
    return Timed(replace(_check_whole(scene, task.settings), residuals={}), monotonic() - began)


def _died(task: SceneTask) -> Timed:
    error = WorkerDiedError("the process that checked this scene died, and again on a second try")
    return Timed(unread_scene(task.scene, task.format, error, task.settings), 0.0, died=True)


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
