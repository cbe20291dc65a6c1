"""Rays through a street in which everything moves while it is looked at.

Every ray has its own time. What stands still is cast once; each mover is cast apart, with the rays taken into its own
frame at their times, so a long sweep or a rolling shutter sees it where it is just then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sample_data.street.mesh import FloatArray, Mesh, merged
from sample_data.street.world import World

Floats = NDArray[Any]  # float32 wherever there are many
Int = NDArray[np.int64]
NOBODY = -1
SLACK_M = 0.6
CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class Rays:
    """Rays in blocks, each block leaving one place at one time.

    `seconds` (B,), `origins` (B, 3) street frame, `directions` (B, n, 3) unit, float32. Ray r of the flat order
    belongs to block r // n.
    """

    seconds: FloatArray
    origins: FloatArray
    directions: Floats

    @property
    def per_block(self) -> int:
        return int(self.directions.shape[1])

    def __len__(self) -> int:
        return len(self.directions) * self.per_block

    def flat(self, rays: Int | slice) -> tuple[Floats, Floats]:
        """Origins and directions of some rays, (R, 3) each."""
        chosen = np.arange(len(self))[rays]
        return self.origins.astype(np.float32)[chosen // self.per_block], self.directions.reshape(-1, 3)[chosen]


@dataclass(frozen=True, eq=False)
class Hits:
    """What R rays met.

    `range_m` (R,) (inf: nothing), `triangle` in the catalogue (-1), `actor` (-1: nobody's),
    `normals` (R, 3) unit, turned towards the ray, `incidence` (R,) cosine of the angle to the flat face.
    """

    range_m: Floats
    triangle: Int
    actor: Int
    normals: Floats
    incidence: Floats


class Caster:
    """A world made ready for rays. `materials` and `colours` are looked up by `Hits.triangle`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._still = _scene_of(world.still)
        self.movers = [index for index, actor in enumerate(world.actors) if not actor.motion.still]
        meshes: list[Mesh] = [world.still]
        self._first_triangle: dict[tuple[int, int], int] = {}
        self._scenes: dict[tuple[int, int], Any] = {}
        start = len(world.still)
        for index in self.movers:
            for number, variant in enumerate(world.actors[index].variants):
                self._first_triangle[index, number] = start
                meshes.append(variant)
                start += len(variant)
        catalogue = merged(meshes)
        self.materials = catalogue.materials.astype(np.uint8)
        self.colours = catalogue.colours.astype(np.float32)
        self._corner_normals = catalogue.normals.astype(np.float32)
        corners = catalogue.vertices[catalogue.triangles]
        faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        self._faces = (faces / np.maximum(np.linalg.norm(faces, axis=1, keepdims=True), 1e-12)).astype(np.float32)

    @cached_property
    def radii_m(self) -> FloatArray:
        """(A,) radius of every actor's bounding sphere."""
        return np.array([actor.radius_m for actor in self.world.actors])

    def cast(self, rays: Rays) -> Hits:
        """The first thing each ray meets."""
        count = len(rays)
        range_m = np.empty(count, dtype=np.float32)
        triangle = np.full(count, NOBODY, dtype=np.int64)
        weights = np.empty((count, 2), dtype=np.float32)
        for start in range(0, count, CHUNK):
            part = slice(start, min(start + CHUNK, count))
            range_m[part], triangle[part], weights[part] = _cast(self._still, *rays.flat(part))
        actor = np.full(count, NOBODY, dtype=np.int64)
        hit = triangle >= 0
        actor[hit] = self.world.still_actor[triangle[hit]]
        yaw = np.zeros(count, dtype=np.float32)
        for index in self.movers:
            near = self._rays_near(index, rays)
            if len(near) == 0:
                continue
            variant = self._variant(index, rays, near)
            origins, directions, yaws = self._in_actor(index, rays, near)
            found_m, found, found_weights = _cast(self._scene(index, variant), origins, directions)
            closer = found_m < range_m[near]
            rows = near[closer]
            range_m[rows], weights[rows], actor[rows] = found_m[closer], found_weights[closer], index
            triangle[rows] = found[closer] + self._first_triangle[index, variant]
            yaw[rows] = yaws[closer]
        return self._finished(rays, range_m, triangle, actor, weights, yaw)

    def alone(self, index: int, rays: Rays) -> Int:
        """The rays that would meet this actor if nothing else stood in the way."""
        near = self._rays_near(index, rays)
        if len(near) == 0:
            return near
        origins, directions, _ = self._in_actor(index, rays, near)
        found_m, _, _ = _cast(self._scene(index, self._variant(index, rays, near)), origins, directions)
        hit: Int = near[np.isfinite(found_m)]
        return hit

    def shaded(self, points: Floats, towards_sun: FloatArray, second: float) -> NDArray[np.bool_]:
        """(R,) whether something stands between the points and the sun at a time."""
        sun = towards_sun.astype(np.float32)
        shaded = _occluded(self._still, points, np.broadcast_to(sun, points.shape))
        for index in self.movers:
            actor = self.world.actors[index]
            feet, yaws = actor.feet([second])
            middle = feet[0] + [0, 0, actor.size_m[2] / 2]
            offset = points - middle.astype(np.float32)
            along = offset @ sun
            near = np.flatnonzero(
                (np.einsum("rk,rk->r", offset, offset) - along**2 < self.radii_m[index] ** 2)
                & ~shaded
                & (along < self.radii_m[index])
            )
            if len(near) == 0:
                continue
            cosine, sine = np.float32(np.cos(yaws[0])), np.float32(np.sin(yaws[0]))
            local = _unturned(points[near] - feet[0].astype(np.float32), cosine, sine)
            ray = _unturned(sun[None, :], cosine, sine)
            scene = self._scene(index, actor.variant_at(second))
            shaded[near] |= _occluded(scene, local, np.broadcast_to(ray, local.shape))
        return shaded

    def _rays_near(self, index: int, rays: Rays) -> Int:
        """Rays that pass through an actor's bounding sphere, give or take its and our movement meanwhile."""
        times = rays.seconds[[0, len(rays.seconds) // 2, -1]]
        centres, _ = self.world.actors[index].centres(times)
        places = rays.origins[[0, len(rays.origins) // 2, -1]]
        slack = float(np.abs(centres - centres[1]).max() + np.abs(places - places[1]).max())
        offset = centres[1] - places[1]
        distance = float(np.linalg.norm(offset))
        radius = self.radii_m[index] + 2 * slack
        if distance <= radius:
            return np.arange(len(rays))
        limit = np.sqrt(1 - (radius / distance) ** 2)
        towards = (offset / distance).astype(np.float32)
        near: Int = np.flatnonzero(rays.directions.reshape(-1, 3) @ towards > limit)
        return near

    def _variant(self, index: int, rays: Rays, near: Int) -> int:
        """The shape an actor has in the middle of the rays that may meet it."""
        return self.world.actors[index].variant_at(float(rays.seconds[near[len(near) // 2] // rays.per_block]))

    def _in_actor(self, index: int, rays: Rays, near: Int) -> tuple[Floats, Floats, Floats]:
        """Some rays in the actor's frame at their own times, and its yaw then."""
        feet, yaws = self.world.actors[index].feet(rays.seconds)
        cosine, sine = np.cos(yaws), np.sin(yaws)
        origins = _unturned(rays.origins - feet, cosine, sine).astype(np.float32)
        block = near // rays.per_block
        directions = rays.directions.reshape(-1, 3)[near]
        turned = _unturned(directions, cosine.astype(np.float32)[block], sine.astype(np.float32)[block])
        return origins[block], turned, yaws.astype(np.float32)[block]

    def _scene(self, index: int, variant: int) -> Any:
        """The ray casting scene of one shape of one actor, made when first needed."""
        key = (index, variant)
        if key not in self._scenes:
            self._scenes[key] = _scene_of(self.world.actors[index].variants[variant])
        return self._scenes[key]

    def _finished(self, rays: Rays, range_m: Floats, triangle: Int, actor: Int, weights: Floats, yaw: Floats) -> Hits:
        """Normals of what was hit, turned with their movers and towards the ray."""
        normals = np.zeros((len(range_m), 3), dtype=np.float32)
        incidence = np.zeros(len(range_m), dtype=np.float32)
        for start in range(0, len(range_m), CHUNK):
            rows = np.flatnonzero(triangle[start : start + CHUNK] >= 0) + start
            corners = self._corner_normals[triangle[rows]]
            second, third = weights[rows, :1], weights[rows, 1:]
            smooth = corners[:, 0] * (1 - second - third) + corners[:, 1] * second + corners[:, 2] * third
            smooth /= np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
            face = self._faces[triangle[rows]]
            cosine, sine = np.cos(yaw[rows]), np.sin(yaw[rows])
            smooth, face = _turned(smooth, cosine, sine), _turned(face, cosine, sine)
            _, directions = rays.flat(rows)
            incidence[rows] = np.abs(np.einsum("rk,rk->r", face, directions))
            backwards = np.einsum("rk,rk->r", smooth, directions) > 0
            smooth[backwards] *= -1
            normals[rows] = smooth
        return Hits(range_m, triangle, actor, normals, incidence)


def _scene_of(mesh: Mesh) -> Any:
    """A ray casting scene that holds one mesh."""
    import open3d

    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        open3d.core.Tensor(np.ascontiguousarray(mesh.vertices, dtype=np.float32)),
        open3d.core.Tensor(np.ascontiguousarray(mesh.triangles, dtype=np.uint32)),
    )
    return scene


def _tensor(origins: Floats, directions: Floats) -> Any:
    import open3d

    return open3d.core.Tensor(np.concatenate([origins, directions], axis=1).astype(np.float32))


def _cast(scene: Any, origins: Floats, directions: Floats) -> tuple[Floats, Int, Floats]:
    """Range (inf), triangle (-1) and the weights of its second and third corner."""
    answer = scene.cast_rays(_tensor(origins, directions))
    range_m = answer["t_hit"].numpy()
    triangle = answer["primitive_ids"].numpy().astype(np.int64)
    triangle[~np.isfinite(range_m)] = NOBODY
    return range_m, triangle, answer["primitive_uvs"].numpy()


def _occluded(scene: Any, origins: Floats, directions: Floats) -> NDArray[np.bool_]:
    occluded: NDArray[np.bool_] = scene.test_occlusions(_tensor(origins, directions), tnear=0.02).numpy()
    return occluded


def _turned(vectors: Any, cosine: Any, sine: Any) -> Any:
    """(N, 3) vectors turned about z."""
    return np.stack([
        cosine * vectors[:, 0] - sine * vectors[:, 1], sine * vectors[:, 0] + cosine * vectors[:, 1], vectors[:, 2]
    ], axis=1)  # fmt: skip


def _unturned(vectors: Any, cosine: Any, sine: Any) -> Any:
    """(N, 3) vectors turned back about z."""
    return _turned(vectors, cosine, -sine)
