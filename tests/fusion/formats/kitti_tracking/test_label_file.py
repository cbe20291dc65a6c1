from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import FileProblemError
from fusion.formats.kitti_tracking.label_file import MAX_FRAME, TrackedRows, tracked_rows

CAR = "3 12 Car 0 1 -1.67 60 18 85 32 1.5 1.6 4 2 1.7 20 -1.57"


@given(st.text(max_size=60))
def test_whatever_a_line_holds_it_is_read_or_told(text: str) -> None:
    for row in tracked_rows([text], "label"):
        assert isinstance(row, FileProblemError)
        assert (row.path, row.line) == ("label", 1)


@given(st.integers(0, MAX_FRAME), st.integers(-1, 10**12))
def test_numbers_of_frame_and_track_come_back(frame: int, track: int) -> None:
    (row,) = tracked_rows([CAR.replace("3 12", f"{frame} {track}", 1)], "label")
    assert not isinstance(row, FileProblemError)
    assert row[:2] == (frame, track)


def test_what_follows_is_the_row_of_the_object_set() -> None:
    (row,) = tracked_rows([f"{CAR} 0.9"], "label")
    assert not isinstance(row, FileProblemError)
    rows = TrackedRows.of([row]).rows
    np.testing.assert_array_equal(rows.edges_px, [[60, 18, 85, 32]])
    np.testing.assert_array_equal(rows.dimensions, [[1.5, 1.6, 4]])
    np.testing.assert_array_equal(rows.locations, [[2, 1.7, 20]])
    assert [rows.column(name).item() for name in ("truncated", "occluded", "alpha", "score")] == [0, 1, -1.67, 0.9]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CAR.removeprefix("3 12 "), "a label needs 17 columns, or 18 with a score; got 15"),
        (f"{CAR} 0.9 7", "a label needs 17 columns, or 18 with a score; got 19"),
        (CAR.replace("3 12", "3.0 12", 1), "column 1 (frame) must be a whole number up to 999999, got '3.0'"),
        (CAR.replace("3 12", "-3 12", 1), "column 1 (frame) must be a whole number up to 999999, got '-3'"),
        (CAR.replace("3 12", "1000000 12", 1), "column 1 (frame) must be a whole number up to 999999, got '1000000'"),
        (CAR.replace("12", "-2", 1), "column 2 (track id) must be a whole number from -1 on, got '-2'"),
        (CAR.replace("12", "a12", 1), "column 2 (track id) must be a whole number from -1 on, got 'a12'"),
        (CAR.replace("12 Car", "12 1.5", 1), "column 3 (type) must be a class name, got '1.5'"),
        (CAR.replace(" 1.5 ", " high ", 1), "column 11 (height) must be a finite number, got 'high'"),
    ],
    ids=["object row", "too long", "no frame", "negative", "slipped", "no track", "a word", "no class", "no number"],
)
def test_a_broken_row_is_told_by_its_columns(text: str, reason: str) -> None:
    (_, row) = tracked_rows(["", CAR, text][1:], "label_02/0001.txt")
    assert isinstance(row, FileProblemError)
    assert (row.line, row.reason) == (2, reason)
