"""What changed since an earlier run, as a page tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusion.checks.finding import Finding
from fusion.run.diff import RunDiff, Unseen

NEW, OPEN, BACK = "new", "still open", "reappeared"


@dataclass(frozen=True)
class Changes:
    """Leading findings against those of an earlier run.

    by_id: what became of each finding of this run, in a word; fixed: looked for and not there any more; not_looked_at:
    gone, but nobody could have found them.
    """

    since: str
    by_id: Mapping[str, str]
    fixed: Sequence[Finding]
    not_looked_at: Sequence[Unseen]

    @classmethod
    def of(cls, diff: RunDiff) -> Changes:
        """From runs held against each other, the reported one last."""
        words = {finding.id: NEW for finding in diff.new}
        words |= {known.finding.id: OPEN for known in diff.still_open}
        words |= {known.finding.id: BACK for known in diff.reappeared}
        return cls(diff.runs[-2].name, words, diff.fixed, diff.not_looked_at)

    def number(self, word: str) -> int:
        """How many findings of this run are new, still open or back."""
        return list(self.by_id.values()).count(word)
