from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.formats.nuscenes import tokens as tokens_module
from fusion.formats.nuscenes.tokens import DANGLING, NOT_GIVEN, TokenIndex, token_column


@given(
    table=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=70)),
    others=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=70)),
)
def test_finds_the_rows_a_dictionary_finds(table: list[str], others: list[str]) -> None:
    wanted = [*others, *table]
    first_row: dict[str, int] = {}
    for row, token in enumerate(table):
        first_row.setdefault(token, row)
    expected = [NOT_GIVEN if not token else first_row.get(token, DANGLING) for token in wanted]
    index = TokenIndex(token_column(table))
    assert index.rows_of(token_column(wanted)).tolist() == expected
    assert np.flatnonzero(~index.duplicated).tolist() == sorted(first_row.values())


def test_a_longer_token_is_not_taken_for_its_beginning() -> None:
    index = TokenIndex(token_column(["abc", "abcdefgh"]))
    assert index.rows_of(token_column(["abcdefgh!", "abcd", "abc"])).tolist() == [DANGLING, DANGLING, 0]


def test_tokens_that_fold_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_alike_but_under_the_last_salt(tokens: np.ndarray, salt: np.uint64) -> np.ndarray:
        return real(tokens, salt) if salt == tokens_module.SALTS[-1] else np.zeros(len(tokens), dtype=np.uint64)

    real = tokens_module._keys_of
    monkeypatch.setattr(tokens_module, "_keys_of", all_alike_but_under_the_last_salt)
    index = TokenIndex(token_column(["a", "b", "c", "a"]))
    assert index.rows_of(token_column(["c", "b", "a", "d"])).tolist() == [2, 1, 0, DANGLING]
    assert index.duplicated.tolist() == [False, False, False, True]


def test_none_is_no_token() -> None:
    assert TokenIndex(token_column([])).rows_of(token_column([None, "", "x"])).tolist() == [-1, -1, DANGLING]
