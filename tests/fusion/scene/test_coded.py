from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import ShapeError
from fusion.scene.coded import Coded

names = st.lists(st.one_of(st.none(), st.just(""), st.sampled_from(["car", "van", "bus"]), st.text(max_size=3)))


@given(names)
def test_names_come_back_as_they_went_in(values: list[str | None]) -> None:
    column = Coded.from_values(values)
    assert column.values.tolist() == [value or "" for value in values]
    assert [column[row] for row in range(len(column))] == [value or "" for value in values]
    assert column.present.tolist() == [bool(value) for value in values]


@given(names, names)
def test_columns_below_each_other_share_their_names(first: list[str | None], second: list[str | None]) -> None:
    joined = Coded.concatenate([Coded.from_values(first), Coded.from_values(second)])
    assert joined.values.tolist() == [value or "" for value in first + second]
    assert len(set(joined.names)) == len(joined.names)


def test_each_name_is_kept_once_in_order_of_appearance() -> None:
    column = Coded.from_values(["van", "car", None, "van"])
    assert column.names == ("van", "car")
    assert column.codes.tolist() == [0, 1, -1, 0]


def test_rows_are_found_by_name_whatever_holds_the_names() -> None:
    column = Coded.from_values(["car", None, "van", "bus"])
    assert column.is_any(["van", "bus", "tram"]).tolist() == [False, False, True, True]
    assert column.is_any(name for name in ("car", "bus")).tolist() == [True, False, False, True]
    assert column.is_any([]).tolist() == [False] * 4


def test_taken_rows_keep_order_and_names() -> None:
    column = Coded.from_values(["car", None, "van"])
    assert column.take([2, 0]).values.tolist() == ["van", "car"]
    assert column.take(np.array([False, True, True])).values.tolist() == ["", "van"]


def test_absent_and_empty_columns_have_no_names() -> None:
    assert Coded.absent(2).values.tolist() == ["", ""]
    assert len(Coded.concatenate([])) == len(Coded.from_values([])) == 0


@pytest.mark.parametrize("codes", [[0, 2], [-2, 0]], ids=["beyond the names", "below absent"])
def test_codes_without_a_name_are_refused(codes: list[int]) -> None:
    with pytest.raises(ShapeError, match=r"codes must lie in -1\.\.1"):
        Coded(np.asarray(codes, dtype=np.int32), ("car", "van"))


def test_codes_cannot_be_changed_behind_its_back() -> None:
    codes = np.array([0], dtype=np.int32)
    column = Coded(codes, ("car",))
    codes[0] = -1
    assert column[0] == "car"
    with pytest.raises(ValueError, match="read-only"):
        column.codes[0] = -1
