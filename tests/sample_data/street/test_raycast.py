from __future__ import annotations

import numpy as np
import pytest

from sample_data.street.actors import Actor
from sample_data.street.mesh import Material, box
from sample_data.street.motion import Driving, Path
from sample_data.street.raycast import Caster, Rays
from sample_data.street.world import World

pytestmark = pytest.mark.needs("open3d")


def caster_with_a_mover() -> Caster:
    """A wall 10 m ahead along x, and a cube of 1 m that drives along +y at 5 m/s across x = 5."""
    wall = box((0.2, 60.0, 20.0), (10.1, 0.0, 0.0), Material.WALL, (0.5, 0.5, 0.5))
    cube = box((1.0, 1.0, 1.0), (0.0, 0.0, 0.5), Material.PAINTED, (0.5, 0.5, 0.5))
    drive = Driving(Path(5.0, 0.0, np.pi / 2, [(1.0, 0.0)]), ((0.0, 5.0),))
    actor = Actor.of("cube", "vehicle.car", None, [cube], drive)
    return Caster(World(wall, np.full(len(wall), -1), (actor,)))


def test_a_mover_is_met_where_it_is_at_the_ray_s_own_time() -> None:
    caster = caster_with_a_mover()
    height = float(caster.world.actors[0].centres([0.0])[0][0, 2])
    seconds = np.array([0.0, 0.5, 1.0])
    ahead = np.tile(np.array([1.0, 0.0, 0.0], dtype=np.float32), (3, 1, 1))
    aside = np.column_stack([np.zeros(3), 5 * seconds, np.full(3, height)])
    with_it = caster.cast(Rays(seconds, aside, ahead))
    assert with_it.range_m == pytest.approx([4.5, 4.5, 4.5], abs=1e-4)
    assert with_it.actor.tolist() == [0, 0, 0]
    staying = caster.cast(Rays(seconds, np.tile([0.0, 0.0, height], (3, 1)), ahead))
    assert staying.range_m == pytest.approx([4.5, 10.0, 10.0], abs=1e-4)
    assert staying.actor.tolist() == [0, -1, -1]


def test_normals_look_back_along_the_ray() -> None:
    caster = caster_with_a_mover()
    rays = Rays(np.array([2.0]), np.array([[0.0, 0.0, 1.0]]), np.array([[[1.0, 0.0, 0.0]]], dtype=np.float32))
    assert caster.cast(rays).normals[0] == pytest.approx([-1.0, 0.0, 0.0])


def test_a_mover_hides_the_sun_only_while_it_is_there() -> None:
    caster = caster_with_a_mover()
    height = float(caster.world.actors[0].centres([0.0])[0][0, 2])
    behind = np.array([[7.0, 0.0, height]], dtype=np.float32)
    towards = np.array([-1.0, 0.0, 0.0])
    assert caster.shaded(behind, towards, 0.0).tolist() == [True]
    assert caster.shaded(behind, towards, 1.0).tolist() == [False]
