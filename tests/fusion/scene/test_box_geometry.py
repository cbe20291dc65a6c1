from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from calibration.errors import ShapeError
from calibration.transform import quaternions_from_yaws
from fusion.scene.box_geometry import (
    BOX_EDGES,
    BOX_FACES,
    FACE_NAMES,
    corners_of_boxes,
    footprints_of_boxes,
    headings_of_boxes,
    points_in_box_frames,
    rotation_matrices,
)

UPRIGHT = np.array([[1.0, 0, 0, 0]])


def random_boxes(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rotations = Rotation.random(rows, random_state=rng.integers(2**31)).as_quat(scalar_first=True)
    return rng.normal(0, 20, (rows, 3)), rng.uniform(0.1, 12, (rows, 3)), rotations


def signed_area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def test_corners_follow_the_drawn_order() -> None:
    corners = corners_of_boxes([[10, 20, 1]], [[4, 2, 1.5]], UPRIGHT)[0]
    front_left_bottom, rear_left_bottom, rear_right_bottom, front_right_bottom = corners[:4].tolist()
    assert front_left_bottom == [12, 21, 0.25]
    assert rear_left_bottom == [8, 21, 0.25]
    assert rear_right_bottom == [8, 19, 0.25]
    assert front_right_bottom == [12, 19, 0.25]
    np.testing.assert_array_equal(corners[4:], corners[:4] + np.array([0, 0, 1.5]))


def test_a_quarter_turn_points_the_front_to_the_left() -> None:
    corners = corners_of_boxes([[0, 0, 0]], [[4, 2, 1]], quaternions_from_yaws([np.pi / 2]))[0]
    np.testing.assert_allclose(corners[0], [-1, 2, -0.5], atol=1e-12)


def test_edges_are_the_twelve_pairs_a_side_apart(rng: np.random.Generator) -> None:
    centres, sizes, rotations = random_boxes(rng, 20)
    corners = corners_of_boxes(centres, sizes, rotations)
    lengths = np.linalg.norm(corners[:, BOX_EDGES[:, 0]] - corners[:, BOX_EDGES[:, 1]], axis=2)
    np.testing.assert_allclose(np.sort(lengths, axis=1), np.sort(np.repeat(sizes, 4, axis=1), axis=1), rtol=1e-9)
    assert len({tuple(sorted(edge)) for edge in BOX_EDGES.tolist()}) == 12


def test_faces_wind_outwards_and_carry_their_names() -> None:
    corners = corners_of_boxes([[0, 0, 0]], [[4, 2, 1]], UPRIGHT)[0]
    a, b, c = (corners[BOX_FACES[:, i]] for i in range(3))
    normals = np.cross(b - a, c - b)
    directions = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    outward = dict(zip(FACE_NAMES, directions.tolist(), strict=True))
    assert outward == {
        "front": [1, 0, 0],
        "rear": [-1, 0, 0],
        "left": [0, 1, 0],
        "right": [0, -1, 0],
        "top": [0, 0, 1],
        "bottom": [0, 0, -1],
    }


def test_corners_enclose_the_volume_of_the_box(rng: np.random.Generator) -> None:
    centres, sizes, rotations = random_boxes(rng, 10)
    volumes = [ConvexHull(corners).volume for corners in corners_of_boxes(centres, sizes, rotations)]
    np.testing.assert_allclose(volumes, sizes.prod(axis=1), rtol=1e-9)


@given(yaw_rad=st.floats(-10, 10), length=st.floats(0.01, 20), width=st.floats(0.01, 5))
def test_footprint_is_the_bottom_of_an_upright_box_counter_clockwise(
    yaw_rad: float, length: float, width: float
) -> None:
    box = ([[3, -2, 0.5]], [[length, width, 1]], quaternions_from_yaws([yaw_rad]))
    footprint = footprints_of_boxes(*box)[0]
    np.testing.assert_allclose(footprint, corners_of_boxes(*box)[0, :4, :2], atol=1e-9)
    assert signed_area(footprint) == pytest.approx(length * width, rel=1e-9)


def test_a_tilted_box_has_the_footprint_of_its_upright_twin() -> None:
    tilted = Rotation.from_euler("ZYX", [0.7, 0.1, -0.05]).as_quat(scalar_first=True)[None]
    box = ([[1, 2, 3]], [[4, 2, 1]])
    np.testing.assert_allclose(
        footprints_of_boxes(*box, tilted), footprints_of_boxes(*box, quaternions_from_yaws([0.7])), atol=1e-12
    )
    np.testing.assert_allclose(headings_of_boxes(tilted), [[np.cos(0.7), np.sin(0.7)]], atol=1e-12)


def test_corners_seen_from_their_own_box_are_half_its_size_away(rng: np.random.Generator) -> None:
    centres, sizes, rotations = random_boxes(rng, 30)
    corners = corners_of_boxes(centres, sizes, rotations).reshape(-1, 3)
    seen = points_in_box_frames(corners, np.repeat(np.arange(30), 8), centres, rotations)
    np.testing.assert_allclose(np.abs(seen), np.repeat(sizes / 2, 8, axis=0), atol=1e-9)


@pytest.mark.parametrize(
    "broken",
    [[np.nan, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0], [np.inf, 0, 0, 0]],
    ids=["nan", "zero", "long", "infinite"],
)
def test_a_row_without_a_rotation_is_nan_and_spares_the_others(broken: list[float]) -> None:
    rotations = np.array([[1, 0, 0, 0], broken, [0, 0, 0, 1]], dtype=float)
    corners = corners_of_boxes(np.zeros((3, 3)), np.ones((3, 3)), rotations)
    assert np.isnan(corners).all(axis=(1, 2)).tolist() == [False, True, False]
    assert np.isnan(rotation_matrices(rotations)).any(axis=(1, 2)).tolist() == [False, True, False]


def test_no_boxes_have_no_corners() -> None:
    nothing = (np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 4)))
    assert corners_of_boxes(*nothing).shape == (0, 8, 3)
    assert footprints_of_boxes(*nothing).shape == (0, 4, 2)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ShapeError, match="got 2, 1 and 1"):
        corners_of_boxes(np.zeros((2, 3)), np.zeros((1, 3)), UPRIGHT)
    with pytest.raises(ShapeError, match="got 2, 2 and 1"):
        footprints_of_boxes(np.zeros((2, 3)), np.zeros((2, 3)), UPRIGHT)
