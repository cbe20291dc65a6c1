"""A run, back from its folder, and the data set that it was of."""

from __future__ import annotations

from pathlib import Path

from calibration.errors import FileProblemError
from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.errors import DatasetError, SettingsError
from fusion.formats.registry import open_dataset
from fusion.formats.safe_files import read_file
from fusion.run.document import FindingsDocument, read_findings
from fusion.run.fingerprint import changed_files, fingerprint
from fusion.run.run import Run
from fusion.run.run_files import FINDINGS_FILE, sha256
from fusion.run.run_record import RUN_FILE, UNFINISHED, RunInput, RunRecord, read_record
from fusion.scene.dataset import Dataset

# Of the files that changed, so many are named.
MOST_TOLD = 5
NO_SUCH_RUN = "no such run; `boresight check ROOT --run DIR` makes one"
NO_RUN = f"is no run folder, as it has no {RUN_FILE}; `boresight check ROOT --run DIR` makes one"


def load_run(folder: str | Path) -> Run:
    """The run that a folder holds; of a findings.json alone, its findings with the settings of nobody.

    Raises:
        FileProblemError: there is none, it was never finished, or its files don't belong together.
    """
    place = Path(folder)
    if place.is_dir():
        return _of_folder(place)
    if not place.exists():
        raise FileProblemError(place, NO_SUCH_RUN)
    return Run(read_findings(place), Settings())


def findings_in(place: str | Path) -> FindingsDocument:
    """What a run found, of its folder or its findings.json; all that people need who decide about it.

    Raises:
        FileProblemError: there is none, or it holds something else.
    """
    path = Path(place)
    if not path.exists():
        raise FileProblemError(path, NO_SUCH_RUN)
    return read_findings(path / FINDINGS_FILE if path.is_dir() else path)


def _of_folder(place: Path) -> Run:
    if not (place / RUN_FILE).exists():
        raise FileProblemError(place, NO_RUN)
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
        folder=place,
        inputs=record.inputs,
    )


def _settings(place: Path, record: RunRecord) -> Settings:
    try:
        return Settings.of(record.settings)
    except SettingsError as error:
        raise FileProblemError(
            place / RUN_FILE, f"has settings of another version ({error}); {FINDINGS_FILE} alone can be read"
        ) from error


def dataset_of(run: Run, root: str | Path | None = None) -> Dataset:
    """The data set a run was of.

    Args:
        root: where it is now; left out, where it was. Of a run over several, which of them.

    Raises:
        DatasetError: it was of several and findings don't tell whose they are, or the run doesn't say of which.
    """
    if len(run.document.datasets) > 1 or len(run.opened) > 1:
        one = _input_of(run, root)
        if one is None:
            # Scenes and labels of several sets may have the same names, so a proposal could go into the wrong one.
            raise DatasetError(f"{_told(run)} is of several data sets; check the one that is meant on its own")
        return open_dataset(root or one.root, format=one.format)
    if root is None and not run.opened:
        raise DatasetError(f"{_told(run)} doesn't say which data set it is of; name it with --root")
    formats = {summary.format for summary in run.document.datasets}
    return open_dataset(root or run.opened[0], format=formats.pop() if len(formats) == 1 else None)


def findings_about(run: Run, root: str | Path | None = None) -> tuple[Finding, ...]:
    """The findings of a run that are about the data set `dataset_of` gives."""
    one = _input_of(run, root) if len(run.inputs) > 1 else None
    return run.findings if one is None else tuple(each for each in run.findings if each.scene in one.scenes)


def require_unchanged(run: Run, dataset: Dataset, root: str | Path | None = None) -> None:
    """Refuse a data set whose files are not those that the run read; a run that noted none can't tell.

    Raises:
        DatasetError: files came, went or changed.
    """
    one = _input_of(run, root) if len(run.inputs) > 1 else run.inputs[0] if run.inputs else None
    if one is None or one.fingerprint is None:
        return
    now = fingerprint(dataset.root)
    if now.digest == one.fingerprint.digest:
        return
    names = changed_files(one.fingerprint, now)
    told = ", ".join(names[:MOST_TOLD]) or "sweeps or images"
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    raise DatasetError(
        f"'{dataset.root}' has changed since {_told(run)} was made: {told}{more}; check it again, or pass --force"
    )


def _input_of(run: Run, root: str | Path | None) -> RunInput | None:
    """Of a run over several data sets the one that is named, where no other has scenes of the same names."""
    if root is None:
        return None
    named = [one for one in run.inputs if Path(one.root) == Path(root).absolute()]
    if len(named) != 1:
        return None
    others = {scene for one in run.inputs if one is not named[0] for scene in one.scenes}
    return None if others & set(named[0].scenes) else named[0]


def _told(run: Run) -> str:
    return "the run" if run.folder is None else f"'{run.folder}'"
