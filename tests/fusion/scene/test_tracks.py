from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fusion.scene.coded import Coded
from fusion.scene.tracks import Tracks

TRACKS = Coded.from_values(["b", "a", None, "b", "a", "b"])
TIMES = np.array([30, 10, 0, 10, 20, 20], dtype=np.int64)


def test_rows_of_a_track_come_in_time_order() -> None:
    tracks = Tracks.build(TRACKS, TIMES)
    assert tracks.names == ("b", "a")
    assert tracks.rows(0).tolist() == [3, 5, 0]
    assert tracks.rows(1).tolist() == [1, 4]
    assert tracks.lengths.tolist() == [3, 2]


def test_steps_never_lead_from_one_track_to_the_next() -> None:
    tracks = Tracks.build(TRACKS, TIMES)
    first, second = tracks.steps
    assert list(zip(tracks.order[first].tolist(), tracks.order[second].tolist(), strict=True)) == [
        (3, 5),
        (5, 0),
        (1, 4),
    ]


def test_every_row_knows_its_track() -> None:
    assert Tracks.build(TRACKS, TIMES).of_rows(6).tolist() == [0, 1, -1, 0, 1, 0]


def test_labels_without_tracks_have_none() -> None:
    tracks = Tracks.build(Coded.absent(3), np.zeros(3, dtype=np.int64))
    assert len(tracks) == 0
    assert tracks.steps[0].tolist() == []
    assert tracks.of_rows(3).tolist() == [-1, -1, -1]


def test_names_that_no_row_carries_are_no_tracks() -> None:
    column = Coded.from_values(["a", "b"]).take([1])
    assert Tracks.build(column, np.zeros(1, dtype=np.int64)).names == ("b",)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 5))))
def test_each_row_with_a_track_is_in_exactly_one(rows: list[tuple[str | None, int]]) -> None:
    track = Coded.from_values(name for name, _ in rows)
    times = np.asarray([time for _, time in rows], dtype=np.int64)
    tracks = Tracks.build(track, times)
    assert sorted(tracks.order.tolist()) == np.flatnonzero(track.present).tolist()
    for index, name in enumerate(tracks.names):
        own = tracks.rows(index)
        assert {track[int(row)] for row in own} == {name}
        assert (np.diff(times[own]) >= 0).all()
