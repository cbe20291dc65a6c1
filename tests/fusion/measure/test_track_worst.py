from __future__ import annotations

import numpy as np

from fusion.measure.track_worst import any_by_track, rows_by_track, worst_rows
from fusion.scene.coded import Coded
from fusion.scene.tracks import Tracks

TRACKS = Tracks.build(Coded.from_values(["a", "b", "a", None, "b", "a"]), np.array([3, 1, 2, 0, 2, 1]))


def test_the_worst_row_of_each_track_is_found() -> None:
    assert worst_rows(TRACKS, np.array([1.0, 5, 3, 99, 4, 2])).tolist() == [2, 1]


def test_of_equal_rows_the_first_in_time_and_of_unknown_ones_the_first_box() -> None:
    assert worst_rows(TRACKS, np.array([1.0, np.nan, 1, 1, np.nan, 1])).tolist() == [5, 1]


def test_rows_are_counted_by_track() -> None:
    rows = np.array([True, False, True, True, False, False])
    assert rows_by_track(TRACKS, rows).tolist() == [2, 0]
    assert any_by_track(TRACKS, rows).tolist() == [True, False]
