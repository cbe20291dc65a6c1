"""What the checks say of data that is taken to be right: alarms by family, before any roll-up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from fusion.checks.finding import Finding


@dataclass
class Alarms:
    """Alarms of one family: labels touched by an error or warning, a track counted once.

    objects: tracks they belong to; codes: findings by check.
    """

    count: int = 0
    objects: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, other: Alarms) -> None:
        """Add those of another scene."""
        self.count += other.count
        self.objects += other.objects
        self.codes.update(other.codes)


def alarms_of(findings: Sequence[Finding]) -> dict[str, Alarms]:
    """Alarms by family. A label whose track is accused as a whole is not counted again."""
    tracks: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, set[tuple[str, str]]] = defaultdict(set)
    elsewhere: dict[str, set[str]] = defaultdict(set)
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    for finding in before_roll_up(findings):
        if finding.severity == "info":
            continue
        family = finding.code[:3]
        codes[family][finding.code] += 1
        if finding.subject == "track" and finding.track is not None:
            tracks[family].add(finding.track)
        elif finding.labels:
            labels[family] |= {(named.label, named.track or "") for named in finding.labels}
        else:
            elsewhere[family].add(finding.id)
    alarms = {}
    for family, counted in codes.items():
        loose = {label for label, track in labels[family] if track not in tracks[family]}
        count = len(tracks[family]) + len(loose) + len(elsewhere[family])
        objects = {track or label for label, track in labels[family]} | tracks[family]
        alarms[family] = Alarms(count, len(objects), counted)
    return alarms


def before_roll_up(findings: Sequence[Finding]) -> list[Finding]:
    """Findings as the checks made them, without those that only sum up others of the same check."""
    code_of = {finding.id: finding.code for finding in findings}
    sums = {finding.cause for finding in findings if finding.cause and code_of.get(finding.cause) == finding.code}
    return [finding for finding in findings if finding.id not in sums]
