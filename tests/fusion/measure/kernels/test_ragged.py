from __future__ import annotations

import numpy as np

from fusion.measure.kernels.ragged import offsets_of, spread, starts_of


def test_each_entry_knows_its_row_and_its_place_in_it() -> None:
    row, position = spread(np.array([2, 0, 3]))
    assert row.tolist() == [0, 0, 2, 2, 2]
    assert position.tolist() == [0, 1, 0, 1, 2]


def test_starts_and_offsets_count_empty_rows() -> None:
    assert starts_of(np.array([2, 0, 3])).tolist() == [0, 2, 2]
    assert offsets_of(np.array([2, 0, 3])).tolist() == [0, 2, 2, 5]


def test_no_rows_have_no_entries() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert [part.tolist() for part in spread(nothing)] == [[], []]
    assert offsets_of(nothing).tolist() == [0]
