"""Where a subject stands: which verdicts hold, and whether people disagree.

Every verdict names those it replaces. What nobody replaced, holds: one verdict as a rule; several after the work of
two people who did not see each other was merged. If those say the same it is agreement, else it is a conflict, and
stays one until somebody who saw them all decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fusion.review.event import ReviewEvent, Verdict
from fusion.review.subject import ReviewSubject


@dataclass(frozen=True)
class Standing:
    """A subject, and the verdicts on it that hold.

    revision: how many verdicts the store holds on it, 0 for none; holding: those nobody replaced, oldest first.
    """

    subject: ReviewSubject
    revision: int = 0
    holding: tuple[ReviewEvent, ...] = ()

    @classmethod
    def of(cls, subject: ReviewSubject, events: Sequence[ReviewEvent]) -> Standing:
        """From all verdicts on a subject, in the order of the store."""
        replaced = {one for event in events for one in event.replaces}
        return cls(subject, len(events), tuple(event for event in events if event.hash not in replaced))

    @property
    def event(self) -> ReviewEvent | None:
        """The latest of the verdicts that hold."""
        return self.holding[-1] if self.holding else None

    @property
    def verdict(self) -> Verdict | None:
        """What was decided; None where nobody did, somebody took it back, or people disagree."""
        if not self.holding or self.contested or self.holding[-1].verdict is Verdict.UNDECIDED:
            return None
        return self.holding[-1].verdict

    @property
    def contested(self) -> bool:
        """Whether verdicts that don't know of each other differ: in what they say, or in what they propose."""
        return any(
            len(set(values)) > 1
            for values in (
                [event.verdict for event in self.holding],
                [event.error_type for event in self.holding if event.error_type],
                [str(event.proposals) for event in self.holding if event.proposals],
            )
        )


def standings(events: Iterable[ReviewEvent]) -> dict[ReviewSubject, Standing]:
    """Every subject that has a verdict."""
    by_subject: dict[ReviewSubject, list[ReviewEvent]] = {}
    for event in events:
        if event.action == "verdict":
            by_subject.setdefault(event.subject, []).append(event)
    return {subject: Standing.of(subject, said) for subject, said in by_subject.items()}
