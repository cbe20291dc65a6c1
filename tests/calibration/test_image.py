"""A camera image decodes only when asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.errors import ImageFileError, ShapeError
from calibration.image import CameraImage
from calibration.image_file import write_image

PICTURE = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(4, 6, 3)


def test_making_an_image_of_a_file_opens_nothing(tmp_path: Path) -> None:
    image = CameraImage.from_file("camera_front", 40, tmp_path / "not_yet.png", readout_ns=7)
    assert (image.sensor, image.timestamp_ns, image.readout_ns, image.exposure_ns) == ("camera_front", 40, 7, None)
    with pytest.raises(ImageFileError, match=r"not_yet\.png"):
        image.pixels()


def test_a_file_gives_its_pixels_and_its_size(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", PICTURE)
    image = CameraImage.from_file("camera_front", 0, tmp_path / "a.png")
    assert (image.width, image.height) == (6, 4)
    np.testing.assert_array_equal(image.pixels(), PICTURE)


def test_the_size_of_a_file_is_known_without_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(tmp_path / "a.png", PICTURE)
    monkeypatch.setattr("calibration.image.read_image", lambda path: pytest.fail("decoded"))
    assert CameraImage.from_file("camera_front", 0, tmp_path / "a.png").width == 6


def test_bytes_from_elsewhere_are_read_when_asked(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", PICTURE)
    reads = []

    def read() -> bytes:
        reads.append(1)
        return (tmp_path / "a.png").read_bytes()

    image = CameraImage.from_bytes("camera_front", 0, read, "bag://a.png")
    assert not reads
    assert (image.width, image.height) == (6, 4)
    np.testing.assert_array_equal(image.pixels(), PICTURE)
    assert len(reads) == 2


def test_a_picture_in_memory_needs_no_file() -> None:
    image = CameraImage("camera_front", 0, load=lambda: PICTURE)
    assert (image.width, image.height, image.path) == (6, 4, None)


@pytest.mark.parametrize("wrong", [PICTURE[:, :, 0], PICTURE.astype(float)], ids=["grey", "floats"])
def test_a_picture_in_memory_of_another_kind_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="image of camera_front: expected"):
        CameraImage("camera_front", 0, load=lambda: wrong).pixels()
