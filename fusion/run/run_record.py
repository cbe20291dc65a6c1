"""`run.json`: what a run was of, with which settings and versions, how far it came, and how long it took."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from calibration.kernels.choice import KernelChoice
from fusion.checks.rounding import digest
from fusion.formats.json_files import read_model
from fusion.run.document import CheckSummary, DatasetSummary, Tool
from fusion.run.fingerprint import Fingerprint, changed_files

RUN_SCHEMA: Final = "boresight.run/1"
RUN_FILE = "run.json"
# Whose numbers may move with their version.
LIBRARIES = ("numpy", "scipy", "opencv-python")
MOST_TOLD = 3
UNFINISHED = "the run was not finished; the same `check --run` goes on with it"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Kernels(_Record):
    """Which inner loops ran compiled, and which as numpy."""

    asked: str
    compiled: tuple[str, ...]
    numpy: tuple[str, ...]

    @classmethod
    def of(cls, choice: KernelChoice) -> Kernels:
        """The record of a choice."""
        return cls(asked=choice.asked, compiled=choice.compiled, numpy=choice.numpy)


class RunInput(_Record):
    """A data set as it was opened; rig: stands for a rig that replaced its sensors."""

    root: str
    format: str
    scenes: tuple[str, ...]
    rig: str | None = None
    fingerprint: Fingerprint | None = None


class SceneTime(_Record):
    """How long one scene took."""

    scene: str
    seconds: float


class Timings(_Record):
    """Nothing of this is in the findings, so they are the same however often a run was stopped.

    seconds: of the last sitting; scenes: of each scene, in whichever sitting it was checked.
    """

    started: str
    finished: str | None = None
    seconds: float | None = None
    workers: int = 1
    scenes: tuple[SceneTime, ...] = ()


class RunRecord(_Record):
    """The whole of `run.json`; findings_sha256: of findings.json, which belongs to it."""

    schema_name: Literal["boresight.run/1"] = Field(RUN_SCHEMA, alias="schema")
    tool: Tool
    state: Literal["running", "finished"] = "finished"
    versions: dict[str, str] = {}
    settings: dict[str, Any]
    kernels: Kernels | Literal["numpy"]
    opened: tuple[str, ...] = ()
    inputs: tuple[RunInput, ...] = ()
    datasets: tuple[DatasetSummary, ...] = ()
    coverage: tuple[CheckSummary, ...] = ()
    timings: Timings | None = None
    findings_sha256: str | None = None

    @property
    def identity(self) -> str:
        """Stands for everything that findings depend on."""
        inputs = [one.model_dump(mode="json") for one in self.inputs]
        kernels = self.kernels.compiled if isinstance(self.kernels, Kernels) else ()
        return digest(self.tool.version, self.versions, self.settings, kernels, inputs)

    def to_json(self) -> bytes:
        """The content of the file; names in no encoding are written out."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=1).encode("ascii")


class Difference(NamedTuple):
    """How one record differs from another; in_data: only the data set changed."""

    told: str
    in_data: bool


def read_record(folder: Path) -> RunRecord:
    """The `run.json` of a folder.

    Raises:
        FileProblemError: there is none, or it holds something else.
    """
    return read_model(folder / RUN_FILE, RunRecord, RUN_SCHEMA)


def library_versions() -> dict[str, str]:
    """Versions of the libraries that numbers may depend on, as far as they are installed."""
    return {name: found for name in LIBRARIES if (found := _version(name)) is not None}


def tool_version() -> str:
    """Version of the installed package, "0" where it runs from a bare checkout."""
    return _version("boresight") or "0"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def differences(before: RunRecord, now: RunRecord) -> list[Difference]:
    """What would make findings differ, one line each; empty where nothing would."""
    found = [Difference(told, in_data=False) for told in _of_setup(before, now)]
    return found + [Difference(told, in_data=True) for told in _of_inputs(before.inputs, now.inputs)]


def _of_setup(before: RunRecord, now: RunRecord) -> Iterator[str]:
    if before.tool.version != now.tool.version:
        yield f"it was begun with Boresight {before.tool.version}, this is {now.tool.version}"
    for name, found in now.versions.items():
        if before.versions.get(name, found) != found:
            yield f"it was begun with {name} {before.versions[name]}, this is {found}"
    changed = sorted(_changed_settings(before.settings, now.settings))
    if changed:
        more = f" and {len(changed) - MOST_TOLD} more" if len(changed) > MOST_TOLD else ""
        yield f"other settings: {', '.join(changed[:MOST_TOLD])}{more}"
    if isinstance(before.kernels, Kernels) and isinstance(now.kernels, Kernels):
        ours, theirs = now.kernels.compiled, before.kernels.compiled
        if ours != theirs:
            yield f"it was begun with compiled kernels {', '.join(theirs) or 'none'}, here {', '.join(ours) or 'none'}"


def _changed_settings(before: Any, now: Any, name: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in before.keys() | now.keys():
            yield from _changed_settings(before.get(key), now.get(key), f"{name}.{key}" if name else str(key))
    elif before != now:
        yield name


def _of_inputs(before: Sequence[RunInput], now: Sequence[RunInput]) -> Iterator[str]:
    if len(before) != len(now):
        yield f"it was of {len(before)} data sets, now {len(now)} are named"
        return
    for old, new in zip(before, now, strict=True):
        if old.root != new.root:
            yield f"it was of '{old.root}', now '{new.root}' is named"
        elif old.format != new.format:
            yield f"'{old.root}' was read as {old.format}, now as {new.format}"
        elif old.rig != new.rig:
            yield f"'{old.root}' was read with another --rig"
        elif old.scenes != new.scenes:
            yield f"it was of {_listed(old.scenes)}, now {_listed(new.scenes)}"
        elif old.fingerprint != new.fingerprint:
            yield f"'{old.root}' has changed since: {_changed(old.fingerprint, new.fingerprint)}"


def _listed(scenes: Sequence[str]) -> str:
    more = f" and {len(scenes) - MOST_TOLD} more scenes" if len(scenes) > MOST_TOLD else ""
    return f"{', '.join(scenes[:MOST_TOLD]) or 'no scene'}{more}"


def _changed(before: Fingerprint | None, now: Fingerprint | None) -> str:
    if before is None or now is None:
        return "nobody noted what its files were"
    names = changed_files(before, now)
    if not names:
        return "sweeps or images came, went, or are of another size"
    return f"{', '.join(names[:MOST_TOLD])}{f' and {len(names) - MOST_TOLD} more' if len(names) > MOST_TOLD else ''}"
