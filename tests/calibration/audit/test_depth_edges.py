from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray, IntArray
from calibration.audit.depth_edges import depth_edges

STEP_RAD = np.radians(0.5)


def box_before_a_wall(near_m: float = 8.0) -> tuple[FloatArray, IntArray]:
    """A tube of walls 20 m away; within 10 degrees ahead, and below the horizon, something nearer."""
    ring, column = (grid.ravel() for grid in np.meshgrid(np.arange(12), np.arange(720), indexing="ij"))
    up, around = np.radians(ring - 6.0), (column - 360) * STEP_RAD
    ranges = np.where((np.abs(around) < np.radians(10.1)) & (ring < 6), near_m, 20.0)
    rays = np.stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)], axis=1)
    return rays * ranges[:, None], ring


def test_outlines_lie_between_the_last_ray_that_met_and_the_first_that_passed() -> None:
    points, ring = box_before_a_wall()
    found = depth_edges(points, np.zeros(3), ring.astype(np.int32))
    sides = np.abs(np.degrees(np.arctan2(found.near[:, 1], found.near[:, 0]))) > 9.9
    assert np.count_nonzero(sides) >= 12
    assert np.linalg.norm(found.near, axis=1) == pytest.approx(8.0)
    assert np.linalg.norm(found.past, axis=1) == pytest.approx(8.0, abs=0.02)
    past = np.abs(np.degrees(np.arctan2(found.past[sides, 1], found.past[sides, 0])))
    assert past.max() < 10.5
    tops = found.near[~sides]
    assert np.degrees(np.arcsin(tops[:, 2] / 8.0)) == pytest.approx(-1.0, abs=1e-6)


def test_the_near_side_is_the_nearer_one_whichever_comes_first() -> None:
    points, ring = box_before_a_wall()
    mirrored = points * [1, -1, 1]
    assert len(depth_edges(points, np.zeros(3), ring.astype(np.int32))) == len(
        depth_edges(mirrored, np.zeros(3), ring.astype(np.int32))
    )


def test_a_wall_alone_has_no_outline() -> None:
    points, ring = box_before_a_wall(near_m=20.0)
    assert len(depth_edges(points, np.zeros(3), ring.astype(np.int32))) == 0


def test_rings_are_made_out_where_points_come_ring_after_ring() -> None:
    points, ring = box_before_a_wall()
    told, made_out = depth_edges(points, np.zeros(3), ring.astype(np.int32)), depth_edges(points, np.zeros(3))
    assert len(made_out) == len(told) > 0


def test_points_without_any_order_give_none() -> None:
    points = np.random.default_rng(0).normal(0, 10, (5000, 3))
    assert len(depth_edges(points, np.zeros(3))) == 0


def test_a_border_of_reflectivity_on_a_wall_is_an_outline() -> None:
    points, ring = box_before_a_wall(near_m=20.0)
    bright = np.abs(points[:, 1]) < 1.0
    found = depth_edges(points, np.zeros(3), ring.astype(np.int32), bright.astype(np.float32))
    assert len(found) == 48
    assert np.abs(found.near[:, 1]) == pytest.approx(1.0, abs=0.2)


def test_rows_without_numbers_are_left_out() -> None:
    points, ring = box_before_a_wall()
    points[::7] = np.nan
    found = depth_edges(points, np.zeros(3), ring.astype(np.int32))
    assert np.isfinite(found.near).all()
    assert len(found) > 0


def test_nothing_gives_nothing() -> None:
    assert len(depth_edges(np.empty((0, 3)), np.zeros(3))) == 0


def test_a_moving_lidar_sees_an_edge_where_it_is_only_with_the_place_of_each_ray() -> None:
    points, ring = box_before_a_wall()
    # driving to the left while the rays are fired one after another; the box and the wall are seen from there
    origins = np.zeros_like(points)
    origins[:, 1] = np.arctan2(points[:, 1], points[:, 0]) * -0.3
    moved = points + origins
    known = depth_edges(moved, origins, ring.astype(np.int32))
    assumed = depth_edges(moved, np.zeros(3), ring.astype(np.int32))
    still = depth_edges(points, np.zeros(3), ring.astype(np.int32))
    gap_m, true_gap_m = (float(np.median(np.linalg.norm(each.near - each.past, axis=1))) for each in (known, still))
    assert gap_m == pytest.approx(true_gap_m, abs=0.01)
    assert len(known) == len(still)
    assert np.abs(known.past[:, 1]).max() != pytest.approx(np.abs(assumed.past[:, 1]).max(), abs=0.005)


def test_a_border_of_paint_is_in_the_middle_between_both_rays() -> None:
    points, ring = box_before_a_wall(near_m=20.0)
    bright = np.abs(points[:, 1]) < 1.0
    found = depth_edges(points, np.zeros(3), ring.astype(np.int32), bright.astype(np.float32))
    middles = (found.near + found.past) / 2
    to_the_left = middles[:, 1] > 0
    assert middles[to_the_left, 1].mean() == pytest.approx(-middles[~to_the_left, 1].mean(), abs=1e-6)


def test_an_underside_is_no_outline() -> None:
    points, ring = box_before_a_wall()
    hanging = points * [1, 1, -1]
    found = depth_edges(hanging, np.zeros(3), (11 - ring).astype(np.int32))
    assert np.abs(np.degrees(np.arctan2(found.near[:, 1], found.near[:, 0]))).min() > 9.9


def test_a_kerb_is_no_outline() -> None:
    points, ring = box_before_a_wall(near_m=18.5)
    found = depth_edges(points, np.zeros(3), ring.astype(np.int32))
    assert np.abs(np.degrees(np.arctan2(found.near[:, 1], found.near[:, 0]))).min() > 9.9
