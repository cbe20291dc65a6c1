from __future__ import annotations

import numpy as np
import pytest

from fusion.formats.nuscenes.labels import track_velocities

SECOND_NS = 1_000_000_000


def velocity_like_the_devkit(row: int, track: np.ndarray, times_ns: np.ndarray, centres_m: np.ndarray) -> np.ndarray:
    """NuScenes.box_velocity, told row by row."""
    own = sorted(np.flatnonzero(track == track[row]).tolist(), key=lambda other: times_ns[other])
    place = own.index(row)
    has_previous, has_next = place > 0, place + 1 < len(own)
    if not has_previous and not has_next:
        return np.full(3, np.nan)
    first = own[place - 1] if has_previous else row
    last = own[place + 1] if has_next else row
    elapsed_s = (times_ns[last] - times_ns[first]) / SECOND_NS
    if elapsed_s > (3.0 if has_previous and has_next else 1.5):
        return np.full(3, np.nan)
    return (centres_m[last] - centres_m[first]) / elapsed_s


def test_velocities_are_those_of_the_devkit(rng: np.random.Generator) -> None:
    track = rng.integers(0, 12, 200)
    times_ns = rng.permutation(200) * SECOND_NS // 7
    centres_m = rng.normal(0, 20, (200, 3))
    expected = [velocity_like_the_devkit(row, track, times_ns, centres_m) for row in range(200)]
    found = track_velocities(track, times_ns, centres_m)
    np.testing.assert_allclose(found, expected)
    assert np.isnan(found).any()
    assert np.isfinite(found).any()


@pytest.mark.parametrize(
    ("times_s", "known"),
    [
        ([0, 1.5], [True, True]),
        ([0, 1.6], [False, False]),
        ([0, 1.5, 3.0], [True, True, True]),
        ([0, 2.5, 3.0], [False, True, True]),
        ([0, 0], [False, False]),
        ([5], [False]),
        ([], []),
    ],
    ids=["at the limit", "beyond it", "both sides at the limit", "one side far", "no time passes", "alone", "none"],
)
def test_a_velocity_needs_neighbours_near_enough(times_s: list[float], known: list[bool]) -> None:
    times_ns = (np.array(times_s) * SECOND_NS).astype(np.int64)
    centres_m = np.arange(3.0 * len(times_s)).reshape(-1, 3)
    found = track_velocities(np.zeros(len(times_s), np.int64), times_ns, centres_m)
    assert np.isfinite(found).all(axis=1).tolist() == known
