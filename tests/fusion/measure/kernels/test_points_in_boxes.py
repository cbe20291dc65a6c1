from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fusion.measure.kernels import points_in_boxes as kernel


def ask_every_point_about_every_box(
    points: np.ndarray, centres_m: np.ndarray, half_sizes_m: np.ndarray, frame_from_box: np.ndarray
) -> set[tuple[int, int]]:
    offsets = points.astype(np.float64)[:, None] - centres_m[None]
    in_box = np.einsum("nmj,mji->nmi", offsets, frame_from_box)
    return set(zip(*(np.nonzero((np.abs(in_box) <= half_sizes_m).all(axis=2))), strict=True))


def crowd(rng: np.random.Generator, rows: int, spread_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes turned any way, some flat, some thin, some huge."""
    centres_m = rng.normal(0, spread_m, (rows, 3))
    half_sizes_m = rng.uniform(0, 6, (rows, 3)) ** rng.choice([0.2, 1, 1.5], (rows, 1))
    half_sizes_m[::7, 2] = 0.0
    return centres_m, half_sizes_m, Rotation.random(rows, random_state=1).as_matrix()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("spread_m", [0.5, 30.0, 3_000.0], ids=["on one heap", "a street", "astray"])
def test_finds_what_asking_every_point_finds(rng: np.random.Generator, dtype: type, spread_m: float) -> None:
    boxes = crowd(rng, 60, spread_m)
    points = (boxes[0][rng.integers(60, size=4000)] + rng.normal(0, 4, (4000, 3))).astype(dtype)
    point, box = kernel.points_inside(points, *boxes)
    assert set(zip(point, box, strict=True)) == ask_every_point_about_every_box(points, *boxes)
    assert len(point) > 50


def test_small_blocks_change_nothing(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = crowd(rng, 40, 5.0)
    points = rng.normal(0, 6, (3000, 3)).astype(np.float32)
    whole = kernel.points_inside(points, *boxes)
    monkeypatch.setattr(kernel, "POINTS_AT_A_TIME", 700)
    monkeypatch.setattr(kernel, "PAIRS_AT_A_TIME", 90)
    cut = kernel.points_inside(points, *boxes)
    np.testing.assert_array_equal(whole[0], cut[0])
    np.testing.assert_array_equal(whole[1], cut[1])


def test_pairs_come_by_point_and_then_by_box(rng: np.random.Generator) -> None:
    boxes = crowd(rng, 40, 2.0)
    point, box = kernel.points_inside(rng.normal(0, 3, (500, 3)), *boxes)
    np.testing.assert_array_equal(np.lexsort((box, point)), np.arange(len(point)))


@pytest.mark.parametrize("far_m", [1e6, 3e8], ids=["utm", "beyond float32's whole numbers"])
def test_world_coordinates_lose_nothing(rng: np.random.Generator, far_m: float) -> None:
    centres_m, half_sizes_m, frame_from_box = crowd(rng, 30, 10.0)
    shift = np.array([far_m, 7 * far_m, 300.0])
    points = np.round(rng.normal(0, 10, (3000, 3)), 2) + shift
    boxes = (centres_m + shift, half_sizes_m, frame_from_box)
    point, box = kernel.points_inside(points, *boxes)
    assert set(zip(point, box, strict=True)) == ask_every_point_about_every_box(points, *boxes)


def test_one_box_light_years_away_costs_neither_memory_nor_an_answer(rng: np.random.Generator) -> None:
    centres_m, half_sizes_m, frame_from_box = crowd(rng, 50, 20.0)
    centres_m[3], centres_m[5] = 1e15, 1e200
    half_sizes_m[4] = 1e12
    points = rng.normal(0, 20, (5000, 3)).astype(np.float32)
    points[17] = 1e15
    point, box = kernel.points_inside(points, centres_m, half_sizes_m, frame_from_box)
    expected = ask_every_point_about_every_box(points, centres_m, half_sizes_m, frame_from_box)
    assert set(zip(point, box, strict=True)) == expected


def test_boxes_astray_and_points_without_coordinates_meet_nowhere(rng: np.random.Generator) -> None:
    boxes = crowd(rng, 10, 10_000.0)
    point, box = kernel.points_inside(np.full((7, 3), np.nan, dtype=np.float32), *boxes)
    assert len(point) == len(box) == 0
