from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.errors import ShapeError
from calibration.sensors import SensorKind
from fusion.scene.stream import Stream, path_of

POSES: dict[str, Any] = {
    "translations_m": [[1, 2, 3], [np.nan] * 3, [1, 2, 3]],
    "quaternions": [[1, 0, 0, 0], [1, 0, 0, 0], [np.nan] * 4],
}


def stream(**columns: Any) -> Stream[int]:
    return Stream("lidar", SensorKind.LIDAR, np.array([30, 10, 20]), load=lambda index: index * 2, **columns)


def test_disordered_stamps_stay_as_the_data_set_has_them() -> None:
    assert stream().timestamps_ns.tolist() == [30, 10, 20]
    assert len(stream()) == 3


def test_measurements_are_loaded_when_asked_for() -> None:
    assert stream().load(2) == 4


def test_poses_that_are_no_numbers_are_none() -> None:
    posed = stream(**POSES)
    pose = posed.world_from_ego(0)
    assert pose is not None
    assert (pose.target, pose.source, pose.translation.tolist()) == ("world", "ego", [1, 2, 3])
    assert posed.world_from_ego(1) is None
    assert posed.world_from_ego(2) is None
    assert stream().world_from_ego(0) is None


def test_a_measurement_in_memory_has_no_path() -> None:
    assert path_of(stream(), 1) == ""
    assert path_of(stream(paths=("a", "b", "c")), 1) == "b"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        pytest.param({"paths": ("a",)}, "3 stamps but 1 paths", id="too few paths"),
        pytest.param({"translations_m": np.zeros((3, 3))}, "both translations_m and quaternions", id="half a pose"),
        pytest.param(
            {"translations_m": np.zeros((2, 3)), "quaternions": np.zeros((3, 4))},
            "3 stamps but 2 translations_m",
            id="too few poses",
        ),
        pytest.param({"keyframe": [True]}, "3 stamps but 1 keyframe", id="too few keyframes"),
    ],
)
def test_columns_that_do_not_fit_together_are_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        stream(**columns)


def test_seconds_are_no_nanoseconds() -> None:
    with pytest.raises(ShapeError, match="stamps of 'lidar' must be integer nanoseconds"):
        Stream("lidar", SensorKind.LIDAR, np.array([0.1, 0.2]), load=lambda index: index)  # type: ignore[arg-type]
