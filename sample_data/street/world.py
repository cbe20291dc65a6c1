"""The whole street as triangles: everything that stands still in one mesh, movers apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_data.street.actors import Actor
from sample_data.street.buildings import terrace
from sample_data.street.chance import generator_for
from sample_data.street.crossing import cast_of
from sample_data.street.furniture import (
    bench,
    bollard,
    bus_shelter,
    bush,
    cabinet,
    hydrant,
    lamp_post,
    litter_bin,
    sign,
    traffic_light,
    tree,
)
from sample_data.street.ground import ground_mesh, surface_height_m
from sample_data.street.mesh import Mesh, merged
from sample_data.street.options import StreetOptions

SETBACK_M = 10.4
PARK_SETBACK_M = 25.0


@dataclass(frozen=True, eq=False)
class World:
    """`still` holds every triangle that never moves, `still_actor` (T,) whose it is (-1: nobody's)."""

    still: Mesh
    still_actor: NDArray[np.int64]
    actors: tuple[Actor, ...]


def build_world(options: StreetOptions, scene: int) -> World:
    """The crossing with its cast, as the seed wants it."""
    actors = tuple(cast_of(options, scene))
    extent_m = 72.0 + 6.0 * options.seconds
    backdrop = merged(_backdrop(options, scene, extent_m))
    parts, owners = [backdrop], [np.full(len(backdrop), -1)]
    for index, actor in enumerate(actors):
        if actor.motion.still:
            feet, yaws = actor.feet([0.0])
            parts.append(actor.variants[0].moved(feet[0], float(yaws[0])))
            owners.append(np.full(len(parts[-1]), index))
    return World(merged(parts), np.concatenate(owners), actors)


def _backdrop(options: StreetOptions, scene: int, extent_m: float) -> list[Mesh]:
    """Ground, houses, a small park and street furniture."""
    generator = generator_for(options.seed, scene, "backdrop")
    parts = [ground_mesh(extent_m)]
    for side_x, side_y in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        park = (side_x, side_y) == (-1, 1)
        parts += terrace(generator, extent_m, side_x, side_y, PARK_SETBACK_M if park else SETBACK_M)
    return parts + _park(generator) + _lights_and_signs() + _furniture(generator, extent_m)


def _stand(mesh: Mesh, x: float, y: float, yaw_rad: float = 0.0) -> Mesh:
    """Put onto the ground there."""
    return mesh.moved((x, y, float(surface_height_m(x, y))), yaw_rad)


def _park(generator: np.random.Generator) -> list[Mesh]:
    """Trees and hedges on the north-west corner."""
    parts = []
    for x, y in ((-13.5, 13.0), (-18.5, 15.5), (-14.5, 19.5), (-21.0, 21.5), (-25.0, 13.5), (-12.8, 26.0)):
        parts.append(_stand(tree(generator, float(generator.uniform(6.0, 8.0))), x, y, float(generator.uniform(0, 6))))
    for x, y, yaw, length in (
        (-17.5, 10.9, 0.0, 7.5),
        (-27.0, 10.9, 0.0, 6.5),
        (-10.9, 17.5, np.pi / 2, 7.5),
        (-10.9, 27.0, np.pi / 2, 6.0),
    ):
        parts.append(_stand(bush(generator, length, 1.05), x, y, yaw))
    parts += [_stand(bench(), -12.6, 15.8, -np.pi / 4), _stand(bench(), -16.0, 12.6, -np.pi / 2 + 0.2)]
    return parts


def _lights_and_signs() -> list[Mesh]:
    """A signal at each stop line and signs along the streets, facing the traffic they are for."""
    lit = {"east": "green", "west": "red", "north": "red", "south": "red"}
    return [
        _stand(traffic_light(lit["east"]), -12.4, -6.6, np.pi),
        _stand(traffic_light(lit["east"]), 12.6, -6.7, np.pi),
        _stand(traffic_light(lit["west"]), 12.5, 6.6, 0.0),
        _stand(traffic_light(lit["north"]), 6.6, -12.5, -np.pi / 2),
        _stand(traffic_light(lit["south"]), -6.6, 12.5, np.pi / 2),
        _stand(sign("priority"), 15.2, -6.7, np.pi),
        _stand(sign("crossing"), 7.2, 12.6, -np.pi / 2),
        _stand(sign("limit"), 6.7, 24.0, -np.pi / 2),
        _stand(sign("name"), 9.6, 9.6, -3 * np.pi / 4),
        _stand(sign("crossing"), 14.6, 6.7, 0.0),
        _stand(sign("limit"), 27.0, -6.7, np.pi),
        _stand(sign("name"), -9.4, -9.6, np.pi / 4),
    ]  # fmt: skip


def _furniture(generator: np.random.Generator, extent_m: float) -> list[Mesh]:
    """Lamps, street trees, bollards, bins and what else stands on a pavement."""
    parts = [
        _stand(bus_shelter(), 26.0, 8.9, -np.pi / 2),
        _stand(litter_bin(), 22.8, 7.2),
        _stand(litter_bin(), 9.0, 6.9),
        _stand(hydrant(), 8.0, -6.9, 0.4),
        _stand(cabinet(), 9.9, 14.5, np.pi),
        _stand(cabinet(), 14.0, -9.9, np.pi / 2),
        _stand(bench(), 8.9, 23.0, np.pi),
        _stand(litter_bin(), 7.0, 21.0),
    ]
    for x, y in (
        (7.6, 6.9),
        (6.95, 7.6),
        (8.6, 6.55),
        (6.55, 8.6),
        (7.6, -6.9 + 0.35),
        (6.6, -8.6),
        (-6.6, 8.6),
        (-7.4, 7.3),
        (-8.6, 6.6),
    ):
        parts.append(_stand(bollard(), x, y))
    for place in np.arange(17.0, extent_m, 21.0):
        for sign_x in (-1, 1):
            parts.append(_stand(lamp_post(), sign_x * place, 6.7, -np.pi / 2))
            parts.append(_stand(lamp_post(), -6.7, sign_x * place, 0.0))
    for place in np.arange(24.0, extent_m, 13.0):
        for sign_x in (-1, 1):
            offset = float(generator.uniform(-1.5, 1.5))
            parts.append(
                _stand(
                    tree(generator, float(generator.uniform(5.0, 7.0))),
                    sign_x * (place + offset),
                    -7.4,
                    float(generator.uniform(0, 6)),
                )
            )
            parts.append(
                _stand(
                    tree(generator, float(generator.uniform(5.0, 7.0))),
                    7.4,
                    sign_x * (place + offset),
                    float(generator.uniform(0, 6)),
                )
            )
    return parts
