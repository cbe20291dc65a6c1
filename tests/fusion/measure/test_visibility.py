"""Rays against boxes: what stopped before, ended in and passed through each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.errors import ShapeError
from calibration.transform import quaternions_from_yaws
from fusion.measure.visibility import RaySupport, ray_support

UPRIGHT = np.array([[1.0, 0.0, 0.0, 0.0]])


def support_of_one_box(points: list[list[float]], origin: tuple[float, float, float] = (0, 0, 0)) -> RaySupport:
    return ray_support(np.array(points), np.array(origin), [[10, 0, 0]], [[4, 2, 2]], UPRIGHT)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        pytest.param([5, 0, 0], (1, 1, 0, 0), id="stopped before it"),
        pytest.param([8.1, 0, 0], (1, 0, 1, 0), id="on its near face"),
        pytest.param([10, 0, 0], (1, 0, 1, 0), id="inside"),
        pytest.param([20, 0, 0], (1, 0, 0, 1), id="passed through"),
        pytest.param([20, 8, 0], (0, 0, 0, 0), id="missed it"),
        pytest.param([-20, 0, 0], (0, 0, 0, 0), id="the other way"),
        pytest.param([20, 0, 4], (0, 0, 0, 0), id="passed above it"),
        pytest.param([np.nan, 0, 0], (0, 0, 0, 0), id="no return"),
    ],
)
def test_a_ray_is_counted_by_where_it_returned(point: list[float], expected: tuple[int, int, int, int]) -> None:
    support = support_of_one_box([point])
    counted = (support.crossing[0], support.in_front[0], support.inside[0], support.behind[0])
    assert counted == expected


def test_a_ray_that_grazes_the_drawn_edge_does_not_cross() -> None:
    assert support_of_one_box([[20, 1.95, 0]], origin=(0, 0.97, 0)).crossing[0] == 0


def test_the_visible_share_is_what_nothing_stopped_before_the_box() -> None:
    support = support_of_one_box([[5, 0, 0], [10, 0, 0], [20, 0, 0], [20, 0.1, 0]])
    assert support.visible_share[0] == pytest.approx(0.75)
    assert np.isnan(support_of_one_box([[-5, 0, 0]]).visible_share[0])


def test_a_box_across_the_seam_behind_the_sensor_sees_its_rays() -> None:
    points = np.array([[-20.0, y, 0.0] for y in (-1.0, -0.1, 0.1, 1.0)])
    support = ray_support(points, np.zeros(3), [[-10, 0, 0]], [[4, 2, 2]], UPRIGHT)
    assert support.behind[0] == 4


def test_a_box_around_the_sensor_is_crossed_by_every_ray(rng: np.random.Generator) -> None:
    points = rng.normal(size=(500, 3)) * 20
    support = ray_support(points, np.zeros(3), [[0.5, 0, 0]], [[4, 2, 2]], UPRIGHT)
    assert support.crossing[0] == 500


def test_every_ray_starts_from_its_own_lidar() -> None:
    points = np.array([[20.0, 0, 0], [20.0, 30, 0]])
    origins = np.array([[0.0, 0, 0], [0.0, -30, 0]])
    support = ray_support(points, origins, [[10, 0, 0]], [[4, 2, 2]], UPRIGHT)
    assert support.behind[0] == 2


def test_agrees_with_asking_every_ray_about_every_box(rng: np.random.Generator) -> None:
    directions = rng.normal(size=(4000, 3)) * [1, 1, 0.1]
    points = directions / np.linalg.norm(directions, axis=1, keepdims=True) * rng.uniform(2, 60, (4000, 1))
    centres = rng.uniform(-40, 40, (40, 3)) * [1, 1, 0.05]
    sizes, yaws = rng.uniform(0.1, 6, (40, 3)), rng.uniform(-np.pi, np.pi, 40)
    origin = np.array([0.3, 0.1, 0.2])
    support = ray_support(points, origin, centres, sizes, quaternions_from_yaws(yaws))
    for box in range(40):
        expected = by_hand(points, origin, centres[box], sizes[box], yaws[box])
        assert (support.in_front[box], support.inside[box], support.behind[box]) == expected


def by_hand(
    points: np.ndarray, origin: np.ndarray, centre: np.ndarray, size: np.ndarray, yaw: float
) -> tuple[int, int, int]:
    into_box = Rotation.from_euler("z", yaw).as_matrix()
    half = np.maximum(size / 2 - 0.1, size / 4)
    start, along = (origin - centre) @ into_box, (points - origin) @ into_box
    low, high = (-half - start) / along, (half - start) / along
    enters, leaves = np.minimum(low, high).max(axis=1), np.maximum(low, high).min(axis=1)
    crosses, margin = (enters <= leaves) & (leaves > 0), 0.3 / np.linalg.norm(along, axis=1)
    in_front, behind = crosses & (enters - margin > 1), crosses & (leaves + margin < 1)
    return int(in_front.sum()), int((crosses & ~in_front & ~behind).sum()), int(behind.sum())


def test_no_points_or_no_boxes_is_no_support() -> None:
    assert ray_support(np.zeros((0, 3)), np.zeros(3), [[10, 0, 0]], [[4, 2, 2]], UPRIGHT).crossing.tolist() == [0]
    nothing = np.zeros((0, 3))
    assert len(ray_support(np.ones((5, 3)), np.zeros(3), nothing, nothing, np.zeros((0, 4))).crossing) == 0


def test_refuses_origins_that_belong_to_no_point() -> None:
    with pytest.raises(ShapeError, match="ray_origins must be"):
        ray_support(np.zeros((5, 3)), np.zeros((4, 3)), [[10, 0, 0]], [[4, 2, 2]], UPRIGHT)
