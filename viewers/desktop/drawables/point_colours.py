"""Colours of points by what one wants to see in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.arrays import BoolArray, Float32Array, FloatArray
from calibration.errors import BoresightError
from fusion.scene.box_geometry import points_in_box_frames
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.frame_content import Cloud, FrameContent
from viewers.desktop.state.preferences import Colouring
from viewers.pictures.palette import UNKNOWN, Colour, sequential_bgr

# Lidar ground to the top of a truck, about the ego frame's floor.
HEIGHTS_M = (-0.3, 3.5)
RANGES_M = (2.0, 80.0)
# A return this far off its box's nearest face is as bad as it gets in colours.
FACE_M = 0.5
# Bright returns are few; beyond this share of them the scale ends.
BRIGHTEST_PERCENT = 97


def point_colours(
    content: FrameContent, cloud: Cloud, colouring: Colouring, box_colours: Sequence[Colour]
) -> Float32Array:
    """(N, 3) red, green, blue 0..1 of the points of a cloud.

    Args:
        cloud: the frame's own, or several sweeps together.
        box_colours: by row of the frame's boxes, for colouring by label.
    """
    if colouring == "height":
        return _scale((cloud.points[:, 2] - HEIGHTS_M[0]) / (HEIGHTS_M[1] - HEIGHTS_M[0]))
    if colouring == "range":
        away = np.hypot(cloud.points[:, 0], cloud.points[:, 1])
        return _scale(1 - np.log(np.maximum(away, 1e-3) / RANGES_M[0]) / np.log(RANGES_M[1] / RANGES_M[0]))
    if colouring == "time":
        return _scale(cloud.time_share)
    if colouring == "intensity":
        return _scale(_shares(cloud.intensity))
    if colouring == "label":
        return _by_label(cloud, box_colours)
    if colouring == "face distance":
        return _by_face(cloud, content.boxes)
    return _by_camera(content, cloud)


def _scale(shares: FloatArray | Float32Array) -> Float32Array:
    """Dim to bright; grey where nothing is known."""
    values = np.asarray(shares, dtype=np.float64)
    colours = np.empty((len(values), 3), dtype=np.float32)
    # 256 steps are all an eye tells, and a look-up is ten times cheaper than interpolating each point.
    table = (sequential_bgr(np.linspace(0, 1, 256))[:, ::-1] / 255).astype(np.float32)
    known = np.isfinite(values)
    colours[known] = table[(np.clip(values[known], 0, 1) * 255).astype(np.int64)]
    colours[~known] = UNKNOWN.unit
    return colours


def _shares(values: Float32Array) -> FloatArray:
    known = values[np.isfinite(values)]
    brightest = float(np.percentile(known, BRIGHTEST_PERCENT)) if len(known) else 0.0
    return np.asarray(values, dtype=np.float64) / (brightest or 1.0)


def _by_label(cloud: Cloud, box_colours: Sequence[Colour]) -> Float32Array:
    table = np.array([*(colour.unit for colour in box_colours), UNKNOWN.mixed(Colour(0, 0, 0), 0.55).unit])
    return table.astype(np.float32)[cloud.box]


def _by_face(cloud: Cloud, boxes: Boxes3D) -> Float32Array:
    """Bright on a face of its box, dim in the middle; grey outside all boxes."""
    shares = np.full(len(cloud), np.nan)
    inside: BoolArray = cloud.box >= 0
    rows = cloud.box[inside]
    local = points_in_box_frames(cloud.points[inside], rows, boxes.centres_m, boxes.rotations)
    to_face = (boxes.sizes_m[rows] / 2 - np.abs(local)).min(axis=1)
    shares[inside] = 1 - np.clip(to_face, 0, FACE_M) / FACE_M
    return _scale(shares)


def _by_camera(content: FrameContent, cloud: Cloud) -> Float32Array:
    """What the first camera that sees a point shows there; grey where none does."""
    colours = np.tile(np.asarray(UNKNOWN.mixed(Colour(0, 0, 0), 0.5).unit, dtype=np.float32), (len(cloud), 1))
    own = np.flatnonzero(cloud.rows >= 0)
    open_rows = np.ones(len(own), dtype=bool)
    for view in content.views.values():
        try:
            projection, image = view.project_points(), view.pixels()
        except BoresightError:
            continue
        rows = cloud.rows[own]
        places = np.rint(np.nan_to_num(projection.pixels[rows], nan=-1.0)).astype(np.int64)
        height, width = image.shape[:2]
        within = (places >= 0).all(axis=1) & (places[:, 0] < width) & (places[:, 1] < height)
        seen = open_rows & projection.in_view[rows] & within
        colours[own[seen]] = image[places[seen, 1], places[seen, 0], ::-1].astype(np.float32) / 255
        open_rows &= ~seen
    return colours
