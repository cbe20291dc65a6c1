from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.measure.kernels.convex_polygons import ConvexPolygons, convex_hulls

# Pixels and metres; a product of coordinates like 1e-201 vanishes, and no outline is that small.
COORDINATES = st.floats(-10, 10).map(lambda value: round(value, 12))
SQUARE = np.array([[0.0, 0], [4, 0], [4, 4], [0, 4]])


def polygons_of(parts: list[np.ndarray]) -> ConvexPolygons:
    return ConvexPolygons(np.concatenate(parts), np.cumsum([0, *map(len, parts)]))


def shape_of(polygons: ConvexPolygons, row: int) -> shapely.Polygon:
    return shapely.Polygon(polygons.vertices[polygons.offsets[row] : polygons.offsets[row + 1]])


def hull_of(points: np.ndarray) -> np.ndarray:
    return convex_hulls(np.asarray(points, dtype=float), np.zeros(len(points), dtype=np.int64), 1).vertices


def test_hull_keeps_the_corners_counter_clockwise_and_drops_the_rest() -> None:
    along_the_sides = np.array([[2.0, 0], [4, 2], [0, 1], [2, 2]])
    doubled = np.concatenate([SQUARE, along_the_sides, SQUARE])
    assert hull_of(doubled).tolist() == SQUARE.tolist()


@pytest.mark.parametrize("spread", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("shape", ["cloud", "circle", "grid", "hairline"])
def test_hulls_agree_with_shapely(rng: np.random.Generator, shape: str, spread: float) -> None:
    rows = rng.integers(0, 60, 3000)
    if shape == "circle":
        turns = rng.uniform(0, 2 * np.pi, 3000)
        points = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    elif shape == "grid":
        points = rng.integers(0, 5, (3000, 2)).astype(float)
    else:
        points = rng.normal(size=(3000, 2)) * ([1, 1e-7] if shape == "hairline" else [1, 1])
    points = points * spread
    hulls = convex_hulls(points, rows, 61)
    assert hulls.counts[60] == 0
    areas = hulls.areas()
    for row in range(60):
        expected = shapely.MultiPoint(points[rows == row]).convex_hull
        assert areas[row] == pytest.approx(expected.area, rel=1e-9)
        assert shapely.hausdorff_distance(shape_of(hulls, row), expected) <= 1e-12 * spread
        assert shapely.is_ccw(shape_of(hulls, row).exterior)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(COORDINATES, COORDINATES) | st.tuples(st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
        max_size=25,
    )
)
def test_every_point_lies_within_its_hull(points: list[tuple[float, float]]) -> None:
    cloud = np.array(points, dtype=float)
    corners = hull_of(cloud)
    assert {tuple(corner) for corner in corners} <= {tuple(point) for point in cloud}
    sides = np.roll(corners, -1, axis=0) - corners
    offsets = cloud[:, None] - corners[None]
    assert (sides[:, 0] * offsets[..., 1] - sides[:, 1] * offsets[..., 0] >= -1e-9).all()


@pytest.mark.parametrize(
    ("points", "corners"),
    [
        ([[1, 2]], 1),
        ([[1, 2]] * 3, 1),
        ([[1, 2], [3, 4]], 2),
        ([[0, 0], [2, 2], [1, 1]], 2),
        ([[0, 0], [0, 1], [0, 2]], 2),
    ],
    ids=["point", "same point thrice", "segment", "slanted line", "upright line"],
)
def test_hulls_without_area_are_points_and_segments(points: list[list[float]], corners: int) -> None:
    hull = convex_hulls(np.array(points, dtype=float), np.zeros(len(points), dtype=np.int64), 1)
    assert hull.counts.tolist() == [corners]
    assert hull.areas().tolist() == [0]


def test_nothing_has_no_hull() -> None:
    hulls = convex_hulls(np.zeros((0, 2)), np.zeros(0, dtype=np.int64), 3)
    assert hulls.counts.tolist() == [0, 0, 0]
    assert hulls.areas().tolist() == [0, 0, 0]
    assert np.isnan(hulls.bounds()).all()


def test_a_cut_keeps_what_lies_on_the_side_of_the_limit() -> None:
    half = polygons_of([SQUARE]).cut(np.array([1.0, 0]), 3.0)
    assert half.areas().tolist() == [12]
    assert half.bounds().tolist() == [[0, 0, 3, 4]]


def test_each_polygon_may_have_its_own_cut() -> None:
    normals = np.array([[1.0, 0], [0, 1], [1, 1], [-1, 0]])
    cut = polygons_of([SQUARE] * 4).cut(normals, np.array([1.0, 9, 4, -5]))
    assert cut.areas().tolist() == [4, 16, 8, 0]
    assert cut.counts[3] == 0
    assert np.isnan(cut.bounds()[3]).all()


def test_a_cut_through_corners_and_along_sides_is_exact() -> None:
    squares = polygons_of([SQUARE] * 3)
    cut = squares.cut(np.array([[1.0, 0], [1, 0], [-1, 1]]), np.array([4.0, 0, 0]))
    assert cut.areas().tolist() == [16, 0, 8]


@pytest.mark.parametrize("rows", [1, 80])
def test_cuts_by_a_box_agree_with_shapely(rng: np.random.Generator, rows: int) -> None:
    points = rng.normal(0, 3, (rows * 9, 2)) + rng.normal(0, 3, (rows, 2)).repeat(9, axis=0)
    hulls = convex_hulls(points, np.repeat(np.arange(rows), 9), rows)
    low, high = np.array([-2.5, -1.0]), np.array([1.5, 3.0])
    cut = hulls.cut_by_box(low, high)
    expected = [shape_of(hulls, row).intersection(shapely.box(*low, *high)).area for row in range(rows)]
    np.testing.assert_allclose(cut.areas(), expected, atol=1e-12)


def test_far_off_polygons_keep_their_area() -> None:
    far = polygons_of([SQUARE * 1e-3 + 1e7])
    assert far.areas()[0] == pytest.approx(16e-6, rel=1e-3)
