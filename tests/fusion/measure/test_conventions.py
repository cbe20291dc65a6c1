from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.errors import NotMeasurableError
from fusion.measure.conventions import MISREADINGS, convention_fits, put_right
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

SIZE_M = np.array([4.5, 1.9, 1.6])
FAULTS = {
    "yaw-sign": "yaw-sign",
    "yaw-quarter": "yaw-from-left",
    "length-width": "length-width",
    "bottom-centre": "bottom-centre",
    "quaternion-order": "quaternion-order",
}


def street(cars: int = 12, frames: int = 3, along: bool = False) -> Scene:
    """Cars at all angles, or all along x, on flat ground, with returns from their sides."""
    chance = np.random.default_rng(5)
    places = np.column_stack([np.arange(cars) % 4 * 12.0 - 18, np.arange(cars) // 4 * 12.0 - 12, np.full(cars, 0.8)])
    yaws = np.zeros(cars) if along else np.linspace(0.3, 2.8, cars)
    ground = np.column_stack([chance.uniform(-35, 35, (20_000, 2)), chance.normal(0, 0.01, 20_000)])
    clouds = [ground]
    for place, yaw in zip(places, yaws, strict=True):
        sides = chance.uniform(-0.5, 0.5, (150, 3)) * SIZE_M * 0.98
        sides[:75, 1], sides[75:, 0] = -SIZE_M[1] * 0.49, -SIZE_M[0] * 0.49
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        clouds.append(sides @ turn.T + place)
    points = np.concatenate(clouds).astype(np.float32)
    boxes = Boxes3D.upright(
        places, np.tile(SIZE_M, (cars, 1)), yaws, category=["car"] * cars, track=[f"t{row}" for row in range(cars)]
    )
    builder = SceneBuilder()
    for _ in range(frames):
        builder.frame(points, boxes, world_from_ego=np.eye(4))
    return builder.build()


@pytest.mark.parametrize(("fault", "misread"), FAULTS.items(), ids=FAULTS)
def test_names_the_mix_up(fault: str, misread: str) -> None:
    best = convention_fits(plant(street(), [parse_fault(fault)], 0).scene)[0]
    assert (best.misread, best.is_misread) == (misread, True)


@pytest.mark.parametrize("along", [False, True], ids=["all angles", "along the axes"])
def test_says_nothing_of_boxes_as_they_should_be(along: bool) -> None:
    assert not any(fit.is_misread for fit in convention_fits(street(along=along)))


def test_boxes_that_are_wrong_one_by_one_are_no_mix_up() -> None:
    scene = plant(street(), [parse_fault("yaw:90:track")], 0, 4).scene
    assert not any(fit.is_misread for fit in convention_fits(scene))


@pytest.mark.parametrize(("fault", "misread"), FAULTS.items(), ids=FAULTS)
def test_undoing_it_gives_the_boxes_back(fault: str, misread: str) -> None:
    scene = street()
    wrong = plant(scene, [parse_fault(fault)], 0).scene.labels.boxes
    right = put_right(wrong, misread)
    assert right.centres_m == pytest.approx(scene.labels.boxes.centres_m)
    assert right.sizes_m == pytest.approx(scene.labels.boxes.sizes_m)
    same = np.abs(np.sum(right.rotations * scene.labels.boxes.rotations, axis=1))
    assert same == pytest.approx(np.ones(len(right)))
    assert misread in MISREADINGS


def test_few_boxes_or_no_sweep_tell_nothing() -> None:
    with pytest.raises(NotMeasurableError, match="too few boxes"):
        convention_fits(street(cars=4))
    with pytest.raises(NotMeasurableError, match="no sweep"):
        convention_fits(replace(street(), streams={}, frame_table=replace(street().frame_table, measurements={})))
