"""Photographs of the street: sun, shadow, sky, haze, mirrors, a little noise; row by row where the shutter rolls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sample_data.street.chance import smooth_noise
from sample_data.street.ego import Ego
from sample_data.street.materials import surface_of
from sample_data.street.mesh import FloatArray
from sample_data.street.raycast import Caster, Floats, Hits, Rays
from sample_data.street.rig import MountedCamera

SUN_DIRECTION = np.array([0.33, -0.47, 0.82]) / np.linalg.norm([0.33, -0.47, 0.82])
SUN = np.array([3.7, 3.35, 2.85], dtype=np.float32)
SKY_LIGHT = np.array([0.55, 0.68, 0.92], dtype=np.float32)
GROUND_LIGHT = np.array([0.30, 0.28, 0.25], dtype=np.float32)
HAZE = np.array([0.72, 0.80, 0.90], dtype=np.float32)
HAZE_M = 420.0
EXPOSURE = 0.78
ROWS_AT_ONCE = 64
SHOT_NOISE = 0.006
READ_NOISE = 0.004


@dataclass(frozen=True, eq=False)
class Photograph:
    """One image, `pixels` (H, W, 3) uint8 red green blue, and how much of each actor it shows.

    `shown` and `whole` (A,) rays that meet the actor, with everything else in the way and without.
    """

    exposure_middle_us: int
    pixels: NDArray[np.uint8]
    shown: NDArray[np.int64]
    whole: NDArray[np.int64]


class StreetCamera:
    """One camera of one drive."""

    def __init__(self, mounted: MountedCamera, ego: Ego, supersampling: int) -> None:
        self.mounted, self.ego, self.supersampling = mounted, ego, supersampling

    @cached_property
    def _rays_in_camera(self) -> Floats:
        """Unit rays (rows, columns, 3) of the supersampled image; zero where the lens shows nothing."""
        lens, fine = self.mounted.lens, self.supersampling
        step = (np.arange(fine) + 0.5) / fine - 0.5
        u = (np.arange(lens.width)[:, None] + step).ravel()
        v = (np.arange(lens.height)[:, None] + step).ravel()
        grid = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
        rays = np.nan_to_num(lens.unproject(grid)).astype(np.float32)
        return rays.reshape(len(v), len(u), 3)

    def photograph(self, caster: Caster, middle_us: int, generator: np.random.Generator) -> Photograph:
        """The image whose exposure (of the middle row) has its middle at `middle_us`."""
        rows, columns = self._rays_in_camera.shape[:2]
        linear = np.empty((rows, columns, 3), dtype=np.float32)
        actors = len(caster.world.actors)
        shown, whole = np.zeros(actors, dtype=np.int64), np.zeros(actors, dtype=np.int64)
        for first in range(0, rows, ROWS_AT_ONCE * self.supersampling):
            part = slice(first, min(first + ROWS_AT_ONCE * self.supersampling, rows))
            rays = self._rays(part, middle_us)
            hits = caster.cast(rays)
            linear[part] = shade(caster, rays, hits, middle_us * 1e-6, self._pixel_rad).reshape(-1, columns, 3)
            shown += np.bincount(hits.actor[hits.actor >= 0], minlength=actors)
            coarse = self._coarse(rays)
            for index in range(actors):
                whole[index] += len(caster.alone(index, coarse)) * COARSE**2
        return Photograph(middle_us, self._developed(linear, generator), shown, whole)

    @property
    def _pixel_rad(self) -> float:
        return 1.0 / self.mounted.lens.fx

    def row_offsets_s(self) -> FloatArray:
        """When each fine row is exposed, its middle counted from that of the image's middle row."""
        fine = self.supersampling
        rows = self.mounted.lens.height
        v = (np.arange(rows * fine) + 0.5) / fine - 0.5
        return (v / (rows - 1) - 0.5) * self.mounted.readout_ns * 1e-9

    def _rays(self, part: slice, middle_us: int) -> Rays:
        """The rays of some fine rows, each row from where the camera is when it is exposed."""
        seconds = middle_us * 1e-6 + self.row_offsets_s()[part]
        fine = np.arange(len(seconds)) % self.supersampling
        seconds = seconds + ((fine + 0.5) / self.supersampling - 0.5) * self.mounted.exposure_ns * 1e-9
        ego_rotations, ego_places = self.ego.poses(seconds)
        rotations = ego_rotations @ self.mounted.rotation
        origins = np.einsum("bij,j->bi", ego_rotations, self.mounted.translation) + ego_places
        directions = np.matmul(self._rays_in_camera[part], rotations.transpose(0, 2, 1).astype(np.float32))
        return Rays(seconds, origins, directions)

    def _coarse(self, rays: Rays) -> Rays:
        """A few of the rays, for counting."""
        return Rays(
            rays.seconds[::COARSE], rays.origins[::COARSE], np.ascontiguousarray(rays.directions[::COARSE, ::COARSE])
        )

    def _developed(self, linear: Floats, generator: np.random.Generator) -> NDArray[np.uint8]:
        """Averaged to pixels, vignetted, toned, with noise, as 8 bits."""
        lens, fine = self.mounted.lens, self.supersampling
        light = linear.reshape(lens.height, fine, lens.width, fine, 3).mean(axis=(1, 3)) * EXPOSURE
        u, v = np.meshgrid(np.arange(lens.width) - lens.cx, np.arange(lens.height) - lens.cy)
        light *= (1 - 0.22 * (u**2 + v**2) / (lens.cx**2 + lens.cy**2))[..., None].astype(np.float32)
        noise = generator.standard_normal(light.shape, dtype=np.float32)
        light = np.maximum(light + noise * np.sqrt(SHOT_NOISE**2 * np.maximum(light, 0) + READ_NOISE**2), 0)
        toned = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
        pixels: NDArray[np.uint8] = np.clip(np.round(255 * np.clip(toned, 0, 1) ** (1 / 2.2)), 0, 255).astype(np.uint8)
        return pixels


COARSE = 4


def shade(caster: Caster, rays: Rays, hits: Hits, second: float, pixel_rad: float) -> Floats:
    """Light (R, 3), linear, along each ray.

    Tone curve elsewhere; here: Lambert under sun and sky, a Fresnel mirror for glass and paint (Schlick 1994).
    """
    directions = rays.directions.reshape(-1, 3)
    origins, _ = rays.flat(slice(None))
    hit = np.flatnonzero(hits.triangle >= 0)
    light = sky(directions)
    if len(hit) == 0:
        return light
    range_m = hits.range_m[hit]
    towards = directions[hit]
    places = origins[hit] + towards * range_m[:, None]
    some = _rows(hits, hit)
    footprint = range_m * np.float32(pixel_rad) / np.maximum(some.incidence, 0.15)
    surface = surface_of(caster, some, places, footprint)
    normals = some.normals
    facing = np.maximum(normals @ SUN_DIRECTION.astype(np.float32), 0)
    lit = np.zeros(len(hit), dtype=np.float32)
    lighted = np.flatnonzero(facing > 0)
    lifted = places[lighted] + normals[lighted] * (0.004 + 0.0004 * range_m[lighted, None])
    lit[lighted] = ~caster.shaded(lifted, SUN_DIRECTION, second)
    up = (0.5 + 0.5 * normals[:, 2])[:, None]
    ambient = (SKY_LIGHT * up + GROUND_LIGHT * (1 - up)) * contact(caster, places, normals, second)[:, None]
    diffuse = surface.albedo * (ambient + SUN * (facing * lit)[:, None] / np.float32(np.pi) * 1.6)
    cosine = np.clip(-np.einsum("rk,rk->r", normals, towards), 0, 1)
    fresnel = (0.045 + 0.955 * (1 - cosine) ** 5) * surface.gloss
    mirrored = towards + 2 * cosine[:, None] * normals
    glint = np.maximum(mirrored @ SUN_DIRECTION.astype(np.float32), 0) ** 350 * lit * surface.gloss * 9
    reflected = surroundings(mirrored, places) + glint[:, None] * SUN
    lit_surface = diffuse * (1 - fresnel[:, None]) + reflected * fresnel[:, None]
    haze = np.exp(-range_m / HAZE_M)[:, None]
    light[hit] = lit_surface * haze + HAZE * (1 - haze)
    return light


def _rows(hits: Hits, rows: NDArray[np.int64]) -> Hits:
    return Hits(hits.range_m[rows], hits.triangle[rows], hits.actor[rows], hits.normals[rows], hits.incidence[rows])


def sky(directions: Floats) -> Floats:
    """Light of the sky along (R, 3) directions: blue above, pale at the horizon, a few clouds, a bright sun."""
    up = np.clip(directions[:, 2], 0.0, 1.0)
    zenith, horizon = np.array([0.20, 0.42, 0.86], np.float32), np.array([0.78, 0.86, 0.96], np.float32)
    share = (1 - np.exp(-3.2 * up))[:, None]
    light = zenith * share + horizon * (1 - share)
    flat = 1 / np.maximum(directions[:, 2], 0.06)
    x, y = directions[:, 0] * flat, directions[:, 1] * flat
    cloud = 0.55 * smooth_noise(x, y, 1.7) + 0.3 * smooth_noise(x + 5, y, 0.7) + 0.15 * smooth_noise(x, y + 9, 0.3)
    cover = np.clip((cloud - 0.52) * 4, 0, 1)[:, None] * np.clip(up * 9, 0, 1)[:, None]
    light = light * (1 - 0.8 * cover) + np.float32(0.8) * cover * np.array([1.05, 1.04, 1.02], np.float32)
    glow = np.maximum(directions @ SUN_DIRECTION.astype(np.float32), 0)
    result: Floats = (
        light + (glow**600 * 8 + glow**12 * 0.25)[:, None] * np.array([1, 0.95, 0.85], np.float32)
    ).astype(np.float32)
    return result


def surroundings(directions: Floats, places: Floats) -> Floats:
    """A rough idea of what a mirror at a place shows: sky above, house fronts about the horizon, road below."""
    up = directions[:, 2]
    above = sky(directions)
    fronts = (
        np.array([0.30, 0.26, 0.22], np.float32)
        * (0.6 + 0.8 * smooth_noise(directions[:, 0] * 5 + places[:, 0] * 0.1, directions[:, 1] * 5 + up * 3, 0.5))[
            :, None
        ]
    )
    road = np.array([0.16, 0.16, 0.165], np.float32)
    skyward = np.clip((up - 0.30) * 6, 0, 1)[:, None]
    groundward = np.clip((-up - 0.02) * 12, 0, 1)[:, None]
    result: Floats = above * skyward + (fronts * (1 - groundward) + road * groundward) * (1 - skyward)
    return result


def contact(caster: Caster, places: Floats, normals: Floats, second: float) -> Floats:
    """(R,) how much of the sky the ground sees beside and below things that stand on it, 0.25..1."""
    openness = np.ones(len(places), dtype=np.float32)
    level = np.flatnonzero(normals[:, 2] > 0.9)
    ground = places[level]
    seen = openness[level]
    for actor in caster.world.actors:
        feet, yaws = actor.feet([second])
        offset = ground[:, :2] - feet[0, :2].astype(np.float32)
        reach = float(actor.size_m[:2].max()) / 2 + 1.2
        near = np.flatnonzero(
            (np.abs(offset[:, 0]) < reach) & (np.abs(offset[:, 1]) < reach) & (ground[:, 2] < feet[0, 2] + 0.12)
        )
        if len(near) == 0:
            continue
        cosine, sine = np.cos(yaws[0]), np.sin(yaws[0])
        along = cosine * offset[near, 0] + sine * offset[near, 1]
        across = -sine * offset[near, 0] + cosine * offset[near, 1]
        outside = np.hypot(
            np.maximum(np.abs(along) - actor.size_m[0] / 2 + 0.1, 0),
            np.maximum(np.abs(across) - actor.size_m[1] / 2 + 0.1, 0),
        )
        spread = 0.12 + 0.28 * min(1.0, float(actor.size_m[1]) / 1.8)
        seen[near] *= (1 - 0.75 * np.exp(-outside / spread)).astype(np.float32)
    openness[level] = seen
    return openness
