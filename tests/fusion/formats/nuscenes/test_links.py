from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fusion.formats.nuscenes.layout import TableFolder
from fusion.formats.nuscenes.links import Chain, check_chain
from fusion.formats.nuscenes.scene_report import SceneReport
from fusion.formats.nuscenes.tokens import DANGLING, NOT_GIVEN, token_column

NONE, LOST = NOT_GIVEN, DANGLING


def told(
    previous: list[int], following: list[int], owner: list[int] | None = None, rows: list[int] | None = None
) -> list[tuple[str, int]]:
    """Reasons and counts for records 0, 1, 2 ... a second apart."""
    count = len(previous)
    chain = Chain(
        table="sample",
        owner_name="scene",
        tokens=token_column([f"t{row}" for row in range(count)]),
        previous=np.array(previous, np.int32),
        following=np.array(following, np.int32),
        owner=np.array(owner or [0] * count, np.int32),
        times_ns=np.arange(count) * 10**9,
    )
    report = SceneReport(TableFolder(Path("/data/v1.0-mini")), "scene")
    check_chain(chain, np.arange(count) if rows is None else np.array(rows), report)
    return [(problem.reason.split(" (")[0], problem.count) for problem in report.problems]


def test_an_intact_chain_says_nothing() -> None:
    assert told([NONE, 0, 1], [1, 2, NONE]) == []


def test_two_interleaved_chains_of_their_own_owners_say_nothing() -> None:
    assert told([NONE, NONE, 0, 1], [2, 3, NONE, NONE], owner=[0, 1, 0, 1]) == []


def test_a_table_without_any_links_says_nothing() -> None:
    assert told([NONE] * 3, [NONE] * 3) == []


@pytest.mark.parametrize(
    ("previous", "following", "owner", "expected"),
    [
        ([LOST, 0, 1], [1, 2, LOST], None, [("'prev' names no record of the table", 1),
                                           ("'next' names no record of the table", 1)]),
        ([NONE, 0, 1], [1, 2, 0], None, [("'next' leads the wrong way in time, or in a circle", 1)]),
        ([2, 0, 1], [1, 2, 0], None, [("'prev' leads the wrong way in time, or in a circle", 1),
                                      ("'next' leads the wrong way in time, or in a circle", 1)]),
        ([1, NONE, 1], [NONE, 0, NONE], None, [("'prev' leads the wrong way in time, or in a circle", 1),
                                               ("'prev' leads to a record whose 'next' does not lead back", 1),
                                               ("'next' leads the wrong way in time, or in a circle", 1)]),
        ([NONE, 0, 1], [NONE, 2, NONE], None, [("'prev' leads to a record whose 'next' does not lead back", 1)]),
        ([NONE, 0], [1, NONE], [0, 1], [("'prev' leads to a record of another scene", 1),
                                        ("'next' leads to a record of another scene", 1)]),
    ],
    ids=["ends that dangle", "back to the start", "a circle", "backwards", "one side cut", "into another scene"],
)  # fmt: skip
def test_each_kind_of_broken_link_is_told_once(
    previous: list[int], following: list[int], owner: list[int] | None, expected: list[tuple[str, int]]
) -> None:
    assert told(previous, following, owner) == expected


def test_only_the_rows_asked_for_are_looked_at() -> None:
    assert told([LOST, 0, LOST], [1, NONE, NONE], rows=[1]) == []
