"""How much each check looked at, and why it did not look at the rest: silence must mean "looked, and it is fine"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fusion.checks.assessment import Assessment


@dataclass
class Tally:
    """Rows of one check: assessed, violated, and not assessed by reason."""

    assessed: int = 0
    violations: int = 0
    not_assessed: Counter[str] = field(default_factory=Counter)

    def count(self, assessment: Assessment) -> None:
        """Add an assessment's rows."""
        self.assessed += int(assessment.assessed.sum())
        self.violations += len(assessment.reported)
        if assessment.not_assessed is not None:
            self.not_assessed.update(assessment.not_assessed.counts())

    def skip(self, reason: str, rows: int) -> None:
        """Add rows that could not be assessed."""
        self.not_assessed[reason] += rows

    def add(self, other: Tally) -> None:
        """Add another tally of the same check."""
        self.assessed += other.assessed
        self.violations += other.violations
        self.not_assessed.update(other.not_assessed)


Tallies = dict[str, Tally]


def added(parts: Iterable[Tallies]) -> Tallies:
    """Tallies by check over several parts of a run."""
    total: Tallies = {}
    for part in parts:
        for code, tally in part.items():
            total.setdefault(code, Tally()).add(tally)
    return total
