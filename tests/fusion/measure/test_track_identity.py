from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_identity import identities
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(**tracks: dict[int, float]) -> Scene:
    """Cars by name: frame -> place along x; ten frames a second."""
    rows = [(name, frame, x_m) for name, places in tracks.items() for frame, x_m in places.items()]
    frames = np.array([frame for _, frame, _ in rows])
    stamps_ns = np.arange(int(frames.max()) + 1) * 100_000_000
    boxes = Boxes3D.upright(
        [[x_m, 0, 0] for *_, x_m in rows],
        np.tile([4.5, 1.9, 1.6], (len(rows), 1)),
        np.zeros(len(rows)),
        category=["car"] * len(rows),
        track=[name for name, *_ in rows],
        timestamps_ns=stamps_ns[frames],
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, box_frames=frames, reference="world")


def test_an_object_goes_on_under_another_id() -> None:
    found = identities(scene_of(a={f: f for f in range(6)}, b={f: f for f in range(8, 14)})).handovers
    assert (found.last_rows.tolist(), found.first_rows.tolist()) == ([5], [6])
    assert (found.distance_m[0], found.seconds[0]) == (pytest.approx(0, abs=1e-9), pytest.approx(0.3))


def test_a_track_may_begin_in_the_frame_in_which_another_ends_but_only_in_the_same_place() -> None:
    same = scene_of(a={f: f for f in range(6)}, b={f: f for f in range(5, 14)})
    assert len(identities(same).handovers.last_rows) == 1
    beside = scene_of(a={f: f for f in range(6)}, b={f: f + 1.0 for f in range(5, 14)})
    assert len(identities(beside).handovers.last_rows) == 0


def test_each_track_goes_on_once() -> None:
    scene = scene_of(
        a={f: f for f in range(6)}, b={f: f + 0.1 for f in range(6, 12)}, c={f: f + 0.6 for f in range(6, 12)}
    )
    assert identities(scene).handovers.first_rows.tolist() == [6]


def test_two_objects_exchange_their_ids_and_that_explains_their_leaps() -> None:
    a = {f: f + (30.0 if f >= 6 else 0) for f in range(12)}
    b = {f: f + (0.0 if f >= 6 else 30) for f in range(12)}
    found = identities(scene_of(a=a, b=b))
    assert (found.exchanges.first_rows.tolist(), found.exchanges.second_rows.tolist()) == ([6], [18])
    assert found.exchanges.leap_m[0] == pytest.approx(30)
    assert len(found.strangers.rows) == 0
    assert np.flatnonzero(found.explained).tolist() == [6, 18]


def test_an_id_goes_on_upon_a_stranger() -> None:
    found = identities(scene_of(a={f: f + (30.0 if f >= 6 else 0) for f in range(12)}))
    assert found.strangers.rows.tolist() == [6]
    assert found.strangers.distance_m[0] == pytest.approx(30)
