"""What there is to review in a run: its findings with where each stands, filtered, and handed out one by one.

The most urgent undecided finding comes first, after what was assigned to the reviewer. What is handed out is claimed
for a while, so that two reviewers never get the same; a claim ends with the verdict or by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fusion.checks.finding import Finding
from fusion.errors import ReviewStoreError
from fusion.judge.causes import leading
from fusion.review.draw import Draw, next_drawn
from fusion.review.event import DISMISSED, ReviewEvent
from fusion.review.memory import decided_before
from fusion.review.standing import Standing
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

Status = Literal["undecided", "decided", "contested", "dismissed", "all"]
MINUTE_NS = 60_000_000_000
# What people type of an id; shorter would soon mean several.
SHORTEST_PREFIX = 4
# So often what to hand out is looked up anew because others decided; then they wait.
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class WorkFilter:
    """Which findings are meant; what is empty excludes nothing.

    codes: codes, names or families of checks; assigned_to: only what this reviewer was given.
    """

    codes: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    assigned_to: str = ""

    def admits(self, finding: Finding) -> bool:
        """Whether a finding is meant, as far as it can tell by itself."""
        return (
            (not self.codes or bool({finding.code, finding.name, finding.code[:3]} & set(self.codes)))
            and (not self.scenes or finding.scene in self.scenes)
            and (not self.classes or (finding.category or "") in self.classes)
            and (not self.severities or finding.severity in self.severities)
        )


@dataclass(frozen=True)
class WorkItem:
    """One thing to decide; finding: None for what nobody flagged; drawn: the draw that chose it by lot."""

    subject: ReviewSubject
    standing: Standing
    finding: Finding | None = None
    assigned_to: str = ""
    drawn: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-able content."""
        event = self.standing.event
        return {
            "subject": str(self.subject),
            "revision": self.standing.revision,
            "verdict": self.standing.verdict.value if self.standing.verdict else None,
            "contested": self.standing.contested,
            "reviewer": event.reviewer if event else None,
            "comment": event.comment if event else "",
            "assigned_to": self.assigned_to or None,
            "drawn": self.drawn or None,
            "finding": self.finding.model_dump(mode="json") if self.finding else None,
        }


def work_of(
    findings: Iterable[Finding], store: ReviewStore, wanted: WorkFilter, status: Status = "all"
) -> list[WorkItem]:
    """The findings that no other explains, most urgent first, with where each stands."""
    first = leading(findings)
    decided, assigned = decided_before(first, store.verdicts()), assignments(store.events("action = 'assignment'"))
    items = []
    for finding in first:
        subject = ReviewSubject.finding(finding.id)
        item = WorkItem(subject, decided.get(finding.id, Standing(subject)), finding, assigned.get(subject, ""))
        meant = wanted.admits(finding) and wanted.assigned_to in ("", item.assigned_to)
        if meant and _has_status(item.standing, status):
            items.append(item)
    return items


def _has_status(standing: Standing, status: Status) -> bool:
    return {
        "all": True,
        "undecided": standing.verdict is None,
        "decided": standing.verdict is not None,
        "contested": standing.contested,
        "dismissed": standing.verdict in DISMISSED,
    }[status]


def assignments(events: Iterable[ReviewEvent]) -> dict[ReviewSubject, str]:
    """Who was given what last; "" for what was given back."""
    latest: dict[ReviewSubject, ReviewEvent] = {}
    for event in events:
        if event.subject not in latest or event.created_ns >= latest[event.subject].created_ns:
            latest[event.subject] = event
    return {subject: str(event.about.get("assigned_to", "")) for subject, event in latest.items()}


def assign(store: ReviewStore, subjects: Sequence[ReviewSubject], to: str, by: str) -> int:
    """Give subjects to a reviewer, "" to nobody in particular; how many changed hands.

    Raises:
        ReviewStoreError: it can't be stored.
    """
    with store.transaction():
        before = assignments(store.events("action = 'assignment'"))
        changed = [subject for subject in dict.fromkeys(subjects) if before.get(subject, "") != to]
        for subject in changed:
            store.add(by, "assignment", subject, {"assigned_to": to})
    return len(changed)


def next_item(
    findings: Iterable[Finding],
    store: ReviewStore,
    reviewer: str,
    wanted: WorkFilter | None = None,
    draws: Sequence[tuple[Draw, float]] = (),
    claim_minutes: float = 30.0,
) -> WorkItem | None:
    """Hand out and claim what the reviewer should decide next; None where nothing is left.

    Args:
        draws: what was drawn by lot, and the share of all decisions that it should get.
        claim_minutes: how long nobody else gets it.
    """
    wanted, findings = wanted or WorkFilter(), list(findings)
    for _ in range(MOST_ATTEMPTS):
        # What takes long is done before others have to wait; it counts where nobody decided in the meantime.
        seen, verdicts = store.last_event(), store.verdicts()
        items = work_of(findings, store, wanted, "undecided")
        with store.transaction():
            if store.last_event() == seen:
                return _claimed(items, verdicts, store, reviewer, draws, claim_minutes)
    with store.transaction():
        items = work_of(findings, store, wanted, "undecided")
        return _claimed(items, store.verdicts(), store, reviewer, draws, claim_minutes)


def _claimed(
    items: Sequence[WorkItem],
    verdicts: dict[ReviewSubject, Standing],
    store: ReviewStore,
    reviewer: str,
    draws: Sequence[tuple[Draw, float]],
    claim_minutes: float,
) -> WorkItem | None:
    """Choose among what is undecided and claim it, inside a transaction."""
    with store.transaction() as connection:
        now_ns = time.time_ns()
        claims = {row["subject"]: row for row in connection.execute("SELECT * FROM claims") if row["until_ns"] > now_ns}
        taken = {ReviewSubject.parse(text) for text, row in claims.items() if row["reviewer"] != reviewer}
        free = [item for item in items if item.subject not in taken and item.assigned_to in ("", reviewer)]
        # What the reviewer already holds comes back after a crash, then what they were given, then the most urgent.
        free.sort(key=lambda item: (str(item.subject) not in claims, item.assigned_to != reviewer))
        chosen = free[0] if free else None
        if chosen is None or not (str(chosen.subject) in claims or chosen.assigned_to):
            lot = next_drawn(draws, verdicts, taken, nothing_else=chosen is None)
            if lot is not None:
                by_id = {item.subject: item for item in items}
                fresh = WorkItem(lot.subject, store.current(lot.subject), drawn=lot.draw)
                chosen = by_id.get(lot.subject, fresh)
        if chosen is not None:
            connection.execute(
                "INSERT INTO claims VALUES (?, ?, ?) ON CONFLICT (subject) "
                "DO UPDATE SET reviewer = excluded.reviewer, until_ns = excluded.until_ns",
                (str(chosen.subject), reviewer, now_ns + int(claim_minutes * MINUTE_NS)),
            )
        return chosen


def named_subject(text: str, findings: Iterable[Finding], store: ReviewStore) -> ReviewSubject:
    """The subject a person means: `label:scene/token` and the like, a finding's id, or the start of one.

    Raises:
        ReviewStoreError: nothing or several things are called so.
    """
    if ":" in text:
        return ReviewSubject.parse(text)
    known = {finding.id for finding in findings}
    known |= {subject.name for subject in store.verdicts() if subject.kind == "finding"}
    if text in known:
        return ReviewSubject.finding(text)
    matching = sorted(one for one in known if one.startswith(text)) if len(text) >= SHORTEST_PREFIX else []
    if len(matching) == 1:
        return ReviewSubject.finding(matching[0])
    if matching:
        raise ReviewStoreError(f"{len(matching)} findings start with {text!r}: {', '.join(matching[:4])}")
    raise ReviewStoreError(
        f"no finding's id starts with {text!r}; {SHORTEST_PREFIX} or more letters of it are needed, or KIND:SCENE/NAME"
    )
