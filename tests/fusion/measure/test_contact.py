from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.contact import carried_boxes, coupled_end_to_end
from fusion.measure.overlap import OverlapPairs, overlapping_pairs
from fusion.scene.boxes3d import Boxes3D

Row = tuple[float, float, float, float, float, float, float]  # x, y, bottom, length, width, height, yaw in degrees


def boxes(*rows: Row) -> Boxes3D:
    x, y, bottom, length, width, height, yaw = np.asarray(rows, dtype=np.float64).T
    return Boxes3D.upright(
        np.stack([x, y, bottom + height / 2], axis=1), np.stack([length, width, height], axis=1), np.radians(yaw)
    )


def pairs_of(rows: Boxes3D) -> OverlapPairs:
    pairs = overlapping_pairs(rows.centres_m, rows.sizes_m, rows.rotations, ignore_height=True)
    assert len(pairs) == 1
    return pairs


TRUCK: Row = (0, 0, 0, 8, 2.5, 3.2, 0)


@pytest.mark.parametrize(
    ("load", "carried"),
    [
        pytest.param((-1, 0, 1.0, 4.2, 1.8, 1.5, 0), 1, id="a car on the bed"),
        pytest.param((-1, 0, 3.2, 4.2, 1.8, 1.5, 0), 1, id="a car on the upper deck"),
        pytest.param((-2, 0.5, 1.2, 0.8, 0.7, 1.7, 0), 1, id="a person on the bed"),
        pytest.param((-3.8, 0, 0.5, 0.6, 1.7, 1.0, 0), 1, id="a bicycle on a rack, sticking out"),
        pytest.param((-1, 0, 0.3, 4.2, 1.8, 1.5, 0), -1, id="a car as low as the truck"),
        pytest.param((-7, 0, 1.0, 8.2, 1.8, 1.5, 0), -1, id="a car that would tip"),
        pytest.param((-1, 0, 5.0, 4.2, 1.8, 1.5, 0), -1, id="a car on the bridge above"),
    ],
)
def test_a_load_stands_on_another_box(load: Row, carried: int) -> None:
    rows = boxes(TRUCK, load)
    assert carried_boxes(pairs_of(rows), rows).tolist() == [carried]
    swapped = boxes(load, TRUCK)
    assert carried_boxes(pairs_of(swapped), swapped).tolist() == [-1 if carried < 0 else 0]


@pytest.mark.parametrize(
    ("second", "coupled"),
    [
        pytest.param((-8.5, 0, 0, 10, 2.5, 4, 0), True, id="a trailer straight behind"),
        pytest.param((-6.9, 0.9, 1, 12, 2.5, 3, -20), True, id="a semi-trailer round a bend"),
        pytest.param((-2.5, 6.5, 1, 12, 2.5, 3, -90), True, id="a semi-trailer across"),
        pytest.param((-8.2, 2.7, 0, 10, 2.5, 3, -35), True, id="the second section of a bus"),
        pytest.param((7.5, 0, 0, 10, 2.5, 4, 180), True, id="a trailer that is pushed"),
        pytest.param((-3, 2.2, 0, 10, 2.5, 4, 0), False, id="a vehicle side by side"),
        pytest.param((-1, 0, 0, 10, 2.5, 4, 0), False, id="a vehicle in the same place"),
        pytest.param((-7, 2.0, 0, 8, 2.5, 4, 0), False, id="a vehicle that grazes a corner"),
    ],
)
def test_what_pulls_and_what_is_pulled_meet_where_their_middles_end(second: Row, coupled: bool) -> None:
    rows = boxes(TRUCK, second)
    assert coupled_end_to_end(pairs_of(rows), rows).tolist() == [coupled]


def test_no_pairs_have_no_contacts() -> None:
    rows = boxes(TRUCK)
    pairs = overlapping_pairs(rows.centres_m, rows.sizes_m, rows.rotations)
    assert carried_boxes(pairs, rows).tolist() == coupled_end_to_end(pairs, rows).tolist() == []


def test_a_box_without_length_is_no_division_by_zero() -> None:
    rows = boxes(TRUCK, (-1, 0, 0, 0, 2, 1, 0))
    pairs = OverlapPairs(np.array([0]), np.array([1]), *(np.zeros(1) for _ in range(4)))
    assert coupled_end_to_end(pairs, rows).tolist() == [False]
