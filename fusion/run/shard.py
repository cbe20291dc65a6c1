"""One checked scene on disk, so that a run that is stopped goes on where it was.

A shard is one JSON file, written whole. It names the run it belongs to, so that a left-over of another one is never
taken for an answer; one that is torn, linked from elsewhere, or of something else doesn't count, and its scene is
checked again.
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fusion.checks.finding import Finding
from fusion.run.phases import SceneResult
from fusion.run.tally import Tally
from fusion.run.whole_files import write_whole
from fusion.scene.problems import Problem

SHARD_SCHEMA: Final = "boresight.shard/1"
# A hundred thousand findings with their evidence stay below it.
MAX_SHARD_BYTES = 2**30
# A file name has 255 bytes at most, and the number in front is what makes it unique.
LONGEST_NAME = 60
SHARD_NAME = r"\d{6,}-[A-Za-z0-9_-]*\.json"


class Shard(BaseModel):
    """What judging a scene gave, without residuals; run: the identity of its run; number: the scene's place in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Literal["boresight.shard/1"] = Field(SHARD_SCHEMA, alias="schema")
    run: str
    number: int
    scene: str
    seconds: float
    root: str
    frames: int
    labels: int
    findings: tuple[Finding, ...]
    tallies: dict[str, Tally]
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, result: SceneResult, run: str, number: int, seconds: float) -> Shard:
        """The shard of a scene."""
        return cls(
            run=run,
            number=number,
            scene=result.scene,
            seconds=seconds,
            root=result.root,
            frames=result.frames,
            labels=result.labels,
            findings=tuple(result.findings),
            tallies=result.tallies,
            problems=result.problems,
        )

    @property
    def result(self) -> SceneResult:
        """The scene as judging gave it."""
        return SceneResult(
            scene=self.scene,
            frames=self.frames,
            labels=self.labels,
            residuals={},
            findings=list(self.findings),
            tallies=self.tallies,
            problems=self.problems,
            root=self.root,
        )


def shard_name(number: int, scene: str) -> str:
    """The file of a scene. Its name is foreign: only letters, digits, - and _ of it are kept, for a person to see."""
    return f"{number:06}-{re.sub(r'[^A-Za-z0-9_-]', '_', scene)[:LONGEST_NAME]}.json"


def write_shard(folder: Path, shard: Shard) -> None:
    """Put a shard into a folder.

    Raises:
        OSError: it can't be written.
    """
    content = json.dumps(shard.model_dump(mode="json", by_alias=True)).encode("ascii")
    write_whole(folder / shard_name(shard.number, shard.scene), content)


def read_shard(folder: Path, run: str, number: int, scene: str) -> Shard | None:
    """The shard of a scene of this run; None where there is none that is whole and belongs to it."""
    content = _own_file(folder / shard_name(number, scene))
    try:
        shard = None if content is None else Shard.model_validate(json.loads(content))
    except (ValidationError, ValueError, RecursionError):
        return None  # torn, or no shard: checking the scene again is all it takes
    return shard if shard is not None and (shard.run, shard.number, shard.scene) == (run, number, scene) else None


def _own_file(path: Path) -> bytes | None:
    """The bytes of a plain file of bearable size; a link, pipe or device is none of ours."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None  # not there, or a link
    with os.fdopen(opened, "rb") as file:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_SHARD_BYTES:
            return None
        return file.read()
