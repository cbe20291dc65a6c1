"""One finding as a page shows it: who, what, how much, where, what would put it right, what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.finding import Finding
from fusion.checks.manual import Manual
from viewers.outputs.human import proposal_text
from viewers.outputs.quantities import quantity
from viewers.pictures.finding_text import evidence_facts, limit_text, measured_text
from viewers.pictures.names import short_class, short_track
from viewers.report.decided import Decided
from viewers.report.images import EvidenceImage, Pictures

MOST_SYMPTOMS = 40
# Names beyond that are no names; the search needs their beginning alone.
MOST_LETTERS_TO_SEARCH = 200


@dataclass(frozen=True)
class Card:
    """A leading finding, in the words and numbers of a page. symptoms: those it explains, most urgent first."""

    rank: int
    finding: Finding
    symptoms: Sequence[Finding]
    images: Sequence[Sequence[EvidenceImage]]
    no_images: str
    decided: Decided | None
    change: str = ""

    @property
    def who(self) -> str:
        """Class and track, or the sensor, or the scene."""
        finding = self.finding
        named = [short_class(finding.category)] if finding.category else []
        if finding.track:
            named.append(short_track(finding.track))
        return " ".join(named) or finding.sensor or finding.scene or "data set"

    @property
    def where(self) -> str:
        """Scene, frame and sensor."""
        finding = self.finding
        frame = "" if finding.frame is None else f"frame {_frame_name(finding)}"
        return " · ".join(part for part in (finding.scene, frame, finding.sensor or "") if part)

    @property
    def measured(self) -> str:
        """With its unit; nothing where the finding is a yes or no."""
        finding = self.finding
        there_or_not = finding.unit == "" and (finding.measured, finding.limit) == (1, 0)
        return "" if there_or_not else measured_text(finding)

    @property
    def limit(self) -> str:
        """With its unit."""
        return limit_text(self.finding) if self.measured else ""

    @property
    def proposal(self) -> str:
        """In one line, "" where there is none."""
        return proposal_text(self.finding)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Evidence first, then where to look."""
        finding = self.finding
        places = [
            ("scene", finding.scene),
            ("frame", finding.frame),
            ("time", None if finding.timestamp_ns is None else f"{finding.timestamp_ns} ns"),
            ("sensor", finding.sensor),
            ("class", finding.category),
            ("track", finding.track),
            ("label", finding.label),
            ("file", finding.source),
            ("finding", finding.id),
        ]
        return [*evidence_facts(finding), *((name, value) for name, value in places if value)]

    @property
    def shown_symptoms(self) -> Sequence[Finding]:
        """As many as a page has room for."""
        return self.symptoms[:MOST_SYMPTOMS]

    @property
    def searched(self) -> str:
        """What the search looks through, in small letters."""
        finding = self.finding
        words = [
            *(finding.code, finding.name, finding.message, finding.category, finding.track, finding.label),
            *(finding.scene, finding.frame, finding.sensor, finding.source, finding.id),
            *(one.code for one in self.symptoms),
            *(one.label for one in self.symptoms),
        ]
        return " ".join(dict.fromkeys(word[:MOST_LETTERS_TO_SEARCH].lower() for word in words if word))

    @property
    def manual(self) -> Manual | None:
        """Of its check; None for a code that this version does not know."""
        return next((check.manual for check in CATALOGUE if check.code == self.finding.code), None)


def cards_of(
    findings: Sequence[Finding],
    leading: Sequence[Finding],
    pictures: Pictures,
    decided: Mapping[str, Decided],
    changes: Mapping[str, str],
) -> list[Card]:
    """One for each leading finding, most urgent first."""
    symptoms: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.cause is not None:
            symptoms[finding.cause].append(finding)
    return [
        Card(
            rank,
            finding,
            symptoms[finding.id],
            pictures.images.get(finding.id, ()),
            pictures.missing.get(finding.id, ""),
            decided.get(finding.id),
            changes.get(finding.id, ""),
        )
        for rank, finding in enumerate(leading, start=1)
    ]


def number_text(value: float | None, unit: str = "") -> str:
    """For templates."""
    return quantity(value, unit, digits=3)


def _frame_name(finding: Finding) -> str:
    """A short key as it is; a token by its number in the scene."""
    if finding.frame is None or finding.frame_index is None or len(finding.frame) <= len("0000000000"):
        return finding.frame or ""
    return str(finding.frame_index)
