from __future__ import annotations

import numpy as np

from calibration.errors import FileProblemError
from calibration.radar import RadarSweep
from calibration.transform import RigidTransform
from fusion.measure.radar_returns import WIDENED_M, radar_returns
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

MOUNTED = RigidTransform.from_quaternion("ego", "radar", [1.0, 0.0, 0.0, 0.0], [3.0, 0.0, 0.5])


def cars(*places: tuple[float, float], **columns: object) -> Boxes3D:
    centres_m = [(x, y, 1.0) for x, y in places]
    return Boxes3D.upright(centres_m, [(4.0, 2.0, 1.5)] * len(places), yaws_rad=[0.0] * len(places), **columns)


def detections(*places: tuple[float, float, float], valid: list[bool] | None = None) -> RadarSweep:
    return RadarSweep.from_columns("radar", np.reshape(places, (-1, 3)), MOUNTED, 0, valid)


def test_counts_what_lies_in_the_footprint_at_any_height() -> None:
    radar = detections((7.0, 0.0, 0.0), (6.0, 0.5, 4.0), (7.0, 8.0, 0.0))
    frame = scene_from_arrays(boxes=cars((10, 0), (10, 4)), radars={"radar": [radar]}).frames[0]
    assert radar_returns(frame).tolist() == [2, 0]


def test_looks_a_little_wider_than_drawn() -> None:
    edge = 7.0 + 2.0 + WIDENED_M
    radar = detections((edge - 0.01, 0.0, 0.0), (edge + 0.01, 0.0, 0.0))
    frame = scene_from_arrays(boxes=cars((10, 0)), radars={"radar": [radar]}).frames[0]
    assert radar_returns(frame).tolist() == [1]


def test_what_the_radar_does_not_believe_is_no_support() -> None:
    radar = detections((7.0, 0.0, 0.0), valid=[False])
    frame = scene_from_arrays(boxes=cars((10, 0)), radars={"radar": [radar]}).frames[0]
    assert radar_returns(frame).tolist() == [0]


def test_the_count_of_the_data_set_holds_where_it_is_more() -> None:
    boxes = cars((10, 0), (20, 0), recorded_radar_counts=[3, -1])
    frame = scene_from_arrays(boxes=boxes, radars={"radar": [detections((7.0, 0.0, 0.0))]}).frames[0]
    assert radar_returns(frame).tolist() == [3, 0]
    assert radar_returns(scene_from_arrays(boxes=boxes).frames[0]).tolist() == [3, -1]


def test_without_radars_nobody_knows() -> None:
    assert radar_returns(scene_from_arrays(boxes=cars((10, 0))).frames[0]) is None
    uncounted = cars((10, 0), recorded_radar_counts=[-1])
    assert radar_returns(scene_from_arrays(boxes=uncounted).frames[0]) is None


def test_a_file_that_can_not_be_read_is_told_and_left_out() -> None:
    scene = scene_from_arrays(boxes=cars((10, 0)), radars={"radar": [detections((7.0, 0.0, 0.0))]})

    def fail(index: int) -> RadarSweep:
        raise FileProblemError("radar/0.pcd", "no such file")

    object.__setattr__(scene.streams["radar"], "load", fail)
    assert radar_returns(scene.frames[0]) is None
    (problem,) = scene.problems
    assert (problem.path, problem.sensor) == ("radar/0.pcd", "radar")
