from __future__ import annotations

import numpy as np
import pytest

from fusion.errors import NotMeasurableError
from fusion.measure.track_path import MAX_DEPARTURES, SHIFT, STRAY, Doubt, PathDepartures, path_departures
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

PERIOD_NS = 100_000_000


def scene_of(*paths_m: np.ndarray, period_ns: int = PERIOD_NS) -> Scene:
    """Tracks t0, t1 ... through (n, 2) places, one a frame."""
    frames = np.concatenate([np.arange(len(path)) for path in paths_m])
    stamps_ns = period_ns * np.arange(1, 1 + max(len(path) for path in paths_m))
    places_m = np.concatenate(paths_m)
    boxes = Boxes3D.upright(
        np.column_stack([places_m, np.zeros(len(places_m))]),
        np.tile([4.0, 2.0, 1.5], (len(places_m), 1)),
        np.zeros(len(places_m)),
        track=[f"t{number}" for number, path in enumerate(paths_m) for _ in path],
        timestamps_ns=stamps_ns[frames],
    )
    poses = [np.eye(4)] * len(stamps_ns)
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, box_frames=frames, poses=poses, reference="world")


def departures(scene: Scene, **changes: float) -> PathDepartures:
    rows = len(scene.labels)
    usual = {"jitter_m": 0.1, "acceleration": 8.0, "steadiest_m": 0.05, "chance": 2e-4, **changes}
    doubt = Doubt(
        np.full(rows, usual["jitter_m"]), np.full(rows, usual["acceleration"]), usual["steadiest_m"], usual["chance"]
    )
    return path_departures(scene, doubt)


def line(count: int = 24, speed_m: float = 1.0) -> np.ndarray:
    return np.column_stack([10 + speed_m * np.arange(count), np.full(count, 3.0)])


def moved(path: np.ndarray, rows: object, by_m: tuple[float, float]) -> np.ndarray:
    path = path.copy()
    path[rows] += by_m
    return path


def departed(found: PathDepartures, kind: int) -> list[int]:
    return np.flatnonzero(found.departed[:, kind]).tolist()


def test_a_stray_is_a_stray_and_its_place_is_known() -> None:
    found = departures(scene_of(moved(line(), 9, (0.0, 1.0))))
    assert (departed(found, STRAY), departed(found, SHIFT)) == ([9], [])
    assert found.offset_m[9, STRAY] == pytest.approx(1.0)
    assert found.expected_m[9] == pytest.approx([19, 3, 0])
    assert found.excess[9, STRAY] > 1
    assert found.excess[8, STRAY] < 1


def test_a_shift_is_a_shift() -> None:
    found = departures(scene_of(moved(line(), slice(9, None), (0.0, 1.5))))
    assert (departed(found, STRAY), departed(found, SHIFT)) == ([], [9])
    assert found.offset_m[9, SHIFT] == pytest.approx(1.5)


@pytest.mark.parametrize("period_ns", [PERIOD_NS, 5 * PERIOD_NS], ids=["10 Hz", "2 Hz"])
def test_strays_and_shifts_of_one_track_are_told_apart(period_ns: int) -> None:
    path = moved(moved(moved(line(40, 0.0), 6, (2.0, 0.0)), slice(16, None), (0.0, 2.0)), 30, (-2.0, 0.0))
    found = departures(scene_of(path, period_ns=period_ns))
    assert (departed(found, STRAY), departed(found, SHIFT)) == ([6, 30], [16])


def test_a_stray_next_to_another_hides_neither() -> None:
    path = moved(moved(line(), 9, (0.0, 1.5)), 11, (0.0, -1.5))
    assert departed(departures(scene_of(path)), STRAY) == [9, 11]


def test_a_few_boxes_aside_shift_there_and_back() -> None:
    found = departures(scene_of(moved(line(30), slice(9, 14), (0.0, 1.5))))
    assert (departed(found, STRAY), departed(found, SHIFT)) == ([], [9, 14])


def test_tracks_don_t_disturb_each_other() -> None:
    found = departures(scene_of(line(), moved(line(12), 4, (1.0, 1.0)), line(30)))
    assert (departed(found, STRAY), departed(found, SHIFT)) == ([24 + 4], [])


@pytest.mark.parametrize("period_ns", [PERIOD_NS, 5 * PERIOD_NS], ids=["10 Hz", "2 Hz"])
def test_braking_is_no_departure(period_ns: int) -> None:
    times_s = period_ns / 1e9 * np.arange(20)
    for begin_s in np.linspace(times_s[5], times_s[10], 23):
        x_m = 20 * times_s - 4.0 * np.maximum(times_s - begin_s, 0) ** 2
        found = departures(scene_of(np.column_stack([x_m, np.zeros(20)]), period_ns=period_ns))
        assert not found.departed.any()


def test_turning_is_no_departure() -> None:
    for period_ns in (PERIOD_NS, 5 * PERIOD_NS):
        angle = 0.5 * period_ns / 1e9 * np.arange(30)  # 10 m/s and 0.5 rad/s
        found = departures(scene_of(20 * np.column_stack([np.sin(angle), np.cos(angle)]), period_ns=period_ns))
        assert not found.departed.any()


def test_a_track_is_held_to_the_jitter_it_shows(rng) -> None:
    steady, shaky = line(60), line(60) + rng.normal(0, 0.15, (60, 2))
    shaky[20] = line(60)[20]
    found = departures(scene_of(moved(steady, 20, (0.0, 0.6)), moved(shaky, 20, (0.0, 0.6))))
    assert departed(found, STRAY) == [20]


def test_a_track_that_jumps_about_is_counted_to_an_end(rng) -> None:
    found = departures(scene_of(rng.uniform(-30, 30, (200, 2))))
    assert 0 < found.departed.sum() <= MAX_DEPARTURES


def test_boxes_without_a_place_or_a_time_of_their_own_are_left_out() -> None:
    scene = scene_of(moved(line(), 9, (np.nan, 0.0)))
    found = departures(scene)
    assert np.isnan(found.offset_m[9]).all()
    assert not found.departed.any()
    assert np.isfinite(found.offset_m[[8, 10], STRAY]).all()


def test_two_boxes_are_unknown_and_no_departure() -> None:
    found = departures(scene_of(line(2)))
    assert np.isnan(found.offset_m).all()
    assert found.excess.max() == 0
    assert np.isnan(found.limit_m).all()


def test_labels_without_tracks_say_so() -> None:
    with pytest.raises(NotMeasurableError, match="no track ids"):
        departures(scene_from_arrays(boxes=Boxes3D.upright([[1, 2, 3]], [[4, 2, 1]], [0.0])))
