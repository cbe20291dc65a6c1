"""What `calib` leaves on disk: timelines, and a corrected rig file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from calibration.audit.result import AuditResult
from calibration.image_file import write_image
from calibration.rig_file import write_rig_file
from fusion.run.calibration_audit import CalibrationAudit
from fusion.scene.dataset import Dataset
from viewers.errors import CommandError
from viewers.outputs.lines import printable

# One each is enough to see how a vehicle's sensors take turns; a delivery has hundreds of scenes.
MOST_TIMELINES = 20
LETTERS = "-_."


def require_places(out: Path | None, plot: Path | None) -> None:
    """Find out before a long run whether its results have a place.

    Raises:
        CommandError: they have none.
    """
    if out is not None and (out.is_dir() or not out.parent.is_dir() or not os.access(out.parent, os.W_OK)):
        raise CommandError(f"--out: '{out}' is no file that can be written")
    if plot is not None:
        try:
            plot.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"--plot: can't make the folder '{plot}': {error.strerror or error}") from error


def draw_timelines(dataset: Dataset, audit: CalibrationAudit, folder: Path) -> None:
    """A picture a scene, with the first stream whose clock is off pointed out; stderr names the files."""
    from viewers.pictures.palette import VERMILLION
    from viewers.pictures.timeline import timeline

    accused = next((result.sensor for result in audit.off if _of_a_stream(result)), None)
    for number, name in enumerate(audit.scenes[:MOST_TIMELINES]):
        scene = dataset.scene(name)
        path = folder / f"{number:03}_{_file_name(name)}_timeline.png"
        write_image(path, timeline(scene, accused if accused in scene.streams else None, VERMILLION))
        print(f"boresight: timeline written to {printable(path)}", file=sys.stderr)
    if len(audit.scenes) > MOST_TIMELINES:
        print(f"boresight: only the first {MOST_TIMELINES} of {len(audit.scenes)} scenes were drawn", file=sys.stderr)


def write_corrected_rig(audit: CalibrationAudit, path: Path) -> None:
    """The rig with what is off and has a usable estimate; stderr says what was written, or why nothing was."""
    corrected = audit.corrected_rig()
    if corrected is None:
        why = "nothing that a rig file holds is off with a usable estimate" if audit.off else "nothing is off"
        print(f"boresight: no rig written, {why}", file=sys.stderr)
        return
    write_rig_file(corrected, path)
    note = f"; the data set has {audit.rigs} rigs, this is its first" if audit.rigs > 1 else ""
    print(f"boresight: corrected rig written to {printable(path)}{note}", file=sys.stderr)


def _of_a_stream(result: AuditResult) -> bool:
    return result.quantity.startswith("clock.")


def _file_name(scene: str) -> str:
    """The scene's name with nothing in it that a file system could take for something else."""
    return "".join(letter if letter.isalnum() or letter in LETTERS else "_" for letter in scene)[:80]
