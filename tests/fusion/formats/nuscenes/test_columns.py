from __future__ import annotations

import numpy as np

from fusion.formats.nuscenes.columns import ColumnParts, NameCodes, PackedText, RowsByGroup, stamps_ns, whole_numbers


def test_columns_come_together_from_parts() -> None:
    parts = ColumnParts()
    parts.add({"a": np.zeros(0, np.int32), "b": np.array([b"x"])})
    parts.add({"a": np.array([1, 2], np.int32), "b": np.array([b"longer"])})
    joined = parts.joined()
    assert joined["a"].tolist() == [1, 2]
    assert joined["a"].dtype == np.int32
    assert joined["b"].tolist() == [b"x", b"longer"]


def test_packed_texts_come_back_as_they_were() -> None:
    packed = PackedText()
    assert packed.add(["samples/a.bin", "", "Straße/a"]).tolist() == [0, 1, 2]
    assert packed.add(["b"]).tolist() == [3]
    assert [packed[row] for row in range(len(packed))] == ["samples/a.bin", "", "Straße/a", "b"]


def test_equal_values_have_one_code_and_empty_ones_none() -> None:
    codes = NameCodes()
    assert codes.add(["jpg", "pcd", "", None]).tolist() == [0, 1, -1, -1]
    assert codes.add([("a", "b"), "jpg", ()]).tolist() == [2, 0, -1]
    assert codes.values == ("jpg", "pcd", ("a", "b"))


def test_rows_are_found_by_group_in_the_order_of_the_table() -> None:
    groups = RowsByGroup.of(np.array([2, 0, -2, 2, 0, -1, 2]), 4)
    assert [groups.rows(group).tolist() for group in range(4)] == [[1, 4], [], [0, 3, 6], []]
    assert len(groups) == 4
    assert len(RowsByGroup.of(np.zeros(0, np.int32), 0)) == 0


def test_stamps_in_microseconds_keep_their_fraction() -> None:
    assert stamps_ns([1_532_402_927_647_951]).tolist() == [1_532_402_927_647_951_000]
    assert stamps_ns([1_556_675_185_903_083.25, 7]).tolist() == [1_556_675_185_903_083_250, 7000]
    assert stamps_ns([]).dtype == np.int64


def test_numbers_that_are_not_told_get_the_value_for_it() -> None:
    assert whole_numbers([3, None, 0], -1).tolist() == [3, -1, 0]
