"""What was wrong with one file, what was taken for granted, and what was left unread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from fusion.scene.problems import Problem, ProblemKind, ProblemLog

# Of records with the same fault so many are reported one by one, the rest as a number.
NAMED_ONE_BY_ONE = 20


class FileReport:
    """Collects problems, assumptions and unread members of a file; `path` is the file, relative to the root."""

    def __init__(self, path: str, scene: str) -> None:
        self.path = path
        self.scene = scene
        self.assumptions: list[str] = []
        self._named: Counter[Problem] = Counter()
        self._seen: Counter[tuple[ProblemKind, str]] = Counter()
        self._lost: dict[tuple[ProblemKind, str], bool] = {}
        self._unread: Counter[str] = Counter()

    def note(
        self,
        kind: ProblemKind,
        what: str,
        reason: str,
        *,
        frame: str = "",
        label: str = "",
        sensor: str = "",
        lost: bool = True,
        path: str = "",
    ) -> None:
        """One faulty record. Records of the same `what` share a fault; beyond the first few they are only counted."""
        self._seen[kind, what] += 1
        self._lost[kind, what] = self._lost.get((kind, what), False) or lost
        if self._seen[kind, what] <= NAMED_ONE_BY_ONE:
            problem = Problem(kind, path or self.path, reason, 0, self.scene, frame, sensor, label=label, lost=lost)
            self._named[problem] += 1

    def malformed(self, what: str, reason: str, *, frame: str = "", label: str = "", sensor: str = "") -> None:
        """A record whose values can't be used."""
        self.note(ProblemKind.MALFORMED_RECORD, what, reason, frame=frame, label=label, sensor=sensor)

    def assume(self, sentence: str) -> None:
        """What was taken for granted, once."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)

    def unread(self, what: str, count: int = 1) -> None:
        """Something well-formed that has no place in a scene."""
        if count:
            self._unread[what] += count

    def unread_members(self, owner: str, members: Iterable[str], known: frozenset[str]) -> None:
        """Members of a record that are not among the known ones."""
        for member in members:
            if member not in known:
                self.unread(f"'{member}' of {owner}")

    @property
    def problems(self) -> ProblemLog:
        """All problems, those too many to name as one line each."""
        log = ProblemLog(replace(problem, count=count) for problem, count in self._named.items())
        for (kind, what), count in self._seen.items():
            if count > NAMED_ONE_BY_ONE:
                more = count - NAMED_ONE_BY_ONE
                lost = self._lost[kind, what]
                log.add(Problem(kind, self.path, f"{more} more: {what}", scene=self.scene, count=more, lost=lost))
        return log

    @property
    def all_assumptions(self) -> tuple[str, ...]:
        """The assumptions, and one line of what was not read."""
        if not self._unread:
            return tuple(self.assumptions)
        listed = ", ".join(f"{count} {what}" for what, count in self._unread.most_common())
        return (*self.assumptions, f"not read: {listed}")
