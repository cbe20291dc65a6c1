"""Triangles with a material, a colour and shading normals each, and the solids the street is built from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Colour = tuple[float, float, float]


class Material(IntEnum):
    """What a surface is made of: decides gloss, texture and what a lidar gets back."""

    ROAD = 0
    PAVING = 1
    KERB = 2
    GRASS = 3
    WALL = 4
    GLASS = 5
    ROOF = 6
    METAL = 7
    PAINTED = 8
    RUBBER = 9
    CLOTH = 10
    SKIN = 11
    LEAVES = 12
    BARK = 13
    PLASTIC = 14
    REFLECTOR = 15
    LAMP = 16


@dataclass(frozen=True, eq=False)
class Mesh:
    """T triangles.

    `vertices` (V, 3) metres, `triangles` (T, 3), `normals` (T, 3, 3) at the corners, unit;
    `materials` (T,), `colours` (T, 3) linear albedo 0..1.
    """

    vertices: FloatArray
    triangles: NDArray[np.int64]
    normals: FloatArray
    materials: NDArray[np.int64]
    colours: FloatArray

    def __len__(self) -> int:
        return len(self.triangles)

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner of the axis-aligned bounding box."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    def moved(self, translation: ArrayLike, yaw_rad: float = 0.0) -> Mesh:
        """Turned about z, then shifted."""
        rotation = rotation_about_z(yaw_rad)
        return replace(
            self,
            vertices=self.vertices @ rotation.T + np.asarray(translation, dtype=np.float64),
            normals=self.normals @ rotation.T,
        )

    def turned(self, rotation: FloatArray) -> Mesh:
        """Turned by a (3, 3) rotation about the origin."""
        return replace(self, vertices=self.vertices @ rotation.T, normals=self.normals @ rotation.T)

    def scaled(self, factors: ArrayLike) -> Mesh:
        """Stretched along the axes; normals follow."""
        stretch = np.asarray(factors, dtype=np.float64)
        normals = self.normals / stretch
        return replace(
            self,
            vertices=self.vertices * stretch,
            normals=normals / np.linalg.norm(normals, axis=-1, keepdims=True),
        )


def cross(first: FloatArray, second: FloatArray) -> FloatArray:
    """(N, 3) cross products; numpy's own spends more time on its axes than on small meshes."""
    (a, b, c), (x, y, z) = first.T, second.T
    return np.stack([b * z - c * y, c * x - a * z, a * y - b * x], axis=1)


def rotation_about_z(angle_rad: float) -> FloatArray:
    """(3, 3), counter-clockwise seen from above."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def merged(meshes: Iterable[Mesh]) -> Mesh:
    """All triangles of all meshes in order."""
    parts = list(meshes)
    starts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    return Mesh(
        vertices=np.concatenate([part.vertices for part in parts]),
        triangles=np.concatenate([part.triangles + start for part, start in zip(parts, starts, strict=True)]),
        normals=np.concatenate([part.normals for part in parts]),
        materials=np.concatenate([part.materials for part in parts]),
        colours=np.concatenate([part.colours for part in parts]),
    )


def mesh_from(
    vertices: ArrayLike, triangles: ArrayLike, material: Material, colour: Colour, smooth: bool = False
) -> Mesh:
    """A mesh of one material; `smooth` shares the normals of triangles that share a vertex."""
    points = np.asarray(vertices, dtype=np.float64)
    corners = np.asarray(triangles, dtype=np.int64).reshape(-1, 3)
    first, second, third = (points[corners[:, k]] for k in range(3))
    doubled_area = cross(second - first, third - first)
    length = np.linalg.norm(doubled_area, axis=1)
    keep = length > 1e-9
    corners, doubled_area, length = corners[keep], doubled_area[keep], length[keep]
    face = doubled_area / length[:, None]
    if smooth:
        shared = np.zeros_like(points)
        for k in range(3):
            np.add.at(shared, corners[:, k], doubled_area)
        shared /= np.maximum(np.linalg.norm(shared, axis=1, keepdims=True), 1e-12)
        normals = shared[corners]
    else:
        normals = np.repeat(face[:, None, :], 3, axis=1)
    return Mesh(
        vertices=points,
        triangles=corners,
        normals=normals,
        materials=np.full(len(corners), int(material), dtype=np.int64),
        colours=np.tile(np.asarray(colour, dtype=np.float64), (len(corners), 1)),
    )


def box(size: Sequence[float], centre: Sequence[float], material: Material, colour: Colour) -> Mesh:
    """A cuboid along the axes."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [t for a, b, c, d in faces for t in ((a, b, c), (a, c, d))]
    return mesh_from(corners * np.asarray(size) + np.asarray(centre), triangles, material, colour)


def quad(corners: ArrayLike, material: Material, colour: Colour) -> Mesh:
    """A flat four-sided face, corners in order around it."""
    return mesh_from(corners, [(0, 1, 2), (0, 2, 3)], material, colour)


def loft(
    rings: ArrayLike,
    paint: Callable[[int, int], tuple[Material, Colour]],
    capped: bool = True,
    smooth: bool = True,
) -> Mesh:
    """A skin over closed rings (S, K, 3); `paint(station, segment)` colours each patch between two rings."""
    points = np.asarray(rings, dtype=np.float64)
    stations, count = points.shape[:2]
    indices = np.arange(stations * count).reshape(stations, count)
    here, after = indices[:-1], indices[1:]
    next_here, next_after = np.roll(here, -1, axis=1), np.roll(after, -1, axis=1)
    triangles = np.stack([here, after, next_after, here, next_after, next_here], axis=-1).reshape(-1, 3)
    skin = mesh_from(points.reshape(-1, 3), triangles, Material.PAINTED, (0, 0, 0), smooth)
    patches = [paint(s, k) for s in range(stations - 1) for k in range(count)]
    skin = _painted(skin, points.reshape(-1, 3), triangles, patches)
    if not capped:
        return skin
    caps = [
        mesh_from(
            np.vstack([ring, ring.mean(axis=0)]),
            [(k, (k + 1) % count, count) for k in range(count)],
            *paint(0 if end == 0 else stations - 2, -1),
        )
        for end, ring in ((0, points[0]), (1, points[-1]))
    ]
    return merged([skin, *caps])


def _painted(
    skin: Mesh, points: FloatArray, triangles: NDArray[np.int64], patches: list[tuple[Material, Colour]]
) -> Mesh:
    """The skin with each patch's own material; patches without area were already dropped from the skin."""
    first, second, third = (points[triangles[:, k]] for k in range(3))
    kept = np.linalg.norm(cross(second - first, third - first), axis=1) > 1e-9
    materials = np.repeat([int(material) for material, _ in patches], 2)[kept]
    colours = np.repeat([colour for _, colour in patches], 2, axis=0)[kept]
    return replace(skin, materials=materials.astype(np.int64), colours=colours.astype(np.float64))


def _basis(axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors across `axis`."""
    helper = np.array([1.0, 0.0, 0.0]) if abs(axis[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
    across = np.cross(axis, helper)
    across /= np.linalg.norm(across)
    return across, np.cross(axis, across)


def tube(
    start: Sequence[float],
    end: Sequence[float],
    radii: tuple[float, float],
    material: Material,
    colour: Colour,
    sides: int = 10,
    rounded: bool = False,
) -> Mesh:
    """A cylinder or cone between two points; `rounded` ends make it a capsule."""
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    axis = (last - first) / np.linalg.norm(last - first)
    across, along = _basis(axis)
    if rounded:
        bends = np.linspace(0, np.pi / 2, 4)
        offsets = [(first - axis * radii[0] * np.cos(b), radii[0] * max(np.sin(b), 1e-3)) for b in bends]
        offsets += [(last + axis * radii[1] * np.sin(b), radii[1] * max(np.cos(b), 1e-3)) for b in bends]
    else:
        offsets = [(first, radii[0]), (last, radii[1])]
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    circle = np.outer(np.cos(angles), across) + np.outer(np.sin(angles), along)
    rings = np.stack([centre + radius * circle for centre, radius in offsets])
    return loft(rings, lambda station, segment: (material, colour), capped=True)


def ball(centre: Sequence[float], radii: Sequence[float], material: Material, colour: Colour, sides: int = 12) -> Mesh:
    """An ellipsoid along the axes."""
    tilts = np.linspace(-np.pi / 2, np.pi / 2, max(sides // 2, 4) + 1)
    tilts[0], tilts[-1] = -np.pi / 2 + 1e-3, np.pi / 2 - 1e-3
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = np.stack(
        [
            np.stack([np.cos(t) * np.cos(angles), np.cos(t) * np.sin(angles), np.full(sides, np.sin(t))], 1)
            for t in tilts
        ]
    )
    rings[0, :, 2], rings[-1, :, 2] = -1.0, 1.0
    return loft(rings, lambda s, k: (material, colour), capped=False).scaled(radii).moved(centre)


def disc(
    centre: Sequence[float], normal: Sequence[float], radius: float, material: Material, colour: Colour, sides: int = 20
) -> Mesh:
    """A flat round plate seen from both sides."""
    axis = np.asarray(normal, dtype=np.float64)
    across, along = _basis(axis / np.linalg.norm(axis))
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rim = np.asarray(centre) + radius * (np.outer(np.cos(angles), across) + np.outer(np.sin(angles), along))
    triangles = [(k, (k + 1) % sides, sides) for k in range(sides)]
    return mesh_from(np.vstack([rim, np.asarray(centre, dtype=np.float64)]), triangles, material, colour)


def torus(
    centre: Sequence[float], radius: float, thickness: float, material: Material, colour: Colour, sides: int = 28
) -> Mesh:
    """A tyre standing in the x-z plane."""
    around = np.linspace(0, 2 * np.pi, sides, endpoint=True)
    section = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    reach = radius - thickness + thickness * np.cos(section)
    rings = np.stack(
        [np.stack([reach * np.cos(a), thickness * np.sin(section), reach * np.sin(a)], axis=1) for a in around]
    )
    return loft(rings, lambda s, k: (material, colour), capped=False).moved(centre)


def grounded(meshes: Sequence[Mesh]) -> tuple[tuple[Mesh, ...], FloatArray]:
    """The variants of one object over its own ground point, and the tight size (length, width, height) of them all."""
    lows, highs = zip(*(mesh.bounds for mesh in meshes), strict=True)
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    shift = -np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return tuple(mesh.moved(shift) for mesh in meshes), high - low
