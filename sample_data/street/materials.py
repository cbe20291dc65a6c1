"""What surfaces look like: to a camera as colour, to a lidar as reflectivity. Paint on the road is drawn here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_data.street.chance import cell_noise, smooth_noise
from sample_data.street.ground import (
    CROSSWALK_M,
    LANE_M,
    ROAD_HALF_M,
    STOP_LINE_M,
    distance_to_road_m,
)
from sample_data.street.mesh import Material
from sample_data.street.raycast import Caster, Floats, Hits

Bool = NDArray[np.bool_]
STRIPE_M = 0.55
LINE_M = 0.13
BAY_LINE_M = 3.65
PAINT_WHITE = np.array([0.62, 0.62, 0.59], dtype=np.float32)
# How much of a lidar pulse comes back at normal incidence: a constant, and a share of the surface's brightness.
LIDAR_RESPONSE = {
    Material.ROAD: (0.10, 0.30),
    Material.PAVING: (0.16, 0.30),
    Material.KERB: (0.20, 0.30),
    Material.GRASS: (0.35, 0.20),
    Material.WALL: (0.22, 0.55),
    Material.GLASS: (0.012, 0.0),
    Material.ROOF: (0.20, 0.40),
    Material.METAL: (0.22, 0.45),
    Material.PAINTED: (0.12, 0.75),
    Material.RUBBER: (0.05, 0.20),
    Material.CLOTH: (0.22, 0.55),
    Material.SKIN: (0.35, 0.20),
    Material.LEAVES: (0.40, 0.30),
    Material.BARK: (0.25, 0.30),
    Material.PLASTIC: (0.09, 0.60),
    Material.REFLECTOR: (1.60, 2.20),
    Material.LAMP: (0.60, 0.50),
}
GLOSS = {
    Material.GLASS: 1.0,
    Material.PAINTED: 0.55,
    Material.LAMP: 0.6,
    Material.METAL: 0.35,
    Material.PLASTIC: 0.18,
    Material.REFLECTOR: 0.2,
}
_RESPONSE = np.array([LIDAR_RESPONSE[material] for material in Material], dtype=np.float64)
GLOSS_OF = np.array([GLOSS.get(material, 0.0) for material in Material], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Surface:
    """What R rays see: `albedo` (R, 3) linear, `gloss` (R,) how much of a mirror it is."""

    albedo: Floats
    gloss: Floats


def surface_of(caster: Caster, hits: Hits, places: Floats, footprint_m: Floats) -> Surface:
    """Colour of what was hit, texture included; texture finer than the footprint of a pixel is left out."""
    triangle = np.maximum(hits.triangle, 0)
    material = caster.materials[triangle]
    albedo = caster.colours[triangle].copy()
    for kind, texture in _TEXTURES.items():
        rows = np.flatnonzero((material == kind) & (hits.triangle >= 0))
        if len(rows):
            albedo[rows] = texture(albedo[rows], places[rows], hits.normals[rows], footprint_m[rows])
    return Surface(albedo, GLOSS_OF[material])


def lidar_reflectivity(caster: Caster, hits: Hits, places: Floats) -> Floats:
    """(R,) share of a pulse that comes back; glass mirrors it away, plates and road paint send it back."""
    triangle = np.maximum(hits.triangle, 0)
    material = caster.materials[triangle]
    colours = caster.colours[triangle]
    constant, share = _RESPONSE[material].T
    brightness = colours @ np.array([0.3, 0.4, 0.3])
    cosine = hits.incidence.astype(np.float64)
    reflectivity = (constant + share * brightness) * cosine
    glass = material == Material.GLASS
    reflectivity[glass] += 0.5 * cosine[glass] ** 40
    mirror = material == Material.REFLECTOR
    reflectivity[mirror] = (constant + share * brightness)[mirror] * np.minimum(1.0, 2.2 * cosine[mirror])
    road = np.flatnonzero((material == Material.ROAD) & (hits.triangle >= 0))
    reflectivity[road] += 0.55 * road_paint(places[road, 0], places[road, 1], np.float32(0.03)) * cosine[road] ** 0.5
    reflectivity[hits.triangle < 0] = 0
    found: Floats = reflectivity
    return found


def _edge(distance: Floats, width: Floats | np.float32) -> Floats:
    """1 inside (negative distance), 0 outside, blended over the width of a pixel."""
    blended: Floats = np.clip(0.5 - distance / np.maximum(width, 1e-3), 0, 1)
    return blended


def _band(value: Floats, low: float, high: float, width: Floats | np.float32) -> Floats:
    """1 between two limits."""
    return _edge(np.abs(value - np.float32((low + high) / 2)) - np.float32((high - low) / 2), width)


def road_paint(x: Floats, y: Floats, width: Floats | np.float32) -> Floats:
    """(R,) share of white paint on the carriageway: lane lines, crosswalks, stop lines, parking bays, arrows."""
    paint = np.zeros(len(x), dtype=np.float32)
    for along, across in ((x, y), (y, x)):
        far = np.abs(along)
        own = (far > ROAD_HALF_M + 1.5) & (np.abs(across) < ROAD_HALF_M)
        stripes = _band(np.abs((across + 50 * 2 * STRIPE_M) % (2 * STRIPE_M) - STRIPE_M), 0, STRIPE_M / 2, width)
        crosswalk = stripes * _band(far, *CROSSWALK_M, width) * (np.abs(across) < ROAD_HALF_M - 0.4)
        approach = np.sign(along) * np.where(along is x, 1, -1) * across > 0
        stop = _band(far, *STOP_LINE_M, width) * approach * (np.abs(across) < LANE_M)
        beyond = far > STOP_LINE_M[0]
        solid = far < STOP_LINE_M[0] + 11
        dash = _band(far % 6.0, 0.0, 3.0, width)
        middle = _band(np.abs(across), 0.0, LINE_M / 2, width) * np.where(solid, 1.0, dash) * beyond
        bay = (
            _band(np.abs(across), BAY_LINE_M - LINE_M / 2, BAY_LINE_M + LINE_M / 2, width)
            * (far > 17)
            * _band(far % 1.6, 0, 0.8, width)
        )
        ticks = _band(far % 6.75, 0, LINE_M, width) * (np.abs(across) > BAY_LINE_M) * (far > 17)
        arrow = _arrow(far - 17.5, np.abs(across) - LANE_M / 2, width) * approach
        mark = np.maximum.reduce([crosswalk, stop, middle, bay, ticks, arrow])
        paint = np.maximum(paint, (mark * own).astype(np.float32))
    worn = smooth_noise(x, y, 0.35) * 0.45 + smooth_noise(x, y, 2.1) * 0.35
    result: Floats = paint * np.clip(1.25 - worn, 0.35, 1.0)
    return result


def _arrow(along: Floats, across: Floats, width: Floats | np.float32) -> Floats:
    """A straight-on arrow whose tip points to the crossing (towards smaller `along`)."""
    shaft = _band(np.abs(across), 0, 0.09, width) * _band(along, 0.2, 3.0, width)
    head = _edge(np.abs(across) - 0.42 * (along + 1.4) / 1.6, width) * _band(along, -1.4, 0.2, width)
    arrow: Floats = np.maximum(shaft, head)
    return arrow


def _fade(cell_m: float, footprint_m: Floats) -> Floats:
    """How much of a texture with cells of this size a pixel still resolves."""
    faded: Floats = np.clip(1.6 - footprint_m / np.float32(cell_m), 0, 1)
    return faded


def _grain(places: Floats, cell_m: float, footprint_m: Floats) -> Floats:
    """Noise about zero on the ground plane, faded where a pixel covers more than a cell."""
    grain: Floats = (smooth_noise(places[:, 0], places[:, 1], cell_m) - 0.5) * _fade(cell_m, footprint_m)
    return grain


def _road(albedo: Floats, places: Floats, normals: Floats, footprint_m: Floats) -> Floats:
    """Asphalt with grain, patches, wheel tracks and paint."""
    x, y = places[:, 0], places[:, 1]
    shade = 1 + 0.75 * _grain(places, 0.022, footprint_m) + 0.4 * _grain(places, 0.06, footprint_m)
    shade += 0.12 * _grain(places, 0.3, footprint_m)
    shade += 0.28 * (smooth_noise(x + 7, y, 3.7) - 0.5)
    shade *= np.where(smooth_noise(x, y + 31, 9.0) > 0.72, 0.8, 1.0)
    on_x = np.abs(y) < np.abs(x)
    lane = np.abs(np.abs(np.where(on_x, y, x)) - LANE_M / 2)
    shade *= 1 - 0.16 * np.exp(-(((lane - 0.75) / 0.35) ** 2)) * (lane < 1.6)
    gutter = np.clip(1 + distance_to_road_m(x, y) / 0.7, 0, 1).astype(np.float32)
    shade *= 1 - 0.25 * gutter
    for centre_x, centre_y in ((3.1, -4.0), (-2.4, 3.3), (1.2, 19.0), (24.0, -1.2), (-1.0, 9.0)):
        away = np.hypot(x - centre_x, y - centre_y)
        shade *= 1 - 0.55 * _band(away, 0.0, 0.36, footprint_m) * (
            0.7 + 0.3 * np.sign(np.sin(x * 40) * np.sin(y * 40)) * _fade(0.1, footprint_m)
        )
    paint = road_paint(x, y, footprint_m)[:, None]
    coloured: Floats = albedo * shade[:, None] * (1 - paint) + PAINT_WHITE * paint * (0.9 + 0.1 * shade[:, None])
    return coloured


def _paving(albedo: Floats, places: Floats, normals: Floats, footprint_m: Floats) -> Floats:
    """Slabs of 0.6 by 0.6 m with joints; grass in the park."""
    x, y = places[:, 0], places[:, 1]
    slab = np.float32(0.6)
    column, row = np.floor(x / slab).astype(np.int64), np.floor(y / slab).astype(np.int64)
    inside = np.minimum(np.abs(x / slab - column - 0.5), np.abs(y / slab - row - 0.5))
    edge = np.maximum(np.abs(x / slab - column - 0.5), np.abs(y / slab - row - 0.5))
    joint = _edge((0.485 - edge) * slab, np.maximum(footprint_m, 0.01)) * _fade(0.25, footprint_m)
    shade = (
        1 + 0.22 * (cell_noise(column, row) - 0.5) * _fade(0.6, footprint_m) + 0.25 * _grain(places, 0.06, footprint_m)
    )
    shade += 0.22 * (smooth_noise(x, y, 2.6) - 0.5) + 0 * inside
    coloured = albedo * (shade * (1 - 0.45 * joint))[:, None]
    lawn = (x < -11.2) & (y > 11.2)
    green = np.array([0.075, 0.125, 0.035], dtype=np.float32)
    blades = 1 + 0.7 * _grain(places, 0.05, footprint_m) + 0.5 * (smooth_noise(x, y, 1.3) - 0.5)
    result: Floats = np.where(lawn[:, None], green * blades[:, None], coloured).astype(np.float32)
    return result


def _wall(albedo: Floats, places: Floats, normals: Floats, footprint_m: Floats) -> Floats:
    """Bricks on reddish walls, rough plaster on the others."""
    along = np.where(np.abs(normals[:, 0]) > np.abs(normals[:, 1]), places[:, 1], places[:, 0])
    z = places[:, 2]
    upright = np.abs(normals[:, 2]) < 0.5
    row = np.floor(z / 0.085).astype(np.int64)
    shifted = along / 0.26 + 0.5 * (row & 1)
    column = np.floor(shifted).astype(np.int64)
    gap = np.maximum(np.abs(shifted - column - 0.5) - 0.46, (np.abs(z / 0.085 - row - 0.5) - 0.42) * 0.4)
    mortar = _edge(-gap * 0.26, np.maximum(footprint_m, 0.008)) * _fade(0.085, footprint_m)
    brick = 1 + 0.5 * (cell_noise(column, row) - 0.5) * _fade(0.16, footprint_m)
    plaster = 1 + 0.25 * (smooth_noise(along, z, 0.09) - 0.5) * _fade(0.09, footprint_m)
    red = albedo[:, 0] > 1.8 * albedo[:, 1]
    shade = np.where(red & upright, brick * (1 - 0.25 * mortar), plaster)
    shade *= 1 + 0.22 * (smooth_noise(along + 90, z, 1.9) - 0.5)
    coloured: Floats = (albedo * shade[:, None]).astype(np.float32)
    return coloured


def _mottled(albedo: Floats, places: Floats, normals: Floats, footprint_m: Floats) -> Floats:
    """Cloth, bark, concrete: a little uneven."""
    shade = 1 + 0.3 * (smooth_noise(places[:, 0] + places[:, 1], places[:, 2], 0.08) - 0.5) * _fade(0.08, footprint_m)
    coloured: Floats = albedo * shade[:, None]
    return coloured


_TEXTURES = {
    Material.ROAD: _road,
    Material.PAVING: _paving,
    Material.KERB: _mottled,
    Material.WALL: _wall,
    Material.CLOTH: _mottled,
    Material.BARK: _mottled,
}
