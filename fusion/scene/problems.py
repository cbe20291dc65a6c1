"""What went wrong while reading: kept beside the data, so that nothing is silently skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from calibration.errors import BoresightError, FileProblemError


class ProblemKind(str, Enum):
    """What is wrong with a file or record; each kind has its DAT check."""

    MISSING_FILE = "missing file"
    UNREADABLE_FILE = "unreadable file"
    MALFORMED_RECORD = "malformed record"
    BROKEN_REFERENCE = "broken reference"
    UNUSED_RECORD = "unused record"
    COUNT_MISMATCH = "count mismatch"


@dataclass(frozen=True)
class Problem:
    """One thing that could not be read, or not as it should be.

    path: relative to the data set's root; line: 1-based, 0 unknown; lost: something went unread because of it, so the
    run is incomplete (a dangling link loses nothing that could have been judged).
    """

    kind: ProblemKind
    path: str
    reason: str
    line: int = 0
    scene: str = ""
    frame: str = ""
    sensor: str = ""
    label: str = ""
    count: int = 1
    lost: bool = True

    @property
    def place(self) -> str:
        """`path:line` for a person."""
        return f"{self.path}:{self.line}" if self.line else self.path


class ProblemLog:
    """Problems in order of appearance, each once."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self._problems: dict[Problem, None] = dict.fromkeys(problems)

    def add(self, problem: Problem) -> None:
        """Keep a problem; the same one twice is kept once."""
        self._problems.setdefault(problem)

    def add_unless_told(self, problem: Problem) -> None:
        """Keep a problem unless the same is told of its file already, by somebody who may know its frame and sensor."""
        key = (problem.kind, problem.path, problem.line, problem.reason)
        if all((one.kind, one.path, one.line, one.reason) != key for one in self._problems):
            self.add(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep several."""
        for problem in problems:
            self.add(problem)

    def __iter__(self) -> Iterator[Problem]:
        return iter(list(self._problems))

    def __len__(self) -> int:
        return len(self._problems)


def problem_of(error: FileProblemError, *, scene: str = "", frame: str = "", sensor: str = "") -> Problem:
    """The problem behind an error met while reading a sensor's file."""
    missing = error.reason.startswith("no such file")
    kind = ProblemKind.MISSING_FILE if missing else ProblemKind.UNREADABLE_FILE
    return Problem(kind, error.path, error.reason, error.line or 0, scene, frame, sensor)


def unreadable(name: str, error: BoresightError, scene: str = "") -> Problem:
    """The problem of something that could not be read at all: that of the file behind it, else of `name` as a whole."""
    if isinstance(error, FileProblemError):
        return problem_of(error, scene=scene)
    return Problem(ProblemKind.UNREADABLE_FILE, name, str(error), scene=scene)
