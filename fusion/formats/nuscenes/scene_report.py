"""Problems of one scene, put together: many records with the same fault are one problem with a count."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion.formats.nuscenes.layout import TableFolder
from fusion.formats.nuscenes.tokens import TokenColumn, text_of
from fusion.scene.problems import Problem, ProblemKind, ProblemLog

LABELS = "sample_annotation"


class SceneReport:
    """Collects what is wrong with the records of a scene, and what was taken for granted."""

    def __init__(self, folder: TableFolder, scene: str) -> None:
        self.folder = folder
        self.scene = scene
        self.problems = ProblemLog()
        self.assumptions: list[str] = []

    def broken(self, table: str, what: str, tokens: TokenColumn, rows: NDArray[Any], *, lost: bool = False) -> None:
        """Records (by row, or a mask) whose reference leads nowhere or to the wrong place."""
        self._records(ProblemKind.BROKEN_REFERENCE, table, what, tokens, rows, lost)

    def miscounted(self, table: str, what: str, tokens: TokenColumn, rows: NDArray[Any]) -> None:
        """Records (by row, or a mask) that say a number which is not that of the records they count."""
        self._records(ProblemKind.COUNT_MISMATCH, table, what, tokens, rows, lost=False)

    def malformed(self, table: str, what: str, tokens: TokenColumn, rows: NDArray[Any]) -> None:
        """Records (by row, or a mask) whose values can't be used."""
        self._records(ProblemKind.MALFORMED_RECORD, table, what, tokens, rows, lost=True)

    def note(
        self, kind: ProblemKind, table: str, reason: str, *, count: int = 1, sensor: str = "", lost: bool = True
    ) -> None:
        """Anything else."""
        path = self.folder.called(table)
        self.problems.add(Problem(kind, path, reason, scene=self.scene, sensor=sensor, count=count, lost=lost))

    def assume(self, sentence: str) -> None:
        """What was taken for granted, once."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)

    def _records(
        self, kind: ProblemKind, table: str, what: str, tokens: TokenColumn, rows: NDArray[Any], lost: bool
    ) -> None:
        found = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        if len(found) == 0:
            return
        first = text_of(tokens[found[0]])
        how_many = f"record {first}" if len(found) == 1 else f"{len(found)} records, first {first}"
        label = first if table == LABELS and len(found) == 1 else ""
        path = self.folder.called(table)
        self.problems.add(
            Problem(kind, path, f"{what} ({how_many})", scene=self.scene, label=label, count=len(found), lost=lost)
        )
