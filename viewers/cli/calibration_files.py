"""What `calib` leaves on disk: timelines, overlays, curves, and a corrected rig file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from calibration.arrays import ByteImage
from calibration.audit.result import AuditResult
from calibration.estimate import Verdict
from calibration.image_file import write_image
from calibration.rig_file import write_rig_file
from calibration.sensors import SensorKind
from fusion.measure.label_audit import LABELS
from fusion.run.calibration_audit import CalibrationAudit
from fusion.scene.dataset import Dataset
from fusion.scene.given_rig import with_rig
from fusion.scene.scene import Scene
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
        _write(timeline(scene, accused if accused in scene.streams else None, VERMILLION), path, "timeline")
    if len(audit.scenes) > MOST_TIMELINES:
        print(f"boresight: only the first {MOST_TIMELINES} of {len(audit.scenes)} scenes were drawn", file=sys.stderr)


def draw_overlays(dataset: Dataset, audit: CalibrationAudit, folder: Path) -> None:
    """Each camera held against a lidar or called off by labels: the middle of the first scene, before and after."""
    from viewers.pictures.calibration import before_and_after

    said = [result for result in audit.results if result.relative_to != LABELS or result.verdict is Verdict.OFF]
    placed = [result for result in said if result.quantity.startswith("extrinsic.")]
    if not placed or not audit.scenes:
        return
    scene, corrected = dataset.scene(audit.scenes[0]), audit.corrected_rig()
    right = None if corrected is None else with_rig(scene, corrected)
    for camera in dict.fromkeys(result.sensor for result in placed):
        row = _middle_frame_of(scene, camera)
        if row is None:
            continue
        changed = [result for result in audit.off if camera in (result.sensor, result.relative_to)]
        after = right.frames[row].cameras[camera] if right is not None and changed else None
        note = ", ".join(_change(result) for result in changed)
        picture = before_and_after(scene.frames[row].cameras[camera], after, note)
        _write(picture, folder / f"{_file_name(camera)}_overlay.png", "overlay")


def draw_scans(audit: CalibrationAudit, folder: Path) -> None:
    """What was tried for each sensor, and how well it agreed."""
    from viewers.pictures.calibration import scan_curves

    for sensor in dict.fromkeys(result.sensor for result in audit.results):
        picture = scan_curves([result for result in audit.results if result.sensor == sensor])
        if picture is not None:
            _write(picture, folder / f"{_file_name(sensor)}_scan.png", "scan curves")


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


def _write(picture: ByteImage, path: Path, what: str) -> None:
    write_image(path, picture)
    print(f"boresight: {what} written to {printable(path)}", file=sys.stderr)


def _middle_frame_of(scene: Scene, camera: str) -> int | None:
    """The frame in the middle of those that have a picture of this camera."""
    if camera not in scene.frame_table.measurements or scene.streams[camera].kind is not SensorKind.CAMERA:
        return None
    rows = np.flatnonzero(scene.frame_table.measurements[camera] >= 0)
    return int(rows[len(rows) // 2]) if len(rows) else None


def _change(result: AuditResult) -> str:
    name = result.quantity.rpartition(".")[2]
    return name if result.correction is None else f"{name} {result.correction:+.3g} {result.unit}"


def _of_a_stream(result: AuditResult) -> bool:
    return result.quantity.startswith("clock.")


def _file_name(scene: str) -> str:
    """The scene's name with nothing in it that a file system could take for something else."""
    return "".join(letter if letter.isalnum() or letter in LETTERS else "_" for letter in scene)[:80]
