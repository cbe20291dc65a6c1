"""What the checks of this folder share: each reports one kind of problem met while reading."""

from __future__ import annotations

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.check import ReadingProblems
from fusion.checks.subject import ProblemRows
from fusion.scene.problems import ProblemKind


def assess_problems(reading: ReadingProblems, kind: ProblemKind) -> Assessment:
    """One violation for each problem of a kind; what could be read leaves no row."""
    problems = tuple(problem for problem in reading.problems if problem.kind is kind)
    return Assessment(
        about=ProblemRows(reading.scene, problems),
        violated=np.ones(len(problems), dtype=bool),
        measured=np.asarray([float(problem.count) for problem in problems]),
        limit=0.0,
        unit="",
        message="{place}: {reason}",
        evidence={
            "place": np.asarray([problem.place for problem in problems], dtype=object),
            "reason": np.asarray([problem.reason for problem in problems], dtype=object),
        },
    )
