"""IMG407 truncation-off: a label says an object is cut off by the image, or whole in it, and the geometry denies it.

What it looks for: the truncation written beside a box against the part of its projected outline outside the image.
Why it matters: benchmarks leave cut objects out by this number, and models learn to guess what lies outside by it.
Evidence: the share outside the image, the share the label tells.
Blind spots: a 3D box whose far end is guessed; levels in words; sets with several cameras and one number.
Example: a car in the tests in the middle of the picture whose label says 0.9.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import ViewRows
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.drawn_boxes import DrawnBoxes, boxes_2d_of, drawn_boxes, views_with_2d_boxes
from fusion.measure.frame import SyncedFrame

COLUMNS = ("truncated", "truncation")


class TruncationOffLimits(Limits):
    max_deviation: float = Field(
        0.5, gt=0, lt=1, description="Half the object: the hidden end of a box at the border is guessed that badly."
    )
    min_height_px: float = Field(25.0, gt=0, description="KITTI's own bound for objects worth evaluating.")


@frame_check("IMG407", Severity.WARNING, TruncationOffLimits, tier="labels")
def truncation_off(frame: SyncedFrame, limits: TruncationOffLimits) -> tuple[Assessment, ...]:
    """Truncation of each 2D box of a 3D box, camera by camera."""
    labels_2d = boxes_2d_of(frame.scene)
    if not any(name in labels_2d.attributes for name in COLUMNS):
        raise NotMeasurableError("2D boxes don't tell how much is cut off")
    views = views_with_2d_boxes(frame, labels_2d)
    return tuple(_assess_view(view, limits) for view in views)


def _assess_view(view: CameraView, limits: TruncationOffLimits) -> Assessment:
    drawn, hulls = drawn_boxes(view), view.project_boxes()
    told = _told_shares(drawn)
    outside = hulls.truncation[drawn.rows]
    height_px = drawn.boxes.edges_px[:, 3] - drawn.boxes.edges_px[:, 1]
    return Assessment(
        about=ViewRows(view, drawn.rows),
        not_assessed=Reason("the label doesn't tell how much is cut off").where(np.isnan(told))
        | Reason("2D box is too small to judge").where(~(height_px >= limits.min_height_px))
        | Reason("the 3D box is not in the image").where(~hulls.visible[drawn.rows]),
        violated=np.abs(outside - told) > limits.max_deviation,
        measured=outside,
        limit=np.where(outside > told, told + limits.max_deviation, told - limits.max_deviation),
        unit="share",
        message="{measured:.0%} of the box lies outside the image, the label says {told:.0%}",
        evidence={"told": told},
    )


def _told_shares(drawn: DrawnBoxes) -> FloatArray:
    """(D,) the share outside the image by the labels; NaN where they give none, or a level beyond one.

    Levels (KITTI tracking: 0, 1, 2) are no shares, so where there is a 2 only 0 is taken for what it says.
    """
    column = next((drawn.boxes.attributes[name] for name in COLUMNS if name in drawn.boxes.attributes), None)
    if column is None:
        return np.full(len(drawn), np.nan)
    numbers = np.array([_number(name) for name in column.as_text.names] or [np.nan])
    told = np.where(column.present, numbers[np.maximum(column.as_text.codes, 0)], np.nan)
    whole_numbers = bool(np.isin(told[np.isfinite(told)], (0.0, 1.0, 2.0)).all())
    usable = (told == 0) if whole_numbers else (told >= 0) & (told <= 1)
    return np.where(usable, told, np.nan)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
