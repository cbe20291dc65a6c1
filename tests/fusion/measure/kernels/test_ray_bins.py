from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fusion.measure.kernels import ray_bins
from fusion.measure.kernels.ray_bins import RayBins
from fusion.scene.box_geometry import corners_of_boxes


def crowd(rng: np.random.Generator, rows: int, spread_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes turned any way, some of them round the origin, some flat."""
    sizes = rng.uniform(0.2, 8, (rows, 3))
    sizes[::6, 2] = 0.0
    return rng.normal(0, spread_m, (rows, 3)), sizes, Rotation.random(rows, random_state=5).as_quat(scalar_first=True)


def rays_that_meet(origins: np.ndarray, along: np.ndarray, boxes: tuple[np.ndarray, ...]) -> set[tuple[int, int]]:
    centres, sizes, rotations = boxes
    turn = Rotation.from_quat(rotations, scalar_first=True).as_matrix()
    start = np.einsum("nmi,mij->nmj", origins[:, None] - centres[None], turn)
    speed = np.einsum("ni,mij->nmj", along, turn)
    low, high = (-sizes / 2 - start) / speed, (sizes / 2 - start) / speed
    enter, leave = np.minimum(low, high).max(axis=2), np.maximum(low, high).min(axis=2)
    return set(zip(*np.nonzero((enter <= leave) & (leave > 0)), strict=True))


def found(along: np.ndarray, boxes: tuple[np.ndarray, ...], bounds: np.ndarray) -> list[tuple[int, int]]:
    blocks = RayBins.of(along).candidates(corners_of_boxes(*boxes), bounds)
    return [pair for ray, box in blocks for pair in zip(ray.tolist(), box.tolist(), strict=True)]


@pytest.mark.parametrize("spread_m", [2.0, 25.0], ids=["boxes round the sensor", "a street"])
@pytest.mark.parametrize("origin_spread_m", [0.0, 0.8, 6.0], ids=["one lidar", "several", "a long drive"])
def test_no_ray_that_meets_a_box_is_left_out(rng: np.random.Generator, spread_m: float, origin_spread_m: float) -> None:
    boxes = crowd(rng, 40, spread_m)
    along = rng.normal(size=(3000, 3)) * [20, 20, 4]
    origins = rng.uniform(-1, 1, (3000, 3)) * origin_spread_m
    pairs = found(along, boxes, np.stack([origins.min(axis=0), origins.max(axis=0)]))
    assert len(pairs) == len(set(pairs))
    assert rays_that_meet(origins, along, boxes) <= set(pairs)


def test_few_rays_are_tried_in_vain(rng: np.random.Generator) -> None:
    centres, sizes, rotations = crowd(rng, 40, 40.0)
    boxes = (centres * [1, 1, 0.03], sizes, rotations)
    along = rng.normal(size=(5000, 3)) * [20, 20, 4]
    tried = found(along, boxes, np.zeros((1, 3)))
    assert len(tried) < 0.25 * 5000 * 40


def test_small_blocks_change_nothing(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, along = crowd(rng, 30, 10.0), rng.normal(size=(800, 3))
    whole = found(along, boxes, np.zeros((1, 3)))
    monkeypatch.setattr(ray_bins, "PAIRS_AT_A_TIME", 50)
    assert sorted(found(along, boxes, np.zeros((1, 3)))) == sorted(whole)


def test_rays_along_the_seam_and_straight_up_and_down_have_a_bin() -> None:
    along = np.array([[-1.0, 0, 0], [-1, -0.0, 0], [0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 1e-12, 0], [-1, -1e-12, 0]])
    everywhere = (np.zeros((1, 3)), np.full((1, 3), 9.0), np.array([[1.0, 0, 0, 0]]))
    assert sorted(found(along, everywhere, np.zeros((1, 3)))) == [(ray, 0) for ray in range(7)]


def test_no_rays_make_no_pairs(rng: np.random.Generator) -> None:
    assert found(np.zeros((0, 3)), crowd(rng, 5, 10.0), np.zeros((1, 3))) == []


def test_rays_of_a_broken_file_overflow_nothing() -> None:
    far = np.asarray([[3e38, 3e38, 3e38], [-3e38, 3e38, 0], [1e-3, 0, -3e38]])
    assert RayBins.of(far).bins.shape == (3,)
