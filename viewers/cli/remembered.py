"""`check --reviews`: what people dismissed before is left out, and said to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from viewers.cli.results import say
from viewers.outputs.quantities import counted

if TYPE_CHECKING:
    from fusion.checks.finding import Finding
    from fusion.run.run import Run


def require_reviews(path: Path | None) -> None:
    """Find out before a long run whether its reviews can be read.

    Raises:
        ReviewStoreError: they can't.
    """
    from fusion.review.store import ReviewStore

    if path is not None:
        ReviewStore.open(path, read_only=True).close()


def without_dismissed(run: Run, path: Path) -> Run:
    """The run without what was dismissed; stderr counts what was left out and what is back.

    Raises:
        ReviewStoreError: the reviews can't be read.
    """
    from fusion.review.memory import with_memory
    from fusion.review.store import ReviewStore

    with ReviewStore.open(path, read_only=True) as store:
        left, memory = with_memory(run, store)
    told = {
        f"dismissed in {path} and left out": [one.finding for one in memory.dismissed],
        "dismissed before, and back as the evidence changed": memory.changed,
        "said to be fixed, and still here": memory.reappeared,
    }
    for what, findings in told.items():
        if findings:
            say(f"{counted(len(findings), 'finding')} {what}: {_by_check(findings)}")
    return left


def _by_check(findings: Iterable[Finding]) -> str:
    count = Counter(finding.code for finding in findings)
    return ", ".join(f"{number} {code}" for code, number in sorted(count.items()))
