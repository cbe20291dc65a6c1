"""What a picture offers for comparison with other sensors: its edges, with their directions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.arrays import ByteImage, Float32Array, FloatArray

MAX_EDGE_WIDTH_PX = 1000
SURROUNDINGS_PX = 49
NOISE_LEVELS = 1.0
STRONGEST = 4.0
FIXED_POINT = 2000.0
CLEAR_EDGE_LEVELS = 4.0


@dataclass(frozen=True, eq=False)
class EdgeField:
    """Grey gradients of one picture, relative to those around them, so that shade counts as much as sun.

    Attributes:
        across, down: (h, w) int16, the gradient's parts times `FIXED_POINT`; 1 is as strong as its surroundings.
        scale: pixels here per pixel of the picture; a big picture is halved until it is small enough.
        structure: share of pixels with a clear edge.
    """

    across: NDArray[np.int16]
    down: NDArray[np.int16]
    scale: float
    structure: float

    @property
    def width(self) -> int:
        """Pixels across, at this scale."""
        return int(self.across.shape[1])

    def at(self, places: FloatArray) -> tuple[Float32Array, Float32Array]:
        """Gradients at places between pixels.

        Args:
            places: (K, S, 2) u, v at the scale of the field.

        Returns:
            Two (K, S), across and down; 0 outside the picture.
        """
        columns, rows = np.moveaxis(places.astype(np.float32), -1, 0)
        across = cv2.remap(self.across, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        down = cv2.remap(self.down, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return (np.float32(1 / FIXED_POINT) * across, np.float32(1 / FIXED_POINT) * down)


def edge_field(image: ByteImage) -> EdgeField:
    """The edges of a picture, (H, W, 3) BGR or (H, W) grey, uint8."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    scale = 1.0
    while grey.shape[1] * scale > MAX_EDGE_WIDTH_PX:
        scale /= 2
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3) / 8
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3) / 8
    strength = np.hypot(across, down)
    relative = 1 / (cv2.blur(strength, (SURROUNDINGS_PX, SURROUNDINGS_PX)) + NOISE_LEVELS)
    relative *= np.minimum(1.0, STRONGEST / np.maximum(strength * relative, 1e-6)) * FIXED_POINT
    return EdgeField(
        across=np.rint(across * relative).astype(np.int16),
        down=np.rint(down * relative).astype(np.int16),
        scale=scale,
        structure=float(np.mean(strength > CLEAR_EDGE_LEVELS)),
    )
