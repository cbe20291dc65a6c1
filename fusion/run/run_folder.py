"""The folder of a run: `run.json`, `findings.json`, `findings.parquet`, and a shard for every scene that is done.

A run that is killed at any moment leaves a folder that the same command takes up again: scenes that have their shard
are not checked twice, and the findings come out the same to the byte. `run.json` says "running" until the findings
are in place. What a finished folder holds is handed out again where nothing has changed; where only the data changed,
everything is checked anew; a folder of other settings, versions or data sets is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from time import monotonic

from calibration.errors import FileProblemError
from calibration.kernels.choice import KernelError, choose, chosen
from fusion.errors import RunFolderError
from fusion.run.document import FindingsDocument
from fusion.run.folder_lock import locked
from fusion.run.phases import SceneResult
from fusion.run.run_files import FINDINGS_FILE, TABLE_FILE, findings_bytes, write_run
from fusion.run.run_record import RUN_FILE, Kernels, RunRecord, SceneTime, Timings, differences, read_record
from fusion.run.shard import SHARD_NAME, Shard, read_shard, write_shard
from fusion.run.whole_files import remove_unfinished, write_whole

SHARDS = "shards"


class RunFolder:
    """A folder that this process writes a run to; `story` says in a line what it took over, "" for a new one."""

    def __init__(self, folder: Path, plan: RunRecord, restart: bool) -> None:
        """Take up what is there; `run_folder` holds the lock meanwhile.

        Raises:
            RunFolderError: the folder is of another run; OSError: it can't be written.
        """
        self.folder, self.story = folder, ""
        self._began = monotonic()
        self._scenes = [name for one in plan.inputs for name in one.scenes]
        self._seconds: dict[int, float] = {}
        self._failed: dict[int, SceneResult] = {}
        before = None if restart else _record_of(folder)
        self.record = plan if before is None else _continued(before, plan)
        anew = "" if before is None else _why_anew(folder, before, self.record)
        _tidy(folder, clear=restart or bool(anew))
        if before is not None and not anew:
            shards = ((number, self._shard(number)) for number in range(len(self._scenes)))
            self._seconds = {number: shard.seconds for number, shard in shards if shard is not None}
        self.unchanged = before is not None and not anew and before.state == "finished" and self._is_complete
        self.story = anew or self._story(before)
        if not self.unchanged:
            write_whole(folder / RUN_FILE, self.record.to_json())

    @property
    def _is_complete(self) -> bool:
        return len(self._seconds) == len(self._scenes)

    def _story(self, before: RunRecord | None) -> str:
        if self.unchanged:
            return f"{self.folder}: nothing has changed since this run was finished; --restart checks all the same"
        if before is None:
            return ""
        return f"{self.folder}: going on with this run, {self._progress()} are done"

    def _progress(self) -> str:
        return f"{len(self._seconds)} of {len(self._scenes)} scenes"

    def holds(self, number: int) -> bool:
        """Whether a scene, numbered through all data sets, is done."""
        return number in self._seconds

    def keep(self, number: int, result: SceneResult, seconds: float) -> None:
        """Keep a scene that is done.

        Raises:
            RunFolderError: the disk is full, or the folder can't be written any more.
        """
        seconds = round(seconds, 3)
        with self._writing():
            write_shard(self.folder / SHARDS, Shard.of(result, self.record.identity, number, seconds))
        self._seconds[number] = seconds

    def keep_failure(self, number: int, result: SceneResult) -> None:
        """Tell of a scene whose process died; it has no shard, so the next run with this folder tries it again."""
        self._failed[number] = result

    def result(self, number: int) -> SceneResult:
        """A scene as it was kept.

        Raises:
            RunFolderError: its shard is gone.
        """
        if number in self._failed:
            return self._failed[number]
        shard = self._shard(number)
        if shard is None:
            raise RunFolderError(f"{self.folder}: a shard was changed or removed meanwhile; run the command again")
        return shard.result

    def finish(self, document: FindingsDocument, workers: int) -> None:
        """Put the findings in place, then say in `run.json` that the run is finished.

        Raises:
            RunFolderError: they can't be written; what is done stays done.
        """
        if self.unchanged and self._has(document):
            return
        times = tuple(SceneTime(scene=self._scenes[one], seconds=self._seconds[one]) for one in sorted(self._seconds))
        timings = Timings(
            started=self.record.timings.started if self.record.timings else now(),
            finished=now(),
            seconds=round(monotonic() - self._began, 3),
            workers=workers,
            scenes=times,
        )
        with self._writing():
            write_run(self.folder, document, self.record.model_copy(update={"timings": timings}))

    def _has(self, document: FindingsDocument) -> bool:
        """The findings are in place as they should be."""
        try:
            return (self.folder / FINDINGS_FILE).read_bytes() == findings_bytes(document) and (
                self.folder / TABLE_FILE
            ).is_file()
        except OSError:
            return False

    def _shard(self, number: int) -> Shard | None:
        return read_shard(self.folder / SHARDS, self.record.identity, number, self._scenes[number])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kept = f"; {self._progress()} are kept, the same command goes on from there" if self._seconds else ""
            raise RunFolderError(f"{cant_write(self.folder, error)}{kept}") from error


@contextmanager
def run_folder(folder: str | Path, plan: RunRecord, restart: bool = False) -> Iterator[RunFolder]:
    """Hold a run folder, made where it is missing, and take up what it holds of the same run.

    Args:
        plan: the record of the run that is wanted; its scenes are numbered through all inputs.
        restart: forget what the folder holds.

    Raises:
        RunFolderError: it can't be written, is in use, or is of another run.
    """
    place = Path(folder)
    with ExitStack() as held:
        try:
            place.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(place))
            taken_up = RunFolder(place, plan, restart)
        except OSError as error:
            raise RunFolderError(cant_write(place, error)) from error
        yield taken_up


def cant_write(folder: Path, error: OSError) -> str:
    """The complaint about a folder that takes no more."""
    return f"{folder}: can't write the run: {error.strerror or error}"


def now() -> str:
    """The time of day, for the record."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _record_of(folder: Path) -> RunRecord | None:
    """The record of a folder, None where nothing was run there yet."""
    if not (folder / RUN_FILE).is_symlink() and not (folder / RUN_FILE).exists():
        for name in (FINDINGS_FILE, TABLE_FILE):
            if (folder / name).exists():
                raise RunFolderError(f"{folder} holds a {name} of no run; choose another folder, or --restart")
        return None
    try:
        return read_record(folder)
    except FileProblemError as error:
        raise RunFolderError(f"{error}; choose another folder, or --restart to start over in this one") from error


def _continued(before: RunRecord, plan: RunRecord) -> RunRecord:
    """The plan with the kernels the run was begun with, where this installation has them."""
    begun_with = before.kernels
    if isinstance(begun_with, Kernels) and Kernels.of(chosen()).compiled != begun_with.compiled:
        with suppress(KernelError):  # the difference is told with all others
            choose("auto" if begun_with.compiled else "numpy")
    timings = before.timings if before.state == "running" else plan.timings
    return plan.model_copy(update={"kernels": Kernels.of(chosen()), "timings": timings})


def _why_anew(folder: Path, before: RunRecord, plan: RunRecord) -> str:
    """Why a finished run is done again, "" where it isn't or goes on.

    Raises:
        RunFolderError: the folder is of another run.
    """
    found = differences(before, plan)
    if not found:
        return ""
    told = "; ".join(one.told for one in found)
    if before.state == "finished" and all(one.in_data for one in found):
        return f"{folder}: checking anew: {told}"
    raise RunFolderError(f"{folder} holds another run: {told}. Choose another folder, or --restart to start over")


def _tidy(folder: Path, clear: bool) -> None:
    """Make the folder of shards, remove what killed writers left, and all shards where they no longer count."""
    shards = folder / SHARDS
    if shards.is_symlink():
        raise RunFolderError(f"{shards} is a link; a run folder holds its shards itself")
    shards.mkdir(exist_ok=True)
    for place in (folder, shards):
        remove_unfinished(place)
    for path in shards.iterdir() if clear else ():
        if re.fullmatch(SHARD_NAME, path.name):
            path.unlink()
