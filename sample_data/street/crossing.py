"""The cast of the crossing: who is where at the start, and what everybody does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sample_data.street.actors import Actor
from sample_data.street.chance import generator_for
from sample_data.street.furniture import barrier, cone
from sample_data.street.mesh import Colour, Mesh
from sample_data.street.motion import Driving, Motion, Path, Standing
from sample_data.street.options import StreetOptions
from sample_data.street.people import HAIR_TONES, SKIN_TONES, Outfit, cyclist, motorcyclist, parked_bicycle, pedestrian
from sample_data.street.vehicles import bus, car, truck

EAST, NORTH, WEST, SOUTH = 0.0, np.pi / 2, np.pi, -np.pi / 2
LANE_MIDDLE_M = 1.75
PARKING_MIDDLE_M = 4.85
PAINTS: dict[str, Colour] = {
    "red": (0.45, 0.02, 0.02),
    "blue": (0.02, 0.07, 0.30),
    "silver": (0.42, 0.43, 0.45),
    "white": (0.72, 0.72, 0.70),
    "black": (0.015, 0.015, 0.018),
    "green": (0.03, 0.14, 0.08),
    "yellow": (0.62, 0.42, 0.03),
    "grey": (0.14, 0.145, 0.15),
    "orange": (0.60, 0.18, 0.02),
}
CLOTHES: tuple[Colour, ...] = (
    (0.35, 0.04, 0.05),
    (0.03, 0.06, 0.20),
    (0.50, 0.48, 0.42),
    (0.05, 0.05, 0.055),
    (0.10, 0.20, 0.10),
    (0.55, 0.35, 0.05),
    (0.20, 0.08, 0.22),
    (0.30, 0.42, 0.52),
)
TROUSERS: tuple[Colour, ...] = ((0.03, 0.04, 0.09), (0.03, 0.03, 0.03), (0.18, 0.15, 0.11), (0.10, 0.10, 0.11))


def cast_of(options: StreetOptions, scene: int) -> list[Actor]:
    """All actors of one scene, in a fixed order."""
    generator = generator_for(options.seed, scene, "cast")
    reach_m = 45.0 + 5.0 * options.seconds
    return [
        *_vehicles(generator, options.seconds),
        *_parked(generator, reach_m),
        *_two_wheelers(generator, options.seconds),
        *_people(generator),
        *_roadworks(),
    ]


def _ahead(x: float, y: float, yaw: float, *speeds: tuple[float, float]) -> Driving:
    """Straight on, at speeds given as (second, metres per second)."""
    return Driving(Path(x, y, yaw, [(1.0, 0.0)]), speeds)


def _bend(
    x: float, y: float, yaw: float, before_m: float, radius_m: float, turn_rad: float, *speeds: tuple[float, float]
) -> Driving:
    """Straight, a bend (left positive), straight on."""
    pieces = [(before_m, 0.0), (abs(turn_rad) * radius_m, np.sign(turn_rad) / radius_m), (5.0, 0.0)]
    return Driving(Path(x, y, yaw, pieces), speeds)


def _past_the_bays(x: float, y: float, yaw: float, before_m: float, *speeds: tuple[float, float]) -> Driving:
    """Along the kerb, then 1.3 m to the left, clear of parked cars."""
    return Driving(Path(x, y, yaw, [(before_m, 0.0), (4.0, 1 / 12), (4.0, -1 / 12), (5.0, 0.0)]), speeds)


def _vehicles(generator: np.random.Generator, seconds: float) -> list[Actor]:
    """Traffic: what waits at the four stop lines and what is on its way."""
    near, far = LANE_MIDDLE_M, 13.7
    shake = generator.uniform(-0.15, 0.15, size=(12, 2))
    turn = generator.uniform(-0.015, 0.015, size=12)

    def waiting(index: int, x: float, y: float, yaw: float) -> Motion:
        return Standing(x + shake[index, 0], y + shake[index, 1], yaw + turn[index])

    def vehicle(name: str, mesh: Mesh, motion: Motion, category: str = "vehicle.car") -> Actor:
        attribute = "vehicle.stopped" if motion.still else "vehicle.moving"
        return Actor.of(name, category, attribute, [mesh], motion)

    actors = [
        vehicle("red sedan", car("sedan", PAINTS["red"]), waiting(0, far + 2.4, near, WEST)),
        vehicle("city bus", bus((0.62, 0.40, 0.03)), waiting(1, far + 12.6, near + 0.1, WEST), "vehicle.bus.rigid"),
        vehicle("white van", car("van", PAINTS["white"]), waiting(2, -near, far + 2.8, SOUTH)),
        vehicle("grey estate", car("estate", PAINTS["grey"]), waiting(3, -near, far + 9.6, SOUTH)),
        vehicle("green suv", car("suv", PAINTS["green"]), waiting(4, near, -far - 2.5, NORTH)),
        vehicle("silver sedan", car("sedan", PAINTS["silver"]), _ahead(13.0, -near, EAST, (0, 6.5), (3, 8.0))),
        vehicle(
            "blue hatchback",
            car("hatchback", PAINTS["blue"]),
            _bend(2.0, -11.6, NORTH, 3.2, 6.4, -np.pi / 2, (0, 4.6), (2, 5.4)),
        ),
        vehicle(
            "box truck",
            truck(PAINTS["blue"], (0.68, 0.68, 0.66)),
            _ahead(near, 18.0, NORTH, (0, 5.2), (3, 7.5)),
            "vehicle.truck",
        ),
        vehicle(
            "orange hatchback",
            car("hatchback", PAINTS["orange"]),
            _ahead(-near, 41.0, SOUTH, (0, 6.0), (2.6, 3.0), (3.6, 0.0)),
        ),
    ]
    paints = list(PAINTS.values())
    for index in range(int(seconds // 4)):
        kind = ("sedan", "suv", "estate")[index % 3]
        lead = 50.0 + 26.0 * index
        away = car(kind, paints[index % len(paints)])
        actors.append(vehicle(f"northbound {index}", away, _ahead(near, lead, NORTH, (0, 6.0 + 0.2 * index))))
        actors.append(vehicle(f"eastbound {index}", away, _ahead(lead, -near, EAST, (0, 6.5 + 0.2 * index))))
        oncoming = _ahead(-near, lead + 16.0, SOUTH, (0, 6.0), (3.0 + 2.5 * index, 6.0), (7.0 + 2.5 * index, 0.0))
        actors.append(vehicle(f"southbound {index}", away, oncoming))
    return actors


def _parked(generator: np.random.Generator, reach_m: float) -> list[Actor]:
    """Cars in the bays along all kerbs, leaving gaps, plus a parked truck."""
    kinds, paints = ("sedan", "hatchback", "estate", "suv"), list(PAINTS)
    actors = [
        Actor.of(
            "delivery truck", "vehicle.truck", "vehicle.parked", [truck(PAINTS["white"], (0.55, 0.50, 0.38), 6.6, 2.9)],
            Standing(21.6, -4.72, 0.01),
        ),
        Actor.of("taxi", "vehicle.car", "vehicle.parked", [car("suv", PAINTS["yellow"])], Standing(15.4, -4.8, -0.01)),
    ]  # fmt: skip
    lines: tuple[tuple[str, float, float], ...] = (
        ("east south", 29.5, -1), ("east north", 19.0, 1), ("north west", 18.5, -1), ("north east", 27.5, 1),
        ("west south", 19.0, -1), ("west north", 24.0, 1), ("south west", 18.5, -1), ("south east", 22.5, 1),
    )  # fmt: skip
    for street, first, side in lines:
        arm = street.split()[0]
        place, index = first, 0
        while place < reach_m:
            if generator.random() < 0.86:
                kind, paint = kinds[int(generator.integers(4))], paints[int(generator.integers(len(paints)))]
                across = side * (PARKING_MIDDLE_M + float(generator.uniform(-0.1, 0.1)))
                x, y, yaw = _on_arm(arm, place, across)
                yaw += float(generator.uniform(-0.025, 0.025))
                name = f"parked {street} {index}"
                actors.append(
                    Actor.of(name, "vehicle.car", "vehicle.parked", [car(kind, PAINTS[paint])], Standing(x, y, yaw))
                )
                index += 1
            place += float(generator.uniform(6.1, 7.4))
    return actors


def _on_arm(arm: str, along: float, across: float) -> tuple[float, float, float]:
    """Place and heading beside one of the four streets; cars stand in the direction of their lane."""
    if arm in ("east", "west"):
        return (along if arm == "east" else -along), across, (EAST if across < 0 else WEST)
    return across, (along if arm == "north" else -along), (NORTH if across > 0 else SOUTH)


def _outfit(generator: np.random.Generator, bag: bool = False) -> Outfit:
    def pick(tones: tuple[Colour, ...]) -> Colour:
        return tones[int(generator.integers(len(tones)))]

    return Outfit(pick(CLOTHES), pick(TROUSERS), pick(SKIN_TONES), pick(HAIR_TONES), pick(CLOTHES) if bag else None)


def _two_wheelers(generator: np.random.Generator, seconds: float) -> list[Actor]:
    """Cyclists under way, a waiting motorcycle, bicycles on their stands."""
    yellow, white = (0.7, 0.5, 0.05), (0.75, 0.75, 0.72)
    eastwards = _past_the_bays(-4.6, -4.4, EAST, 9.0, (0, 2.5), (3, 2.5), (4, 5.0))
    # A short drive ends before this one comes out from behind the parked cars, so it may keep to the kerb.
    southwards = (
        _ahead(-4.4, 27.0, SOUTH, (0, 3.6)) if seconds < 3 else _ahead(-3.32, 30.0, SOUTH, (0, 3.6), (3, 3.6), (5, 0.0))
    )
    riders = (
        (
            "west",
            cyclist((0.5, 0.03, 0.03), _outfit(generator), white),
            _past_the_bays(9.6, 4.5, WEST, 13.0, (0, 4.3)),
            5.2,
        ),
        ("east", cyclist((0.02, 0.15, 0.3), _outfit(generator, True), yellow), eastwards, 4.2),
        ("north", cyclist((0.05, 0.05, 0.05), _outfit(generator), None), southwards, 4.8),
    )
    waiting = motorcyclist((0.05, 0.05, 0.06), _outfit(generator), (0.5, 0.05, 0.03))
    stands = (
        (parked_bicycle((0.03, 0.2, 0.12)), Standing(12.6, 9.9, EAST + 0.03)),
        (parked_bicycle((0.4, 0.3, 0.05)), Standing(14.8, 9.85, WEST - 0.05)),
    )
    ridden, riderless = "cycle.with_rider", "cycle.without_rider"
    place = Standing(3.5, -14.9, NORTH + 0.06)
    return [
        *(Actor.of(f"cyclist {to}", "vehicle.bicycle", ridden, body, way, turn) for to, body, way, turn in riders),
        Actor.of("motorcycle", "vehicle.motorcycle", ridden, waiting, place),
        *(Actor.of(f"bicycle {k}", "vehicle.bicycle", riderless, *stand) for k, stand in enumerate(stands)),
    ]


def _people(generator: np.random.Generator) -> list[Actor]:
    """People on the crosswalk, on the pavements and at the kerb."""
    walkers: tuple[tuple[float, float, float, float], ...] = (
        (2.6, 10.0, WEST, 1.35), (4.1, 10.9, EAST, 1.25), (-1.6, 9.6, WEST, 1.45), (-0.4, 11.1, WEST, 1.05),
        (9.4, 8.1, SOUTH + 0.5, 0.9), (16.5, 8.2, WEST, 1.3), (17.6, 9.15, WEST, 1.3), (8.6, 19.0, SOUTH, 1.2),
        (-8.4, 16.0, NORTH, 1.3), (9.5, -12.0, NORTH, 1.25), (21.0, -8.4, EAST, 1.4),
    )  # fmt: skip
    standers = (
        (7.9, -7.2, WEST),
        (8.3, -8.1, WEST + 0.4),
        (-8.2, 7.9, EAST - 0.3),
        (-8.9, 8.6, SOUTH),
        (11.5, -9.2, NORTH),
    )
    actors = []
    for index, (x, y, yaw, speed) in enumerate(walkers):
        meshes = pedestrian(float(generator.uniform(1.58, 1.88)), _outfit(generator, index % 3 == 1), walking=True)
        motion: Motion = _ahead(x, y, yaw, (0, speed))
        actors.append(
            Actor.of(
                f"walker {index}", "human.pedestrian.adult", "pedestrian.moving", meshes, motion, 1.15 + 0.25 * speed
            )
        )
    for index, (x, y, yaw) in enumerate(standers):
        meshes = pedestrian(float(generator.uniform(1.58, 1.9)), _outfit(generator, index == 1), walking=False)
        actors.append(
            Actor.of(f"stander {index}", "human.pedestrian.adult", "pedestrian.standing", meshes, Standing(x, y, yaw))
        )
    return actors


def _roadworks() -> list[Actor]:
    """A dug-up bay on the north arm behind cones and barriers, and a few cones at the south-east kerb."""
    cones = ((3.75, 13.9), (4.0, 16.3), (3.85, 18.8), (4.05, 21.4), (5.0, 13.5), (6.4, -5.4), (7.6, -5.15), (8.9, -5.3))
    walls = ((5.0, 16.2, EAST), (5.0, 19.1, EAST + 0.04), (4.75, 22.9, NORTH))
    build: tuple[tuple[str, str, Callable[[int], Mesh]], ...] = (
        ("cone", "movable_object.trafficcone", lambda k: cone(0.72 if k < 5 else 0.78)),
        ("barrier", "movable_object.barrier", lambda k: barrier(2.4 if k < 2 else 1.8)),
    )
    places = {"cone": [(x, y, 0.1 * k) for k, (x, y) in enumerate(cones)], "barrier": list(walls)}
    return [
        Actor.of(f"{name} {k}", category, None, [make(k)], Standing(*place))
        for name, category, make in build
        for k, place in enumerate(places[name])
    ]
