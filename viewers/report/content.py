"""Everything a report says, put together before anything is drawn or written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.finding import Finding
from fusion.judge.causes import leading
from fusion.run.document import CheckSummary, FindingsDocument
from viewers.outputs.quantities import counted
from viewers.report.accused import Reason, Suspect, reasons, suspects
from viewers.report.breakdown import Chart, TouchedLabels, charts
from viewers.report.calibration_panel import CalibDocument, CheckLine, check_lines
from viewers.report.cards import Card, cards_of
from viewers.report.changes import Changes
from viewers.report.decided import Decided
from viewers.report.images import Pictures
from viewers.report.label_facts import LabelFacts

MOST_CAUSES = 12


@dataclass(frozen=True)
class CheckLineOfPage:
    """What one check found. summary: its manual in a sentence."""

    check: CheckSummary
    counts: Mapping[str, int]
    symptoms: int
    summary: str

    @property
    def found(self) -> int:
        """All severities together."""
        return sum(self.counts.values())


@dataclass(frozen=True, eq=False)
class ReportContent:
    """A run and what is known besides.

    facts: nothing where the data set is gone, which `no_data` explains; calib: what `calib --json` wrote; decided: by
    the finding's id; changes: against an earlier run.
    """

    document: FindingsDocument
    facts: LabelFacts = field(default_factory=LabelFacts)
    pictures: Pictures = field(default_factory=Pictures)
    no_data: str = ""
    calib: CalibDocument | None = None
    decided: Mapping[str, Decided] = field(default_factory=dict)
    changes: Changes | None = None

    @cached_property
    def leading(self) -> list[Finding]:
        """The findings a person works through."""
        return leading(self.document.findings)

    @cached_property
    def cards(self) -> list[Card]:
        """One for each of them."""
        told = {} if self.changes is None else self.changes.by_id
        return cards_of(self.document.findings, self.leading, self.pictures, self.decided, told)

    @cached_property
    def touched(self) -> TouchedLabels:
        """Labels that findings name."""
        return TouchedLabels.of(self.document.findings, self.facts)

    @property
    def labels(self) -> int:
        """Labels that were checked."""
        return sum(dataset.labels for dataset in self.document.datasets)

    @property
    def frames(self) -> int:
        """Frames that were checked."""
        return sum(dataset.frames for dataset in self.document.datasets)

    @property
    def counts(self) -> Counter[str]:
        """Leading findings by severity."""
        return Counter(finding.severity for finding in self.leading)

    @property
    def symptoms(self) -> int:
        """Findings that others explain."""
        return len(self.document.findings) - len(self.leading)

    @property
    def expected_true(self) -> float:
        """How many of the leading findings are true, by their scores."""
        return sum(finding.score for finding in self.leading)

    @property
    def tracks(self) -> int:
        """Objects that leading findings are about."""
        return len({(finding.scene, finding.track) for finding in self.leading if finding.track})

    @property
    def touched_labels(self) -> int | None:
        """How many labels findings name; None where the data are gone."""
        return self.touched.number_with() if self.facts.scenes else None

    @property
    def verdict(self) -> str:
        """The worst thing there is to say, for the colour of the first line."""
        if self.counts["error"]:
            return "error"
        if self.document.incomplete:
            return "incomplete"
        return "warning" if self.counts["warning"] else "fine"

    @property
    def sentence(self) -> str:
        """The run in one sentence."""
        count = self.counts
        scenes = counted(sum(dataset.scenes for dataset in self.document.datasets), "scene")
        among = f"in {counted(self.labels, 'label')} of {scenes}"
        said = [
            f"{counted(count['error'], 'thing')} {'is' if count['error'] == 1 else 'are'} wrong"
            if count["error"]
            else "",
            f"{counted(count['warning'], 'thing')} {'looks' if count['warning'] == 1 else 'look'} unusual"
            if count["warning"]
            else "",
            f"{counted(count['info'], 'thing')} {'is' if count['info'] == 1 else 'are'} worth a look"
            if count["info"]
            else "",
        ]
        told = [part for part in said if part]
        if not told:
            return f"Nothing wrong was found {among}."
        joined = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
        return f"{joined[0].upper()}{joined[1:]} {among}."

    @cached_property
    def suspects(self) -> list[Suspect]:
        """Who is accused, and who is cleared."""
        return suspects(self.leading, self.document.checks)

    @cached_property
    def causes(self) -> list[Card]:
        """The cards that explain most."""
        explaining = [card for card in self.cards if card.symptoms]
        return sorted(explaining, key=lambda card: (-len(card.symptoms), card.rank))[:MOST_CAUSES]

    @cached_property
    def checks(self) -> list[CheckLineOfPage]:
        """The checks that found something, most urgent first."""
        summaries = {check.code: check.manual.summary for check in CATALOGUE}
        known = {check.code: check for check in self.document.checks}
        explained = Counter(card.finding.code for card in self.cards for _ in card.symptoms)
        counts: dict[str, Counter[str]] = {}
        for finding in self.leading:
            counts.setdefault(finding.code, Counter())[finding.severity] += 1
        return [
            CheckLineOfPage(known[code], count, explained[code], summaries.get(code, known[code].name))
            for code, count in counts.items()
            if code in known
        ]

    @cached_property
    def charts(self) -> list[Chart]:
        """By class, range, annotator, vendor, sensor."""
        return charts(self.leading, self.touched)

    @cached_property
    def calibration_lines(self) -> list[CheckLine]:
        """What checks say of calibration and clocks."""
        return check_lines(self.document.checks, self.leading)

    @cached_property
    def not_assessed(self) -> list[Reason]:
        """Of all checks."""
        return reasons(self.document.checks)

    @property
    def silent_checks(self) -> list[CheckSummary]:
        """Checks that could judge nothing at all."""
        return [check for check in self.document.checks if not check.assessed]

    def names(self, attribute: str) -> list[str]:
        """What can be chosen in a filter, in order."""
        return sorted({value for finding in self.leading if (value := getattr(finding, attribute))})

    @property
    def verdicts(self) -> Sequence[str]:
        """Those that were given on findings of this page."""
        return sorted({card.decided.verdict for card in self.cards if card.decided is not None})
