from __future__ import annotations

import pytest

from calibration.errors import FileProblemError
from fusion.scene.problems import Problem, ProblemKind, ProblemLog, problem_of

TRUNCATED = Problem(ProblemKind.UNREADABLE_FILE, "lidar/0.bin", "truncated")


def test_the_same_problem_twice_is_kept_once_in_order() -> None:
    other = Problem(ProblemKind.MISSING_FILE, "lidar/1.bin", "no such file")
    log = ProblemLog([TRUNCATED])
    log.extend([other, TRUNCATED])
    log.add(other)
    assert list(log) == [TRUNCATED, other]
    assert len(log) == 2


def test_problems_may_be_added_while_others_are_read() -> None:
    log = ProblemLog([TRUNCATED])
    for problem in log:
        log.add(Problem(ProblemKind.MISSING_FILE, problem.path, "no such file"))
    assert len(log) == 2


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        pytest.param("no such file", ProblemKind.MISSING_FILE, id="missing"),
        pytest.param("no such file: it is named in sample_data.json", ProblemKind.MISSING_FILE, id="missing, with why"),
        pytest.param("truncated: 7 bytes", ProblemKind.UNREADABLE_FILE, id="unreadable"),
    ],
)
def test_a_file_error_becomes_its_problem(reason: str, kind: ProblemKind) -> None:
    problem = problem_of(FileProblemError("a.txt", reason, 4), scene="s", frame="3", sensor="lidar")
    assert problem == Problem(kind, "a.txt", reason, 4, scene="s", frame="3", sensor="lidar")
    assert problem.place == "a.txt:4"
    assert problem.lost


def test_a_problem_without_a_line_is_in_the_file() -> None:
    assert TRUNCATED.place == "lidar/0.bin"


def test_a_problem_told_with_its_frame_is_not_told_again_without() -> None:
    exact = Problem(ProblemKind.UNREADABLE_FILE, "0.bin", "truncated", frame="3", sensor="top")
    log = ProblemLog([exact])
    log.add_unless_told(Problem(ProblemKind.UNREADABLE_FILE, "0.bin", "truncated"))
    assert list(log) == [exact]
    log.add_unless_told(Problem(ProblemKind.UNREADABLE_FILE, "1.bin", "truncated"))
    assert len(log) == 2
