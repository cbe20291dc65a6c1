from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.surface_patches import MOST_PATCHES, upright_patches
from calibration.clock import MILLISECOND_NS
from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform

STAMP_NS = 1_600_000_000_000_000_000
EGO_FROM_LIDAR = RigidTransform.from_quaternion("ego", "lidar", [1, 0, 0, 0], [0.5, 0.0, 1.8])


def wall(along: FloatArray, x_m: float, noise_m: float = 0.01) -> FloatArray:
    """A wall across the road, (N, 3) in the lidar frame."""
    y_m, z_m = (part.ravel() for part in np.meshgrid(along, np.arange(-1.5, 0.6, 0.3)))
    depth_m = np.random.default_rng(3).normal(x_m, noise_m, len(y_m))
    return np.column_stack([depth_m, y_m, z_m])


def sweep_of(points: FloatArray, motion: Motion = Motion.COMPENSATED, **more: int) -> LidarSweep:
    return LidarSweep.from_columns(
        sensor="lidar", points=points, ego_from_points=EGO_FROM_LIDAR, reference_ns=STAMP_NS, motion=motion, **more
    )


def test_a_wall_is_patches_that_lie_on_it_sharper_than_its_returns() -> None:
    patches = upright_patches(sweep_of(wall(np.arange(-6, 6, 0.1), 12.0, noise_m=0.02)), None)
    assert len(patches.centres_m) > 50
    assert np.std(patches.centres_m[:, 0]) < 0.01
    assert np.mean(patches.centres_m[:, 0]) == pytest.approx(12.5, abs=0.005)  # in ego
    assert np.all(np.abs(patches.normals[:, 0]) > 0.95)
    assert np.allclose(patches.normals[:, 2], 0)
    assert np.all(patches.stands_ns == STAMP_NS)
    assert np.isnan(patches.fired_s).all()


def test_the_ground_and_a_bush_are_left_out() -> None:
    random = np.random.default_rng(1)
    ground = np.column_stack([random.uniform(-20, 20, (4000, 2)), random.normal(-1.8, 0.02, 4000)])
    bush = np.array([8.0, 3.0, -1.0]) + random.uniform(-0.7, 0.7, (600, 3))
    assert len(upright_patches(sweep_of(np.concatenate([ground, bush])), None).centres_m) <= 2


def test_returns_of_a_place_at_the_start_and_the_end_of_a_turn_are_two_surfaces() -> None:
    points = np.concatenate([wall(np.arange(-3, 3, 0.1), 12.0), wall(np.arange(-3, 3, 0.1), 12.3)])
    fired_ns = STAMP_NS - np.repeat([100 * MILLISECOND_NS, 0], len(points) // 2)
    patches = upright_patches(sweep_of(points, Motion.RAW), fired_ns)
    early = patches.fired_s < -0.05
    assert np.allclose(patches.fired_s[early], -0.1)
    assert np.allclose(patches.fired_s[~early], 0.0)
    assert np.median(patches.centres_m[early, 0]) == pytest.approx(12.5, abs=0.02)
    assert np.median(patches.centres_m[~early, 0]) == pytest.approx(12.8, abs=0.02)
    assert np.array_equal(patches.stands_ns - STAMP_NS, np.where(early, -100 * MILLISECOND_NS, 0))


def test_a_raw_sweep_without_firing_times_stands_in_its_middle() -> None:
    sweep = sweep_of(wall(np.arange(-3, 3, 0.1), 12.0), Motion.RAW, start_ns=STAMP_NS - 1000, end_ns=STAMP_NS)
    assert np.all(upright_patches(sweep, None).stands_ns == STAMP_NS - 500)


def test_rows_without_a_place_and_empty_sweeps_do_no_harm() -> None:
    points = wall(np.arange(-3, 3, 0.1), 12.0)
    whole = upright_patches(sweep_of(points), None)
    with_gaps = upright_patches(sweep_of(np.concatenate([points, np.full((5, 3), np.nan)])), None)
    assert len(with_gaps.centres_m) == len(whole.centres_m)
    assert len(upright_patches(sweep_of(np.empty((0, 3))), None).centres_m) == 0


def test_a_city_of_walls_is_thinned() -> None:
    points = np.concatenate([wall(np.arange(-30, 30, 0.15), float(x)) for x in range(-50, 50, 2)])
    assert len(upright_patches(sweep_of(points), None).centres_m) <= MOST_PATCHES
