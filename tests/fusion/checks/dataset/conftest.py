from __future__ import annotations

from collections.abc import Callable

import pytest

from fusion.checks.check import ReadingProblems
from fusion.scene.problems import Problem, ProblemKind, ProblemLog

Read = Callable[..., ReadingProblems]


@pytest.fixture
def one_of_each() -> ReadingProblems:
    """A scene in which reading met one problem of every kind."""
    return ReadingProblems(
        "drive", ProblemLog(Problem(kind, f"{kind.name.lower()}.txt", kind.value) for kind in ProblemKind)
    )


@pytest.fixture
def reading() -> Read:
    """`reading(Problem(...), ...)`: what reading a scene met."""
    return lambda *problems: ReadingProblems("drive", ProblemLog(problems))
