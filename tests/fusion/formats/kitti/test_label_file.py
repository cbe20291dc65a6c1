from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import FileProblemError
from fusion.formats.kitti.label_file import COLUMNS, LabelRows, label_rows

finite = st.floats(-1e12, 1e12)


@given(st.lists(finite, min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_numbers_come_back_as_they_were_written(numbers: list[float]) -> None:
    (row,) = label_rows(["Car " + " ".join(map(repr, numbers))], "label")
    assert row == ("Car", numbers, 1)


@given(st.text(max_size=60))
def test_whatever_a_line_holds_it_is_read_or_told(text: str) -> None:
    for row in label_rows([text], "label"):
        assert isinstance(row, FileProblemError)
        assert (row.path, row.line) == ("label", 1)


def test_columns_are_what_the_readme_calls_them() -> None:
    (row,) = label_rows(["Car 0.5 2 -1.5 10 20 30 40 1.5 1.6 4 2 1.7 20 0.3 0.9"], "label")
    assert not isinstance(row, FileProblemError)
    rows = LabelRows.of([row])
    np.testing.assert_array_equal(rows.edges_px, [[10, 20, 30, 40]])
    np.testing.assert_array_equal(rows.dimensions, [[1.5, 1.6, 4]])
    np.testing.assert_array_equal(rows.locations, [[2, 1.7, 20]])
    np.testing.assert_array_equal(rows.rotations_y, [0.3])
    assert [rows.column(name).item() for name in ("truncated", "occluded", "alpha", "score")] == [0.5, 2, -1.5, 0.9]


@pytest.mark.parametrize("word", ["0", "7", "Car", "DontCare", "1st"])
def test_classes_may_be_words_or_whole_numbers(word: str) -> None:
    (row,) = label_rows([f"{word} 0 0 0 1 2 3 4 1.5 1.6 4 2 1.7 20 0.3"], "label")
    assert not isinstance(row, FileProblemError)
    assert row[0] == word


@pytest.mark.parametrize("word", ["1_5", "0x10", "٣", "1e", "--1", ".", "1.5m", "Infinity", "1e13"])
def test_what_is_no_decimal_number_is_told(word: str) -> None:
    (row,) = label_rows([f"Car 0 0 0 1 2 3 4 {word} 1.6 4 2 1.7 20 0.3"], "label")
    assert isinstance(row, FileProblemError)
    assert row.reason == f"column 9 (height) must be a finite number, got '{word}'"


@pytest.mark.parametrize(("word", "value"), [("+1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-1.5E-1", -0.15), ("007", 7.0)])
def test_numbers_may_be_spelled_in_many_ways(word: str, value: float) -> None:
    (row,) = label_rows([f"Car 0 0 0 1 2 3 4 {word} 1.6 4 2 1.7 20 0.3"], "label")
    assert not isinstance(row, FileProblemError)
    assert row[1][7] == value
