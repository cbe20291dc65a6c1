from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.errors import ShapeError
from fusion.measure import pairing
from fusion.measure.pairing import best_assignment, pairs_within_groups


def all_pairs(first: list[int], second: list[int]) -> list[tuple[int, int]]:
    blocks = pairs_within_groups(first, second)
    return [(int(a), int(b)) for rows, others in blocks for a, b in zip(rows, others, strict=True)]


def test_pairs_rows_of_the_same_group_and_no_others() -> None:
    assert sorted(all_pairs([0, 7, 0], [7, 0, 3])) == [(0, 1), (1, 0), (2, 1)]


@pytest.mark.parametrize(("first", "second"), [([], []), ([1], []), ([], [1]), ([1], [2])])
def test_there_are_no_pairs_where_nothing_is_shared(first: list[int], second: list[int]) -> None:
    assert all_pairs(first, second) == []


def test_blocks_hold_every_pair_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 6, 40), rng.integers(0, 6, 50)
    monkeypatch.setattr(pairing, "PAIRS_AT_A_TIME", 17)
    pairs = all_pairs(list(first), list(second))
    a, b = np.nonzero(first[:, None] == second)
    assert sorted(pairs) == list(zip(a.tolist(), b.tolist(), strict=True))


def test_two_poor_pairs_do_not_beat_a_good_one() -> None:
    kept = best_assignment(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.4, 0.4]))
    assert kept.tolist() == [0]


def test_a_pair_without_weight_is_still_a_pair() -> None:
    assert best_assignment(np.array([0, 1]), np.array([0, 1]), np.array([0.0, 0.5])).tolist() == [0, 1]
    assert best_assignment(np.array([0, 1, 0]), np.array([0, 1, 1]), np.zeros(3)).tolist() == [0, 1]


def test_refuses_weights_that_are_no_numbers() -> None:
    with pytest.raises(ShapeError, match="finite and not negative"):
        best_assignment(np.array([0]), np.array([0]), np.array([np.nan]))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), rows=st.integers(1, 5), columns=st.integers(1, 5))
def test_no_other_choice_is_worth_more(data: st.DataObject, rows: int, columns: int) -> None:
    linked = np.array(data.draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns)))
    first, second = np.nonzero(linked.reshape(rows, columns))
    weights = np.array(data.draw(st.lists(st.integers(0, 20), min_size=len(first), max_size=len(first)))) / 20.0
    kept = best_assignment(first.astype(np.int64), second.astype(np.int64), weights)
    assert len(set(first[kept])) == len(set(second[kept])) == len(kept)
    worth = np.zeros((rows, max(rows, columns)))
    worth[first, second] = weights
    best = max(
        sum(worth[row, column] for row, column in enumerate(choice))
        for choice in permutations(range(worth.shape[1]), rows)
    )
    assert weights[kept].sum() == pytest.approx(best)
