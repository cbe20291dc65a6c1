from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fusion.measure.sustained_speed import SustainedSpeeds, sustained_speeds
from fusion.measure.track_motion import track_motion
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays


def speeds_of(window_s: float = 1.0, **tracks: tuple[Any, Any]) -> SustainedSpeeds:
    """Tracks of (seconds, metres along x)."""
    seconds = np.concatenate([np.asarray(times, dtype=float) for times, _ in tracks.values()])
    metres = np.concatenate([np.asarray(places, dtype=float) for _, places in tracks.values()])
    stamps = np.round(seconds * 1e9).astype(np.int64)
    boxes = Boxes3D.upright(
        np.stack([metres, np.zeros(len(metres)), np.zeros(len(metres))], axis=1),
        np.ones((len(metres), 3)),
        np.zeros(len(metres)),
        track=[name for name, (times, _) in tracks.items() for _ in times],
        timestamps_ns=stamps,
    )
    scene = scene_from_arrays(boxes=boxes, timestamps_ns=np.unique(stamps), reference="world")
    return sustained_speeds(track_motion(scene), window_s)


TIMES_S = np.arange(21) / 10


def test_an_even_drive_has_its_speed_in_every_stretch() -> None:
    found = speeds_of(a=(TIMES_S, 7 * TIMES_S))
    assert found.boxes == 11
    assert found.middle_rows.tolist() == list(range(5, 16))
    np.testing.assert_allclose(found.speeds_mps, 7)
    np.testing.assert_allclose(found.seconds, 1)


@pytest.mark.parametrize(("hertz", "boxes"), [(2, 6), (10, 11), (1000, 51)])
def test_a_stretch_has_as_many_boxes_as_fit_but_at_least_six(hertz: int, boxes: int) -> None:
    assert speeds_of(a=(np.arange(60) / hertz, np.zeros(60))).boxes == boxes


def test_no_stretch_reaches_from_one_track_into_another() -> None:
    found = speeds_of(a=(TIMES_S, 7 * TIMES_S), b=(TIMES_S, 1000 + 3 * TIMES_S))
    assert sorted(set(np.round(found.speeds_mps, 6))) == [3, 7]


def test_no_stretch_reaches_over_a_gap_or_a_moment_told_twice() -> None:
    gap = np.concatenate([TIMES_S[:10], 5 + TIMES_S[:10]])
    assert not len(speeds_of(a=(gap, 7 * gap)).speeds_mps)
    twice = np.concatenate([TIMES_S[:10], TIMES_S[9:19]])
    assert not len(speeds_of(a=(twice, 7 * twice)).speeds_mps)


@pytest.mark.parametrize("lasting", [False, True], ids=["stray", "shift"])
def test_a_leap_changes_no_speed(lasting: bool) -> None:
    metres = 2 * TIMES_S
    metres[9 : None if lasting else 10] += 50
    assert speeds_of(a=(TIMES_S, metres)).speeds_mps.max() <= 2 + 1e-9


def test_jitter_is_no_speed(rng: np.random.Generator) -> None:
    times_s = np.arange(5000) / 10
    found = speeds_of(a=(times_s, rng.normal(0, 0.1, len(times_s))))
    assert found.speeds_mps.max() < 0.6


def test_too_few_boxes_have_no_stretch() -> None:
    found = speeds_of(a=([0.0, 0.1], [0.0, 1.0]))
    assert (len(found.middle_rows), len(found.speeds_mps), found.boxes) == (0, 0, 11)
