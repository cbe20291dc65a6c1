from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.object_features import FEATURES, object_features
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES, STEP_S = 30, 0.1


def drive(speed_mps: float = 8.0, yaw_off_deg: float = 0.0, real_times: bool = True) -> Scene:
    """One car 4.5 m long that drives away along x, with ten returns inside in each frame."""
    x = 10 + speed_mps * STEP_S * np.arange(FRAMES)
    boxes = Boxes3D.upright(
        np.stack([x, np.zeros(FRAMES), np.full(FRAMES, 0.8)], axis=1),
        np.tile([4.5, 1.9, 1.6], (FRAMES, 1)),
        np.full(FRAMES, np.deg2rad(yaw_off_deg)),
        category=["car"] * FRAMES,
        track=["a"] * FRAMES,
        timestamps_ns=(np.arange(FRAMES) * STEP_S * 1e9).astype(np.int64),
    )
    return scene_from_arrays(
        boxes=boxes,
        box_frames=np.arange(FRAMES),
        timestamps_ns=boxes.timestamps_ns,
        points=[np.tile([place, 0, 0.8], (10, 1)).astype(np.float32) for place in x],
        poses=[np.eye(4)] * FRAMES,
        time_base="utc" if real_times else "synthetic",
    )


def test_a_driving_car_has_its_numbers() -> None:
    features = object_features(drive(yaw_off_deg=20))
    middle = {name: float(column[FRAMES // 2]) for name, column in features.columns.items()}
    assert np.exp(middle["length"]) == pytest.approx(4.5)
    assert np.exp(middle["speed"]) - 0.1 == pytest.approx(8.0, abs=0.01)
    assert middle["acceleration"] == pytest.approx(0.0, abs=0.01)
    assert middle["heading_off_course"] == pytest.approx(20.0, abs=0.1)
    assert np.exp(middle["track_seconds"]) - 0.1 == pytest.approx((FRAMES - 1) * STEP_S)
    assert features.ranges_m[0] == pytest.approx(10)


def test_distance_is_taken_out_of_the_returns() -> None:
    features = object_features(drive())
    density = 11 * features.ranges_m**2 / (3.2 * 1.6)
    np.testing.assert_allclose(features.columns["returns"], np.log(density))
    assert np.isnan(object_features(drive(), with_points=False).columns["returns"]).all()


def test_a_standing_car_has_no_course_and_made_up_times_no_motion() -> None:
    assert np.isnan(object_features(drive(speed_mps=0.0)).columns["heading_off_course"]).all()
    timeless = object_features(drive(real_times=False)).columns
    assert all(np.isnan(timeless[name]).all() for name in ("speed", "acceleration", "yaw_rate", "track_seconds"))
    assert not np.isnan(timeless["length"]).any()


def test_every_feature_has_a_column() -> None:
    assert set(object_features(drive()).columns) == {feature.name for feature in FEATURES}
