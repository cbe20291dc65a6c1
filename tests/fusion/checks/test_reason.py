from __future__ import annotations

import numpy as np

from fusion.checks.reason import NotAssessed, Reason

SPARSE = Reason("too few points")
FLYING = Reason("does not stand on the ground")


def test_a_reason_applies_where_it_is_said_to() -> None:
    skipped = SPARSE.where([True, False, True])
    assert skipped.rows.tolist() == [True, False, True]
    assert skipped.counts() == {"too few points": 2}


def test_the_first_of_two_reasons_wins() -> None:
    both = FLYING.where([True, True, False, False]) | SPARSE.where([False, True, True, False])
    assert both.rows.tolist() == [True, True, True, False]
    assert both.counts() == {"does not stand on the ground": 2, "too few points": 1}


def test_three_reasons_keep_their_own_rows() -> None:
    rows = np.eye(3, dtype=bool)
    three = Reason("a").where(rows[0]) | Reason("b").where(rows[1]) | Reason("c").where(rows[2])
    assert [three.reasons[code] for code in three.codes] == ["a", "b", "c"]


def test_a_reason_that_applies_nowhere_is_not_counted() -> None:
    assert SPARSE.where([False, False]).counts() == {}


def test_the_same_words_twice_are_one_reason() -> None:
    twice = SPARSE.where([True, False]) | SPARSE.where([False, True])
    assert twice.counts() == {"too few points": 2}


def test_no_rows_have_no_reasons() -> None:
    none = SPARSE.where([]) | FLYING.where([])
    assert isinstance(none, NotAssessed)
    assert none.counts() == {}
