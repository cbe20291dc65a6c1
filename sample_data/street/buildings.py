"""House fronts with recessed windows, shop fronts, doors and cornices."""

from __future__ import annotations

import numpy as np

from sample_data.street.ground import road_height_m
from sample_data.street.mesh import Colour, Material, Mesh, box, merged, mesh_from, quad

PANE: Colour = (0.05, 0.06, 0.07)
STONE: Colour = (0.42, 0.40, 0.37)
RECESS_M = 0.18
WALLS: tuple[Colour, ...] = (
    (0.42, 0.17, 0.10),
    (0.55, 0.46, 0.30),
    (0.52, 0.50, 0.47),
    (0.30, 0.13, 0.09),
    (0.60, 0.53, 0.42),
    (0.36, 0.39, 0.42),
)


def house(
    generator: np.random.Generator, width_m: float, depth_m: float, floors: int, wall: Colour, shop: Colour | None
) -> Mesh:
    """A block whose front looks along +x from the plane x = 0, all four sides with windows."""
    height = 0.6 + 3.9 + floors * 3.1
    front = _front(generator, width_m, floors, wall, shop)
    right = (
        _front(generator, depth_m, floors, wall, None)
        .moved((0, 0, 0), -np.pi / 2)
        .moved((-depth_m / 2, -width_m / 2, 0))
    )
    left = (
        _front(generator, depth_m, floors, wall, None).moved((0, 0, 0), np.pi / 2).moved((-depth_m / 2, width_m / 2, 0))
    )
    back = quad(
        [
            (-depth_m, -width_m / 2, 0),
            (-depth_m, width_m / 2, 0),
            (-depth_m, width_m / 2, height),
            (-depth_m, -width_m / 2, height),
        ],
        Material.WALL,
        wall,
    )
    roof = box((depth_m + 0.5, width_m + 0.5, 0.35), (-depth_m / 2, 0, height + 0.17), Material.ROOF, STONE)
    return merged([front, right, left, back, roof])


def _front(generator: np.random.Generator, width_m: float, floors: int, wall: Colour, shop: Colour | None) -> Mesh:
    """One facade in the plane x = 0: plinth, ground floor, then rows of windows."""
    half = width_m / 2
    parts = [box((0.08, width_m, 0.6), (0.0, 0, 0.3), Material.WALL, STONE)]
    base = 0.6
    if shop is None:
        parts += _window_row(width_m, base, 3.3, 1.2, 1.5, wall)
    else:
        parts += _shop_front(generator, width_m, base, shop, wall)
    parts.append(_slab(-half, half, base + 3.3, base + 3.9, wall))
    parts.append(box((0.24, width_m, 0.22), (0.06, 0, base + 3.75), Material.WALL, STONE))
    for floor in range(floors):
        parts += _window_row(width_m, base + 3.9 + 3.1 * floor, 3.1, 1.15, 1.65, wall)
    parts.append(box((0.5, width_m + 0.3, 0.3), (0.1, 0, base + 3.9 + 3.1 * floors - 0.05), Material.WALL, STONE))
    return merged(parts)


def _slab(left: float, right: float, low: float, high: float, wall: Colour, material: Material = Material.WALL) -> Mesh:
    return quad([(0, left, low), (0, right, low), (0, right, high), (0, left, high)], material, wall)


def _window_row(
    width_m: float, low: float, storey_m: float, pane_width: float, pane_height: float, wall: Colour
) -> list[Mesh]:
    """One storey of evenly spaced recessed windows with sills."""
    count = max(int(width_m / 2.5), 1)
    pitch = width_m / count
    sill = low + (storey_m - pane_height) * 0.45
    parts = [
        _slab(-width_m / 2, width_m / 2, low, sill, wall),
        _slab(-width_m / 2, width_m / 2, sill + pane_height, low + storey_m, wall),
    ]
    for index in range(count):
        left = -width_m / 2 + index * pitch
        first, last = left + (pitch - pane_width) / 2, left + (pitch + pane_width) / 2
        parts.append(_slab(left, first, sill, sill + pane_height, wall))
        parts.append(_slab(last, left + pitch, sill, sill + pane_height, wall))
        parts += _recess(first, last, sill, sill + pane_height, wall)
        parts.append(
            box((0.22, pane_width + 0.2, 0.09), (0.04, (first + last) / 2, sill - 0.045), Material.WALL, STONE)
        )
    return parts


def _recess(first: float, last: float, low: float, high: float, wall: Colour) -> list[Mesh]:
    """The hole, its reveals, the pane and a white frame cross."""
    deep = -RECESS_M
    middle = (first + last) / 2
    frame: Colour = (0.6, 0.6, 0.58)
    reveals = [
        [(0, first, low), (0, first, high), (deep, first, high), (deep, first, low)],
        [(0, last, low), (0, last, high), (deep, last, high), (deep, last, low)],
        [(0, first, low), (0, last, low), (deep, last, low), (deep, first, low)],
        [(0, first, high), (0, last, high), (deep, last, high), (deep, first, high)],
    ]
    parts = [quad(corners, Material.WALL, wall) for corners in reveals]
    pane = [(deep, first, low), (deep, last, low), (deep, last, high), (deep, first, high)]
    parts.append(quad(pane, Material.GLASS, PANE))
    parts.append(box((0.03, 0.06, high - low), (deep + 0.02, middle, (low + high) / 2), Material.PLASTIC, frame))
    parts.append(
        box((0.03, last - first, 0.06), (deep + 0.02, middle, low + (high - low) * 0.62), Material.PLASTIC, frame)
    )
    stiles = [(deep + 0.02, y, (low + high) / 2) for y in (first + 0.03, last - 0.03)]
    return parts + [box((0.03, 0.06, high - low), place, Material.PLASTIC, frame) for place in stiles]


def _shop_front(generator: np.random.Generator, width_m: float, low: float, shop: Colour, wall: Colour) -> list[Mesh]:
    """Large panes between piers, a door, a coloured fascia and an awning."""
    half = width_m / 2
    count = max(int(width_m / 4.0), 1)
    pitch = width_m / count
    parts = [box((0.16, width_m, 0.62), (0.06, 0, low + 2.95), Material.PAINTED, shop)]
    parts.append(_slab(-half, half, low + 2.6, low + 3.3, wall))
    door = int(generator.integers(count))
    for index in range(count):
        left = -half + index * pitch
        parts.append(_slab(left, left + 0.35, low, low + 2.6, wall))
        parts.append(_slab(left + pitch - 0.35, left + pitch, low, low + 2.6, wall))
        parts += _recess(left + 0.35, left + pitch - 0.35, low, low + 2.6, shop)
        if index == door:
            parts.append(
                box((0.06, 1.0, 2.1), (-RECESS_M + 0.06, left + pitch / 2, low + 1.05), Material.PAINTED, shop)
            )
        elif generator.random() < 0.6:
            tilt = [
                (0.05, left + 0.3, low + 2.6),
                (0.05, left + pitch - 0.3, low + 2.6),
                (1.1, left + pitch - 0.3, low + 2.15),
                (1.1, left + 0.3, low + 2.15),
            ]
            parts.append(mesh_from(tilt, [(0, 1, 2), (0, 2, 3)], Material.CLOTH, shop))
    return parts


def terrace(generator: np.random.Generator, extent_m: float, side_x: int, side_y: int, setback_m: float) -> list[Mesh]:
    """House fronts along both streets of one quadrant."""
    parts = []
    place = setback_m
    while place < extent_m - 4:
        width = float(generator.uniform(9.0, 15.0)) if place > setback_m else 12.0
        parts += _pair(generator, place, width, side_x, side_y, setback_m, corner=place == setback_m)
        place += width + (float(generator.uniform(2.5, 6.0)) if generator.random() < 0.35 else 0.0)
    return parts


def _pair(
    generator: np.random.Generator, place: float, width: float, side_x: int, side_y: int, setback_m: float, corner: bool
) -> list[Mesh]:
    """A house on each of the two streets at the same distance; one corner house serves both."""
    parts = []
    for along_x in (True,) if corner else (True, False):
        wall = WALLS[int(generator.integers(len(WALLS)))]
        shop = ((0.05, 0.16, 0.12), (0.35, 0.05, 0.05), (0.05, 0.08, 0.22))[int(generator.integers(3))]
        floors = int(generator.integers(1, 4))
        mesh = house(generator, width, 12.0, floors, wall, shop if generator.random() < 0.6 or corner else None)
        if along_x:
            x, y, yaw = side_x * (place + width / 2), side_y * setback_m, -np.pi / 2 * side_y
        else:
            x, y, yaw = side_x * setback_m, side_y * (place + width / 2), 0.0 if side_x < 0 else np.pi
        parts.append(mesh.moved((x, y, float(road_height_m(x, y)) + 0.05), yaw))
    return parts
