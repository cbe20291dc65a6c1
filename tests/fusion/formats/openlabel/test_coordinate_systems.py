from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import msgspec
import numpy as np
import pytest

from fusion.formats.openlabel.coordinate_systems import (
    CoordinateSystems,
    read_coordinate_systems,
    the_vehicle,
    the_world,
)
from fusion.formats.openlabel.report import FileReport

Tiny = Callable[[str], Any]


def systems(records: dict[str, Any], frames: tuple[Any, ...] = ()) -> CoordinateSystems:
    moves = [(index, str(index), msgspec.Raw(json.dumps(moved).encode())) for index, moved in enumerate(frames)]
    return read_coordinate_systems(
        msgspec.Raw(json.dumps(records).encode()), moves, FileReport("labels.json", "labels")
    )


def at(parent: str, *translation: float) -> dict[str, Any]:
    return {"parent": parent, "pose_wrt_parent": {"translation": translation, "quaternion": [0, 0, 0, 1]}}


def test_any_system_leads_to_any_other() -> None:
    tree = systems({"root": {"parent": ""}, "a": at("root", 1, 0, 0), "b": at("a", 0, 2, 0), "c": at("root", 0, 0, 4)})
    places = {"root": [0, 0, 0], "a": [1, 0, 0], "b": [1, 2, 0], "c": [0, 0, 4]}
    for target, source in permutations(places, 2):
        transform = tree.transform(target, source)
        assert transform is not None
        assert (transform.target, transform.source) == (target, source)
        np.testing.assert_allclose(transform.translation, np.subtract(places[source], places[target]))


def test_a_frames_own_transform_wins_in_both_directions() -> None:
    moved = {"x": {"src": "root", "dst": "a", "transform_src_to_dst": at("", 9, 0, 0)["pose_wrt_parent"]}}
    tree = systems({"root": {"parent": ""}, "a": at("root", 1, 0, 0)}, (moved,))
    still, own = tree.transform("root", "a"), tree.transform("root", "a", 0)
    assert still is not None
    assert own is not None
    assert (still.translation[0], own.translation[0]) == (1, -9)


def test_systems_nothing_joins_have_no_transform() -> None:
    tree = systems({"a": {"parent": ""}, "b": {"parent": "a"}})
    assert tree.transform("a", "b") is None


@pytest.mark.parametrize(
    ("records", "vehicle", "world"),
    [
        pytest.param(
            {"odom": {"type": "scene_cs"}, "car": {"type": "local_cs", "parent": "odom"}}, "car", "odom", id="types"
        ),
        pytest.param({"base": {"type": "local"}, "lidar": at("base", 0, 0, 1)}, "base", "", id="no world"),
        pytest.param(
            {"map": {}, "vehicle": {"parent": "map"}, "top": at("vehicle", 0, 0, 1)}, "vehicle", "map", id="names"
        ),
        pytest.param({"cam": {"type": "sensor"}, "top": {"type": "sensor"}}, "top", "", id="only sensors: the lidar"),
        pytest.param({}, "", "", id="nothing"),
        pytest.param({"a": {"parent": "b"}, "b": {"parent": "a"}}, "a", "", id="a cycle"),
    ],
)
def test_the_vehicle_and_the_world_are_told_by_type_then_by_name(
    records: dict[str, Any], vehicle: str, world: str
) -> None:
    tree = systems(records)
    chosen = the_vehicle(tree, ["top"], FileReport("labels.json", "labels"))
    assert chosen == vehicle
    assert the_world(tree, chosen) == world


def test_a_camera_alone_is_turned_to_be_ego(tiny: Tiny) -> None:
    file = tiny("euler")
    file.body["coordinate_systems"] = {"CAM": {"type": "sensor_cs", "parent": ""}}
    for frame in file.body["frames"].values():
        frame.pop("frame_properties")
    scene = file.read()
    np.testing.assert_allclose(scene.labels.boxes.centres_m[0], [10, -2, -1], atol=1e-12)
    np.testing.assert_allclose(scene.labels.boxes.sizes_m[0], [4, 1.8, 1.5])
    assert scene.trajectory is None


def test_without_coordinate_systems_cuboids_are_taken_to_be_in_ego(tiny: Tiny) -> None:
    file = tiny("vehicle")
    del file.body["coordinate_systems"]
    del file.body["frames"]["5"]["frame_properties"]["transforms"]
    scene = file.read()
    np.testing.assert_allclose(scene.labels.boxes.centres_m, [[8, 1, 0.5]])
    assert scene.labels.reference == "ego"
    assert "there are no coordinate systems; cuboids are taken to be in ego" in scene.assumptions
