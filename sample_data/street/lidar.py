"""A spinning lidar: wide beams, echoes that mix at edges, weak ones that get lost, and a time for every point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_data.street.actors import Actor
from sample_data.street.ego import Ego
from sample_data.street.materials import lidar_reflectivity
from sample_data.street.mesh import FloatArray
from sample_data.street.options import StreetOptions
from sample_data.street.raycast import Caster, Hits, Rays
from sample_data.street.rig import Mounted

LOWEST_DEG, HIGHEST_DEG = -19.0, 3.5
DIVERGENCE_RAD = 0.0028
ECHO_LENGTH_M = 0.55
RANGE_NOISE_M = 0.012
FARTHEST_M = 90.0
NEAREST_M = 1.0
DETECTION_ENERGY = 1.1e-4
STRAY_LOSS = 0.004
TURN_RAD = 2 * np.pi
# The middle of a beam and four places on its rim, with their shares of its energy.
BEAM_SPOTS = ((0.0, 0.0, 0.36), (1.0, 0.0, 0.16), (-1.0, 0.0, 0.16), (0.0, 1.0, 0.16), (0.0, -1.0, 0.16))


@dataclass(frozen=True, eq=False)
class Sweep:
    """One rotation as recorded.

    `points` (N, 3) float32 in the lidar frame, each at its own firing time unless it was
    compensated to the end of the sweep; `intensity` 0..255; `ring` 0 is the lowest beam; `before_end_s` (N,) <= 0;
    `actor` (N,) who was hit, for the truth only; `shown` and `whole` (A,) rays that met each actor, and that would
    have met it alone.
    """

    end_us: int
    points: NDArray[np.float32]
    intensity: NDArray[np.float32]
    ring: NDArray[np.float32]
    before_end_s: NDArray[np.float32]
    actor: NDArray[np.int64]
    shown: NDArray[np.int64]
    whole: NDArray[np.int64]

    def columns(self) -> NDArray[np.float32]:
        """(N, 6) as they go to the file: x y z intensity ring time_offset_s."""
        return np.column_stack([self.points, self.intensity, self.ring, self.before_end_s]).astype(np.float32)


def beam_elevations(beams: int) -> FloatArray:
    """Elevations in radians, lowest first; twice as dense about the horizon as at the rim, like a real unit's."""
    even = np.linspace(-1, 1, beams)
    bent = 0.55 * even + 0.45 * np.sign(even) * np.abs(even) ** 2.2
    horizon = -2.0
    below = np.where(bent < 0, bent * (horizon - LOWEST_DEG), bent * (HIGHEST_DEG - horizon))
    return np.deg2rad(horizon + below)


class SpinningLidar:
    """The lidar of one scene. It turns clockwise from above; a sweep begins and ends at `seam_rad` (ego yaw)."""

    def __init__(self, mount: Mounted, options: StreetOptions, ego: Ego, seam_rad: float) -> None:
        self.mount, self.options, self.ego, self.seam_rad = mount, options, ego, seam_rad
        self._sensor_yaw_rad = float(np.arctan2(mount.rotation[1, 0], mount.rotation[0, 0]))

    def before_end_s(self, yaw_rad: float) -> float:
        """When, counted from the end of a sweep (negative), the beam points along an ego yaw."""
        passed = (self.seam_rad - yaw_rad) % TURN_RAD / TURN_RAD
        return -(1 - passed) * self.options.spin_us * 1e-6

    def sweep(self, caster: Caster, end_us: int, generator: np.random.Generator) -> Sweep:
        """The rotation that ends at `end_us`."""
        options = self.options
        offsets_s = (np.arange(options.columns) + 1 - options.columns) / options.columns * options.spin_us * 1e-6
        directions, ring = self._beam_directions(offsets_s)
        rays, ego_rotations, ego_places = self._rays(directions, end_us * 1e-6 + offsets_s)
        hits = caster.cast(rays)
        range_m, energy, chosen = self._echoes(caster, rays, hits)
        noise = generator.normal(size=range_m.shape)
        chance = generator.random(size=(2, *range_m.shape))
        weak = np.sqrt(DETECTION_ENERGY / np.maximum(energy, 1e-9))
        with np.errstate(invalid="ignore"):
            range_m = range_m + noise * RANGE_NOISE_M * (1 + 1.5 * np.minimum(weak, 1.5))
        seen = (chance[0] < 1 - np.exp(-((energy / DETECTION_ENERGY) ** 1.5))) & (chance[1] > STRAY_LOSS)
        seen &= (range_m > NEAREST_M) & (range_m < FARTHEST_M)
        column, beam = np.nonzero(seen)
        points = directions[column, beam, 0] * range_m[column, beam, None]
        reflectivity = energy * np.where(np.isfinite(range_m), range_m, 0) ** 2
        intensity = np.clip(np.round(255 * (1 - np.exp(-1.7 * reflectivity))), 0, 255)
        actor = hits.actor.reshape(*range_m.shape, len(BEAM_SPOTS))[column, beam, chosen[column, beam]]
        if options.motion == "compensated":
            points = self._compensated(points, ego_rotations[column], ego_places[column], end_us)
        return Sweep(
            end_us=end_us,
            points=points.astype(np.float32),
            intensity=intensity[column, beam].astype(np.float32),
            ring=ring[beam].astype(np.float32),
            before_end_s=offsets_s[column].astype(np.float32),
            actor=actor,
            shown=np.bincount(hits.actor[hits.actor >= 0], minlength=len(caster.world.actors)),
            whole=np.array([len(caster.alone(index, rays)) for index in range(len(caster.world.actors))]),
        )

    def _beam_directions(self, offsets_s: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
        """Unit directions (columns, beams, spots, 3) in the lidar frame."""
        elevations = beam_elevations(self.options.beams)
        turned = self.seam_rad - TURN_RAD * (1 + offsets_s / (self.options.spin_us * 1e-6)) - self._sensor_yaw_rad
        across, up, _ = np.array(BEAM_SPOTS).T * DIVERGENCE_RAD / 2
        azimuth = turned[:, None, None] + across / np.cos(elevations)[:, None]
        elevation = np.broadcast_to(elevations[None, :, None] + up, azimuth.shape)
        directions = np.stack(
            [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)], axis=-1
        )
        return directions, np.arange(self.options.beams)

    def _rays(self, directions: FloatArray, seconds: FloatArray) -> tuple[Rays, FloatArray, FloatArray]:
        """Every column leaves the lidar where the car is at its own time."""
        ego_rotations, ego_places = self.ego.poses(seconds)
        rotations = ego_rotations @ self.mount.rotation
        origins = np.einsum("bij,j->bi", ego_rotations, self.mount.translation) + ego_places
        flat = directions.reshape(len(seconds), -1, 3)
        in_street = np.matmul(flat, rotations.transpose(0, 2, 1)).astype(np.float32)
        return Rays(seconds, origins, in_street), ego_rotations, ego_places

    def _echoes(self, caster: Caster, rays: Rays, hits: Hits) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """Range and energy (columns, beams) of the strongest echo, and the spot that gave most of it.

        Spots closer in range than the pulse is long come back as one echo in between: the mixed pixels at edges.
        """
        spots = len(BEAM_SPOTS)
        shape = (self.options.columns, self.options.beams, spots)
        range_m = hits.range_m.reshape(shape).astype(np.float64)
        places = (
            rays.flat(slice(None))[0]
            + rays.flat(slice(None))[1] * np.where(np.isfinite(hits.range_m), hits.range_m, 0)[:, None]
        )
        reflectivity = lidar_reflectivity(caster, hits, places).reshape(shape)
        share = np.array([spot[2] for spot in BEAM_SPOTS])
        with np.errstate(invalid="ignore"):
            energy = np.where(np.isfinite(range_m), share * reflectivity / range_m**2, 0.0)
        finite_m = np.where(np.isfinite(range_m), range_m, 1e6)
        together = np.abs(finite_m[..., :, None] - finite_m[..., None, :]) < ECHO_LENGTH_M
        pooled = (together * energy[..., None, :]).sum(axis=-1)
        chosen = pooled.argmax(axis=-1)
        column, beam = np.indices(chosen.shape)
        members = together[column, beam, chosen] * energy
        total = members.sum(axis=-1)
        mixed_m = (members * finite_m).sum(axis=-1) / np.maximum(total, 1e-30)
        return np.where(total > 0, mixed_m, np.inf), total, members.argmax(axis=-1)

    def _compensated(self, points: FloatArray, rotations: FloatArray, places: FloatArray, end_us: int) -> FloatArray:
        """Points taken to the lidar frame at the end of the sweep, as if the car had stood still."""
        in_ego = points @ self.mount.rotation.T + self.mount.translation
        in_street = np.einsum("nij,nj->ni", rotations, in_ego) + places
        end_rotation, end_place = self.ego.poses([end_us * 1e-6])
        back = (in_street - end_place[0]) @ end_rotation[0]
        in_lidar: FloatArray = (back - self.mount.translation) @ self.mount.rotation
        return in_lidar


def quiet_seam_rad(actors: tuple[Actor, ...], ego: Ego, seconds: float, near_m: float) -> float:
    """The ego yaw over the car's right shoulder that the fewest actors come near: where sweeps begin and end.

    Whatever lies across the seam is seen half at the start and half at the end of a sweep. On this side the beam
    crosses the front cameras last, so little of the sweep is left when they trigger.
    """
    times = np.linspace(0, seconds, max(int(seconds * 4), 3))
    rotations, places = ego.poses(times)
    crowding = np.zeros(24)
    candidates = np.deg2rad(np.linspace(-105, -151, len(crowding)))
    for actor in actors:
        centres, _ = actor.centres(times)
        in_ego = np.einsum("nji,nj->ni", rotations, centres - places)
        distance = np.hypot(in_ego[:, 0], in_ego[:, 1])
        bearing = np.arctan2(in_ego[:, 1], in_ego[:, 0])
        half_width = np.arctan2(actor.radius_m + 0.3, distance)
        off = np.abs((bearing - candidates[:, None] + np.pi) % TURN_RAD - np.pi)
        crowding += ((off < half_width) * np.where(distance < near_m, 1 / distance, 0)).sum(axis=1)
    return float(candidates[int(np.argmin(crowding))])
