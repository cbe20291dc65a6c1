"""Everything a labeller would label: what it is, what it looks like, and where it is when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sample_data.street.ground import surface_height_m
from sample_data.street.mesh import FloatArray, Mesh, grounded
from sample_data.street.motion import Motion, Places


@dataclass(frozen=True, eq=False)
class Actor:
    """One labelled object.

    `variants` are its shapes over a cycle of `stride_m` metres (a gait, a turn of the pedals), all over the same
    ground point; `size_m` (length, width, height) is the tight bounding box of them all.
    """

    name: str
    category: str
    attribute: str | None
    variants: tuple[Mesh, ...]
    size_m: FloatArray
    motion: Motion
    stride_m: float = 1.4

    @classmethod
    def of(
        cls, name: str, category: str, attribute: str | None, meshes: list[Mesh], motion: Motion, stride_m: float = 1.4
    ) -> Actor:
        """An actor from meshes wherever they were modelled: they are put over the ground point."""
        variants, size = grounded(meshes)
        return cls(name, category, attribute, variants, size, motion, stride_m)

    @property
    def radius_m(self) -> float:
        """Radius of the sphere about the box centre that holds every variant."""
        return float(np.linalg.norm(self.size_m) / 2)

    def feet(self, seconds: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """(N, 3) ground points and (N,) yaws at the given times; the ground is what lies below the middle."""
        places = self.motion.at(seconds)
        return np.stack([places.x, places.y, self._ground_m(places)], axis=1), places.yaw_rad

    def centres(self, seconds: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """(N, 3) box centres and (N,) yaws at the given times."""
        feet, yaws = self.feet(seconds)
        return feet + np.array([0.0, 0.0, self.size_m[2] / 2]), yaws

    def variant_at(self, second: float) -> int:
        """Which of its shapes it has at a time."""
        travelled = float(self.motion.at([second]).travelled_m[0])
        return int(np.floor(travelled / self.stride_m * len(self.variants))) % len(self.variants)

    def _ground_m(self, places: Places) -> FloatArray:
        return surface_height_m(places.x, places.y)
