from __future__ import annotations

import numpy as np
import pytest

from calibration.cameras import camera_from_parameters
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.measure.box_projection import project_boxes
from fusion.measure.outline_shifts import outline_shifts
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FORWARD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
LENS = camera_from_parameters("pinhole", 1600, 900, 1200.0, 1200.0, 800.0, 450.0, 0.0, ())
SIZE_M = (4.5, 1.9, 1.6)


def two_cars(true_gap_m: float, moved_m: float = 0.0) -> Scene:
    """A far car and, to its right and nearer, another one; drawn as they truly stand, the near one labelled aside."""
    truly = np.array([[30.0, 1.0, 0.8], [22.0, 1.0 * 22 / 30 - SIZE_M[1] - true_gap_m, 0.8]])
    camera = Sensor(
        "front", SensorKind.CAMERA, RigidTransform.from_rotation("ego", "front", FORWARD, [0, 0, 1.5]), LENS
    )
    camera_from_ego = camera.ego_from_sensor.inverse()
    edges_px = project_boxes(
        camera_from_ego.apply(cars(truly).corners_m.reshape(-1, 3)).reshape(2, 8, 3), LENS
    ).bounds_px
    drawn = Boxes2D.from_columns(
        ["front", "front"], edges_px, frame_index=[0, 0], box3d_rows=np.array([0, 1], dtype=np.int32), derived=False
    )
    labelled = cars(truly + np.array([[0, 0, 0], [0, moved_m, 0]]))
    return scene_from_arrays(timestamps_ns=[0], boxes=labelled, boxes_2d=drawn, rig=SensorRig.of(camera))


def cars(centres_m: np.ndarray) -> Boxes3D:
    return Boxes3D.upright(
        centres_m=centres_m,
        sizes_m=[SIZE_M, SIZE_M],
        headings=np.array([[1.0, 0.0, 0.0]] * 2),
        category=["car", "car"],
        track=["far", "near"],
        timestamps_ns=[0, 0],
    )


@pytest.mark.parametrize(
    ("true_gap_m", "moved_m", "compared"),
    [(0.5, 0.0, [0, 1]), (0.5, 1.0, [0, 1]), (-0.8, 0.0, [1])],
    ids=["apart", "apart, but labelled one before the other", "one hides the other"],
)
def test_only_what_is_hidden_in_the_picture_is_left_out(true_gap_m: float, moved_m: float, compared: list[int]) -> None:
    assert outline_shifts(two_cars(true_gap_m, moved_m), "front").rows.tolist() == compared


def test_the_shift_is_the_drawn_box_less_the_outline() -> None:
    shifts = outline_shifts(two_cars(0.5, 1.0), "front")
    assert shifts.shift_px[0] == pytest.approx([0, 0], abs=1e-6)
    assert shifts.shift_px[1, 0] == pytest.approx(1200 / 22, rel=0.15)
