"""Which findings to draw, and drawing them."""

from __future__ import annotations

from pathlib import Path

from calibration.errors import FileProblemError
from calibration.image_file import write_image
from fusion.checks.settings import Settings
from fusion.measure.frame import SyncedFrame
from fusion.run.run import Run
from fusion.run.saved_run import findings_in
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene
from viewers.errors import CommandError
from viewers.pictures.snapshot import scene_overview, write_snapshots

OVERVIEW = "000-overview.png"


def found_before(path: Path, settings: Settings) -> Run:
    """The run of a findings file, or of a run folder.

    Raises:
        CommandError: it is none.
    """
    try:
        return Run(findings_in(path), settings)
    except FileProblemError as error:
        raise CommandError(f"--findings: {error}") from error


def found_in(run: Run, scene: str | None, frame: str | None) -> Run:
    """The run with the findings of one scene, or one frame's key, alone; what loses its cause stands for itself."""
    if scene is None and frame is None:
        return run
    kept = [one for one in run.findings if scene in (None, one.scene) and frame in (None, one.frame)]
    ids = {one.id for one in kept}
    leading = (one if one.cause in ids else one.model_copy(update={"cause": None}) for one in kept)
    return Run(run.document.model_copy(update={"findings": tuple(leading)}), run.settings)


def draw(dataset: Dataset, run: Run, folder: Path, limit: int, scene: str | None, frame: str | None) -> list[Path]:
    """Write the evidence of a run's findings, and what all sensors see of one frame; the files written.

    Raises:
        CommandError: there is no such frame, or the scene it lies in was not named.
    """
    shown = frame_to_show(dataset, run, scene, frame)
    key = shown.key if shown is not None and frame is not None else None
    written = write_snapshots(dataset, found_in(run, scene, key), folder, limit)
    if shown is None:
        return written
    write_image(folder / OVERVIEW, scene_overview(shown))
    return [folder / OVERVIEW, *written]


def frame_to_show(dataset: Dataset, run: Run, scene: str | None, frame: str | None) -> SyncedFrame | None:
    """The frame asked for, else that of the most urgent finding, else the first; None where there is no frame."""
    names = dataset.scene_names
    if frame is not None and scene is None and len(names) > 1:
        raise CommandError(f"--frame needs --scene: {dataset.root} has {len(names)} scenes")
    urgent = (one for one in run.leading if one.scene in names and scene in (None, one.scene) and one.frame)
    worst = next(urgent, None)
    if frame is None and worst is not None:
        scene, frame = worst.scene, worst.frame
    name = scene or next(iter(names), None)
    return None if name is None else frame_of(dataset.scene(name), frame)


def frame_of(scene: Scene, frame: str | None) -> SyncedFrame | None:
    """A frame by its key, or else its number; the first where none is asked for, None in a scene without frames.

    Raises:
        CommandError: there is no such frame.
    """
    keys = scene.frame_table.keys
    if frame is None:
        return scene.frames[0] if keys else None
    index = keys.index(frame) if frame in keys else int(frame) if frame.isdecimal() else len(keys)
    if index >= len(keys):
        listed = ", ".join(keys[:5]) + (", ..." if len(keys) > 5 else "")
        raise CommandError(f"scene {scene.name!r} has no frame {frame!r}; it has {listed or 'none'}")
    shown: SyncedFrame = scene.frames[index]
    return shown
