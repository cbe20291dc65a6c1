"""Findings counted by class, range, sensor, annotator, scene: bars that a page draws."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from fusion.checks.finding import Finding
from fusion.checks.severity import Severity
from fusion.scene.coded import Coded
from viewers.report.label_facts import LabelFacts, SceneFacts

SEVERITY_ORDER = ("error", "warning", "info")
RANGE_EDGES_M = (0.0, 10.0, 20.0, 30.0, 50.0, 80.0)
UNNAMED = "(none)"
# More bars than that are no picture any more; the rest is in the list below them.
MOST_BARS = 24


@dataclass(frozen=True)
class Bar:
    """One name. counts: by severity; total: labels of that name there are, None where nobody counted them."""

    name: str
    counts: Mapping[str, int]
    total: int | None = None

    @property
    def found(self) -> int:
        """All severities together."""
        return sum(self.counts.values())

    @property
    def per_thousand(self) -> float | None:
        """Of a thousand labels so many."""
        return 1000 * self.found / self.total if self.total else None


@dataclass(frozen=True)
class Chart:
    """Bars under a title. counted: what the numbers are of; left_out: bars there was no room for."""

    title: str
    counted: str
    bars: Sequence[Bar]
    left_out: int = 0

    @property
    def longest(self) -> float:
        """The greatest count, at least 1."""
        return max((bar.found for bar in self.bars), default=0) or 1

    @property
    def has_totals(self) -> bool:
        """Whether rates can be told."""
        return any(bar.total for bar in self.bars)


Row = tuple[str, int]


@dataclass(frozen=True, eq=False)
class TouchedLabels:
    """Labels that findings name, each with the worst severity said of it. severities: by scene, then by row."""

    facts: LabelFacts
    severities: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, findings: Iterable[Finding], facts: LabelFacts) -> TouchedLabels:
        """Symptoms count as well: they are of the labels their cause makes wrong."""
        worst: dict[str, dict[int, str]] = defaultdict(dict)
        for finding in findings:
            for scene, row in rows_named(finding, facts):
                known = worst[scene].get(row, finding.severity)
                worst[scene][row] = max(known, finding.severity, key=lambda name: Severity(name).rank)
        return cls(facts, worst)

    def number_with(self, severity: str | None = None) -> int:
        """How many labels; of one severity, or of any."""
        worst = [name for scene in self.severities.values() for name in scene.values()]
        return len(worst) if severity is None else worst.count(severity)

    def counted(self, name_of: Callable[[SceneFacts], Coded | None]) -> list[Bar]:
        """By a name each label has, the most findings first; nothing where no label has one."""
        totals: Counter[str] = Counter()
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for scene, known in self.facts.scenes.items():
            column = name_of(known)
            if column is None or not column.present.any():
                continue
            names = [*column.names, UNNAMED]
            for code, number in zip(*np.unique(column.codes, return_counts=True), strict=True):
                totals[names[code]] += int(number)
            for row, severity in self.severities.get(scene, {}).items():
                counts[names[column.codes[row]]][severity] += 1
        bars = [Bar(name, counts[name], total) for name, total in totals.items()]
        return sorted(bars, key=lambda bar: (-bar.found, -(bar.total or 0), bar.name))

    def by_range(self) -> list[Bar]:
        """By distance from ego."""
        edges = np.asarray(RANGE_EDGES_M)
        totals = np.zeros(len(edges), dtype=np.int64)
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for scene, known in self.facts.scenes.items():
            bands = np.searchsorted(edges, np.nan_to_num(known.ranges_m, nan=-1.0), side="right") - 1
            totals += np.bincount(bands[bands >= 0], minlength=len(edges))
            for row, severity in self.severities.get(scene, {}).items():
                counts[int(bands[row])][severity] += 1
        names = [f"{low:g} to {high:g} m" for low, high in pairwise(edges)]
        names.append(f"{edges[-1]:g} m and more")
        return [Bar(name, counts[band], int(totals[band])) for band, name in enumerate(names) if totals[band]]


def rows_named(finding: Finding, facts: LabelFacts) -> set[Row]:
    """Rows of the labels a finding names, as far as the data are at hand; of a pair the one it is about.

    A class to be renamed concerns all labels that carry it; a wrong calibration makes no label wrong.
    """
    if finding.proposal is not None and finding.proposal.target == finding.category and finding.scene in facts.scenes:
        column = facts.scenes[finding.scene].category
        return {(finding.scene, int(row)) for row in np.flatnonzero(column.is_any([finding.category]))}
    if finding.subject in ("sensor", "rig", "scene"):
        return set()
    references = [(one.scene, one.frame, one.label) for one in finding.labels]
    if finding.subject == "pair" or not references:
        references = [(finding.scene, finding.frame or "", finding.label or "")]
    rows = set()
    for scene, frame, label in references:
        row = facts.scenes[scene].rows.get((frame, label)) if scene in facts.scenes else None
        if row is not None:
            rows.add((scene, row))
    return rows


def by_field(findings: Iterable[Finding], name_of: Callable[[Finding], str | None]) -> list[Bar]:
    """Findings by a name of their own, the most first; those without one are left out."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for finding in findings:
        if name := name_of(finding):
            counts[name][finding.severity] += 1
    bars = [Bar(name, count) for name, count in counts.items()]
    return sorted(bars, key=lambda bar: (-bar.found, bar.name))


def charts(leading: Sequence[Finding], touched: TouchedLabels) -> list[Chart]:
    """Those that have something to show; labels are counted where the data are at hand, findings elsewhere."""
    if touched.facts.scenes:
        made = [
            ("By class", "labels", touched.counted(lambda known: known.category)),
            ("By range", "labels", touched.by_range()),
            ("By annotator", "labels", touched.counted(lambda known: known.annotator)),
            ("By vendor", "labels", touched.counted(lambda known: known.vendor)),
        ]
    else:
        made = [("By class", "findings", by_field(leading, lambda finding: finding.category))]
    made.append(("By sensor", "findings", by_field(leading, lambda finding: finding.sensor)))
    return [Chart(title, counted, bars[:MOST_BARS], len(bars[MOST_BARS:])) for title, counted, bars in made if bars]
