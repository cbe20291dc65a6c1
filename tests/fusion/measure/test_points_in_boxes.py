from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from calibration.errors import ShapeError
from calibration.transform import quaternions_from_yaws
from fusion.measure.points_in_boxes import box_sizes_grown, count_points_in_boxes, points_in_boxes
from fusion.scene.box_geometry import BOX_FACES, corners_of_boxes

UPRIGHT = np.array([[1.0, 0, 0, 0]])
UNIT_BOX = (np.zeros((1, 3)), np.array([[4.0, 2.0, 1.0]]), UPRIGHT)


@pytest.mark.parametrize(
    ("point", "count"),
    [
        ((0, 0, 0), 1),
        ((2, 0, 0), 1),
        ((-2, 1, -0.5), 1),
        ((np.nextafter(2, 3), 0, 0), 0),
        ((0, np.nextafter(-1, -2), 0), 0),
        ((0, 0, 0.51), 0),
    ],
    ids=["centre", "face", "corner", "a hair in front", "a hair to the right", "above"],
)
def test_faces_belong_to_the_box(point: tuple[float, float, float], count: int) -> None:
    assert count_points_in_boxes([point], *UNIT_BOX).tolist() == [count]


def test_corners_and_face_centres_pulled_in_a_hair_are_inside_a_tilted_box(rng: np.random.Generator) -> None:
    rotations = Rotation.random(50, random_state=3).as_quat(scalar_first=True)
    centres, sizes = rng.normal(0, 30, (50, 3)), rng.uniform(0.1, 9, (50, 3))
    corners = corners_of_boxes(centres, sizes, rotations)
    surface = np.concatenate([corners, corners[:, BOX_FACES].mean(axis=2)], axis=1)
    within = (centres[:, None] + (surface - centres[:, None]) * (1 - 1e-9)).reshape(-1, 3)
    beyond = (centres[:, None] + (surface - centres[:, None]) * (1 + 1e-9)).reshape(-1, 3)
    one_each = np.repeat(np.arange(50), 14)
    inside = points_in_boxes(within, centres, sizes, rotations)
    for row in range(50):
        assert set(np.flatnonzero(one_each == row)) <= set(inside.of(row))
        assert not set(np.flatnonzero(one_each == row)) & set(
            points_in_boxes(beyond, centres, sizes, rotations).of(row)
        )


def test_float32_points_are_compared_in_float64() -> None:
    stored = np.float32(0.1)  # 0.100000001490116...
    box = (np.zeros((1, 3)), np.array([[0.2, 1, 1]]), UPRIGHT)
    assert count_points_in_boxes(np.array([[stored, 0, 0]], dtype=np.float32), *box).tolist() == [0]
    assert count_points_in_boxes(np.array([[0.1, 0, 0]]), *box).tolist() == [1]


def test_a_point_counts_in_every_box_that_holds_it() -> None:
    centres = np.array([[0.0, 0, 0], [0.5, 0, 0], [9, 0, 0]])
    held = points_in_boxes([[0.4, 0, 0], [9, 0, 0], [50, 50, 0]], centres, np.ones((3, 3)), np.repeat(UPRIGHT, 3, 0))
    assert [held.of(row).tolist() for row in range(3)] == [[0], [0], [1]]
    assert held.counts.tolist() == [1, 1, 1]
    assert held.rows.tolist() == [0, 1, 2]
    assert held.in_any_box(3).tolist() == [True, True, False]


def test_membership_lists_rising_points_and_agrees_with_the_counts(rng: np.random.Generator) -> None:
    centres, sizes = rng.normal(0, 10, (40, 3)), rng.uniform(1, 8, (40, 3))
    rotations = quaternions_from_yaws(rng.uniform(-4, 4, 40))
    points = rng.normal(0, 10, (5000, 3)).astype(np.float32)
    held = points_in_boxes(points, centres, sizes, rotations)
    np.testing.assert_array_equal(held.counts, count_points_in_boxes(points, centres, sizes, rotations))
    assert all((np.diff(held.of(row)) > 0).all() for row in range(40))
    assert len(held) == 40


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_points_that_are_not_finite_are_inside_nothing(bad: float) -> None:
    points = np.array([[bad, 0, 0], [0, bad, 0], [0, 0, bad], [0, 0, 0]], dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert points_in_boxes(points, *UNIT_BOX).of(0).tolist() == [3]


@pytest.mark.parametrize(
    ("centre", "size", "rotation"),
    [
        ((np.nan, 0, 0), (4, 2, 1), (1, 0, 0, 0)),
        ((0, 0, 0), (np.inf, 2, 1), (1, 0, 0, 0)),
        ((0, 0, 0), (4, 2, 1), (0, 0, 0, 0)),
        ((0, 0, 0), (4, -2, 1), (1, 0, 0, 0)),
    ],
    ids=["no centre", "infinite", "no rotation", "negative width"],
)
def test_a_broken_box_holds_nothing_and_spares_its_neighbours(
    centre: tuple[float, ...], size: tuple[float, ...], rotation: tuple[float, ...]
) -> None:
    centres, sizes, rotations = np.zeros((2, 3)), np.ones((2, 3)), np.repeat(UPRIGHT, 2, 0)
    centres[0], sizes[0], rotations[0] = centre, size, rotation
    assert count_points_in_boxes(np.zeros((3, 3)), centres, sizes, rotations).tolist() == [0, 3]


def test_a_box_without_volume_holds_the_points_exactly_on_it() -> None:
    points = [[1, 2, 3], [1, 2, 3.001]]
    assert count_points_in_boxes(points, [[1, 2, 3]], [[0, 0, 0]], UPRIGHT).tolist() == [1]
    assert count_points_in_boxes(points, [[1, 2, 3]], [[0, 0, 1]], UPRIGHT).tolist() == [2]


def test_no_points_and_no_boxes_are_no_trouble() -> None:
    assert count_points_in_boxes(np.zeros((0, 3)), *UNIT_BOX).tolist() == [0]
    assert count_points_in_boxes(np.full((2, 3), np.nan), *UNIT_BOX).tolist() == [0]
    nothing = points_in_boxes(np.zeros((5, 3)), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 4)))
    assert len(nothing) == 0
    assert nothing.in_any_box(5).tolist() == [False] * 5


@given(
    yaw_rad=st.floats(-7, 7),
    place=st.tuples(*[st.floats(-1e4, 1e4)] * 3),
    share=st.tuples(*[st.floats(-1, 1)] * 3),
    outward=st.floats(1.001, 3),
    axis=st.integers(0, 2),
)
def test_a_point_is_inside_exactly_when_its_place_along_each_side_is(
    yaw_rad: float, place: tuple[float, ...], share: tuple[float, ...], outward: float, axis: int
) -> None:
    turn = Rotation.from_euler("ZYX", [yaw_rad, 0.2, -0.1])
    box = (np.array([place]), np.array([[4.5, 1.9, 1.6]]), turn.as_quat(scalar_first=True)[None])
    within = 0.999 * np.array(share)
    without = within.copy()
    without[axis] = outward
    points = np.array(place) + turn.apply(np.array([within, without]) * [2.25, 0.95, 0.8])
    assert points_in_boxes(points, *box).of(0).tolist() == [0]


def test_grown_sizes_gain_on_both_sides_and_never_turn_negative() -> None:
    assert box_sizes_grown(np.array([[4.0, 2.0, 0.1]]), 0.5).tolist() == [[5, 3, 1.1]]
    assert box_sizes_grown(np.array([[4.0, 2.0, 0.1]]), -0.1).tolist() == [[3.8, 1.8, 0]]


@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 3, 1)])
def test_points_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="points must be"):
        count_points_in_boxes(np.zeros(shape), *UNIT_BOX)
