"""Runs of the same data against each other: what is new, fixed, still open, or back.

A finding is fixed where a later run looked for it and did not find it. Where nobody looked (the check or the scene was
left out, the check could assess nothing, a file could not be read) it counts as neither fixed nor open, and the reason
is told: silence must mean "looked, and it is fine".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion.checks.finding import Finding
from fusion.run.finding_match import matched_findings
from fusion.run.run import Run

DIFF_SCHEMA: Final = "boresight.diff/1"


class Known(BaseModel):
    """A finding of the last run that an earlier one had; before: its id there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    finding: Finding
    before: str


class Unseen(BaseModel):
    """A finding of an earlier run that the last one could not have found; reason: why not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    finding: Finding
    reason: str


class ComparedRun(BaseModel):
    """One of the runs; findings: those that no other explains."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    findings: int
    incomplete: int


class RunDiff(BaseModel):
    """The last of several runs against those before it: leading findings, each in one place, most urgent first.

    new: no earlier run had it; still_open: the run before had it; reappeared: an earlier run had it and the run before
    did not, or a review called it fixed; fixed: the run before had it; not_looked_at: likewise, but nobody looked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Literal["boresight.diff/1"] = Field(DIFF_SCHEMA, alias="schema")
    runs: tuple[ComparedRun, ...]
    new: tuple[Finding, ...]
    reappeared: tuple[Known, ...]
    still_open: tuple[Known, ...]
    fixed: tuple[Finding, ...]
    not_looked_at: tuple[Unseen, ...]

    @property
    def failing(self) -> tuple[Finding, ...]:
        """What was not there, or not any more: new and reappeared."""
        return (*self.new, *(one.finding for one in self.reappeared))

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        kinds = ("new", "reappeared", "still_open", "fixed", "not_looked_at")
        return {kind: len(getattr(self, kind)) for kind in kinds}


def diff_runs(runs: Sequence[Run], names: Sequence[str] = (), said_fixed: Collection[str] = ()) -> RunDiff:
    """Hold the last run against those before it.

    Args:
        runs: two or more of the same data, oldest first.
        names: what to call them; said_fixed: ids of findings that a review calls fixed.
    """
    *earlier, last = runs
    past = _Past((), ())
    for run in earlier:
        past = past.after(run)
    now = _Step.of(past, last)
    said = set(said_fixed)
    known = [
        (Known(finding=one, before=old.id), is_back or bool(said & {one.id, old.id})) for one, old, is_back in now.known
    ]
    return RunDiff(
        runs=tuple(_named(run, name) for run, name in zip(runs, [*names, *[""] * len(runs)], strict=False)),
        new=tuple(now.new),
        reappeared=tuple(one for one, is_back in known if is_back),
        still_open=tuple(one for one, is_back in known if not is_back),
        fixed=tuple(now.fixed),
        not_looked_at=tuple(Unseen(finding=one, reason=reason) for one, reason in now.unseen),
    )


def new_findings(baseline: Run, run: Run) -> frozenset[str]:
    """Ids of what a baseline doesn't have, symptoms of new findings with them."""
    step = _Step.of(_Past((), ()).after(baseline), run)
    return frozenset(run.findings[row].id for row in range(len(run.findings)) if step.is_new(row))


def _named(run: Run, name: str) -> ComparedRun:
    version, incomplete = run.document.tool.version, len(run.incomplete)
    return ComparedRun(name=name, version=version, findings=len(run.leading), incomplete=incomplete)


@dataclass(frozen=True)
class _Past:
    """Findings that are open after some runs, and those that were found once and are gone."""

    open: tuple[Finding, ...]
    gone: tuple[Finding, ...]

    def after(self, run: Run) -> _Past:
        """The past with one more run in it."""
        step = _Step.of(self, run)
        taken = {old for _, old in step.back}
        unseen = tuple(self.open[row] for row in step.missing if why_unseen(self.open[row], run))
        gone = tuple(self.open[row] for row in step.missing if not why_unseen(self.open[row], run))
        left = tuple(finding for row, finding in enumerate(self.gone) if row not in taken)
        return _Past((*run.findings, *unseen), (*left, *gone))


@dataclass(frozen=True)
class _Step:
    """One run against the past; same, back: rows of the run and of what is open, or gone."""

    past: _Past
    run: Run
    same: tuple[tuple[int, int], ...]
    back: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, past: _Past, run: Run) -> _Step:
        same = [(now, old) for old, now in matched_findings(past.open, run.findings)]
        taken = {now for now, _ in same}
        left = [row for row in range(len(run.findings)) if row not in taken]
        found = matched_findings(past.gone, [run.findings[row] for row in left])
        return cls(past, run, tuple(same), tuple((left[now], old) for old, now in found))

    @cached_property
    def _partners(self) -> Mapping[int, tuple[Finding, bool]]:
        """What a finding was before, and whether it is back, by row of the run; a whole is known by all its parts."""
        known = {now: (self.past.open[old], False) for now, old in self.same}
        known.update({now: (self.past.gone[old], True) for now, old in self.back})
        for row, parts in _parts(self.run.findings).items():
            if row not in known and all(part in known for part in parts):
                known[row] = known[parts[0]]
        return known

    @cached_property
    def missing(self) -> list[int]:
        """Rows of what was open and is not found any more; a whole is there as long as all its parts are."""
        there = {old for _, old in self.same}
        parts = _parts(self.past.open)
        return [
            row
            for row in range(len(self.past.open))
            if row not in there and not (row in parts and all(part in there for part in parts[row]))
        ]

    def is_new(self, row: int) -> bool:
        """Neither the finding nor what explains it was there before."""
        seen: set[int] = set()
        while row not in seen and row not in self._partners:
            seen.add(row)
            row = self._row_of.get(self.run.findings[row].cause or "", row)
        return row in seen

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {finding.id: row for row, finding in enumerate(self.run.findings)}

    @property
    def new(self) -> list[Finding]:
        """Leading findings of the run that nothing of the past fits."""
        return [one for row, one in enumerate(self.run.findings) if one.cause is None and row not in self._partners]

    @property
    def known(self) -> list[tuple[Finding, Finding, bool]]:
        """Findings that lead now or led before, with what they were, and whether they were gone in between."""
        found = [(self.run.findings[row], *self._partners[row]) for row in sorted(self._partners)]
        leading = [one for one in found if one[0].cause is None]
        told = {old.id for _, old, _ in leading}
        return leading + [one for one in found if one[0].cause and one[1].cause is None and one[1].id not in told]

    @property
    def fixed(self) -> list[Finding]:
        """What led before and was looked for in vain."""
        return [one for one in self._led if not why_unseen(one, self.run)]

    @property
    def unseen(self) -> list[tuple[Finding, str]]:
        """What led before and nobody looked for."""
        return [(one, reason) for one in self._led if (reason := why_unseen(one, self.run))]

    @property
    def _led(self) -> list[Finding]:
        led = (self.past.open[row] for row in self.missing if self.past.open[row].cause is None)
        return sorted(led, key=lambda finding: finding.rank)


def _parts(findings: Sequence[Finding]) -> dict[int, list[int]]:
    """Rows of the symptoms of each finding that explains others."""
    row_of = {finding.id: row for row, finding in enumerate(findings)}
    parts: dict[int, list[int]] = defaultdict(list)
    for row, finding in enumerate(findings):
        if finding.cause in row_of:
            parts[row_of[finding.cause]].append(row)
    return parts


def why_unseen(finding: Finding, run: Run) -> str:
    """Why a run can't have found something, "" where it can."""
    checks = {check.code: check for check in run.document.checks}
    if finding.code not in checks:
        return "the check was not run"
    if run.scenes and finding.scene and finding.scene not in run.scenes:
        return "the scene was not checked"
    for lost in run.incomplete:
        if lost.path == finding.scene or _is_of(finding, lost.path):
            return f"{lost.path} could not be read"
    check = checks[finding.code]
    return "the check could assess nothing" if check.not_assessed and not check.assessed else ""


def _is_of(finding: Finding, path: str) -> bool:
    return finding.source is not None and finding.source.partition(":")[0] == path
