from __future__ import annotations

import numpy as np
import pytest

from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.measure.expected_returns import expected_returns
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

BEAMS_DEG = np.arange(-15.0, 6.0, 1.0)
AZIMUTHS_DEG = np.arange(0.0, 360.0, 0.4)


def seen_from_within_a_sphere(box: Boxes3D, looks_at: np.ndarray | None = None) -> float:
    elevation, azimuth = np.meshgrid(np.radians(BEAMS_DEG), np.radians(AZIMUTHS_DEG), indexing="ij")
    level = np.cos(elevation)
    points = 50 * np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], axis=-1)
    if looks_at is not None:
        points = points[:, looks_at]
    sweep = LidarSweep.from_columns(
        sensor="lidar",
        points=points.reshape(-1, 3),
        ego_from_points=RigidTransform.identity("ego", "ego"),
        reference_ns=0,
        motion=Motion.UNKNOWN,
        ray_origin=(0, 0, 0),
    )
    return float(expected_returns(scene_from_arrays(boxes=box, points=[sweep]).frames[0])[0])


@pytest.mark.parametrize("range_m", [10.0, 20.0])
def test_counts_the_rays_within_a_box(range_m: float) -> None:
    width_m, height_m = 2.0, 1.5
    box = Boxes3D.upright([(range_m, 0.0, -0.2)], [(0.01, width_m, height_m)], [0.0])
    rays = np.degrees(2 * np.arctan(width_m / 2 / range_m)) / 0.4 * np.degrees(height_m / range_m)
    assert seen_from_within_a_sphere(box) == pytest.approx(rays, rel=0.2)


def test_nothing_is_expected_where_the_lidar_does_not_look() -> None:
    ahead = (AZIMUTHS_DEG < 60) | (AZIMUTHS_DEG > 300)
    there = Boxes3D.upright([(10.0, 0.0, 0.0)], [(2.0, 2.0, 1.5)], [0.0])
    behind = Boxes3D.upright([(-10.0, 0.0, 0.0)], [(2.0, 2.0, 1.5)], [0.0])
    assert seen_from_within_a_sphere(there, ahead) > 50
    assert seen_from_within_a_sphere(behind, ahead) == 0


def test_a_box_without_a_place_expects_nothing() -> None:
    nowhere = Boxes3D.upright([(np.nan, 0.0, 0.0)], [(2.0, 2.0, 1.5)], [0.0])
    assert seen_from_within_a_sphere(nowhere) == 0
