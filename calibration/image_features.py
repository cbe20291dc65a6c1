"""What a picture offers for comparison with other sensors: its edges, with their directions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, ByteImage, Float32Array, FloatArray

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
        whole = round(1 / scale)  # whole blocks of pixels only, so that every pixel has the same scale
        grey = grey[: grey.shape[0] // whole * whole, : grey.shape[1] // whole * whole]
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


# Wider pictures are halved: corners are followed to a tenth of a pixel, and half the picture is a quarter of the time.
HALVED_FROM_WIDTH = 1000
CORNER_QUALITY = 0.01
CORNER_SPACING_SHARE = 1 / 60
SEARCH_WINDOW_PX = 15
SEARCH_LEVELS = 3
# Followed there and back again, a corner must return to its place.
MAX_RETURN_PX = 0.5


def grey_for_following(image: ByteImage) -> tuple[ByteImage, int]:
    """(H, W) grey of (H, W, 3) blue green red, halved until it is small enough, and by how much it was reduced."""
    grey, reduced = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 1
    while grey.shape[1] >= HALVED_FROM_WIDTH:
        # whole blocks of pixels only, so that every pixel has the same scale
        even = grey[: grey.shape[0] // 2 * 2, : grey.shape[1] // 2 * 2]
        grey, reduced = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), reduced * 2
    return grey.astype(np.uint8, copy=False), reduced


def follow_corners(
    before: ByteImage, after: ByteImage, reduced: int = 1, most: int = 200
) -> tuple[FloatArray, FloatArray]:
    """Corners of one grey picture and where they are in the next.

    Args:
        before, after: (H, W) uint8 of one size, as `grey_for_following` makes them.
        reduced: by how much; pixels are of the full picture, (0, 0) the centre of its first one.

    Returns:
        (N, 2) and (N, 2) pixels, N at most `most`; none where a picture shows nothing to hold on to.

    Source: Shi and Tomasi 1994 (corners), Lucas and Kanade 1981 in Bouguet's pyramids (following).
    """
    none = np.empty((0, 2))
    if before.shape != after.shape:
        return none, none
    spacing_px = max(3.0, before.shape[1] * CORNER_SPACING_SHARE)
    found_corners = cv2.goodFeaturesToTrack(before, most, CORNER_QUALITY, spacing_px)
    if np.ndim(found_corners) != 3:  # None, where there is no corner
        return none, none
    corners = np.asarray(found_corners, dtype=np.float32)
    arrived, found = _followed(before, after, corners)
    returned, found_back = _followed(after, before, arrived)
    strayed_px = np.linalg.norm((returned - corners).reshape(-1, 2), axis=1)
    kept = found & found_back & (strayed_px < MAX_RETURN_PX)
    first, second = corners.reshape(-1, 2)[kept], arrived.reshape(-1, 2)[kept]
    return _full(first, reduced), _full(second, reduced)


def _followed(before: ByteImage, after: ByteImage, corners: Float32Array) -> tuple[Float32Array, BoolArray]:
    """Where (N, 1, 2) corners are in the other picture, and which of them were found."""
    window = (SEARCH_WINDOW_PX, SEARCH_WINDOW_PX)
    arrived, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, corners, corners.copy(), winSize=window, maxLevel=SEARCH_LEVELS
    )
    return np.asarray(arrived, dtype=np.float32), np.asarray(found).ravel() == 1


def _full(pixels: Float32Array, reduced: int) -> FloatArray:
    full: FloatArray = (pixels.astype(np.float64) + 0.5) * reduced - 0.5
    return full


# Shorter pieces of an edge say nothing of how it bends; longer ones are pieced together.
MIN_PIECE_SHARE = 0.03
MAX_GAP_SHARE = 0.03
MAX_KINK_RAD = 0.05
MAX_ASIDE_PX = 2.0
EDGE_STEP_PX = 3.0
EDGE_REACH_PX = 2.0
MIN_EDGE_LEVELS = 3.0


def long_edges(image: ByteImage, min_share: float = 0.15) -> list[FloatArray]:
    """Edges of a picture that run on without a kink, straight or gently bent.

    Args:
        image: (H, W, 3) uint8, blue green red; a wide one is halved.
        min_share: of the width, how long an edge is at least.

    Returns:
        (P, 2) pixels each, in no order, to a fraction of a pixel.

    Source: Grompone von Gioi et al. 2010 (LSD) for the pieces.
    """
    grey, reduced = grey_for_following(image)
    width = grey.shape[1]
    pieces = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if pieces is None:
        return []
    ends = np.asarray(pieces, dtype=np.float64).reshape(-1, 2, 2)
    ends = ends[np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) >= MIN_PIECE_SHARE * width]
    smooth = np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0), dtype=np.float32)
    edges = []
    for rows in _pieced_together(ends, MAX_GAP_SHARE * width):
        points = np.concatenate([_edge_points(smooth, *ends[row]) for row in rows])
        if len(points) and float(np.ptp(points @ _direction(points))) >= min_share * width:
            edges.append((points + 0.5) * reduced - 0.5)
    return edges


def _pieced_together(ends: FloatArray, max_gap_px: float) -> list[list[int]]:
    """Rows of pieces (S, 2, 2) that go on from one to the next; bright stays on the same side."""
    along = ends[:, 1] - ends[:, 0]
    length_px = np.linalg.norm(along, axis=1)
    along = along / np.maximum(length_px, 1e-9)[:, None]
    gap = ends[None, :, 0] - ends[:, None, 1]  # from the end of one to the start of another
    kink = np.abs(along[:, None, 0] * along[None, :, 1] - along[:, None, 1] * along[None, :, 0])
    aside = np.abs(along[:, None, 0] * gap[..., 1] - along[:, None, 1] * gap[..., 0])
    goes_on = (np.linalg.norm(gap, axis=-1) <= max_gap_px) & (kink <= MAX_KINK_RAD) & (aside <= MAX_ASIDE_PX)
    goes_on &= along @ along.T > 0
    chains, taken = [], np.zeros(len(ends), dtype=bool)
    for first in np.argsort(-length_px):
        if taken[first]:
            continue
        taken[first], chain = True, [int(first)]
        for following in (goes_on, goes_on.T):
            at = int(first)
            while (nexts := np.flatnonzero(following[at] & ~taken)).size:
                at = int(nexts[np.argmax(length_px[nexts])])
                taken[at] = True
                chain.append(at)
        chains.append(chain)
    return chains


def _edge_points(smooth: Float32Array, start: FloatArray, end: FloatArray) -> FloatArray:
    """(P, 2) where the grey changes most across a piece, every few pixels along it."""
    length_px = float(np.linalg.norm(end - start))
    along = (end - start) / length_px
    across = np.array([-along[1], along[0]])
    middles = start + np.arange(EDGE_STEP_PX / 2, length_px, EDGE_STEP_PX)[:, None] * along
    offsets = np.arange(-EDGE_REACH_PX - 0.5, EDGE_REACH_PX + 0.75, 0.5)
    places = (middles[:, None] + offsets[None, :, None] * across).astype(np.float32)
    levels = cv2.remap(smooth, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    change = np.abs(levels[:, 2:] - levels[:, :-2])  # over one pixel, at offsets[1:-1]
    best = np.argmax(change, axis=1)
    inner = (best > 0) & (best < change.shape[1] - 1) & (change.max(axis=1) >= MIN_EDGE_LEVELS)
    rows, best = np.flatnonzero(inner), best[inner]
    before, top, after = (change[rows, best + by] for by in (-1, 0, 1))
    shift = (before - after) / np.minimum(2 * (before - 2 * top + after), -1e-6)
    found: FloatArray = middles[rows] + (offsets[1:-1][best] + 0.5 * shift)[:, None] * across
    return found


def _direction(points: FloatArray) -> FloatArray:
    """(2,) along which points spread most."""
    return np.asarray(np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0], dtype=np.float64)
