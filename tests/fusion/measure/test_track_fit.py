from __future__ import annotations

import numpy as np
import pytest

from fusion.errors import NotMeasurableError
from fusion.measure.track_fit import fitted_motion
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(xy_m: np.ndarray, yaws_rad: np.ndarray | None = None, rate_hz: float = 10.0) -> Scene:
    """One car at these places."""
    rows = len(xy_m)
    stamps_ns = np.round(np.arange(rows) * 1e9 / rate_hz).astype(np.int64)
    boxes = Boxes3D.upright(
        np.column_stack([xy_m, np.ones(rows)]),
        np.tile([4.5, 1.9, 1.6], (rows, 1)),
        np.zeros(rows) if yaws_rad is None else yaws_rad,
        category=["car"] * rows,
        track=["t"] * rows,
        timestamps_ns=stamps_ns,
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, poses=[np.eye(4)] * rows, reference="world")


@pytest.mark.parametrize("rate_hz", [2, 10, 20])
def test_a_parabola_is_fitted_exactly(rate_hz: float) -> None:
    t = np.arange(40) / rate_hz
    fit = fitted_motion(scene_of(np.column_stack([3 + 5 * t - t**2, 2 * t]), 0.2 * t, rate_hz))
    exact = np.column_stack([5 - 2 * t, np.full(40, 2.0)])
    assert fit.velocities_mps[fit.whole] == pytest.approx(exact[fit.whole], abs=1e-5)
    assert fit.accelerations[fit.whole] == pytest.approx(np.tile([-2.0, 0.0], (int(fit.whole.sum()), 1)), abs=1e-4)
    assert fit.yaw_rates == pytest.approx(np.full(40, 0.2), abs=1e-6)


def test_ends_are_not_whole() -> None:
    fit = fitted_motion(scene_of(np.column_stack([np.arange(40.0), np.zeros(40)])))
    assert np.flatnonzero(fit.whole).tolist() == list(range(7, 33))


def test_doubts_hold_what_lasting_jitter_does(rng: np.random.Generator) -> None:
    t = np.arange(2000) / 10
    drawn = rng.normal(0, 0.1, (2 + 2000 // 3, 2))  # a keyframe every 0.3 s
    jitter = np.column_stack([np.interp(t, 0.3 * np.arange(len(drawn)), axis) for axis in drawn.T])
    fit = fitted_motion(scene_of(np.column_stack([0 * t, 0 * t]) + jitter))
    kept = fit.whole
    assert fit.velocities_mps[kept].std() < np.median(fit.velocity_doubt_mps)
    assert fit.accelerations[kept].std() < np.median(fit.acceleration_doubt)


def test_a_stray_box_is_not_fitted_and_a_shift_not_bridged() -> None:
    xy_m = np.column_stack([np.arange(40.0), np.zeros(40)])
    xy_m[12, 1] += 3.0
    xy_m[25:, 1] += 4.0
    fit = fitted_motion(scene_of(xy_m))
    assert np.isnan(fit.velocities_mps[12]).all()
    rest = np.delete(np.arange(40), 12)
    assert fit.velocities_mps[rest] == pytest.approx(np.tile([10.0, 0.0], (39, 1)), abs=1e-5)


def test_headings_run_on_over_the_half_turn_and_end_at_a_flip() -> None:
    turning = 3.0 + 0.03 * np.arange(40)
    turning[20:] += np.pi
    fit = fitted_motion(scene_of(np.zeros((40, 2)), turning))
    assert fit.yaw_rates == pytest.approx(np.full(40, 0.3), abs=1e-5)


def test_labels_without_tracks_say_so() -> None:
    with pytest.raises(NotMeasurableError, match="no track ids"):
        fitted_motion(scene_from_arrays(boxes=Boxes3D.empty()))
