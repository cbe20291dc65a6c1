"""Corners, edges, faces and footprints of boxes, and points seen from inside one: whole columns at once.

    corner        0  1  2  3   4  5  6  7        seen from above, heading to the right:
    along length  +  -  -  +   +  -  -  +
    along width   +  +  -  -   +  +  -  -            1 ─────── 0   left
    along height  -  -  -  -   +  +  +  +            │    ►    │
                  bottom       top                   2 ─────── 3   right

A box is its centre, (length, width, height) and the rotation frame_from_box; x points to its front, y to its left,
z to its top. A row whose rotation is none (NaN, zero, far from unit length) yields NaN: nothing can be measured of it,
and it doesn't take the other rows with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, FloatArray, IntArray, as_column, as_rows, frozen
from calibration.errors import ShapeError
from calibration.transform import MAX_RESIDUAL, matrices_from_quaternions, yaws_from_quaternions

CORNER_SIGNS: FloatArray = frozen(
    np.array(
        [[1, 1, -1], [-1, 1, -1], [-1, -1, -1], [1, -1, -1], [1, 1, 1], [-1, 1, 1], [-1, -1, 1], [1, -1, 1]],
        dtype=np.float64,
    )
)

# Round the bottom, round the top, then up from each bottom corner.
BOX_EDGES: IntArray = frozen(
    np.array(
        [[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6], [6, 7], [7, 4], [0, 4], [1, 5], [2, 6], [3, 7]],
        dtype=np.int64,
    )
)

FACE_NAMES = ("front", "rear", "left", "right", "top", "bottom")

# Counter-clockwise seen from outside, so that (b - a) x (c - b) points out.
BOX_FACES: IntArray = frozen(
    np.array(
        [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [4, 5, 6, 7], [3, 2, 1, 0]],
        dtype=np.int64,
    )
)


def corners_of_boxes(centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike) -> FloatArray:
    """Corners (M, 8, 3) of boxes in the frame of their centres, in the order drawn at the top of this file.

    Args:
        centres_m: (M, 3) geometric centres.
        sizes_m: (M, 3) length, width, height.
        rotations: (M, 4) quaternions w x y z, frame_from_box.

    Raises:
        ShapeError: the columns have other shapes or differ in length.
    """
    centres, sizes, frame_from_box = box_columns(centres_m, sizes_m, rotations)
    offsets_in_box = CORNER_SIGNS[None] * (sizes[:, None] / 2)
    corners: FloatArray = centres[:, None] + offsets_in_box @ frame_from_box.transpose(0, 2, 1)
    return corners


def footprints_of_boxes(centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike) -> FloatArray:
    """Rectangles (M, 4, 2) the boxes cover seen from above, counter-clockwise from the front left corner.

    Length and width under the heading of the length axis: exact for upright boxes, and for tilted ones the
    footprint of the upright box of the same yaw.

    Raises:
        ShapeError: the columns have other shapes or differ in length.
    """
    centres, sizes = as_rows(centres_m, 3, "centres_m"), as_rows(sizes_m, 3, "sizes_m")
    headings = headings_of_boxes(rotations)
    _require_equal_lengths(len(centres), len(sizes), len(headings))
    leftward = np.stack([-headings[:, 1], headings[:, 0]], axis=1)
    along, across = headings * (sizes[:, :1] / 2), leftward * (sizes[:, 1:2] / 2)
    signs = CORNER_SIGNS[:4]
    return centres[:, None, :2] + signs[None, :, :1] * along[:, None] + signs[None, :, 1:2] * across[:, None]


def headings_of_boxes(rotations: ArrayLike) -> FloatArray:
    """Horizontal unit vectors (M, 2) along the length axis; its yaw, roll and pitch dropped.

    Raises:
        ShapeError: not (M, 4).
    """
    yaws_rad = yaws_from_quaternions(rotations)
    return np.stack([np.cos(yaws_rad), np.sin(yaws_rad)], axis=1)


def rotation_matrices(rotations: ArrayLike) -> FloatArray:
    """frame_from_box (M, 3, 3) of quaternions (M, 4) w x y z; NaN in rows that are no rotation.

    Raises:
        ShapeError: not (M, 4).
    """
    quaternions = as_rows(rotations, 4, "rotations")
    with np.errstate(over="ignore"):
        usable = np.abs(np.sqrt(np.square(quaternions).sum(axis=1)) - 1) <= MAX_RESIDUAL  # False for NaN
    if usable.all():
        return matrices_from_quaternions(quaternions)
    matrices = np.full((len(quaternions), 3, 3), np.nan)
    matrices[usable] = matrices_from_quaternions(quaternions[usable])
    return matrices


def box_columns(
    centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Centres (M, 3), sizes (M, 3) and rotation matrices (M, 3, 3) as float64, checked to belong together.

    Raises:
        ShapeError: the columns have other shapes or differ in length.
    """
    centres, sizes = as_rows(centres_m, 3, "centres_m"), as_rows(sizes_m, 3, "sizes_m")
    matrices = rotation_matrices(rotations)
    _require_equal_lengths(len(centres), len(sizes), len(matrices))
    return centres, sizes, matrices


def points_in_box_frames(points: ArrayLike, rows: ArrayLike, centres_m: ArrayLike, rotations: ArrayLike) -> FloatArray:
    """Each point seen from its own box: (K, 3) along length, width and height from the centre of box `rows[k]`.

    Args:
        points: (K, 3) in the frame of the boxes.
        rows: (K,) the box of each point.
        centres_m: (M, 3).
        rotations: (M, 4) quaternions w x y z.

    Raises:
        ShapeError: the columns have other shapes or differ in length.
    """
    offsets = as_rows(points, 3, "points")
    box_of_point = as_column(rows, "rows", np.int64, length=len(offsets))
    centres, matrices = as_rows(centres_m, 3, "centres_m"), rotation_matrices(rotations)
    seen: FloatArray = np.einsum("kj,kji->ki", offsets - centres[box_of_point], matrices[box_of_point])
    return seen


def is_measurable(centres_m: FloatArray, sizes_m: FloatArray, frame_from_box: FloatArray) -> BoolArray:
    """(M,) rows that are finite throughout, so that something can lie in them."""
    values = np.concatenate([centres_m, sizes_m, frame_from_box.reshape(-1, 9)], axis=1)
    finite: BoolArray = np.isfinite(values).all(axis=1)
    return finite


def _require_equal_lengths(centres: int, sizes: int, rotations: int) -> None:
    if not centres == sizes == rotations:
        raise ShapeError(f"boxes need as many sizes and rotations as centres, got {centres}, {sizes} and {rotations}")
