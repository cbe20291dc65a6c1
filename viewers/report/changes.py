"""What changed since an earlier run, as a page tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusion.checks.finding import Finding


@dataclass(frozen=True)
class Changes:
    """Leading findings against those of an earlier run. by_id: what is new of the findings of this run, in a word."""

    since: str
    new: int
    still_open: int
    reappeared: int
    fixed: Sequence[Finding]
    by_id: Mapping[str, str]
