from __future__ import annotations

import numpy as np

from fusion.measure.track_moments import track_moments
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

PERIOD_NS = 100_000_000


def scene_of(tracks: list[str], frames: list[int], ahead_m: list[float]) -> Scene:
    """A box a row, by the name of its track, its frame and its place on the x axis of the world."""
    count = len(tracks)
    stamps_ns = PERIOD_NS * np.arange(1, 2 + max(frames))
    boxes = Boxes3D.upright(
        np.column_stack([ahead_m, np.zeros(count), np.zeros(count)]),
        np.tile([4.0, 2.0, 1.5], (count, 1)),
        np.zeros(count),
        track=tracks,
        timestamps_ns=stamps_ns[frames],
    )
    poses = [np.eye(4)] * len(stamps_ns)
    return scene_from_arrays(
        boxes=boxes, timestamps_ns=stamps_ns, box_frames=np.asarray(frames), poses=poses, reference="world"
    )


def test_boxes_come_by_track_and_time_and_count_from_the_first_of_all() -> None:
    moments = track_moments(scene_of(["b", "a", "b", "a"], [3, 2, 1, 1], [3.0, 2.0, 1.0, 1.0]))
    by_track = {name: moments.rows[moments.track == moments.track[first]] for name, first in (("a", 0), ("b", 2))}
    assert sorted(rows.tolist() for rows in by_track.values()) == [[2, 0], [3, 1]]
    assert np.allclose(moments.times_s[np.argsort(moments.rows)], [0.2, 0.1, 0.0, 0.0])


def test_a_box_written_twice_counts_once() -> None:
    moments = track_moments(scene_of(["a", "a", "a"], [0, 1, 1], [0.0, 1.0, 1.0]))
    assert moments.times_s.tolist() == [0.0, 0.1]


def test_of_two_places_at_one_time_neither_is_believed() -> None:
    moments = track_moments(scene_of(["a", "a", "a", "a"], [0, 1, 1, 2], [0.0, 1.0, 9.0, 2.0]))
    assert moments.rows.tolist() == [0, 3]


def test_rows_left_out_are_gone_before_copies_are_looked_for() -> None:
    scene = scene_of(["a", "a", "a", "a"], [0, 1, 1, 2], [0.0, 1.0, 9.0, 2.0])
    assert track_moments(scene, left_out=np.asarray([False, False, True, False])).rows.tolist() == [0, 1, 3]


def test_a_scene_without_boxes_has_no_moments() -> None:
    scene = scene_of(["a"], [0], [0.0])
    assert len(track_moments(scene, left_out=np.asarray([True])).rows) == 0
