"""What stands in a street: cones, barriers, poles, lights, signs, trees, bushes, benches, bins."""

from __future__ import annotations

import numpy as np

from sample_data.street.mesh import (
    Colour,
    FloatArray,
    Material,
    Mesh,
    ball,
    box,
    disc,
    loft,
    merged,
    mesh_from,
    quad,
    tube,
)

ORANGE: Colour = (0.80, 0.16, 0.02)
WHITE: Colour = (0.78, 0.78, 0.76)
RED: Colour = (0.62, 0.02, 0.03)
GALVANISED: Colour = (0.33, 0.35, 0.36)
DARK_STEEL: Colour = (0.04, 0.05, 0.05)
BARK: Colour = (0.12, 0.08, 0.05)


def cone(height_m: float) -> Mesh:
    """A traffic cone on its rubber foot, with two reflecting bands."""
    foot = 0.5 * height_m
    bands = [(0.05, 0.36, ORANGE), (0.36, 0.54, WHITE), (0.54, 0.68, ORANGE), (0.68, 0.82, WHITE), (0.82, 1.0, ORANGE)]
    parts = [box((foot, foot, 0.05 * height_m), (0, 0, 0.025 * height_m), Material.RUBBER, (0.03, 0.03, 0.03))]
    for low, high, colour in bands:
        radii = tuple(foot * 0.40 * (1 - 0.86 * z) for z in (low, high))
        material = Material.REFLECTOR if colour is WHITE else Material.PLASTIC
        parts.append(tube((0, 0, low * height_m), (0, 0, high * height_m), (radii[0], radii[1]), material, colour, 16))
    return merged(parts)


def barrier(length_m: float = 2.4) -> Mesh:
    """A concrete road barrier. As in nuScenes its long side runs along y, across its heading."""
    half = length_m / 2
    section = np.array(
        [(-0.28, 0), (0.28, 0), (0.28, 0.08), (0.13, 0.30), (0.09, 0.86), (-0.09, 0.86), (-0.13, 0.30), (-0.28, 0.08)]
    )
    rings = [
        np.column_stack([section[:, 0], np.full(len(section), y), section[:, 1]]) for y in np.linspace(-half, half, 7)
    ]

    def paint(station: int, segment: int) -> tuple[Material, Colour]:
        if segment in (3, 5, 4) and station % 2 == 0:
            return Material.REFLECTOR, RED
        return Material.WALL, (0.55, 0.54, 0.52)

    return loft(rings, paint, smooth=False)


def lamp_post(height_m: float = 7.5) -> Mesh:
    """A street light whose arm reaches along +x."""
    return merged([
        tube((0, 0, 0), (0, 0, 0.9), (0.11, 0.10), Material.METAL, DARK_STEEL, 12),
        tube((0, 0, 0.9), (0, 0, height_m), (0.075, 0.05), Material.METAL, DARK_STEEL, 12),
        tube((0, 0, height_m), (1.6, 0, height_m + 0.35), (0.045, 0.035), Material.METAL, DARK_STEEL, 8),
        ball((1.75, 0, height_m + 0.34), (0.34, 0.15, 0.08), Material.METAL, GALVANISED),
    ])  # fmt: skip


def traffic_light(lit: str) -> Mesh:
    """A signal on its mast facing +x, one lamp lit: "red" or "green"."""
    parts = [
        tube((0, 0, 0), (0, 0, 3.3), (0.07, 0.06), Material.METAL, DARK_STEEL, 10),
        box((0.22, 0.3, 0.92), (0.06, 0, 3.0), Material.PLASTIC, (0.02, 0.02, 0.02)),
        quad(
            [(0.04, -0.27, 2.42), (0.04, 0.27, 2.42), (0.04, 0.27, 3.58), (0.04, -0.27, 3.58)],
            Material.PLASTIC,
            (0.025, 0.025, 0.025),
        ),
        box((0.2, 0.26, 0.34), (0.05, 0, 1.9), Material.PLASTIC, (0.02, 0.02, 0.02)),
    ]
    colours = {"red": (1.6, 0.06, 0.04), "amber": (0.14, 0.07, 0.01), "green": (0.05, 1.3, 0.5)}
    for name, height in (("red", 3.3), ("amber", 3.0), ("green", 2.7)):
        dim = tuple(0.05 * c + 0.01 for c in colours[name])
        shade = colours[name] if name == lit else dim
        parts.append(disc((0.175, 0, height), (1, 0, 0), 0.105, Material.LAMP, (shade[0], shade[1], shade[2])))
    return merged(parts)


def sign(kind: str) -> Mesh:
    """A traffic sign facing +x on a galvanised post."""
    top = 2.75
    parts = [tube((0, 0, 0), (0, 0, top), (0.032, 0.032), Material.METAL, GALVANISED, 8)]
    if kind == "priority":
        for x, size, colour in ((0.045, 0.42, WHITE), (0.05, 0.31, (0.85, 0.52, 0.02))):
            parts.append(
                quad(
                    [(x, 0, top - 0.4 - size), (x, size, top - 0.4), (x, 0, top - 0.4 + size), (x, -size, top - 0.4)],
                    Material.REFLECTOR,
                    colour,
                )
            )
    elif kind == "crossing":
        parts.append(_plate(0.045, 0.62, 0.62, top - 0.35, (0.02, 0.10, 0.50)))
        parts.append(
            mesh_from(
                [(0.05, -0.22, top - 0.55), (0.05, 0.22, top - 0.55), (0.05, 0, top - 0.13)],
                [(0, 1, 2)],
                Material.REFLECTOR,
                WHITE,
            )
        )
    elif kind == "limit":
        parts.append(disc((0.045, 0, top - 0.32), (1, 0, 0), 0.31, Material.REFLECTOR, RED, 24))
        parts.append(disc((0.05, 0, top - 0.32), (1, 0, 0), 0.23, Material.REFLECTOR, WHITE, 24))
        for y, width in ((-0.07, 0.06), (0.07, 0.06)):
            parts.append(
                quad(
                    [
                        (0.055, y - width / 2, top - 0.42),
                        (0.055, y + width / 2, top - 0.42),
                        (0.055, y + width / 2, top - 0.22),
                        (0.055, y - width / 2, top - 0.22),
                    ],
                    Material.PLASTIC,
                    (0.02, 0.02, 0.02),
                )
            )
    else:
        parts.append(_plate(0.045, 1.15, 0.34, top - 0.15, (0.03, 0.22, 0.12)))
        parts.append(_plate(0.05, 0.8, 0.1, top - 0.15, WHITE))
    return merged(parts)


def _plate(x: float, width: float, height: float, middle: float, colour: Colour) -> Mesh:
    half = width / 2
    low, high = middle - height / 2, middle + height / 2
    return quad([(x, -half, low), (x, half, low), (x, half, high), (x, -half, high)], Material.REFLECTOR, colour)


def _leaf_cloud(
    generator: np.random.Generator, centre: FloatArray, radii: FloatArray, count: int, leaf_m: float, colour: Colour
) -> Mesh:
    """Loose triangles through an ellipsoid, denser towards its skin: lets some rays pass, as leaves do."""
    directions = generator.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    places = centre + directions * generator.uniform(0.35, 1.0, size=(count, 1)) ** 0.5 * radii
    corners = places[:, None, :] + generator.normal(scale=leaf_m, size=(count, 3, 3))
    leaves = mesh_from(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3), Material.LEAVES, colour)
    outwards = directions * (radii.mean() / radii)
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    mixed = leaves.normals * np.sign(np.einsum("tk,tk->t", leaves.normals[:, 0], outwards))[:, None, None]
    mixed = 0.45 * mixed + 0.55 * outwards[:, None, :]
    mixed /= np.linalg.norm(mixed, axis=2, keepdims=True)
    shade = generator.uniform(0.65, 1.25, size=(count, 1)) * (0.75 + 0.35 * directions[:, 2:3])
    return Mesh(leaves.vertices, leaves.triangles, mixed, leaves.materials, leaves.colours * shade)


def tree(generator: np.random.Generator, height_m: float = 7.0) -> Mesh:
    """A trunk, a few boughs and a crown of leaves."""
    crown = height_m * 0.62
    parts = [tube((0, 0, 0), (0.05, 0.03, crown), (0.17, 0.10), Material.BARK, BARK, 10)]
    green = tuple(np.array([0.055, 0.13, 0.03]) * generator.uniform(0.8, 1.3))
    for _ in range(6):
        angle, reach = generator.uniform(0, 2 * np.pi), generator.uniform(0.6, 1.3)
        tip = np.array([reach * np.cos(angle), reach * np.sin(angle), crown + generator.uniform(-0.4, 1.3)])
        parts.append(tube((0.04, 0.03, crown * 0.72), tuple(tip), (0.06, 0.03), Material.BARK, BARK, 6))
        radii = generator.uniform(0.8, 1.25, size=3) * np.array([1.0, 1.0, 0.8])
        parts.append(
            _leaf_cloud(generator, tip + np.array([0, 0, 0.3]), radii, 330, 0.13, (green[0], green[1], green[2]))
        )
    return merged(parts)


def bush(generator: np.random.Generator, length_m: float, height_m: float = 1.0) -> Mesh:
    """A hedge along x."""
    green = tuple(np.array([0.045, 0.10, 0.025]) * generator.uniform(0.8, 1.3))
    parts = []
    for x in np.arange(-length_m / 2 + 0.4, length_m / 2 - 0.2, 0.75):
        radii = np.array([0.6, 0.42, height_m / 2]) * generator.uniform(0.85, 1.15, size=3)
        parts.append(
            _leaf_cloud(generator, np.array([x, 0, radii[2]]), radii, 260, 0.07, (green[0], green[1], green[2]))
        )
    return merged(parts)


def bench() -> Mesh:
    """A wooden bench facing +x."""
    wood: Colour = (0.22, 0.12, 0.06)
    slats = [box((0.11, 1.7, 0.035), (x, 0, 0.45), Material.BARK, wood) for x in (-0.16, -0.02, 0.12)]
    slats += [box((0.035, 1.7, 0.11), (-0.26, 0, z), Material.BARK, wood) for z in (0.62, 0.78)]
    legs = [box((0.42, 0.06, 0.43), (-0.04, y, 0.215), Material.METAL, DARK_STEEL) for y in (-0.65, 0.65)]
    return merged(slats + legs)


def litter_bin() -> Mesh:
    """A round bin."""
    return merged([
        tube((0, 0, 0), (0, 0, 0.85), (0.2, 0.24), Material.PLASTIC, (0.05, 0.09, 0.06), 14),
        tube((0, 0, 0.85), (0, 0, 0.93), (0.25, 0.22), Material.METAL, DARK_STEEL, 14),
    ])  # fmt: skip


def hydrant() -> Mesh:
    """A fire hydrant."""
    return merged([
        tube((0, 0, 0), (0, 0, 0.62), (0.13, 0.12), Material.PAINTED, RED, 12),
        ball((0, 0, 0.64), (0.14, 0.14, 0.12), Material.PAINTED, RED),
        tube((0, -0.2, 0.42), (0, 0.2, 0.42), (0.06, 0.06), Material.METAL, GALVANISED, 10),
    ])  # fmt: skip


def cabinet() -> Mesh:
    """A grey switch cabinet with a label on its door."""
    return merged([
        box((0.42, 0.95, 1.25), (0, 0, 0.63), Material.PAINTED, (0.34, 0.36, 0.34)),
        box((0.44, 0.97, 0.05), (0, 0, 1.27), Material.PAINTED, (0.25, 0.27, 0.26)),
        box((0.004, 0.25, 0.25), (0.212, -0.075, 0.925), Material.PLASTIC, (0.7, 0.6, 0.1)),
    ])  # fmt: skip


def bollard() -> Mesh:
    """A short post with a reflecting ring."""
    return merged([
        tube((0, 0, 0), (0, 0, 0.92), (0.06, 0.06), Material.METAL, DARK_STEEL, 10),
        tube((0, 0, 0.72), (0, 0, 0.82), (0.063, 0.063), Material.REFLECTOR, WHITE, 10),
        ball((0, 0, 0.93), (0.06, 0.06, 0.04), Material.METAL, DARK_STEEL, 8),
    ])  # fmt: skip


def bus_shelter() -> Mesh:
    """A glass shelter open towards +x."""
    posts = [
        tube((x, y, 0), (x, y, 2.4), (0.045, 0.045), Material.METAL, GALVANISED, 8)
        for x in (-0.6, 0.55)
        for y in (-2.0, 2.0)
    ]
    panes = [
        quad(
            [(-0.6, y, 0.25), (-0.6, y + 1.27, 0.25), (-0.6, y + 1.27, 2.2), (-0.6, y, 2.2)],
            Material.GLASS,
            (0.12, 0.14, 0.15),
        )
        for y in (-1.96, -0.63, 0.70)
    ]
    poster = box((1.0, 0.08, 1.7), (0.0, -2.0, 1.25), Material.PAINTED, (0.55, 0.25, 0.30))
    seat = box((0.35, 2.6, 0.05), (-0.35, 0.1, 0.48), Material.BARK, (0.25, 0.15, 0.08))
    roof = box((1.5, 4.4, 0.1), (0, 0, 2.45), Material.METAL, (0.22, 0.24, 0.25))
    return merged([*posts, *panes, poster, seat, roof])
