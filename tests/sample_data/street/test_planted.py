from __future__ import annotations

import numpy as np
import pytest

from sample_data.street.labels import Label, points_inside
from sample_data.street.planted import gap_m


def box(x: float, y: float = 0.0, yaw_rad: float = 0.0, z: float = 0.0) -> Label:
    return Label("box", 0, (x, y, z), yaw_rad, (4.0, 2.0, 1.5), "vehicle.car", None, "4")


@pytest.mark.parametrize(
    ("other", "gap"),
    [
        (box(5.0), 1.0),
        (box(4.0), 0.0),
        (box(3.5), -0.5),
        (box(0.0, 3.5, np.pi / 2), 0.5),
        (box(0.5, 0.0, 0.0, 4.0), 2.5),
    ],
    ids=["ahead", "touching", "overlapping", "turned", "above"],
)
def test_the_gap_between_boxes_is_measured_along_the_best_side(other: Label, gap: float) -> None:
    assert gap_m(box(0.0), other) == pytest.approx(gap)
    assert gap_m(other, box(0.0)) == pytest.approx(gap)


def test_points_on_a_face_are_inside() -> None:
    points = np.array([[2.0, 1.0, 0.75], [np.nextafter(2.0, 3.0), 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert points_inside(points, (0, 0, 0), np.eye(3), (4.0, 2.0, 1.5)).tolist() == [True, False, True]


def test_a_resized_box_keeps_its_bottom_on_the_ground() -> None:
    grown = box(0.0).resized((1.0, 1.0, 2.0))
    assert grown.size_m[2] == 3.0
    assert grown.centre_m[2] - grown.size_m[2] / 2 == pytest.approx(-0.75)
