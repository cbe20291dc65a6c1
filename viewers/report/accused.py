"""Who is accused: a run's checks and findings by what may be wrong, with what could not be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fusion.checks.finding import Finding
from fusion.run.document import CheckSummary

FAMILY_LETTERS = 3
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Labels", "boxes, tracks, boxes in images, objects without a label", ("BOX", "IMG", "TRK", "MIS")),
    ("Label specification", "classes and attributes against the agreed rules", ("ONT",)),
    ("Calibration", "where each sensor sits, how its lens bends light", ("RIG",)),
    ("Clocks and poses", "stamps, clocks, ego motion", ("TIM",)),
    ("Files", "missing, damaged and contradictory records", ("DAT",)),
)


@dataclass(frozen=True)
class Reason:
    """Why rows were not assessed; codes: of the checks, those that could judge nothing at all marked so."""

    reason: str
    times: int
    codes: str


@dataclass(frozen=True)
class Suspect:
    """One of the accused.

    counts: leading findings by severity; assessed: rows its checks could judge; silent: checks that could judge none.
    """

    name: str
    about: str
    counts: Counter[str]
    assessed: int
    checks: int
    silent: int
    reasons: Sequence[Reason]

    @property
    def state(self) -> str:
        """The worst severity, "fine", or "not assessed"."""
        worst = next((name for name in ("error", "warning", "info") if self.counts[name]), None)
        return worst or ("fine" if self.assessed else "not assessed")


def suspects(leading: Iterable[Finding], checks: Sequence[CheckSummary]) -> list[Suspect]:
    """All of them, in the order of the table; those without a check in this run are left out."""
    found = list(leading)
    made = []
    for name, about, families in GROUPS:
        own = [check for check in checks if check.code[:FAMILY_LETTERS] in families]
        counts = Counter(finding.severity for finding in found if finding.code[:FAMILY_LETTERS] in families)
        if own or counts:
            made.append(Suspect(name, about, Counter(counts), _assessed(own), len(own), _silent(own), reasons(own)))
    return made


def reasons(checks: Iterable[CheckSummary]) -> list[Reason]:
    """What was not assessed by reason; what many rows share comes first."""
    times: Counter[str] = Counter()
    codes: dict[str, list[str]] = {}
    for check in checks:
        for reason, number in check.not_assessed.items():
            times[reason] += number
            codes.setdefault(reason, []).append(check.code if check.assessed else f"{check.code} (all)")
    order = sorted(times, key=lambda reason: (-times[reason], reason))
    return [Reason(reason, times[reason], ", ".join(codes[reason])) for reason in order]


def _silent(checks: Iterable[CheckSummary]) -> int:
    return sum(not check.assessed for check in checks)


def _assessed(checks: Iterable[CheckSummary]) -> int:
    return sum(check.assessed for check in checks)
