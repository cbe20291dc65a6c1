from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fusion.measure.displacement as displacement
from calibration.arrays import FloatArray
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.judge.effects import StampEffect
from fusion.measure.displacement import Displacements, common_delay, displacements, retimed
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

CROSSING = Path(__file__).parents[3] / "sample_data/crossing/v1.0-clean"
PERIOD_S = 0.1


def car(places_m: FloatArray) -> Scene:
    """One car on the way of places (F, 2), a pose in every frame."""
    frames = len(places_m)
    boxes = Boxes3D.upright(
        np.column_stack([places_m, np.full(frames, 0.8)]),
        np.tile([4.5, 1.9, 1.6], (frames, 1)),
        np.zeros(frames),
        track=["car"] * frames,
        category=["car"] * frames,
    )
    stamps = np.arange(frames) * 100_000_000
    return scene_from_arrays(
        boxes=replace(boxes, timestamps_ns=stamps),
        box_frames=np.arange(frames),
        timestamps_ns=stamps,
        poses=[np.eye(4)] * frames,
        reference="world",
    )


def told(late_s: FloatArray, lag_s: FloatArray, speeds: FloatArray) -> Displacements:
    """Tracks whose boxes are off by a time each."""
    count = len(late_s)
    return Displacements(
        track=np.arange(count),
        rows=tuple(np.asarray([row]) for row in range(count)),
        speed_mps=speeds,
        along_m=late_s * speeds,
        across_m=np.zeros(count),
        late_s=late_s,
        sigma_s=np.full(count, 0.02),
        varies=np.zeros(count, dtype=bool),
        lag_s=lag_s,
        aside_m=np.full(count, 0.1),
    )


def test_a_changing_speed_tells_a_time_from_a_hand() -> None:
    speeds = np.linspace(3.0, 9.0, 20)
    late_s, sigma_s, varies = displacement._time(0.1 * speeds, speeds, np.ones(20), 0.1)
    assert late_s == pytest.approx(0.1, abs=0.02)
    assert varies
    assert sigma_s < 0.04


def test_at_an_even_speed_one_end_leaves_the_time_open_and_both_tell_it() -> None:
    speeds, ends = np.full(20, 6.0), np.linspace(-1, 1, 20)
    one = displacement._time(0.1 * speeds, speeds, -np.ones(20), 0.1)
    both = displacement._time(0.1 * speeds, speeds, ends, 0.1)
    assert one[1] > 0.04 > 0.025 > both[1]
    assert not both[2]


def test_a_wrong_length_is_no_time() -> None:
    speeds, ends = np.full(20, 6.0), np.linspace(-1, 1, 20)
    late_s, sigma_s, _ = displacement._time(-0.4 * ends, speeds, ends, 0.1)
    assert abs(late_s) < 2 * sigma_s


@pytest.fixture(scope="module")
def crossing() -> Scene:
    return open_dataset(CROSSING).scene("crossing-0001")


@pytest.mark.parametrize("late_ms", [0, 50, 100, -60], ids=str)
def test_the_time_of_a_drive_comes_out(crossing: Scene, late_ms: int) -> None:
    frames = np.arange(len(crossing.frame_table))
    late = StampEffect(frames, np.full(len(frames), late_ms / 1000), over_ground=True).removed_from(crossing)
    delay = common_delay(late)
    assert delay.late_s == pytest.approx(late_ms / 1000, abs=0.012)
    assert not delay.by_beam


def test_a_time_that_goes_with_the_beam_is_told_from_one_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    lag_s, speeds = np.linspace(-0.05, 0.05, 8), np.full(8, 10.0)
    monkeypatch.setattr(displacement, "displacements", lambda scene: told(lag_s, lag_s, speeds))
    delay = common_delay(car(np.zeros((3, 2))))
    assert delay.by_beam
    assert delay.each_s == pytest.approx(lag_s)
    monkeypatch.setattr(displacement, "displacements", lambda scene: told(np.full(8, 0.05), lag_s, speeds))
    delay = common_delay(car(np.zeros((3, 2))))
    assert not delay.by_beam
    assert (delay.late_s, delay.agree) == pytest.approx((0.05, 1.0))


def test_few_fast_tracks_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    few = told(np.full(3, 0.05), np.full(3, np.nan), np.full(3, 10.0))
    monkeypatch.setattr(displacement, "displacements", lambda scene: few)
    with pytest.raises(NotMeasurableError, match="fewer than four"):
        common_delay(car(np.zeros((3, 2))))


def test_nothing_fast_is_not_measured() -> None:
    with pytest.raises(NotMeasurableError, match="nothing fast"):
        displacements(car(np.zeros((6, 2))))


@pytest.mark.parametrize("late_s", [0.1, 0.05, -0.1], ids=str)
def test_boxes_go_where_their_track_passes(late_s: float) -> None:
    way = np.column_stack([8.0 * PERIOD_S * np.arange(8), np.zeros(8)])
    scene = car(way)
    boxes = retimed(scene, np.arange(8), np.full(8, late_s))
    assert boxes.centres_m[:, 0] == pytest.approx(way[:, 0] + 8.0 * late_s)
