"""Image files in and out, with errors that name the file.

Files are read as bytes and decoded from memory: `cv2.imread` answers a missing file with None. The orientation tag of
a photograph is ignored, because calibration and labels count the pixels as they are stored. OpenCV is imported when
the first picture is decoded: what only reads tables and headers starts without it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np

from calibration.arrays import ByteImage
from calibration.errors import ImageFileError, ShapeError

HEAD_BYTES = 65_536

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND"
PNG_CHECKSUM_BYTES = 4
JPEG_START = b"\xff\xd8"
JPEG_END = b"\xff\xd9"
JPEG_SCAN = 0xDA
# SOF0 to SOF15 without the three that are tables: DHT, JPG, DAC
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


def read_image(path: str | Path) -> ByteImage:
    """The picture in a file, (H, W, 3) uint8, blue green red; grey and 16-bit files are converted.

    Raises:
        ImageFileError: the file is missing, unreadable, cut short or no image.
    """
    return decode_image(_read_bytes(path), path)


def decode_image(data: bytes, path: str | Path) -> ByteImage:
    """The picture in the bytes of a file, (H, W, 3) uint8, blue green red.

    Args:
        data: the whole file.
        path: where the bytes came from, for the error.

    Raises:
        ImageFileError: the bytes are cut short or no image.
    """
    import cv2

    if not data:
        raise ImageFileError(path, "expected an image, the file is empty")
    if _is_cut_short(data):
        raise ImageFileError(path, f"the image is cut short: {len(data)} bytes and no end marker")
    as_stored = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), as_stored)
    except cv2.error as error:
        raise ImageFileError(path, f"the image can't be decoded: {str(error).strip()}") from error
    if image is None:
        raise ImageFileError(path, f"expected an image, these {len(data)} bytes can't be decoded")
    return image.astype(np.uint8, copy=False)


def encode_image(image: ByteImage, suffix: str, path: str | Path = "", quality: int | None = None) -> bytes:
    """(H, W, 3) blue green red or (H, W) grey uint8 as the bytes of a file of that suffix.

    Args:
        path: where the bytes will go, for the error.
        quality: 1 to 100, for `.jpg` and `.webp`.

    Raises:
        ShapeError: the array is no such image.
        ImageFileError: no format of that suffix.
    """
    import cv2

    picture = np.asarray(image)
    if picture.dtype != np.uint8 or picture.size == 0 or picture.shape[2:] not in ((), (3,)) or picture.ndim < 2:
        raise ShapeError(f"an image is (H, W, 3) or (H, W) uint8, got {picture.shape} {picture.dtype}")
    flag = cv2.IMWRITE_WEBP_QUALITY if suffix == ".webp" else cv2.IMWRITE_JPEG_QUALITY
    try:
        encoded, data = cv2.imencode(suffix, picture, [] if quality is None else [flag, quality])
    except cv2.error as error:
        raise ImageFileError(path, f"no image format for the suffix {suffix!r}; use .png or .jpg") from error
    if not encoded:
        raise ImageFileError(path, "the image can't be encoded")
    return data.tobytes()


def write_image(path: str | Path, image: ByteImage) -> None:
    """Write (H, W, 3) blue green red or (H, W) grey uint8 in the format the file's suffix names.

    Raises:
        ShapeError: the array is no such image.
        ImageFileError: no format of that suffix, or the file can't be written.
    """
    data = encode_image(image, Path(path).suffix, path)
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise ImageFileError(path, f"can't be written: {error.strerror or error}") from error


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height in pixels, from the header of a PNG or JPEG; other formats are decoded.

    Raises:
        ImageFileError: the file is missing, unreadable or no image.
    """
    try:
        _require_no_pipe(path)
        with Path(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise ImageFileError(path, f"can't be read: {error.strerror or error}") from error
    return size_from_header(head) or size_of_bytes(_read_bytes(path), path)


def require_whole(path: str | Path) -> None:
    """Look for the end of a PNG or JPEG without decoding it; of other formats only that there is something.

    Raises:
        ImageFileError: the file is missing, unreadable, empty or cut short.
    """
    try:
        _require_no_pipe(path)
        with Path(path).open("rb") as file:
            head = file.read(len(PNG_SIGNATURE))
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - HEAD_BYTES, 0))
            tail = file.read()
    except OSError as error:
        raise ImageFileError(path, f"can't be read: {error.strerror or error}") from error
    if not size:
        raise ImageFileError(path, "expected an image, the file is empty")
    known = head.startswith((PNG_SIGNATURE, JPEG_START))
    if known and not (tail.endswith(JPEG_END) or PNG_END in tail) and _is_cut_short(_read_bytes(path)):
        raise ImageFileError(path, f"the image is cut short: {size} bytes and no end marker")


def size_of_bytes(data: bytes, path: str | Path) -> tuple[int, int]:
    """Width and height of the image in the bytes of a file; decoded only if it is neither PNG nor JPEG.

    Raises:
        ImageFileError: the bytes are no image.
    """
    size = size_from_header(data)
    if size is None:
        height, width = decode_image(data, path).shape[:2]
        size = (width, height)
    return size


def size_from_header(head: bytes) -> tuple[int, int] | None:
    """Width and height as the first bytes of a PNG or JPEG tell them, None where they don't.

    Source: PNG specification 3rd edition, 11.2.1 (IHDR); JPEG, ITU-T T.81, B.2.2 (frame header).
    """
    if head.startswith(PNG_SIGNATURE) and head[12:16] == b"IHDR" and len(head) >= 24:
        return _size(head[16:20], head[20:24])
    frame = _jpeg_segment(head, JPEG_FRAMES)
    if frame is not None and len(head) >= frame + 9:
        return _size(head[frame + 7 : frame + 9], head[frame + 5 : frame + 7])
    return None


def _size(width_bytes: bytes, height_bytes: bytes) -> tuple[int, int] | None:
    """Width and height, unless the header leaves a side open (a JPEG may tell its height at the end)."""
    width, height = int.from_bytes(width_bytes, "big"), int.from_bytes(height_bytes, "big")
    return (width, height) if width and height else None


def _is_cut_short(data: bytes) -> bool:
    """Whether a PNG or JPEG lacks its end; decoders only warn of that, or fill the rest with grey."""
    if data.startswith(PNG_SIGNATURE):
        end = data.rfind(PNG_END)
        return end < 0 or len(data) < end + len(PNG_END) + PNG_CHECKSUM_BYTES
    if data.startswith(JPEG_START):
        scan = _jpeg_segment(data, {JPEG_SCAN})
        return scan is None or data.find(JPEG_END, scan) < 0
    return False


def _jpeg_segment(data: bytes, wanted: frozenset[int] | set[int]) -> int | None:
    """Where the first segment with a wanted marker starts, None if this is no JPEG or has none before its scan."""
    if not data.startswith(JPEG_START):
        return None
    at = len(JPEG_START)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in wanted:
            return at
        if marker == 0xFF:
            at += 1
        elif marker in JPEG_WITHOUT_LENGTH:
            at += 2
        elif marker == JPEG_SCAN:
            return None
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _read_bytes(path: str | Path) -> bytes:
    try:
        _require_no_pipe(path)
        return Path(path).read_bytes()
    except OSError as error:
        raise ImageFileError(path, f"can't be read: {error.strerror or error}") from error


def _require_no_pipe(path: str | Path) -> None:
    """Opening a pipe nobody writes to waits for ever."""
    mode = Path(path).stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ImageFileError(path, "expected a file, found a device or pipe")
