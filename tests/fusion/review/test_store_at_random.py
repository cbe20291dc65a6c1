"""Whatever several people do in several copies, in whatever order: chains stay whole and nothing is overwritten."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fusion.errors import StaleRevisionError
from fusion.review.event import Decision, Verdict
from fusion.review.merge import merge
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

places = some.sampled_from(["office", "home", "train"])
reviewers = some.sampled_from(["ada", "bob"])
subjects = some.sampled_from([ReviewSubject.finding("car"), ReviewSubject.finding("van")])
verdicts = some.sampled_from([Verdict.CONFIRMED, Verdict.FALSE_ALARM, Verdict.UNDECIDED])


class SeveralPlaces(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="reviews-"))
        self.stores = {name: ReviewStore.open(self.folder / name, create=True) for name in ("office", "home", "train")}
        self.stored: dict[str, set[str]] = {name: set() for name in self.stores}

    @rule(place=places, reviewer=reviewers, subject=subjects, verdict=verdicts, missed=some.integers(0, 2))
    def decide(self, place: str, reviewer: str, subject: ReviewSubject, verdict: Verdict, missed: int) -> None:
        store = self.stores[place]
        before = store.current(subject)
        decision = Decision(subject=subject, reviewer=reviewer, verdict=verdict)
        try:
            event = store.append(decision, before.revision - missed)
        except StaleRevisionError:
            assert missed
            assert store.current(subject) == before
            return
        assert not missed
        assert store.current(subject).holding == (event,)
        self.stored[place].add(event.hash)

    @rule(into=places, of=places)
    def bring_together(self, into: str, of: str) -> None:
        merged = merge(self.stores[into], self.stores[of])
        assert merged.added == len(self.stored[of] - self.stored[into])
        self.stored[into] |= self.stored[of]
        assert all(standing.contested for standing in merged.conflicts)

    @rule(place=places)
    def close_and_open(self, place: str) -> None:
        self.stores[place].close()
        self.stores[place] = ReviewStore.open(self.folder / place)

    @invariant()
    def nothing_is_lost_and_the_chains_are_whole(self) -> None:
        for name, store in self.stores.items():
            assert {event.hash for event in store.events()} == self.stored[name]
            assert store.verify(store.heads()) == []

    @invariant()
    def who_has_the_same_events_says_the_same(self) -> None:
        for one in self.stores:
            for other in self.stores:
                if self.stored[one] == self.stored[other]:
                    first, second = self.stores[one].verdicts(), self.stores[other].verdicts()
                    assert {s: {e.hash for e in v.holding} for s, v in first.items()} == {
                        s: {e.hash for e in v.holding} for s, v in second.items()
                    }
                    assert {s: v.contested for s, v in first.items()} == {s: v.contested for s, v in second.items()}

    def teardown(self) -> None:
        for store in self.stores.values():
            store.close()
        shutil.rmtree(self.folder)


SeveralPlaces.TestCase.settings = settings(
    max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
test_several_places = SeveralPlaces.TestCase
