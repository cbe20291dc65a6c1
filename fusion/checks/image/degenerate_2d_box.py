"""IMG411 degenerate-2d-box: a 2D box encloses nothing that could be in its image.

What it looks for: edges that are no numbers or the wrong way round, boxes without area, boxes wholly outside the image.
Why it matters: training crashes on them, or learns from an empty crop.
Evidence: the edges, the size of the image.
Blind spots: images whose size nobody knows; boxes that reach a little over the border, as some tools draw them.
Example: a 2D box in the tests whose right edge lies left of its left one.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from calibration.errors import BoresightError
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.severity import Severity
from fusion.checks.subject import Boxes2DRows
from fusion.measure.camera_view import CameraView
from fusion.measure.drawn_boxes import boxes_2d_of
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes2d import Boxes2D


class Degenerate2dBoxLimits(Limits):
    min_side_px: float = Field(1.0, gt=0, description="Nothing thinner than a pixel can be drawn around.")


@frame_check("IMG411", Severity.ERROR, Degenerate2dBoxLimits, tier="labels")
def degenerate_2d_box(frame: SyncedFrame, limits: Degenerate2dBoxLimits) -> tuple[Assessment, ...]:
    """Every 2D box of the frame, camera by camera."""
    boxes = boxes_2d_of(frame.scene)
    views = [view for view in frame.cameras.values() if len(view.rows_2d)]
    return tuple(_assess_view(view, boxes, limits) for view in views)


def _assess_view(view: CameraView, boxes: Boxes2D, limits: Degenerate2dBoxLimits) -> Assessment:
    edges = boxes.edges_px[view.rows_2d]
    sides_px = edges[:, 2:] - edges[:, :2]
    shown_px = np.minimum(edges[:, 2:], _image_size(view)) - np.maximum(edges[:, :2], 0)
    thinnest = np.nan_to_num(np.minimum(sides_px, shown_px).min(axis=1, initial=np.inf), nan=-np.inf)
    broken = ~np.isfinite(edges).all(axis=1)
    what = np.select(
        [broken, (sides_px < 0).any(axis=1), (sides_px < limits.min_side_px).any(axis=1)],
        ["edges are no numbers", "edges are the wrong way round", "it has no area"],
        "it lies outside the image",
    )
    return Assessment(
        about=Boxes2DRows(view, boxes, view.rows_2d),
        violated=broken | (thinnest < limits.min_side_px),
        measured=np.where(np.isfinite(thinnest), thinnest, np.nan),
        limit=limits.min_side_px,
        unit="px",
        message="{what}: u {left:.0f} to {right:.0f}, v {top:.0f} to {bottom:.0f} px",
        evidence={
            "what": what.astype(object),
            "left": edges[:, 0],
            "top": edges[:, 1],
            "right": edges[:, 2],
            "bottom": edges[:, 3],
        },
    )


def _image_size(view: CameraView) -> FloatArray:
    """(2,) width and height; infinite where nobody tells."""
    try:
        return np.array([view.camera.width, view.camera.height], dtype=np.float64)
    except BoresightError:
        return np.array([np.inf, np.inf])
