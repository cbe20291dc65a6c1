"""A run: what was judged, what was found, what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calibration.kernels.choice import chosen
from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.errors import RunFolderError
from fusion.judge.causes import leading
from fusion.run.document import (
    CheckSummary,
    DatasetSummary,
    FindingsDocument,
    Incomplete,
    Tool,
    findings_to_arrow,
)
from fusion.run.folder_lock import locked
from fusion.run.phases import Judged
from fusion.run.run_files import write_run
from fusion.run.run_record import Kernels, RunInput, RunRecord, library_versions, tool_version
from fusion.run.tally import Tally, added
from fusion.scene.problems import ProblemLog

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Run", "tool_version"]


@dataclass(frozen=True, eq=False)
class Run:
    """The result of checking one or several data sets.

    findings: all, most urgent first; those that another explains name it in `cause`; opened: the data sets as they
    were opened, nothing for what was in memory; scenes: names of those that were looked at, empty where unknown;
    new: ids of the findings that a baseline does not have, None where the run was held against none; folder: where it
    was read from; inputs: what its data sets were, as the folder noted.
    """

    document: FindingsDocument
    settings: Settings
    opened: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    new: frozenset[str] | None = None
    folder: Path | None = None
    inputs: tuple[RunInput, ...] = ()

    @classmethod
    def of(cls, judged: Sequence[tuple[DatasetSummary, Judged]], settings: Settings) -> Run:
        """The run over data sets that were judged one after the other."""
        tallies = added(result.tallies for _, result in judged)
        findings = sorted((f for _, result in judged for f in result.findings), key=lambda finding: finding.rank)
        problems = ProblemLog(problem for _, result in judged for problem in result.problems)
        checks = tuple(
            CheckSummary(
                code=check.code,
                name=check.name,
                severity=(settings.severity_of(check) or check.severity).value,
                assessed=tallies.get(check.code, Tally()).assessed,
                violations=tallies.get(check.code, Tally()).violations,
                not_assessed=dict(tallies.get(check.code, Tally()).not_assessed),
            )
            for check in settings.active_checks
        )
        document = FindingsDocument(
            tool=Tool(version=tool_version()),
            datasets=tuple(summary for summary, _ in judged),
            checks=checks,
            findings=tuple(findings),
            incomplete=tuple(Incomplete(path=p.place, reason=p.reason) for p in problems if p.lost),
        )
        return cls(document, settings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, most urgent first."""
        return self.document.findings

    @property
    def leading(self) -> list[Finding]:
        """The findings a person works through: those that no other explains."""
        return leading(self.findings)

    def is_new(self, finding: Finding) -> bool:
        """Whether the baseline, if there is one, does not have it."""
        return self.new is None or finding.id in self.new

    @property
    def incomplete(self) -> tuple[Incomplete, ...]:
        """What went unread."""
        return self.document.incomplete

    def to_json(self) -> str:
        """The document `boresight.findings/1`."""
        return self.document.to_json()

    def to_arrow(self) -> pyarrow.Table:
        """The findings as an Arrow table."""
        return findings_to_arrow(self.findings)

    def save(self, folder: str | Path) -> Path:
        """Write run.json, findings.json and findings.parquet, each whole or not at all.

        Raises:
            RunFolderError: the folder can't be written, or is being written.
        """
        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            with locked(target):
                write_run(target, self.document, self.record())
        except OSError as error:
            raise RunFolderError(f"{target}: can't write the run: {error.strerror or error}") from error
        return target

    def record(self) -> RunRecord:
        """What `run.json` says of it."""
        return RunRecord(
            tool=self.document.tool,
            versions=library_versions(),
            settings=self.settings.model_dump(mode="json", by_alias=True),
            kernels=Kernels.of(chosen()),
            opened=self.opened,
        )
