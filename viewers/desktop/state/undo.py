"""What was done, so that it can be taken back and done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# A day's nudging; the oldest steps are forgotten beyond.
MOST_STEPS = 1000


@dataclass(frozen=True)
class Step:
    """One thing done.

    name: in the words of the status line; key: steps with the same key that follow each other melt into one, so that
    a drag is one step.
    """

    name: str
    do: Callable[[], None]
    take_back: Callable[[], None]
    key: object = None


class History:
    """Steps done and steps taken back."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    def do(self, step: Step) -> None:
        """Do something; what had been taken back can't be done again after that."""
        step.do()
        self._undone.clear()
        last = self._done[-1] if self._done else None
        if last is not None and step.key is not None and last.key == step.key:
            self._done[-1] = Step(step.name, step.do, last.take_back, step.key)
        else:
            self._done.append(step)
        del self._done[:-MOST_STEPS]

    def undo(self) -> str | None:
        """Take the last step back; its name, None where there is none."""
        if not self._done:
            return None
        step = self._done.pop()
        step.take_back()
        self._undone.append(step)
        return step.name

    def redo(self) -> str | None:
        """Do again what was taken back last; its name, None where there is none."""
        if not self._undone:
            return None
        step = self._undone.pop()
        step.do()
        self._done.append(step)
        return step.name

    def seal(self) -> None:
        """What comes next is a step of its own, also if it continues the last one."""
        if self._done:
            last = self._done[-1]
            self._done[-1] = Step(last.name, last.do, last.take_back)
