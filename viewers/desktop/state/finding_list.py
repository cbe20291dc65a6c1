"""The list of findings: ranked, filtered, symptoms under their causes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fusion.checks.finding import Finding
from fusion.checks.severity import Severity
from fusion.judge.causes import leading
from fusion.review.event import Verdict

VerdictOf = Callable[[Finding], Verdict | None]


@dataclass(frozen=True)
class FindingFilter:
    """What the list shows; an empty set admits everything.

    codes: codes or families ("BOX"); categories, scenes: parts of their names; verdicts: as the review store words
    them, "undecided" for none; text: every word must occur in the finding's own words, in any case.
    """

    codes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    scenes: frozenset[str] = frozenset()
    verdicts: frozenset[str] = frozenset()
    text: str = ""

    def admits(self, finding: Finding, verdict: Verdict | None) -> bool:
        """Whether a finding with that verdict is shown."""
        return (
            (not self.codes or bool(self.codes & {finding.code, finding.code[:3]}))
            and _part_of(finding.category or "", self.categories)
            and _among(finding.severity, self.severities)
            and _part_of(finding.scene, self.scenes)
            and _among((verdict or Verdict.UNDECIDED).value, self.verdicts)
            and all(word in searchable(finding) for word in self.text.casefold().split())
        )


NAMED = {"class": "categories", "scene": "scenes", "code": "codes", "verdict": "verdicts", "severity": "severities"}
SEVERITIES = frozenset(severity.value for severity in Severity)
CODE = re.compile(r"[A-Z]{3}(\d{3})?")


def filter_of(words: str) -> FindingFilter:
    """The filter of what a person typed.

    A code or family in capitals, a severity, a verdict and "undecided" mean themselves; "class:car", "scene:0061" and
    the like name a field; anything else must occur in the finding's own words.
    """
    chosen: dict[str, set[str]] = {field: set() for field in NAMED.values()}
    verdicts = {verdict.value for verdict in Verdict}
    texts = []
    for word in words.split():
        name, colon, value = word.partition(":")
        if colon and value and name in NAMED:
            chosen[NAMED[name]].add(value)
        elif CODE.fullmatch(word):
            chosen["codes"].add(word)
        elif word in SEVERITIES:
            chosen["severities"].add(word)
        elif word in verdicts:
            chosen["verdicts"].add(word)
        else:
            texts.append(word)
    return FindingFilter(**{field: frozenset(values) for field, values in chosen.items()}, text=" ".join(texts))


def searchable(finding: Finding) -> str:
    """Everything of a finding that a person might type to find it."""
    names = (finding.code, finding.name, finding.message, finding.scene, finding.frame, finding.track)
    return " ".join(str(name) for name in (*names, finding.category, finding.sensor, finding.label) if name).casefold()


def _part_of(value: str, wanted: frozenset[str]) -> bool:
    return not wanted or any(part.casefold() in value.casefold() for part in wanted)


def _among(value: str, admitted: frozenset[str]) -> bool:
    return not admitted or value in admitted


@dataclass(frozen=True)
class FindingRow:
    """A line of the list. symptoms: how many findings this one explains; symptom: it is one of them, shown below it."""

    finding: Finding
    verdict: Verdict | None
    symptoms: int = 0
    symptom: bool = False


class FindingList:
    """The findings of a run in the order a reviewer works in, and which of them are on view.

    Args:
        findings: most urgent first.
        verdict_of: the verdict that stands for a finding, None for none.
    """

    def __init__(self, findings: Sequence[Finding], verdict_of: VerdictOf) -> None:
        self._findings = tuple(findings)
        self._by_id = {finding.id: finding for finding in findings}
        self._leading = leading(findings)
        self._symptoms: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            if finding.cause is not None:
                self._symptoms[self._first_cause(finding)].append(finding)
        self._verdict_of = verdict_of
        self._opened: set[str] = set()
        self.filter = FindingFilter()

    def __len__(self) -> int:
        return len(self._leading)

    def find(self, finding_id: str) -> Finding | None:
        """A finding by its id."""
        return self._by_id.get(finding_id)

    def values(self, field: str) -> list[str]:
        """What a field of the findings holds, sorted: the choices of a filter."""
        return sorted({str(value) for finding in self._findings if (value := getattr(finding, field)) is not None})

    def toggle(self, finding_id: str) -> None:
        """Show or hide the symptoms of a cause."""
        self._opened = self._opened ^ {finding_id}

    def rows(self) -> list[FindingRow]:
        """The lines on view: a cause is there if it or one of its symptoms is admitted."""
        rows = []
        for finding in self._leading:
            symptoms = self._symptoms.get(finding.id, [])
            shown = [symptom for symptom in symptoms if self._admitted(symptom)]
            if not shown and not self._admitted(finding):
                continue
            rows.append(FindingRow(finding, self._verdict_of(finding), len(symptoms)))
            if finding.id in self._opened:
                rows += [FindingRow(one, self._verdict_of(one), symptom=True) for one in shown]
        return rows

    def after(self, finding_id: str | None, step: int = 1, undecided: bool = False) -> Finding | None:
        """The finding so many lines on, or before; None where the list ends.

        Args:
            finding_id: where to start; None or one that isn't on view starts at the end that is left behind.
            undecided: pass over those that have a verdict.
        """
        rows = self.rows()
        places = [place for place, row in enumerate(rows) if row.finding.id == finding_id]
        start = places[0] if places else (-1 if step > 0 else len(rows))
        order: Iterable[int] = range(start + 1, len(rows)) if step > 0 else range(start - 1, -1, -1)
        wanted = [place for place in order if not (undecided and rows[place].verdict)]
        reached = wanted[abs(step) - 1 : abs(step)]
        return rows[reached[0]].finding if reached else None

    @property
    def decided(self) -> int:
        """How many of the leading findings have a verdict."""
        return sum(self._verdict_of(finding) is not None for finding in self._leading)

    def _first_cause(self, finding: Finding) -> str:
        """Causes have causes; a reviewer sees two levels."""
        seen = {finding.id}
        while (cause := self._by_id.get(finding.cause or "")) is not None and cause.id not in seen:
            seen.add(cause.id)
            finding = cause
        return finding.id

    def _admitted(self, finding: Finding) -> bool:
        return self.filter.admits(finding, self._verdict_of(finding))
