from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.measure.track_prediction import END_STRETCHES, SHIFT_STRETCHES, STRAY_STRETCHES, Sequence, shifts, strays


def sequence(
    times_s: np.ndarray, places_m: np.ndarray, slack_m: float = 0.3, acceleration: float = 8.0, segment: object = 0
) -> Sequence:
    count = len(times_s)
    return Sequence(
        np.asarray(times_s, dtype=np.float64),
        np.asarray(places_m, dtype=np.float64),
        np.broadcast_to(np.asarray(segment), count),
        np.tile([1.0, 0.0], (count, 1)),
        np.full((count, 2), slack_m),
        np.full(count, acceleration),
    )


def along_x(times_s: np.ndarray, x_m: np.ndarray) -> np.ndarray:
    return np.column_stack([x_m, np.zeros_like(x_m), np.zeros_like(x_m)])


TIMES_S = 0.1 * np.arange(20)


@pytest.mark.parametrize("rate_hz", [1, 2, 5, 10, 20])
def test_a_steady_path_has_neither_strays_nor_shifts(rate_hz: float) -> None:
    times_s = np.arange(20) / rate_hz
    path_m = np.column_stack([5 * times_s + 1, -3 * times_s, 0.1 * times_s])
    for estimates in (strays(sequence(times_s, path_m)), shifts(sequence(times_s, path_m))):
        assert np.nanmax(np.abs(estimates.offset_m), initial=0) < 1e-9
    assert np.isfinite(strays(sequence(times_s, path_m)).gain[1:-1]).all()


@given(
    steps_ms=st.lists(st.integers(20, 400), min_size=8, max_size=16),
    row=st.integers(0, 7),
    moved_m=st.tuples(*[st.floats(-5, 5)] * 3),
)
def test_measures_a_stray_box_exactly_at_any_times(
    steps_ms: list[int], row: int, moved_m: tuple[float, float, float]
) -> None:
    times_s = np.cumsum(steps_ms) / 1000
    places_m = np.column_stack([8 * times_s, 2 - times_s, 0 * times_s])
    places_m[row] += moved_m
    estimates = strays(sequence(times_s, places_m))
    assert estimates.offset_m[row] == pytest.approx(moved_m, abs=1e-6)
    assert estimates.distance_m[row] == pytest.approx(np.hypot(*moved_m[:2]), abs=1e-6)


@given(steps_ms=st.lists(st.integers(50, 300), min_size=10, max_size=16), row=st.integers(3, 7))
def test_measures_a_shift_exactly_at_any_times(steps_ms: list[int], row: int) -> None:
    times_s = np.cumsum(steps_ms) / 1000
    places_m = np.column_stack([8 * times_s, 2 - times_s, 0 * times_s])
    places_m[row:] += [0.3, -1.5, 0.2]
    assert shifts(sequence(times_s, places_m)).offset_m[row] == pytest.approx([0.3, -1.5, 0.2], abs=1e-6)


def test_a_shift_needs_two_boxes_on_either_side() -> None:
    estimates = shifts(sequence(TIMES_S, along_x(TIMES_S, TIMES_S)))
    assert np.isnan(estimates.gain).tolist() == [True] * 2 + [False] * 17 + [True]


def test_no_stretch_reaches_into_another_segment_or_too_far_in_time() -> None:
    segments = np.repeat([0, 1], 10)
    jumped_m = along_x(TIMES_S, TIMES_S + 100 * segments)
    assert np.nanmax(strays(sequence(TIMES_S, jumped_m, segment=segments)).distance_m) < 1e-9
    assert np.isnan(strays(sequence(2 * np.arange(9.0), np.zeros((9, 3)))).gain).all()


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_gain_is_what_jitter_becomes(rng, rate_hz: float) -> None:
    times_s = np.arange(11) / rate_hz
    noisy_m = rng.normal(0, 1, (4000, 11, 3))
    expected = strays(sequence(times_s, noisy_m[0]))
    measured_m = np.stack([strays(sequence(times_s, places_m)).offset_m for places_m in noisy_m[:400]])
    assert measured_m.std(axis=(0, 2)) == pytest.approx(expected.gain, rel=0.12)


@pytest.mark.parametrize("rate_hz", [2, 10])
@pytest.mark.parametrize("kind", [strays, shifts], ids=["strays", "shifts"])
def test_no_acceleration_that_begins_and_ends_moves_an_estimate_beyond_its_lever(rate_hz: float, kind) -> None:
    times_s = np.arange(15) / rate_hz
    switches_s = np.linspace(times_s[0] - 1, times_s[-1] + 1, 61)
    for begin_s, end_s in [*pairwise(switches_s[::4]), (switches_s[0], switches_s[-1]), (switches_s[30], 1e9)]:
        since_begin, since_end = np.maximum(times_s - begin_s, 0), np.maximum(times_s - end_s, 0)
        estimates = kind(sequence(times_s, along_x(times_s, 8.0 * (since_begin**2 - since_end**2) / 2)))
        told = np.isfinite(estimates.gain)
        # Between the moments that are looked at it may be a little more.
        assert (estimates.distance_m[told] <= 1.1 * estimates.lever_m[told] + 1e-9).all()


def test_doubt_splits_into_along_the_ray_and_across() -> None:
    places_m = along_x(TIMES_S, 0 * TIMES_S)
    places_m[9] = [0.6, 0.8, 0.0]
    far = sequence(TIMES_S, places_m, acceleration=1e-6)
    estimates = strays(far)
    assert estimates.polar_m[9] == pytest.approx([0.6, 0.8])
    loose_along = estimates.excess(np.tile([10.0, 0.1], (20, 1)))[9]
    loose_across = estimates.excess(np.tile([0.1, 10.0], (20, 1)))[9]
    assert loose_along == pytest.approx(0.8 / (0.1 * estimates.gain[9]), rel=1e-2)
    assert loose_across == pytest.approx(0.6 / (0.1 * estimates.gain[9]), rel=1e-2)


def test_the_choice_of_a_stretch_does_not_look_at_the_places(rng) -> None:
    still, shaky = sequence(TIMES_S, np.zeros((20, 3))), sequence(TIMES_S, rng.normal(0, 5, (20, 3)))
    assert np.array_equal(strays(still).gain, strays(shaky).gain)
    assert np.array_equal(shifts(still).lever_m, shifts(shaky).lever_m, equal_nan=True)


def test_stretches_come_with_their_mirror_images() -> None:
    for stretches in (STRAY_STRETCHES, END_STRETCHES, SHIFT_STRETCHES):
        assert {(one.after, one.before, one.degree) for one in stretches} == set(stretches)


def test_nothing_is_nothing() -> None:
    empty = sequence(np.zeros(0), np.zeros((0, 3)))
    assert len(strays(empty).gain) == len(shifts(empty).gain) == 0
