"""Where a plane (an image, the ground, a cut through an object) lands on a canvas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray

HALF_PIXEL = 0.5


@dataclass(frozen=True)
class Viewport:
    """A window of a plane, stretched over a canvas of width x height pixels.

    left, top, right, bottom: the window's edges in the plane, x to the right and y down. The window's edge lies on the
    outer edge of the canvas' pixels, and (0, 0) on a canvas is the centre of its top-left pixel, as in our images.
    """

    left: float
    top: float
    right: float
    bottom: float
    width: int
    height: int

    @classmethod
    def of_image(cls, image_width: int, image_height: int, width: int | None = None) -> Viewport:
        """A whole image, at its own size or scaled to a width."""
        across = width or image_width
        down = max(round(image_height * across / image_width), 1)
        return cls(-HALF_PIXEL, -HALF_PIXEL, image_width - HALF_PIXEL, image_height - HALF_PIXEL, across, down)

    @classmethod
    def around(cls, centre: tuple[float, float], half_extent: float, width: int, height: int) -> Viewport:
        """A window about a centre that shows at least `half_extent` to every side, without stretching."""
        per_pixel = 2 * half_extent / min(width, height)
        half_x, half_y = per_pixel * width / 2, per_pixel * height / 2
        x, y = centre
        return cls(x - half_x, y - half_y, x + half_x, y + half_y, width, height)

    @property
    def scale(self) -> float:
        """Canvas pixels for one unit of the plane, across."""
        return self.width / (self.right - self.left)

    def place(self, points: ArrayLike) -> FloatArray:
        """Canvas pixels (..., 2) of points (..., 2) of the plane."""
        corner = np.array([self.left, self.top])
        scale = np.array([self.scale, self.height / (self.bottom - self.top)])
        placed: FloatArray = (np.asarray(points, dtype=np.float64) - corner) * scale - HALF_PIXEL
        return placed
