"""Cars, vans, trucks and buses from lofted sections. Local frame: x forward, y left, z up, ground at z = 0."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sample_data.street.mesh import Colour, FloatArray, Material, Mesh, ball, box, disc, loft, merged, quad, tube

GLASS: Colour = (0.035, 0.045, 0.05)
BLACK: Colour = (0.02, 0.02, 0.022)
DARK: Colour = (0.05, 0.05, 0.055)
RIM: Colour = (0.42, 0.43, 0.45)
HEADLIGHT: Colour = (0.85, 0.88, 0.9)
TAILLIGHT: Colour = (0.5, 0.015, 0.02)
AMBER: Colour = (0.8, 0.35, 0.03)
PLATE: Colour = (0.8, 0.8, 0.76)


@dataclass(frozen=True)
class CarShape:
    """Outline of a car in metres.

    `profile` is the top of the body along it and `cabin` the four corners of the
    greenhouse from rear window base to windscreen base, both as fractions of the length (rear 0, front 1).
    """

    length: float
    width: float
    height: float
    belt: float
    profile: tuple[tuple[float, float], ...]
    cabin: tuple[float, float, float, float]
    pillars: tuple[float, ...]
    wheel_radius: float = 0.32
    wheels: tuple[float, float] = (0.19, 0.81)
    clearance: float = 0.19


SEDAN = CarShape(
    4.62,
    1.82,
    1.45,
    0.92,
    (
        (0.0, 0.80),
        (0.03, 0.98),
        (0.14, 1.00),
        (0.30, 0.97),
        (0.62, 0.95),
        (0.72, 0.93),
        (0.93, 0.80),
        (0.98, 0.68),
        (1.0, 0.58),
    ),
    (0.14, 0.32, 0.56, 0.73),
    (0.33, 0.46, 0.60),
)
HATCHBACK = CarShape(
    3.98,
    1.75,
    1.48,
    0.93,
    (
        (0.0, 0.74),
        (0.02, 0.93),
        (0.10, 0.97),
        (0.40, 0.95),
        (0.68, 0.95),
        (0.76, 0.93),
        (0.94, 0.80),
        (0.98, 0.68),
        (1.0, 0.56),
    ),
    (0.015, 0.13, 0.54, 0.76),
    (0.17, 0.38, 0.60),
    0.31,
    (0.18, 0.80),
)
ESTATE = CarShape(
    4.78,
    1.84,
    1.50,
    0.94,
    (
        (0.0, 0.78),
        (0.02, 0.95),
        (0.10, 0.97),
        (0.40, 0.96),
        (0.64, 0.95),
        (0.73, 0.93),
        (0.93, 0.81),
        (0.98, 0.68),
        (1.0, 0.57),
    ),
    (0.02, 0.11, 0.57, 0.73),
    (0.13, 0.26, 0.42, 0.61),
)
SUV = CarShape(
    4.68,
    1.92,
    1.72,
    1.06,
    (
        (0.0, 0.90),
        (0.02, 1.06),
        (0.08, 1.10),
        (0.40, 1.08),
        (0.66, 1.08),
        (0.75, 1.06),
        (0.94, 0.98),
        (0.985, 0.84),
        (1.0, 0.66),
    ),
    (0.02, 0.10, 0.58, 0.75),
    (0.13, 0.26, 0.43, 0.63),
    0.36,
    (0.19, 0.81),
    0.24,
)
VAN = CarShape(
    5.35, 2.02, 2.28, 1.20,
    (
        (0.0, 1.12), (0.01, 1.22), (0.05, 1.24), (0.40, 1.24), (0.76, 1.22),
        (0.84, 1.14), (0.95, 1.00), (0.985, 0.84), (1.0, 0.62),
    ),
    (0.004, 0.03, 0.70, 0.85), (0.05, 0.50, 0.56, 0.73), 0.35, (0.18, 0.83), 0.22,
)  # fmt: skip
CAR_SHAPES = {"sedan": SEDAN, "hatchback": HATCHBACK, "estate": ESTATE, "suv": SUV, "van": VAN}


def car(kind: str, paint: Colour) -> Mesh:
    """One car: body, greenhouse with pillars, wheels in dark arches, lights, plates."""
    shape = CAR_SHAPES[kind]
    parts = [_body(shape, paint), _greenhouse(shape, paint, windowless=kind == "van")]
    for position in shape.wheels:
        for side in (-1, 1):
            parts += _wheel((position - 0.5) * shape.length, side, shape.width / 2, shape.wheel_radius)
    return merged(parts + _lights(shape))


def _superellipse(half_width: float, low: float, high: float, count: int = 20) -> FloatArray:
    """A closed ring (count, 2) of y, z: a rectangle with round shoulders that touches all four sides."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    across, up = np.cos(angles), np.sin(angles)
    y = half_width * np.sign(across) * np.abs(across) ** 0.38
    z = (low + high) / 2 + (high - low) / 2 * np.sign(up) * np.abs(up) ** 0.5
    return np.stack([y, z], axis=1)


def _body(shape: CarShape, paint: Colour) -> Mesh:
    """Everything below the belt line."""
    fractions = [0.0, 0.012, 0.04, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.90, 0.96, 0.988, 1.0]
    tops = np.interp(fractions, *np.transpose(shape.profile))
    narrowing = np.interp(
        fractions, [0, 0.012, 0.05, 0.15, 0.82, 0.95, 0.988, 1], [0.80, 0.90, 0.965, 1, 1, 0.95, 0.86, 0.74]
    )
    lift = np.interp(fractions, [0, 0.03, 0.12, 0.88, 0.97, 1], [0.16, 0.08, 0.0, 0.0, 0.05, 0.10])
    rings = []
    for fraction, top, narrow, raised in zip(fractions, tops, narrowing, lift, strict=True):
        section = _superellipse(shape.width / 2 * narrow, shape.clearance + raised, float(top))
        rings.append(np.column_stack([np.full(len(section), (fraction - 0.5) * shape.length), section]))

    def paint_patch(station: int, segment: int) -> tuple[Material, Colour]:
        low = segment in (12, 13, 14, 15, 16, 17)
        if segment == -1 or not low:
            return Material.PAINTED, paint
        return Material.PLASTIC, DARK

    return loft(rings, paint_patch)


def _greenhouse(shape: CarShape, paint: Colour, windowless: bool = False) -> Mesh:
    """The glass house: window bands between pillars, painted roof; a van's rear half is sheet metal."""
    rear_base, rear_top, front_top, front_base = shape.cabin
    roof = [
        (rear_base, 0.0),
        (rear_top, 0.955),
        ((rear_top + front_top) / 2, 1.0),
        (front_top, 0.965),
        (front_base, 0.0),
    ]
    stops = sorted({*shape.cabin, (rear_top + front_top) / 2, *(p + d for p in shape.pillars for d in (-0.009, 0.009))})
    base, top = shape.belt - 0.04, shape.height
    rings = []
    for fraction in stops:
        share = float(np.interp(fraction, *np.transpose(roof)))
        crown = base + 0.02 + (top - base - 0.02) * share
        wide = shape.width / 2 * 0.95
        tight = wide - 0.16 * shape.width / 2 * share
        x = (fraction - 0.5) * shape.length
        rise = crown - base
        half = [
            (wide, base),
            (wide - (wide - tight) * 0.12, base + 0.10 * rise),
            (wide - (wide - tight) * 0.80, base + 0.82 * rise),
            (tight - 0.03 * share, base + 0.93 * rise),
            (tight * 0.86, base + 0.985 * rise),
            (tight * 0.4, crown),
        ]
        ring = half + [(-y, z) for y, z in reversed(half)]
        rings.append([(x, y, z) for y, z in ring])
    middles = [(a + b) / 2 for a, b in pairwise(stops)]

    def paint_patch(station: int, segment: int) -> tuple[Material, Colour]:
        middle = middles[station]
        screen = middle < rear_top or middle > front_top
        pillar = any(abs(middle - p) < 0.0085 for p in shape.pillars)
        if windowless and middle < shape.pillars[1]:
            return Material.PAINTED, paint
        if segment in (1, 9) and not pillar:
            return Material.GLASS, GLASS
        if screen and segment in (2, 3, 4, 5, 6, 7, 8):
            return (Material.PAINTED, paint) if segment in (2, 8) else (Material.GLASS, GLASS)
        if segment in (1, 9):
            return Material.PLASTIC, BLACK
        return Material.PAINTED, paint

    return loft(rings, paint_patch, capped=True, smooth=False)


def _wheel(x: float, side: int, half_width: float, radius: float, breadth: float = 0.22) -> list[Mesh]:
    """Dark arch, tyre, rim."""
    outer = side * (half_width - 0.004)
    return [
        disc((x, side * (half_width - 0.012), radius + 0.06), (0, 1, 0), radius + 0.045, Material.PLASTIC, BLACK, 24),
        tube((x, outer - side * breadth, radius), (x, outer, radius), (radius, radius), Material.RUBBER, DARK, 24),
        disc((x, outer + side * 0.002, radius), (0, 1, 0), radius * 0.66, Material.METAL, RIM, 18),
        disc((x, outer + side * 0.003, radius), (0, 1, 0), radius * 0.2, Material.PLASTIC, BLACK, 10),
    ]


def _lights(shape: CarShape) -> list[Mesh]:
    """Headlights, tail lights, plates and the grille."""
    front, rear = shape.length / 2, -shape.length / 2
    heights = np.interp([0.99, 0.01], *np.transpose(shape.profile))
    high_front, high_rear = float(heights[0]) + 0.02, float(heights[1]) - 0.10
    parts = []
    for side in (-1, 1):
        reach = side * shape.width * 0.335
        parts.append(ball((front - 0.07, reach, high_front - 0.06), (0.075, 0.19, 0.075), Material.LAMP, HEADLIGHT))
        parts.append(ball((rear + 0.06, reach, high_rear), (0.065, 0.17, 0.085), Material.LAMP, TAILLIGHT))
    parts.append(box((0.04, shape.width * 0.42, 0.16), (front - 0.035, 0, high_front - 0.18), Material.PLASTIC, BLACK))
    parts.append(box((0.02, 0.5, 0.11), (front - 0.008, 0, high_front - 0.30), Material.REFLECTOR, PLATE))
    parts.append(box((0.02, 0.5, 0.11), (rear + 0.008, 0, high_rear - 0.16), Material.REFLECTOR, PLATE))
    return parts


def _rounded_box(
    length: float, width: float, low: float, high: float, x: float, material: Material, colour: Colour
) -> Mesh:
    """A box with softened vertical and horizontal edges, its middle at `x`."""
    rings = []
    for fraction, shrink in ((-0.5, 0.10), (-0.49, 0.03), (-0.475, 0.0), (0.475, 0.0), (0.49, 0.03), (0.5, 0.10)):
        angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        across, up = np.cos(angles), np.sin(angles)
        y = (width / 2 - shrink) * np.sign(across) * np.abs(across) ** 0.15
        z = (low + high) / 2 + ((high - low) / 2 - shrink) * np.sign(up) * np.abs(up) ** 0.15
        rings.append(np.column_stack([np.full(20, x + fraction * length), y, z]))
    return loft(rings, lambda s, k: (material, colour))


def _panel(x: tuple[float, float], y: float, z: tuple[float, float], material: Material, colour: Colour) -> Mesh:
    """An upright rectangle along the vehicle at lateral place `y`."""
    return quad([(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1])], material, colour)


def _front_panel(x: float, y: tuple[float, float], z: tuple[float, float], material: Material, colour: Colour) -> Mesh:
    """An upright rectangle across the vehicle."""
    return quad([(x, y[0], z[0]), (x, y[1], z[0]), (x, y[1], z[1]), (x, y[0], z[1])], material, colour)


def bus(paint: Colour, length: float = 11.2) -> Mesh:
    """A city bus with a window band, doors and four wheels."""
    width, height = 2.55, 3.1
    half, side = length / 2, width / 2
    parts = [_rounded_box(length, width, 0.28, height, 0.0, Material.PAINTED, paint)]
    proud = side + 0.006
    for flank in (-1, 1):
        parts.append(_panel((-half + 0.35, half - 0.3), flank * proud, (0.32, 0.52), Material.PLASTIC, DARK))
        edges = np.arange(-half + 0.6, half - 0.5, 1.42)
        windows = [(start, min(start + 1.3, half - 0.35)) for start in edges]
        parts += [_panel(window, flank * proud, (1.35, 2.45), Material.GLASS, GLASS) for window in windows]
        parts.append(
            _panel(
                (-half + 0.4, half - 0.4), flank * (proud - 0.001), (2.55, 2.75), Material.PAINTED, (0.75, 0.75, 0.72)
            )
        )
    for x in (half - 1.25, -0.4):
        parts.append(_panel((x - 0.6, x + 0.6), -proud - 0.004, (0.42, 2.42), Material.GLASS, (0.05, 0.06, 0.065)))
        parts.append(_panel((x - 0.03, x + 0.03), -proud - 0.006, (0.42, 2.42), Material.PAINTED, paint))
    parts.append(_front_panel(half + 0.004, (-1.1, 1.1), (1.15, 2.45), Material.GLASS, GLASS))
    parts.append(_front_panel(half + 0.004, (-0.95, 0.95), (2.58, 2.9), Material.PLASTIC, BLACK))
    parts.append(_front_panel(half + 0.006, (-0.6, 0.4), (2.66, 2.82), Material.LAMP, AMBER))
    parts.append(_front_panel(-half - 0.004, (-1.0, 1.0), (1.6, 2.5), Material.GLASS, GLASS))
    for flank in (-1, 1):
        parts.append(
            _front_panel(
                half + 0.006, (flank * 0.95 - 0.18, flank * 0.95 + 0.18), (0.62, 0.84), Material.LAMP, HEADLIGHT
            )
        )
        parts.append(
            _front_panel(-half - 0.006, (flank * 1.05 - 0.1, flank * 1.05 + 0.1), (0.7, 1.2), Material.LAMP, TAILLIGHT)
        )
        for x in (half - 2.7, -half + 2.9):
            parts += _wheel(x, flank, side + 0.02, 0.48, 0.3)
    return merged(parts)


def truck(cab: Colour, cargo: Colour, length: float = 7.6, cargo_height: float = 3.2) -> Mesh:
    """A box truck: cab with windscreen, cargo body, chassis, two axles."""
    width = 2.45
    half, side = length / 2, width / 2
    cab_length = 1.9
    cab_middle = half - cab_length / 2
    cargo_length = length - cab_length - 0.15
    cargo_middle = -half + cargo_length / 2
    cargo_low = 0.95
    parts = [
        _rounded_box(cab_length, width * 0.94, 0.45, 2.55, cab_middle, Material.PAINTED, cab),
        _rounded_box(cargo_length, width, cargo_low, cargo_height, cargo_middle, Material.PAINTED, cargo),
        box((length - 0.5, 0.9, 0.35), (-0.1, 0, 0.72), Material.METAL, DARK),
        _front_panel(half + 0.004, (-1.0, 1.0), (1.5, 2.35), Material.GLASS, GLASS),
        _front_panel(half + 0.004, (-0.75, 0.75), (0.95, 1.35), Material.PLASTIC, BLACK),
        _front_panel(-half - 0.004, (-0.03, 0.03), (cargo_low + 0.1, cargo_height - 0.1), Material.METAL, DARK),
        _front_panel(half + 0.006, (-0.26, 0.26), (0.60, 0.72), Material.REFLECTOR, PLATE),
    ]
    for flank in (-1, 1):
        window_x = (cab_middle - 0.15, cab_middle + 0.75)
        parts.append(_panel(window_x, flank * (side * 0.94 + 0.006), (1.5, 2.25), Material.GLASS, GLASS))
        parts.append(
            _panel(
                (-half + 0.3, cargo_middle + cargo_length / 2 - 0.3),
                flank * (side + 0.005),
                (cargo_low + 0.05, cargo_low + 0.11),
                Material.REFLECTOR,
                (0.75, 0.1, 0.05),
            )
        )
        parts.append(
            _panel(
                (-half + 1.0, cargo_middle + cargo_length / 2 - 0.9),
                flank * (side + 0.005),
                (1.75, 2.45),
                Material.PAINTED,
                cab,
            )
        )
        parts.append(
            _front_panel(
                half + 0.006, (flank * 0.85 - 0.16, flank * 0.85 + 0.16), (0.62, 0.82), Material.LAMP, HEADLIGHT
            )
        )
        parts.append(
            _front_panel(
                -half - 0.006,
                (flank * 0.95 - 0.14, flank * 0.95 + 0.14),
                (cargo_low - 0.16, cargo_low - 0.02),
                Material.LAMP,
                TAILLIGHT,
            )
        )
        parts.append(box((0.05, 0.3, 0.16), (-half + 0.03, flank * 0.95, cargo_low - 0.09), Material.PLASTIC, BLACK))
        for x in (half - 1.05, -half + 1.6):
            parts += _wheel(x, flank, side - 0.02, 0.47, 0.28)
        parts.append(box((1.4, 0.05, 0.28), (-0.4, flank * (side - 0.12), 0.66), Material.METAL, (0.35, 0.36, 0.37)))
    return merged(parts)
