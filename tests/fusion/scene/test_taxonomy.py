from __future__ import annotations

import numpy as np
import pytest

from fusion.scene.coded import Coded
from fusion.scene.taxonomy import (
    ELONGATED,
    GROUNDED,
    PEOPLE,
    SOLID,
    STREET_FURNITURE,
    TWO_WHEELERS,
    VEHICLES,
    Kinds,
    ObjectKind,
    kind_of_name,
)

K = ObjectKind

NUSCENES = {
    "animal": K.ANIMAL,
    "human.pedestrian.adult": K.PEDESTRIAN,
    "human.pedestrian.child": K.PEDESTRIAN,
    "human.pedestrian.construction_worker": K.PEDESTRIAN,
    "human.pedestrian.personal_mobility": K.RIDER,
    "human.pedestrian.police_officer": K.PEDESTRIAN,
    "human.pedestrian.stroller": K.MOVABLE,
    "human.pedestrian.wheelchair": K.MOVABLE,
    "movable_object.barrier": K.BARRIER,
    "movable_object.debris": K.MOVABLE,
    "movable_object.pushable_pullable": K.MOVABLE,
    "movable_object.trafficcone": K.CONE,
    "static_object.bicycle_rack": K.OTHER,
    "vehicle.bicycle": K.BICYCLE,
    "vehicle.bus.bendy": K.BUS,
    "vehicle.bus.rigid": K.BUS,
    "vehicle.car": K.CAR,
    "vehicle.construction": K.CONSTRUCTION,
    "vehicle.emergency.ambulance": K.VAN,
    "vehicle.emergency.police": K.VEHICLE,
    "vehicle.motorcycle": K.MOTORCYCLE,
    "vehicle.trailer": K.TRAILER,
    "vehicle.truck": K.TRUCK,
}
NUSCENES_DETECTION = {
    "construction_vehicle": K.CONSTRUCTION,
    "traffic_cone": K.CONE,
    "barrier": K.BARRIER,
}
TRUCKSCENES = {
    "static_object.traffic_sign": K.SIGN,
    "vehicle.train": K.TRAM,
    "vehicle.other": K.VEHICLE,
    "vehicle.ego_trailer": K.TRAILER,
}
KITTI = {
    "Car": K.CAR,
    "Van": K.VAN,
    "Truck": K.TRUCK,
    "Pedestrian": K.PEDESTRIAN,
    "Person_sitting": K.SEATED_PERSON,
    "Cyclist": K.RIDER,
    "Tram": K.TRAM,
    "Misc": K.OTHER,
    "DontCare": K.IGNORED,
}
ARGOVERSE_2 = {
    "ANIMAL": K.ANIMAL,
    "ARTICULATED_BUS": K.BUS,
    "BICYCLE": K.BICYCLE,
    "BICYCLIST": K.RIDER,
    "BOLLARD": K.CONE,
    "BOX_TRUCK": K.TRUCK,
    "BUS": K.BUS,
    "CONSTRUCTION_BARREL": K.CONE,
    "CONSTRUCTION_CONE": K.CONE,
    "DOG": K.ANIMAL,
    "LARGE_VEHICLE": K.VEHICLE,
    "MESSAGE_BOARD_TRAILER": K.OTHER,
    "MOBILE_PEDESTRIAN_SIGN": K.SIGN,
    "MOTORCYCLE": K.MOTORCYCLE,
    "MOTORCYCLIST": K.RIDER,
    "OFFICIAL_SIGNALER": K.PEDESTRIAN,
    "PEDESTRIAN": K.PEDESTRIAN,
    "RAILED_VEHICLE": K.TRAM,
    "REGULAR_VEHICLE": K.CAR,
    "SCHOOL_BUS": K.BUS,
    "SIGN": K.SIGN,
    "STOP_SIGN": K.SIGN,
    "STROLLER": K.MOVABLE,
    "TRAFFIC_LIGHT_TRAILER": K.OTHER,
    "TRUCK": K.TRUCK,
    "TRUCK_CAB": K.TRUCK,
    "VEHICULAR_TRAILER": K.TRAILER,
    "WHEELCHAIR": K.MOVABLE,
    "WHEELED_DEVICE": K.MOVABLE,
    "WHEELED_RIDER": K.RIDER,
}
WAYMO = {
    "TYPE_VEHICLE": K.VEHICLE,  # cars, lorries, buses, and motorcycles with their riders
    "TYPE_PEDESTRIAN": K.PEDESTRIAN,
    "TYPE_CYCLIST": K.RIDER,
    "TYPE_SIGN": K.SIGN,
    "TYPE_UNKNOWN": K.OTHER,
    "Vehicle": K.VEHICLE,
}
LYFT = {
    "car": K.CAR,
    "pedestrian": K.PEDESTRIAN,
    "animal": K.ANIMAL,
    "other_vehicle": K.VEHICLE,
    "bus": K.BUS,
    "motorcycle": K.MOTORCYCLE,
    "truck": K.TRUCK,
    "emergency_vehicle": K.VEHICLE,
    "bicycle": K.BICYCLE,
}
SUSTECHPOINTS = {
    "Rider": K.RIDER,
    "Motor": K.MOTORCYCLE,
    "ScooterRider": K.RIDER,
    "Scooter": K.BICYCLE,
    "BicycleRider": K.RIDER,
    "MotorcyleRider": K.RIDER,
    "PoliceCar": K.CAR,
    "TourCar": K.CAR,
    "RoadWorker": K.PEDESTRIAN,
    "Child": K.PEDESTRIAN,
    "BabyCart": K.MOVABLE,
    "PlatformCart": K.MOVABLE,
    "ConstructionCart": K.MOVABLE,
    "FireHydrant": K.OTHER,
    "SaftyTriangle": K.MOVABLE,
    "RoadBarrel": K.CONE,
    "TrafficBarrier": K.BARRIER,
    "LongVehicle": K.VEHICLE,
    "BicycleGroup": K.OTHER,
    "ConcreteTruck": K.TRUCK,
    "Excavator": K.CONSTRUCTION,
    "TrashCan": K.MOVABLE,
    "ForkLift": K.CONSTRUCTION,
    "Trimotorcycle": K.MOTORCYCLE,
    "FreightTricycle": K.MOTORCYCLE,
    "RoadRoller": K.CONSTRUCTION,
    "Bulldozer": K.CONSTRUCTION,
    "Unknown2": K.OTHER,
}
OSDAR23 = {
    "train": K.TRAM,
    "wagons": K.TRAM,
    "road_vehicle": K.VEHICLE,
    "group_of_bicycles": K.OTHER,
    "crowd": K.OTHER,
    "group_of_animals": K.OTHER,
    "person": K.PEDESTRIAN,
    "wheelchair": K.MOVABLE,
    "catenary_pole": K.OTHER,
    "signal_pole": K.OTHER,
    "signal": K.OTHER,
    "buffer_stop": K.OTHER,
    "track": K.OTHER,
    "drag_shoe": K.OTHER,
    "switch": K.OTHER,
}
DGP = {
    "Bus/RV/Caravan": K.BUS,
    "Wheeled Slow": K.MOVABLE,
    "Towed Object": K.TRAILER,
    "Train": K.TRAM,
}
PANDASET = {
    "Pickup Truck": K.TRUCK,
    "Semi-truck": K.TRUCK,
    "Other Vehicle - Construction Vehicle": K.CONSTRUCTION,
    "Other Vehicle - Uncommon": K.VEHICLE,
    "Personal Mobility Device": K.MOVABLE,
    "Motorized Scooter": K.BICYCLE,
    "Pedestrian with Object": K.PEDESTRIAN,
    "Animals - Other": K.ANIMAL,
    "Cones": K.CONE,
    "Construction Signs": K.SIGN,
    "Temporary Construction Barriers": K.BARRIER,
}
DATASETS = {
    "nuScenes": NUSCENES,
    "nuScenes-detection": NUSCENES_DETECTION,
    "TruckScenes": TRUCKSCENES,
    "KITTI": KITTI,
    "Argoverse-2": ARGOVERSE_2,
    "Waymo": WAYMO,
    "Lyft": LYFT,
    "SUSTechPOINTS": SUSTECHPOINTS,
    "OSDaR23": OSDAR23,
    "DGP": DGP,
    "PandaSet": PANDASET,
}
KINDS_BY_NAME = [
    pytest.param(name, kind, id=f"{dataset}-{name}")
    for dataset, names in DATASETS.items()
    for name, kind in names.items()
]


@pytest.mark.parametrize(("name", "kind"), KINDS_BY_NAME)
def test_a_class_name_means_what_its_data_set_says(name: str, kind: ObjectKind) -> None:
    assert kind_of_name(name) is kind


@pytest.mark.parametrize(
    "name",
    ["vehicle.cra", "vehicle_cra", "Vehicle Cra", "vehicle.track", "human.pedestrain", "pedestrain", "cra", "", "."],
)
def test_a_slip_of_a_name_means_nothing(name: str) -> None:
    assert kind_of_name(name) is None


def test_groups_of_kinds_hold_what_their_names_promise() -> None:
    assert not VEHICLES & TWO_WHEELERS
    assert not (VEHICLES | TWO_WHEELERS) & (PEOPLE | STREET_FURNITURE)
    assert VEHICLES | TWO_WHEELERS == SOLID == ELONGATED
    assert ObjectKind.PEDESTRIAN in GROUNDED
    assert ObjectKind.SIGN not in GROUNDED


def test_rows_are_told_apart_by_their_kind() -> None:
    kinds = Kinds(Coded.from_values(["vehicle.car", None, "vehicle.cra", "vehicle.truck"]))
    np.testing.assert_array_equal(kinds.is_any({ObjectKind.CAR, ObjectKind.TRUCK}), [True, False, False, True])
    np.testing.assert_array_equal(kinds.known, [True, False, False, True])


def test_a_number_by_kind_falls_back_to_the_default() -> None:
    kinds = Kinds(Coded.from_values(["Car", None, "cra", "Truck"]))
    np.testing.assert_array_equal(kinds.column({ObjectKind.CAR: 45.0}, 9.0), [45.0, 9.0, 9.0, 9.0])


def test_no_rows_have_no_kinds() -> None:
    kinds = Kinds(Coded.absent(0))
    assert len(kinds.is_any(VEHICLES)) == len(kinds.known) == len(kinds.column({}, 1.0)) == 0
