from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.label_sensors import of_other_sensors
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded


def boxes(name: str, values: Coded | list[float]) -> Boxes3D:
    column = AttributeColumn(values if isinstance(values, Coded) else np.asarray(values, dtype=np.float64))
    return Boxes3D.upright(
        np.zeros((2, 3)), np.ones((2, 3)), yaws_rad=[0.0, 0.0], attributes=Attributes({name: column})
    )


@pytest.mark.parametrize(
    ("name", "values", "other"),
    [
        pytest.param("cuboids.sensor_id", [0.0, 1.0], True, id="PandaSet, one in each lidar"),
        pytest.param("cuboids.sensor_id", [0.0, 0.0], False, id="twice in one lidar"),
        pytest.param("cuboids.sensor_id", [-1.0, 1.0], False, id="one holds for both lidars"),
        pytest.param("sensor", Coded.from_values(["lidar_roof", "lidar_front"]), True, id="by name"),
        pytest.param("sensor", Coded.from_values(["lidar_roof", None]), False, id="one does not say"),
        pytest.param("colour", Coded.from_values(["red", "blue"]), False, id="another attribute"),
    ],
)
def test_says_which_pairs_were_drawn_in_two_clouds(name: str, values: Coded | list[float], other: bool) -> None:
    assert of_other_sensors(boxes(name, values), np.asarray([0]), np.asarray([1])).tolist() == [other]
