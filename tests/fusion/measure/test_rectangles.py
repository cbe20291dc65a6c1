from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fusion.measure.rectangles import areas, contained_share, intersection_over_union, intersections

SQUARE = np.array([[0.0, 0.0, 10.0, 10.0]])
RIGHT_HALF = np.array([[5.0, 0.0, 15.0, 10.0]])
NOWHERE = np.full((1, 4), np.nan)


def test_known_rectangles_share_what_a_ruler_says() -> None:
    assert areas(SQUARE) == 100
    assert intersections(SQUARE, RIGHT_HALF) == 50
    assert contained_share(SQUARE, RIGHT_HALF) == 0.5
    assert intersection_over_union(SQUARE, RIGHT_HALF) == 50 / 150


def test_touching_rectangles_share_nothing() -> None:
    beside = SQUARE + np.array([10.0, 0, 10, 0])
    assert intersections(SQUARE, beside) == 0
    assert intersection_over_union(SQUARE, beside) == 0


def test_edges_the_wrong_way_round_have_no_area() -> None:
    turned = SQUARE[:, [2, 1, 0, 3]]
    assert areas(turned) == 0
    assert contained_share(turned, SQUARE) == 0


def test_what_is_not_in_the_image_shares_nothing() -> None:
    for first, second in ((SQUARE, NOWHERE), (NOWHERE, SQUARE), (NOWHERE, NOWHERE)):
        assert intersections(first, second) == 0
        assert contained_share(first, second) == 0
        assert intersection_over_union(first, second) == 0


def test_no_rows_give_no_rows() -> None:
    none = np.zeros((0, 4))
    assert areas(none).shape == contained_share(none, none).shape == intersection_over_union(none, none).shape == (0,)


edges = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))
rectangles = st.tuples(edges, edges, edges, edges).map(
    lambda e: (min(e[0], e[2]), min(e[1], e[3]), max(e[0], e[2]) + 0.5, max(e[1], e[3]) + 0.5)
)


@given(st.lists(st.tuples(rectangles, rectangles), min_size=1, max_size=8))
def test_rectangles_share_what_shapely_says(pairs: list[tuple[tuple[float, ...], tuple[float, ...]]]) -> None:
    first, second = np.asarray(pairs).transpose(1, 0, 2)
    ours, theirs = shapely.box(*first.T), shapely.box(*second.T)
    shared = shapely.area(shapely.intersection(ours, theirs))
    np.testing.assert_allclose(intersections(first, second), shared, atol=1e-6)
    np.testing.assert_allclose(contained_share(first, second), shared / shapely.area(ours), atol=1e-6)
    joint = shapely.area(shapely.union(ours, theirs))
    np.testing.assert_allclose(intersection_over_union(first, second), shared / joint, atol=1e-6)
