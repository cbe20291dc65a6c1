"""A run, back from its folder."""

from __future__ import annotations

from pathlib import Path

from calibration.errors import FileProblemError
from fusion.checks.settings import Settings
from fusion.errors import SettingsError
from fusion.formats.safe_files import read_file
from fusion.run.document import read_findings
from fusion.run.run import Run
from fusion.run.run_files import FINDINGS_FILE, sha256
from fusion.run.run_record import RUN_FILE, UNFINISHED, RunRecord, read_record


def load_run(folder: str | Path) -> Run:
    """The run that a folder holds; of a findings.json alone, its findings with the settings of nobody.

    Raises:
        FileProblemError: there is none, it was never finished, or its files don't belong together.
    """
    place = Path(folder)
    if place.is_file():
        return Run(read_findings(place), Settings())
    record = read_record(place)
    if record.state != "finished":
        raise FileProblemError(place / RUN_FILE, UNFINISHED)
    held = place / FINDINGS_FILE
    if record.findings_sha256 not in (None, sha256(read_file(held))):
        raise FileProblemError(held, "is not what this run wrote; the same `check --run` puts it right")
    return Run(
        document=read_findings(held),
        settings=_settings(place, record),
        opened=record.opened,
        scenes=tuple(dict.fromkeys(name for one in record.inputs for name in one.scenes)),
    )


def _settings(place: Path, record: RunRecord) -> Settings:
    try:
        return Settings.of(record.settings)
    except SettingsError as error:
        raise FileProblemError(place / RUN_FILE, f"has settings of another version: {error}") from error
