"""How much of each box a camera can see, told by the lidar: is the nearest return in a piece of the picture before it?

The picture is divided into cells; of each the nearest return counts. Of the cells within a box's outline, those whose
return lies before the box are hidden, those in or behind it are open: what is behind proves the view to be free.
Cells without a return say nothing, so a box needs a number of cells with one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.camera_view import CameraView

CELL_PX = 8.0
# Boxes are drawn a little loosely: a return this little before the nearest corner may be the object's own.
MARGIN_M = 0.5


@dataclass(frozen=True, eq=False)
class DepthCells:
    """By box of the frame, (M,): cells of its outline that have a return, and how many of these lie before it.

    visible_share: (M,) 1 - hidden / cells; NaN where no cell has a return or the box is not in the image.
    """

    cells: IntArray
    hidden: IntArray

    @property
    def visible_share(self) -> FloatArray:
        """(M,) of the cells with a return, those that show the object or what is behind it."""
        share = np.full(len(self.cells), np.nan)
        told = self.cells > 0
        share[told] = 1 - self.hidden[told] / self.cells[told]
        return share


def depth_cells(view: CameraView) -> DepthCells:
    """Measure all boxes of a view; computed once a frame and camera.

    Raises:
        NotMeasurableError: the frame has no lidar, or its boxes have no place in ego.
        LensError: the camera has no intrinsics.
    """
    return view.frame.measured(f"depth cells in {view.name}", lambda: _depth_cells(view))


def _depth_cells(view: CameraView) -> DepthCells:
    hulls, points = view.project_boxes(), view.project_points()
    corners_m = view.corners_in_camera
    centres_px, depths_m = _nearest_returns(points.pixels[points.in_view], _distances(view)[points.in_view])
    boxes = len(hulls)
    cells, hidden = np.zeros(boxes, dtype=np.int64), np.zeros(boxes, dtype=np.int64)
    for row in np.flatnonzero(hulls.visible).tolist():
        outline = hulls.outline(row)
        low, high = hulls.bounds_px[row, :2], hulls.bounds_px[row, 2:]
        near = ((centres_px >= low) & (centres_px <= high)).all(axis=1)
        inside = np.flatnonzero(near)[_within(centres_px[near], outline)]
        nearest_m = np.linalg.norm(corners_m[row], axis=1).min()
        cells[row] = len(inside)
        hidden[row] = np.count_nonzero(depths_m[inside] < nearest_m - MARGIN_M)
    return DepthCells(cells, hidden)


def _distances(view: CameraView) -> FloatArray:
    """(N,) metres of each point from the camera, along its ray."""
    with np.errstate(invalid="ignore", over="ignore"):  # infinite rows stay rows without a place
        distances: FloatArray = np.linalg.norm(view.camera_from_ego.apply(view.frame.points_in_ego), axis=1)
    return distances


def _nearest_returns(pixels: FloatArray, distances_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """By cell that has a return: where the nearest one is, (C, 2) pixels, and how far, (C,) metres."""
    cell = np.floor(pixels / CELL_PX).astype(np.int64)
    if not len(cell):
        return np.zeros((0, 2)), np.zeros(0)
    key = cell[:, 1] * (int(cell[:, 0].max()) + 2) + cell[:, 0]
    order = np.lexsort((distances_m, key))
    first = order[np.flatnonzero(np.diff(key[order], prepend=key[order][0] - 1))]
    return pixels[first], distances_m[first]


def _within(pixels: FloatArray, outline: FloatArray) -> BoolArray:
    """(P,) bool: inside a convex outline whose corners run clockwise to the eye."""
    ahead = np.roll(outline, -1, axis=0) - outline
    to_point = pixels[:, None, :] - outline[None]
    turns = ahead[:, 0] * to_point[..., 1] - ahead[:, 1] * to_point[..., 0]
    return np.asarray((turns >= 0).all(axis=1), dtype=bool)


def seen_whole(view: CameraView, margin_px: float) -> BoolArray:
    """(M,) bool: the whole outline lies within the image, that far from its borders."""
    hulls, lens = view.project_boxes(), view.camera
    low, high = hulls.bounds_px[:, :2], hulls.bounds_px[:, 2:]
    inside = (low >= margin_px).all(axis=1) & (high <= np.array([lens.width, lens.height]) - 1 - margin_px).all(axis=1)
    return np.asarray(hulls.visible & inside & (hulls.truncation < 0.01), dtype=bool)
