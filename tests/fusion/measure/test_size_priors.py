from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.size_priors import SIZE_BOUNDS_M, size_bounds
from fusion.scene.coded import Coded
from fusion.scene.taxonomy import VEHICLES, Kinds, ObjectKind

K = ObjectKind

# Length, width, height in metres of things that exist, from makers' data and from published class means.
REAL_THINGS = [
    pytest.param(K.CAR, (2.50, 1.51, 1.55), id="smart-fortwo"),
    pytest.param(K.CAR, (2.70, 1.62, 1.55), id="smart-with-mirrors"),
    pytest.param(K.CAR, (3.88, 1.63, 1.53), id="kitti-mean-car"),
    pytest.param(K.CAR, (4.73, 2.08, 1.77), id="waymo-mean-vehicle"),
    pytest.param(K.CAR, (6.76, 2.68, 2.05), id="pick-up-with-towing-mirrors"),
    pytest.param(K.CAR, (7.37, 2.35, 3.05), id="high-and-long-delivery-van"),
    pytest.param(K.VAN, (5.07, 1.90, 2.21), id="kitti-mean-van"),
    pytest.param(K.TRUCK, (3.40, 1.48, 1.78), id="kei-truck"),
    pytest.param(K.TRUCK, (10.14, 2.59, 3.25), id="kitti-mean-truck"),
    pytest.param(K.TRUCK, (25.25, 2.60, 4.00), id="longest-truck-with-trailer-in-the-eu"),
    pytest.param(K.BUS, (11.19, 2.94, 3.47), id="nuscenes-mean-bus"),
    pytest.param(K.BUS, (25.00, 2.55, 3.40), id="double-bendy-bus-in-one-box"),
    pytest.param(K.BUS, (11.10, 2.55, 4.40), id="double-decker"),
    pytest.param(K.TRAILER, (13.60, 2.60, 4.00), id="semi-trailer"),
    pytest.param(K.TRAILER, (1.20, 0.90, 0.80), id="luggage-trailer"),
    pytest.param(K.TRAM, (16.17, 2.53, 3.53), id="kitti-mean-tram"),
    pytest.param(K.TRAM, (54.00, 2.65, 3.60), id="long-tram-in-one-box"),
    pytest.param(K.VEHICLE, (2.11, 0.77, 1.47), id="motorcycle-called-vehicle"),
    pytest.param(K.VEHICLE, (18.75, 2.60, 4.00), id="road-train-called-vehicle"),
    pytest.param(K.MOTORCYCLE, (2.11, 0.77, 1.47), id="nuscenes-mean-motorcycle"),
    pytest.param(K.BICYCLE, (1.68, 0.60, 1.27), id="nuscenes-mean-bicycle"),
    pytest.param(K.BICYCLE, (0.95, 0.45, 0.60), id="bicycle-of-a-small-child"),
    pytest.param(K.RIDER, (1.76, 0.60, 1.74), id="kitti-mean-cyclist"),
    pytest.param(K.RIDER, (0.60, 0.55, 1.30), id="rider-without-the-bicycle"),
    pytest.param(K.PEDESTRIAN, (0.84, 0.66, 1.76), id="kitti-mean-pedestrian"),
    pytest.param(K.PEDESTRIAN, (0.35, 0.30, 0.75), id="toddler"),
    pytest.param(K.PEDESTRIAN, (1.90, 0.60, 0.35), id="person-on-the-ground"),
    pytest.param(K.PEDESTRIAN, (1.10, 1.10, 2.30), id="person-under-an-umbrella"),
    pytest.param(K.CONE, (0.41, 0.41, 1.07), id="nuscenes-mean-cone"),
    pytest.param(K.BARRIER, (0.50, 2.53, 0.98), id="barrier-with-the-long-side-as-width"),
    pytest.param(K.BARRIER, (2.53, 0.50, 0.98), id="barrier-with-the-long-side-as-length"),
]

WRONG_THINGS = [
    pytest.param(K.CAR, (1.80, 4.50, 1.50), id="car-with-length-and-width-swapped"),
    pytest.param(K.CAR, (4.03, 3.00, 1.41), id="car-as-wide-as-in-an-argoverse-log"),
    pytest.param(K.CAR, (4.50, 1.80, 0.15), id="car-as-flat-as-a-sheet"),
    pytest.param(K.PEDESTRIAN, (4.50, 1.80, 1.50), id="car-called-pedestrian"),
    pytest.param(K.CAR, (12.00, 2.55, 3.40), id="bus-called-car"),
    pytest.param(K.BUS, (1.68, 0.60, 1.27), id="bicycle-called-bus"),
    pytest.param(K.VEHICLE, (0.73, 0.67, 1.77), id="pedestrian-called-vehicle"),
]


def holds(kind: ObjectKind, size_m: tuple[float, float, float]) -> bool:
    smallest, largest = SIZE_BOUNDS_M[kind]
    return all(low <= value <= high for low, value, high in zip(smallest, size_m, largest, strict=True))


@pytest.mark.parametrize(("kind", "size_m"), REAL_THINGS)
def test_real_things_are_inside_the_bounds(kind: ObjectKind, size_m: tuple[float, float, float]) -> None:
    assert holds(kind, size_m)


@pytest.mark.parametrize(("kind", "size_m"), WRONG_THINGS)
def test_wrong_things_are_outside_the_bounds(kind: ObjectKind, size_m: tuple[float, float, float]) -> None:
    assert not holds(kind, size_m)


def test_an_unspecific_vehicle_may_be_as_any_vehicle() -> None:
    smallest, largest = SIZE_BOUNDS_M[K.VEHICLE]
    for kind in VEHICLES | {K.MOTORCYCLE}:
        np.testing.assert_array_less(np.asarray(smallest) - 1e-9, SIZE_BOUNDS_M[kind][0])
        np.testing.assert_array_less(SIZE_BOUNDS_M[kind][1], np.asarray(largest) + 1e-9)


def test_bounds_come_by_row_and_are_nan_without_a_prior() -> None:
    bounds = size_bounds(Kinds(Coded.from_values(["Misc", "Car", None, "vehicle.cra", "Pedestrian"])))
    np.testing.assert_array_equal(bounds.smallest_m[[1, 4]], [SIZE_BOUNDS_M[K.CAR][0], SIZE_BOUNDS_M[K.PEDESTRIAN][0]])
    np.testing.assert_array_equal(bounds.largest_m[[1, 4]], [SIZE_BOUNDS_M[K.CAR][1], SIZE_BOUNDS_M[K.PEDESTRIAN][1]])
    assert np.isnan(bounds.smallest_m[[0, 2, 3]]).all()
    assert np.isnan(bounds.largest_m[[0, 2, 3]]).all()


def test_no_rows_have_no_bounds() -> None:
    assert size_bounds(Kinds(Coded.absent(0))).largest_m.shape == (0, 3)


@pytest.mark.parametrize("kind", SIZE_BOUNDS_M, ids=str)
def test_every_bound_leaves_room(kind: ObjectKind) -> None:
    smallest, largest = np.asarray(SIZE_BOUNDS_M[kind])
    assert (smallest > 0).all()
    assert (largest > smallest).all()
