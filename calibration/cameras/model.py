"""What every camera model offers, whatever its lens: the gate in front, the image plane behind."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, FloatArray, as_rows
from calibration.errors import LensError

HALF_PIXEL = 0.5
MAX_BEND_PX = 0.5
MAX_EDGE_STEP = 64
LONGEST_EDGE_RAD = math.radians(60.0)
STEEPEST_EDGE = 3.0
PROBES_A_SIDE = 5


@dataclass(frozen=True, eq=False)
class Projection:
    """Points as one camera images them, a row a point.

    `pixels` (N, 2) u, v with (0, 0) at the centre of the top-left pixel, NaN where the point can't be imaged;
    `in_view` (N,) in front of the lens, within its valid radius and inside the image;
    `depth_m` (N,) z in the camera frame, also of points that can't be imaged.
    """

    pixels: FloatArray
    in_view: BoolArray
    depth_m: FloatArray

    def __len__(self) -> int:
        return len(self.depth_m)


@dataclass(frozen=True)
class CameraModel(ABC):
    """Intrinsics of one camera: image size and focal matrix in pixels, and the distortion of its lens.

    `skew` is in pixels, the entry [0, 1] of the matrix (OpenCV's fisheye `alpha` is `skew / fx`).
    `valid_radius` is found at load: how far off the axis the lens images monotonically. Beyond it the formula
    folds back into the image, so nothing beyond it ever comes back as a pixel. Lenses of the pinhole family measure
    it as hypot(x/z, y/z), fisheyes as the angle from the axis in radians; infinite where the formula never folds.

    Raises:
        LensError: a focal length not above zero, an image without pixels, the wrong number of coefficients,
            anything not finite.
    """

    kind: ClassVar[str]
    coefficient_names: ClassVar[tuple[str, ...]]
    min_depth_m: ClassVar[float] = 0.01

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    skew: float = 0.0
    distortion: tuple[float, ...] = ()
    valid_radius: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            object.__setattr__(self, name, self._pixel_count(name))
        for name in ("fx", "fy", "cx", "cy", "skew"):
            object.__setattr__(self, name, self._finite(name, getattr(self, name)))
        for name in ("fx", "fy"):
            if getattr(self, name) <= 0:
                raise LensError(f"{self.kind} camera: {name} must be above 0 px, got {getattr(self, name):g}")
        object.__setattr__(self, "distortion", self._checked_distortion(self.distortion))
        object.__setattr__(self, "valid_radius", self._find_valid_radius())

    @property
    def matrix(self) -> FloatArray:
        """(3, 3) from the bent plane, in focal lengths, to pixels."""
        return np.array([[self.fx, self.skew, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @abstractmethod
    def can_image(self, points_in_camera: ArrayLike) -> BoolArray:
        """(N,) which of (N, 3) points are in front of the lens and within its valid radius; NaN never is.

        Raises:
            ShapeError: the points are not (N, 3).
        """

    def project(self, points_in_camera: ArrayLike) -> Projection:
        """Image points, and say which of them the image shows.

        Args:
            points_in_camera: (N, 3) metres, camera frame: x right, y down, z forward.

        Raises:
            ShapeError: the points are not (N, 3).
        """
        points = as_rows(points_in_camera, 3, "points_in_camera")
        pixels = self.image_plane(points)
        return Projection(pixels=pixels, in_view=self.shows(pixels), depth_m=points[:, 2].copy())

    def image_plane(self, points_in_camera: ArrayLike) -> FloatArray:
        """Pixels (N, 2) of (N, 3) points, also outside the image; NaN for what `can_image` refuses, and for overflow.

        Raises:
            ShapeError: the points are not (N, 3).
        """
        points = as_rows(points_in_camera, 3, "points_in_camera")
        imaged = self.can_image(points)
        with np.errstate(over="ignore", invalid="ignore"):
            bent = self._bend(points[imaged])
        bent[~np.isfinite(bent).all(axis=1)] = np.nan
        pixels = np.full((len(points), 2), np.nan)
        pixels[imaged, 0] = self.fx * bent[:, 0] + self.skew * bent[:, 1] + self.cx
        pixels[imaged, 1] = self.fy * bent[:, 1] + self.cy
        return pixels

    def shows(self, pixels: ArrayLike) -> BoolArray:
        """(N,) which of (N, 2) pixels lie inside the image, its outer pixel edges being -0.5 and size - 0.5.

        Raises:
            ShapeError: the pixels are not (N, 2).
        """
        u, v = as_rows(pixels, 2, "pixels").T
        inside_across = (u >= -HALF_PIXEL) & (u < self.width - HALF_PIXEL)
        inside_down = (v >= -HALF_PIXEL) & (v < self.height - HALF_PIXEL)
        return np.asarray(inside_across & inside_down)

    def unproject(self, pixels: ArrayLike) -> FloatArray:
        """The rays that pixels see, also pixels outside the image.

        Args:
            pixels: (N, 2) u, v.

        Returns:
            (N, 3) unit rays in the camera frame, found until their pixel agrees to 1e-9 focal lengths;
            NaN where no ray within the valid radius reaches the pixel.

        Raises:
            ShapeError: the pixels are not (N, 2).
        """
        places = as_rows(pixels, 2, "pixels")
        rays = np.full((len(places), 3), np.nan)
        known = np.isfinite(places).all(axis=1)
        down = (places[known, 1] - self.cy) / self.fy
        across = (places[known, 0] - self.cx - self.skew * down) / self.fx
        rays[known] = self._straighten(np.column_stack([across, down]))
        return rays

    @cached_property
    def edge_step(self) -> int:
        """Into how many pieces, equally long in space, a straight edge is cut so that each images straight.

        1 for a pinhole. For a bending lens the smallest power of two that keeps edges across the image within half
        a pixel of their true image, tried on edges up to 60 degrees long, one end up to three times as far as
        the other; at most 64.
        """
        starts, ends = self._probe_edges()
        step = 1
        while step < MAX_EDGE_STEP and self._largest_bend_px(starts, ends, step) > MAX_BEND_PX:
            step *= 2
        return step

    @abstractmethod
    def _find_valid_radius(self) -> float:
        """How far off the axis the lens images monotonically."""

    @abstractmethod
    def _bend(self, points_in_camera: FloatArray) -> FloatArray:
        """(N, 2) where points that can be imaged meet the image plane, in focal lengths."""

    @abstractmethod
    def _straighten(self, bent: FloatArray) -> FloatArray:
        """(N, 3) unit rays of finite places (N, 2) on the image plane, NaN where there is none."""

    def _probe_edges(self) -> tuple[FloatArray, FloatArray]:
        """Ends (E, 3) of edges between places all over the image, where there are rays."""
        shares = np.linspace(0.0, 1.0, PROBES_A_SIDE)
        places = np.meshgrid(shares * (self.width - 1), shares * (self.height - 1))
        rays = self.unproject(np.stack(places, axis=-1).reshape(-1, 2))
        rays = rays[np.isfinite(rays).all(axis=1)]
        near_enough = rays @ rays.T > math.cos(LONGEST_EDGE_RAD)
        np.fill_diagonal(near_enough, False)
        first, second = np.nonzero(near_enough)
        starts, ends = rays[first], rays[second]
        return np.concatenate([starts, starts]), np.concatenate([ends, STEEPEST_EDGE * ends])

    def _largest_bend_px(self, starts: FloatArray, ends: FloatArray, pieces: int) -> float:
        """Largest distance, over all pieces, of a piece's imaged middle from the straight line of its imaged ends."""
        shares = np.linspace(0.0, 1.0, 2 * pieces + 1)[:, None, None]
        along = (1.0 - shares) * starts + shares * ends
        pixels = self.image_plane(along.reshape(-1, 3)).reshape(2 * pieces + 1, -1, 2)
        first, middle, last = pixels[:-1:2], pixels[1::2], pixels[2::2]
        chord = last - first
        length = np.linalg.norm(chord, axis=-1)
        off = middle - first
        with np.errstate(invalid="ignore", divide="ignore"):
            bend = np.abs(chord[..., 0] * off[..., 1] - chord[..., 1] * off[..., 0]) / length
        return float(np.nanmax(bend, initial=0.0))

    def _pixel_count(self, name: str) -> int:
        value = self._finite(name, getattr(self, name))
        if value < 1 or value != int(value):
            raise LensError(f"{self.kind} camera: {name} must be a whole number of pixels above 0, got {value:g}")
        return int(value)

    def _finite(self, name: str, value: SupportsFloat) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise LensError(f"{self.kind} camera: {name} must be a number, got {value!r}") from None
        if not math.isfinite(number):
            raise LensError(f"{self.kind} camera: {name} must be finite, got {number}")
        return number

    def _checked_distortion(self, distortion: Iterable[SupportsFloat]) -> tuple[float, ...]:
        values = tuple(distortion)
        if len(values) != len(self.coefficient_names):
            wanted = f"{len(self.coefficient_names)} coefficients"
            if self.coefficient_names:
                wanted += f" ({' '.join(self.coefficient_names)})"
            raise LensError(f"{self.kind} camera: distortion needs {wanted}, got {len(values)}")
        return tuple(self._finite(name, value) for name, value in zip(self.coefficient_names, values, strict=True))
