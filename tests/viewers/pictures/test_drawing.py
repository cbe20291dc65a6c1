from __future__ import annotations

import numpy as np
import pytest

from viewers.pictures.drawing import (
    draw_arrow,
    draw_dots,
    draw_path,
    draw_paths,
    draw_ring,
    fill_area,
    fill_box,
    new_canvas,
    scatter,
)
from viewers.pictures.palette import WHITE, Colour

BLACK = Colour(0, 0, 0)
RED = np.array([[0, 0, 255]], dtype=np.uint8)
BLUE = np.array([[255, 0, 0]], dtype=np.uint8)


def black(width: int = 100, height: int = 60) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return new_canvas(width, height, BLACK)


def test_a_line_covers_the_pixels_it_goes_through() -> None:
    canvas = black()
    draw_path(canvas, [[10, 20], [40, 20]], WHITE)
    assert (canvas[20, 11:40] > 200).all()
    assert (canvas[[18, 22], 10:41] == 0).all()


def test_a_line_between_two_rows_of_pixels_is_shared_by_both() -> None:
    canvas = black()
    draw_path(canvas, [[10, 20.5], [40, 20.5]], WHITE)
    above, below = canvas[20, 25, 0], canvas[21, 25, 0]
    assert 80 < above < 200
    assert abs(int(above) - int(below)) < 40


def test_nan_breaks_a_line() -> None:
    canvas = black()
    draw_path(canvas, [[10, 20], [20, 20], [np.nan, np.nan], [60, 20], [70, 20]], WHITE)
    assert (canvas[20, 11:20] > 200).all()
    assert (canvas[20, 25:56] == 0).all()
    assert (canvas[20, 61:70] > 200).all()


@pytest.mark.parametrize("far", [1e3, 1e6, 1e12], ids=["near", "far", "beyond 32 bits"])
def test_a_line_to_far_outside_is_cut_without_bending(far: float) -> None:
    canvas = black()
    draw_path(canvas, [[50, 30], [50 + far, 30 + far]], WHITE)
    assert (canvas[np.arange(30, 60), np.arange(50, 80), 0] > 120).all()
    assert canvas[:29].max() == 0


def test_a_line_wholly_outside_or_of_nan_draws_nothing() -> None:
    canvas = black()
    draw_path(canvas, [[-500, -500], [-500, 900]], WHITE, 2, opacity=0.5)
    draw_path(canvas, [[np.nan, np.nan], [5, 5]], WHITE)
    draw_path(canvas, np.zeros((0, 2)), WHITE)
    draw_path(canvas, [[5, 5]], WHITE)
    draw_paths(canvas, [], WHITE)
    assert canvas.max() == 0


def test_where_faint_lines_cross_they_are_not_laid_on_twice() -> None:
    canvas = black()
    draw_paths(canvas, [np.array([[10.0, 20], [40, 20]]), np.array([[25.0, 5], [25, 40]])], WHITE, opacity=0.5)
    assert 100 < canvas[20, 15, 0] <= canvas[20, 25, 0] <= 128


def test_dashes_leave_gaps_of_their_own_length() -> None:
    canvas = black(200, 20)
    draw_path(canvas, [[10, 10], [190, 10]], WHITE, dash_px=10)
    lit = canvas[10, 10:190, 0] > 128
    assert 0.4 < lit.mean() < 0.65
    assert 16 <= np.count_nonzero(np.diff(lit.astype(int))) <= 18


def test_a_filled_area_mixes_with_what_is_below() -> None:
    canvas = black()
    fill_area(canvas, [[10, 10], [50, 10], [50, 40], [10, 40]], WHITE, opacity=0.25)
    assert canvas[25, 30, 0] == 64
    assert canvas[50, 30, 0] == 0


def test_an_area_larger_than_the_canvas_fills_it_and_one_of_nan_is_left_out() -> None:
    canvas = black()
    fill_area(canvas, [[-1e9, -1e9], [1e9, -1e9], [1e9, 1e9], [-1e9, 1e9]], WHITE)
    assert canvas.min() == 255
    canvas = black()
    fill_area(canvas, [[np.nan, 0], [50, 10], [np.nan, 40], [10, 40]], WHITE)
    assert canvas.max() == 0


def test_the_last_dot_lies_on_top() -> None:
    canvas = black()
    draw_dots(canvas, [[30, 30], [30, 30]], np.concatenate([RED, BLUE]), 3)
    assert canvas[30, 30].tolist() == [255, 0, 0]


def test_dots_outside_or_of_nan_are_left_out() -> None:
    canvas = black()
    draw_dots(canvas, [[np.nan, 3], [1e9, 5], [-50, 5]], np.repeat(RED, 3, axis=0), 2, rim=True)
    assert canvas.max() == 0


def test_specks_are_as_large_as_asked_and_cut_at_the_edge() -> None:
    canvas = black()
    scatter(canvas, [[30, 30], [99.6, 59.6], [np.nan, 1], [1e12, 4]], np.repeat(RED, 4, axis=0), size_px=2)
    assert np.count_nonzero(canvas[..., 2]) == 4 + 1


def test_a_ring_about_a_place_outside_still_shows_its_arc() -> None:
    canvas = black()
    draw_ring(canvas, [-1000, 30], 1050, WHITE)
    assert canvas[30, 50, 0] > 128


def test_an_arrow_ends_at_its_tip_and_one_without_length_is_not_drawn() -> None:
    canvas = black()
    draw_arrow(canvas, [10, 30], [60, 30], WHITE)
    assert canvas[30, 58, 0] > 128
    assert canvas[30, 63:].max() == 0
    canvas = black()
    draw_arrow(canvas, [10, 30], [10, 30], WHITE)
    draw_arrow(canvas, [10, np.nan], [10, 30], WHITE)
    assert canvas.max() == 0


def test_a_box_is_filled_to_its_edges_and_no_further() -> None:
    canvas = black()
    fill_box(canvas, 5, 5, 8, 9, WHITE)
    assert np.count_nonzero(canvas[..., 0]) == 3 * 4
    fill_box(canvas, 90, 50, 500, 500, WHITE)
    assert canvas[59, 99, 0] == 255
    fill_box(canvas, 70, 20, 60, 10, WHITE)
    assert canvas[15, 65, 0] == 0
