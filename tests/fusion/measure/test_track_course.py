from __future__ import annotations

import numpy as np
import pytest

from fusion.errors import NotMeasurableError
from fusion.measure.track_course import courses, turned_with_course
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(xy_m: np.ndarray, yaws_rad: np.ndarray, **parts: object) -> Scene:
    """One person at these places, ten a second."""
    rows = len(xy_m)
    stamps_ns = np.arange(rows) * 100_000_000
    boxes = Boxes3D.upright(
        np.column_stack([xy_m, np.ones(rows)]),
        np.ones((rows, 3)),
        yaws_rad,
        category=["pedestrian"] * rows,
        track=["t"] * rows,
        timestamps_ns=stamps_ns,
    )
    return scene_from_arrays(
        boxes=boxes, timestamps_ns=stamps_ns, **{"poses": [np.eye(4)] * rows, "reference": "world", **parts}
    )


def test_the_angle_runs_from_heading_to_course() -> None:
    along_y = np.column_stack([np.zeros(20), np.arange(20.0)])
    angles = courses(scene_of(along_y, np.full(20, np.radians(30))))
    assert np.degrees(angles.off_rad) == pytest.approx(np.full(20, 60.0))
    assert angles.speeds_mps == pytest.approx(np.full(20, 10.0), abs=1e-5)
    assert angles.step_m == pytest.approx([0.0, *[1.0] * 19], abs=1e-5)


def test_who_points_along_the_way_before_and_after_has_turned_with_it() -> None:
    x_m = np.array([0, 1, 2, 3, 2, 1, 0.0])
    back = np.array([0, 0, 0, np.pi, np.pi, np.pi, np.pi])
    places = np.column_stack([x_m, np.zeros(7)])
    assert np.flatnonzero(turned_with_course(scene_of(places, back), 1.0, 0.5)).tolist() == [2, 3, 5]


def test_without_poses_there_is_no_course() -> None:
    scene = scene_of(np.zeros((5, 2)), np.zeros(5), poses=None, reference="ego")
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        courses(scene)
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        turned_with_course(scene, 1.0, 0.5)
