"""Image files: what is stored comes back, and what is broken is named."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.errors import ImageFileError, ShapeError
from calibration.image_file import (
    decode_image,
    image_size,
    read_image,
    size_from_header,
    size_of_bytes,
    write_image,
)

WIDTH, HEIGHT = 37, 21


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def encoded(picture: np.ndarray, suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def with_jpeg_segment(data: bytes, marker: int, content: bytes) -> bytes:
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + data[2:]


def rotated_by_exif(jpeg: bytes) -> bytes:
    """The same JPEG with an orientation tag that asks viewers to turn it by 90 degrees."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    tiff = b"MM\x00\x2a" + struct.pack(">I", 8) + struct.pack(">H", 1) + entry + struct.pack(">I", 0)
    return with_jpeg_segment(jpeg, 0xE1, b"Exif\x00\x00" + tiff)


def test_a_written_png_comes_back_bit_for_bit(tmp_path: Path, picture: np.ndarray) -> None:
    write_image(tmp_path / "a.png", picture)
    read = read_image(str(tmp_path / "a.png"))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, picture)


def test_a_grey_file_comes_back_with_three_equal_channels(tmp_path: Path, picture: np.ndarray) -> None:
    write_image(tmp_path / "grey.png", picture[:, :, 0])
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png"), np.repeat(picture[:, :, :1], 3, axis=2))


def test_a_sixteen_bit_file_comes_back_as_bytes(picture: np.ndarray) -> None:
    data = cv2.imencode(".png", picture[:, :, 0].astype(np.uint16) * 257)[1].tobytes()
    assert decode_image(data, "deep.png").dtype == np.uint8


def test_pixels_are_those_stored_whatever_the_orientation_tag_says(picture: np.ndarray) -> None:
    plain = encoded(picture, ".jpg")
    turned = rotated_by_exif(plain)
    as_shown = cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR)
    assert as_shown is not None
    assert as_shown.shape == (WIDTH, HEIGHT, 3)
    np.testing.assert_array_equal(decode_image(turned, "a.jpg"), decode_image(plain, "a.jpg"))
    assert size_from_header(turned) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp"])
def test_the_size_is_that_of_the_pixels(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    write_image(tmp_path / f"a{suffix}", picture)
    assert image_size(tmp_path / f"a{suffix}") == (WIDTH, HEIGHT)
    assert size_of_bytes((tmp_path / f"a{suffix}").read_bytes(), "a") == (WIDTH, HEIGHT)


def test_the_size_of_a_progressive_jpeg_is_in_its_header(picture: np.ndarray) -> None:
    data = encoded(picture, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    assert size_from_header(data) == (WIDTH, HEIGHT)


def test_the_size_of_a_png_needs_only_its_first_bytes() -> None:
    header = struct.pack(">II5B", 1920, 1208, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(header))
    assert size_from_header(head) == (1920, 1208)


def test_a_jpeg_header_behind_large_metadata_is_found(tmp_path: Path, picture: np.ndarray) -> None:
    data = encoded(picture, ".jpg")
    for _ in range(3):
        data = with_jpeg_segment(data, 0xE2, bytes(60_000))
    (tmp_path / "a.jpg").write_bytes(data)
    assert image_size(tmp_path / "a.jpg") == (WIDTH, HEIGHT)


def test_a_thumbnail_in_the_metadata_is_not_taken_for_the_picture(picture: np.ndarray) -> None:
    thumbnail = encoded(picture[:8, :8], ".jpg")
    data = with_jpeg_segment(encoded(picture, ".jpg"), 0xE1, b"Exif\x00\x00" + thumbnail)
    assert size_from_header(data) == (WIDTH, HEIGHT)
    with pytest.raises(ImageFileError, match="cut short"):
        decode_image(data[:-40], "a.jpg")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for ask in (read_image, image_size):
        with pytest.raises(ImageFileError, match=r"gone\.png: can't be read: No such file"):
            ask(tmp_path / "gone.png")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"<html>not found</html>", "can't be decoded", id="a web page"),
        pytest.param(b"\xff\xd8\xff", "cut short", id="three bytes of a jpeg"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "cut short", id="a png signature"),
    ],
)
def test_bytes_that_are_no_image_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ImageFileError, match=f"^frames/0001.jpg: .*{reason}"):
        decode_image(data, "frames/0001.jpg")
    with pytest.raises(ImageFileError, match=reason):
        size_of_bytes(data, "frames/0001.jpg")


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_an_image_cut_short_is_refused(picture: np.ndarray, suffix: str, share: float) -> None:
    data = encoded(picture, suffix)
    with pytest.raises(ImageFileError, match="cut short"):
        decode_image(data[: int(share * len(data))], f"a{suffix}")


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_an_image_whose_second_half_is_zeros_is_refused(picture: np.ndarray, suffix: str) -> None:
    data = encoded(picture, suffix)
    with pytest.raises(ImageFileError, match="cut short"):
        decode_image(data[: len(data) // 2] + bytes(len(data) // 2), f"a{suffix}")


@pytest.mark.parametrize(
    "not_an_image",
    [np.zeros((4, 4, 3)), np.zeros((4, 4, 2), np.uint8), np.zeros(4, np.uint8), np.zeros((0, 4, 3), np.uint8)],
    ids=["floats", "two channels", "a row", "no pixels"],
)
def test_writing_refuses_what_is_no_image(tmp_path: Path, not_an_image: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="an image is"):
        write_image(tmp_path / "a.png", not_an_image)


def test_writing_names_a_suffix_without_format_and_a_folder_that_is_missing(
    tmp_path: Path, picture: np.ndarray
) -> None:
    with pytest.raises(ImageFileError, match=r"no image format for the suffix '\.txt'"):
        write_image(tmp_path / "a.txt", picture)
    with pytest.raises(ImageFileError, match="can't be written"):
        write_image(tmp_path / "nowhere" / "a.png", picture)


@pytest.mark.parametrize("read", [image_size, read_image])
def test_a_pipe_is_no_image_and_is_not_waited_for(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ImageFileError, match="expected a file, found a device or pipe"):
        read(tmp_path / "a.png")
