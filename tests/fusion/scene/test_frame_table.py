from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.errors import ShapeError
from fusion.scene.frame_table import FrameTable


def table(**columns: Any) -> FrameTable:
    return FrameTable(
        **{
            "keys": ("a", "b"),
            "timestamps_ns": np.array([10, 20]),
            "annotated": np.array([True, False]),
            "measurements": {"lidar": np.array([0, 1]), "camera": np.array([-1, 0])},
            **columns,
        }
    )


def test_a_frame_names_the_sensors_that_measured() -> None:
    assert table().sensors_of(0) == ("lidar",)
    assert table().sensors_of(1) == ("lidar", "camera")


def test_poses_that_are_no_numbers_are_none() -> None:
    posed = table(translations_m=[[1, 2, 3], [4, 5, 6]], quaternions=[[1, 0, 0, 0], [np.nan] * 4])
    pose = posed.world_from_ego(0)
    assert pose is not None
    assert pose.translation.tolist() == [1, 2, 3]
    assert posed.world_from_ego(1) is None
    assert table().world_from_ego(0) is None


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"annotated": [True]}, id="annotated"),
        pytest.param({"timestamps_ns": [1, 2, 3]}, id="times"),
        pytest.param({"measurements": {"lidar": [0]}}, id="measurements"),
        pytest.param({"translations_m": np.zeros((1, 3)), "quaternions": np.zeros((2, 4))}, id="poses"),
    ],
)
def test_columns_of_other_lengths_are_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match="2 frames need as many entries in every column"):
        table(**columns)


def test_seconds_are_no_nanoseconds() -> None:
    with pytest.raises(ShapeError, match="integer nanoseconds"):
        table(timestamps_ns=[0.1, 0.2])
