"""What a reviewer decides, and where it goes."""

from __future__ import annotations

import contextlib
from typing import Protocol

from calibration.errors import BoresightError
from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.errors import StaleRevisionError
from fusion.review.event import Decision, Verdict
from fusion.review.memory import decision_on
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from viewers.errors import ViewerError

NO_STORE = "verdicts need a run folder to be kept in; open the viewer with --run"


class Decisions(Protocol):
    """Verdicts on findings and corrections of labels, stored before the call returns.

    Raises, all of them:
        BoresightError: it could not be stored, or somebody else has decided meanwhile; nothing was changed.
    """

    def verdict_of(self, finding: Finding) -> Verdict | None:
        """The verdict that stands, None for none."""

    def decide(self, finding: Finding, verdict: Verdict, correction: Proposal | None = None, comment: str = "") -> None:
        """A verdict on a finding, with the correction a person made or took, and what they say about it."""

    def report(self, scene: str, frame: str, label: str | None, correction: Proposal | None, comment: str = "") -> None:
        """An error no check found: about a label, or about a frame where something is missing."""

    def refresh(self) -> bool:
        """Look what others decided; whether anything is new."""


class NoDecisions:
    """A viewer without a store: looking only."""

    def verdict_of(self, finding: Finding) -> Verdict | None:
        """None: nothing is stored."""
        return None

    def decide(self, finding: Finding, verdict: Verdict, correction: Proposal | None = None, comment: str = "") -> None:
        """Raises: ViewerError, always."""
        raise ViewerError(NO_STORE)

    def report(self, scene: str, frame: str, label: str | None, correction: Proposal | None, comment: str = "") -> None:
        """Raises: ViewerError, always."""
        raise ViewerError(NO_STORE)

    def refresh(self) -> bool:
        """False: nobody else can decide either."""
        return False


class StoredDecisions:
    """Decisions of one reviewer in a review store that others may share.

    Args:
        reviewer: the name their events carry.
    """

    def __init__(self, store: ReviewStore, reviewer: str) -> None:
        self._store, self._reviewer = store, reviewer
        self._last = self._store.last_event()
        self._standings = store.verdicts()
        self._verdicts = {
            subject.name: standing.verdict for subject, standing in self._standings.items() if subject.kind == "finding"
        }

    def verdict_of(self, finding: Finding) -> Verdict | None:
        """What was decided when the store was looked at last."""
        return self._verdicts.get(finding.id)

    def decide(self, finding: Finding, verdict: Verdict, correction: Proposal | None = None, comment: str = "") -> None:
        """A verdict; if somebody else decided since the window showed the finding, theirs is shown and stands."""
        self._append(
            decision_on(
                ReviewSubject.finding(finding.id),
                (finding,),
                reviewer=self._reviewer,
                verdict=verdict,
                error_type=finding.name if verdict is Verdict.CONFIRMED else "",
                comment=comment,
                proposals=() if correction is None else (correction,),
            )
        )

    def report(self, scene: str, frame: str, label: str | None, correction: Proposal | None, comment: str = "") -> None:
        """An error no check found."""
        subject = ReviewSubject("frame", frame, scene) if label is None else ReviewSubject("label", label, scene)
        self._append(
            Decision(
                subject=subject,
                reviewer=self._reviewer,
                verdict=Verdict.NEW_ERROR,
                comment=comment,
                proposals=() if correction is None else (correction,),
                about={"scene": scene, "frame": frame},
            )
        )

    def refresh(self) -> bool:
        """Look what others decided since: only that is read, as stores grow to tens of thousands of events."""
        last = self._store.last_event()
        if last == self._last:
            return False
        for subject in {event.subject for event in self._store.events("id > ?", (self._last,))}:
            self._look_again(subject)
        self._last = last
        return True

    def _append(self, decision: Decision) -> None:
        try:
            self._store.append(decision, self._standing(decision.subject).revision)
        except StaleRevisionError:
            with contextlib.suppress(BoresightError):  # the conflict is what has to be told
                self._look_again(decision.subject)
            raise
        self._look_again(decision.subject)

    def _look_again(self, subject: ReviewSubject) -> None:
        standing = self._standings[subject] = self._store.current(subject)
        if subject.kind == "finding":
            self._verdicts[subject.name] = standing.verdict

    def _standing(self, subject: ReviewSubject) -> Standing:
        return self._standings.get(subject, Standing(subject))
