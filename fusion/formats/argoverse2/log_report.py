"""What is wrong with one log, and what was taken for granted; many rows with one fault are one problem with a count."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.errors import FileProblemError
from fusion.scene.problems import Problem, ProblemKind, ProblemLog

# How many names a sentence about several spells out.
NAMED = 3


class LogReport:
    """Collects both while a log is read."""

    def __init__(self, scene: str) -> None:
        self.scene = scene
        self.problems = ProblemLog()
        self.assumptions: list[str] = []

    def unread(self, error: FileProblemError) -> None:
        """A file or folder that is missing or can't be read."""
        missing = error.reason.startswith("no such")
        kind = ProblemKind.MISSING_FILE if missing else ProblemKind.UNREADABLE_FILE
        self.problems.add(Problem(kind, error.path, error.reason, error.line or 0, scene=self.scene))

    def rows(self, path: str, what: str, names: Sequence[str], *, lost: bool = True, labels: bool = False) -> None:
        """Rows of a table that share a fault; nothing if there are none.

        Args:
            names: of the rows, their label ids where `labels` says so.
        """
        if len(names) == 0:
            return
        how_many = names[0] if len(names) == 1 else f"{len(names)} rows, first {names[0]}"
        self.problems.add(
            Problem(
                ProblemKind.MALFORMED_RECORD,
                path,
                f"{what} ({how_many})",
                scene=self.scene,
                label=names[0] if labels and len(names) == 1 else "",
                count=len(names),
                lost=lost,
            )
        )

    def note(self, kind: ProblemKind, path: str, reason: str, *, count: int = 1, sensor: str = "") -> None:
        """Anything else."""
        self.problems.add(Problem(kind, path, reason, scene=self.scene, sensor=sensor, count=count))

    def assume(self, sentence: str) -> None:
        """What was taken for granted, once."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)


def listed(names: Sequence[str]) -> str:
    """A few names, and that there are more."""
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
