from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.surface import Surface, averaged


def wall(spacing_m: float = 0.1) -> FloatArray:
    y, z = (grid.ravel() for grid in np.meshgrid(np.arange(-3, 3, spacing_m), np.arange(-1, 2, spacing_m)))
    return np.stack([np.full(len(y), 8.0), y, z], axis=1)


def test_a_place_before_a_wall_gets_the_plane_of_the_wall() -> None:
    centres, normals, flat = Surface.of(wall(), 0.15).planes_at(np.array([[7.9, 0.3, 0.2]]))
    assert flat.tolist() == [True]
    assert np.abs(normals[0]) == pytest.approx([1, 0, 0], abs=1e-6)
    assert normals[0] @ (np.array([7.9, 0.3, 0.2]) - centres[0]) == pytest.approx(-0.1 * normals[0, 0], abs=1e-6)


@pytest.mark.parametrize(
    "cloud",
    [
        np.stack([np.full(200, 8.0), np.linspace(-3, 3, 200), np.zeros(200)], axis=1),
        np.random.default_rng(0).uniform([7, -1, -1], [9, 1, 1], (2000, 3)),
        wall()[:5],
        np.empty((0, 3)),
    ],
    ids=["one ring", "a bush", "five points", "nothing"],
)
def test_what_is_no_plane_gives_none(cloud: FloatArray) -> None:
    _, _, flat = Surface.of(cloud, 0.15).planes_at(np.array([[8.0, 0.0, 0.0]]))
    assert not flat.any()


def test_a_plane_does_not_hold_beyond_its_points() -> None:
    beside = np.array([[8.0, 0.0, 0.5], [8.0, 3.3, 0.5]])
    _, _, flat = Surface.of(wall(), 0.15).planes_at(beside)
    assert flat.tolist() == [True, False]


def test_a_wide_search_finds_a_wall_that_is_metres_away() -> None:
    off = np.array([[6.5, 0.0, 0.5]])
    surface = Surface.of(wall(), 0.15)
    assert not surface.planes_at(off)[2].any()
    assert surface.planes_at(off, wide=True)[2].all()


def test_averaging_keeps_one_middle_of_each_voxel() -> None:
    points = np.array([[0.1, 0.1, 0.1], [0.3, 0.1, 0.1], [0.9, 0.1, 0.1]])
    middles = averaged(points, 0.5)
    assert sorted(middles[:, 0]) == pytest.approx([0.2, 0.9])
