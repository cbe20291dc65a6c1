"""A camera at the origin looks along x; returns are put where the test wants them."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.cameras.pinhole import Pinhole
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.measure.camera_view import CameraView
from fusion.measure.depth_cells import depth_cells, seen_whole
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

AHEAD = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
LENS = Pinhole(800, 600, 400.0, 400.0, 399.5, 299.5)


def plane(x_m: float, half_y_m: float, half_z_m: float, y_m: float = 0.0, step_m: float = 0.05) -> np.ndarray:
    y, z = np.meshgrid(np.arange(-half_y_m, half_y_m, step_m), np.arange(-half_z_m, half_z_m, step_m))
    return np.stack([np.full(y.size, x_m), y.ravel() + y_m, z.ravel()], axis=1)


def view_of(*parts: np.ndarray, box: tuple[float, float, float] = (10.0, 0.0, 0.0)) -> CameraView:
    """Of one box 2 m in every direction."""
    scene = scene_from_arrays(
        boxes=Boxes3D.upright([box], [[2.0, 2.0, 2.0]], [0.0]),
        points=np.concatenate(parts).astype(np.float32),
        images={"front": [np.zeros((600, 800, 3), dtype=np.uint8)]},
        rig=SensorRig.of(Sensor("front", SensorKind.CAMERA, RigidTransform("ego", "front", AHEAD, np.zeros(3)), LENS)),
    )
    return scene.frames[0].cameras["front"]


OBJECT, WALL = plane(9.0, 1.0, 1.0), plane(40.0, 8.0, 8.0, step_m=0.2)


@pytest.mark.parametrize(
    ("parts", "share"),
    [
        ((OBJECT,), 1.0),
        ((OBJECT, WALL), 1.0),
        ((WALL,), 1.0),
        ((plane(5.0, 1.0, 1.0), OBJECT), 0.0),
        ((plane(5.0, 0.5, 1.0, y_m=0.5), OBJECT), 0.5),
        ((plane(8.7, 1.0, 1.0), WALL), 1.0),
    ],
    ids=["the object", "before a wall", "only what is behind", "a screen", "half a screen", "its own loose edge"],
)
def test_the_nearest_return_of_a_cell_decides(parts: tuple[np.ndarray, ...], share: float) -> None:
    measured = depth_cells(view_of(*parts))
    assert measured.cells[0] > 50
    assert measured.visible_share[0] == pytest.approx(share, abs=0.06)


def test_a_box_without_returns_or_outside_the_image_has_no_share() -> None:
    assert np.isnan(depth_cells(view_of(plane(9.0, 1.0, 1.0, y_m=8.0))).visible_share[0])
    assert np.isnan(depth_cells(view_of(OBJECT, box=(-10.0, 0, 0))).visible_share[0])


@pytest.mark.parametrize(("box", "whole"), [((10.0, 0, 0), True), ((10.0, 9.0, 0), False), ((-10.0, 0, 0), False)])
def test_a_box_is_whole_in_the_image_or_not(box: tuple[float, float, float], whole: bool) -> None:
    assert seen_whole(view_of(OBJECT, box=box), 2.0).tolist() == [whole]
