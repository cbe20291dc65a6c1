"""One camera picture: when it was taken, and how to get at its pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from calibration.arrays import ByteImage
from calibration.errors import ShapeError
from calibration.image_file import decode_image, image_size, read_image, size_of_bytes


@dataclass(frozen=True, eq=False)
class CameraImage:
    """A picture that is decoded only when somebody asks for its pixels, each time anew: caching is the owner's.

    Attributes:
        sensor: name of the camera.
        timestamp_ns: the middle of the exposure of the middle row.
        load: decodes the picture.
        path: the file, for people and errors; None for pictures in memory.
        exposure_ns: how long a row is exposed, where known.
        readout_ns: from the first row to the last, where known; 0 for a global shutter.
        measure: width and height without decoding, where there is such a way.
    """

    sensor: str
    timestamp_ns: int
    load: Callable[[], ByteImage]
    path: str | None = None
    exposure_ns: int | None = None
    readout_ns: int | None = None
    measure: Callable[[], tuple[int, int]] | None = None

    @classmethod
    def from_file(
        cls,
        sensor: str,
        timestamp_ns: int,
        path: str | Path,
        exposure_ns: int | None = None,
        readout_ns: int | None = None,
    ) -> CameraImage:
        """A picture in a local file, which is opened only when asked for."""
        return cls(
            sensor,
            timestamp_ns,
            load=lambda: read_image(path),
            path=str(path),
            exposure_ns=exposure_ns,
            readout_ns=readout_ns,
            measure=lambda: image_size(path),
        )

    @classmethod
    def from_bytes(
        cls,
        sensor: str,
        timestamp_ns: int,
        read: Callable[[], bytes],
        path: str,
        exposure_ns: int | None = None,
        readout_ns: int | None = None,
    ) -> CameraImage:
        """A picture whose encoded bytes come from anywhere: an archive, a bag, a remote store."""
        return cls(
            sensor,
            timestamp_ns,
            load=lambda: decode_image(read(), path),
            path=path,
            exposure_ns=exposure_ns,
            readout_ns=readout_ns,
            measure=lambda: size_of_bytes(read(), path),
        )

    def pixels(self) -> ByteImage:
        """(H, W, 3) uint8, blue green red.

        Raises:
            ImageFileError: the file is missing or no image.
            ShapeError: the picture in memory is no (H, W, 3) uint8.
        """
        image = np.asarray(self.load())
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ShapeError(
                f"image of {self.sensor}: expected (H, W, 3) uint8 pixels, got {image.shape} {image.dtype}"
            )
        return image

    @property
    def width(self) -> int:
        """Pixels across, from the header where there is one."""
        return self._size[0]

    @property
    def height(self) -> int:
        """Pixels down, from the header where there is one."""
        return self._size[1]

    @cached_property
    def _size(self) -> tuple[int, int]:
        if self.measure is not None:
            return self.measure()
        height, width = self.pixels().shape[:2]
        return width, height
