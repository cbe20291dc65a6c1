from __future__ import annotations

import numpy as np
import pytest

from viewers.pictures.viewport import Viewport


def test_a_whole_image_at_its_own_size_leaves_pixels_where_they_are() -> None:
    places = np.array([[0.0, 0.0], [639.0, 479.0], [12.25, 7.5]])
    assert Viewport.of_image(640, 480).place(places) == pytest.approx(places)


def test_twice_the_size_keeps_pixel_edges_on_pixel_edges() -> None:
    doubled = Viewport.of_image(640, 480, width=1280)
    assert (doubled.width, doubled.height) == (1280, 960)
    assert doubled.place([[-0.5, -0.5], [639.5, 479.5], [0.0, 0.0]]) == pytest.approx(
        np.array([[-0.5, -0.5], [1279.5, 959.5], [0.5, 0.5]])
    )


def test_a_window_about_a_place_has_it_in_its_middle_and_shows_enough() -> None:
    view = Viewport.around((3.0, -2.0), half_extent=10, width=400, height=200)
    assert view.place(np.array([3.0, -2.0])) == pytest.approx([199.5, 99.5])
    assert view.bottom - view.top == pytest.approx(20)
    assert view.right - view.left == pytest.approx(40)
    assert view.scale == pytest.approx(10)
