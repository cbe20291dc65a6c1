"""IMG405 visibility-off: a label says an object can be seen, or is hidden, and the lidar shows the contrary.

What it looks for: visibility or occlusion levels against the share of the object's outline in an image that nothing
nearer covers, as the lidar's returns tell; of several cameras the one that sees most.
Why it matters: benchmarks leave hidden objects out by this level, and models are weighed by it.
Evidence: the share measured, the range the level stands for, how many cells of the image told it, the camera.
Blind spots: objects that no camera has wholly in view; few returns; what hides from the camera and not from the lidar.
Example: a car in the tests behind a wall whose label says it is fully visible.
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
from fusion.checks.subject import BoxRows
from fusion.errors import NotMeasurableError
from fusion.measure.depth_cells import depth_cells, seen_whole
from fusion.measure.frame import SyncedFrame
from fusion.measure.told_visibility import told_visible_shares


class VisibilityOffLimits(Limits):
    max_deviation: float = Field(
        0.4, gt=0, lt=1, description="Two levels of four: people and lidars differ by one, seen from different places."
    )
    clear_deviation: float = Field(0.5, gt=0, lt=1, description="Below it is worth a look, beyond it a warning.")
    min_cells: int = Field(30, ge=5, description="Fewer pieces of the picture with a return don't tell a share.")
    margin_px: float = Field(2.0, ge=0, description="Nearer to the border the object may go on outside.")


@frame_check("IMG405", Severity.WARNING, VisibilityOffLimits)
def visibility_off(frame: SyncedFrame, limits: VisibilityOffLimits) -> Assessment:
    """Deviation of each box's told visibility from the measured one."""
    boxes = frame.boxes
    told = told_visible_shares(boxes.attributes, len(boxes))
    if not np.isfinite(told).any():
        raise NotMeasurableError("labels don't tell how visible objects are")
    if not frame.cameras:
        raise NotMeasurableError("no image in this frame")
    share, cells, camera = _best_view(frame, limits)
    deviation = np.fmax(np.fmax(told[:, 0] - share, share - told[:, 1]), 0.0)
    off = deviation > limits.max_deviation
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("the label doesn't tell how visible it is").where(np.isnan(told[:, 0]))
        | Reason("no camera has the whole object and enough returns in view").where(np.isnan(share)),
        violated=off,
        infos=off & (deviation <= limits.clear_deviation),
        measured=share,
        limit=np.where(share < told[:, 0], told[:, 0], told[:, 1]),
        unit="share",
        message="{measured:.0%} of it can be seen in {camera}, the label says {least:.0%} to {most:.0%}",
        evidence={"least": told[:, 0], "most": told[:, 1], "cells": cells, "camera": camera},
    )


def _best_view(frame: SyncedFrame, limits: VisibilityOffLimits) -> tuple[FloatArray, FloatArray, FloatArray]:
    """By box the largest share any camera sees, the cells that told it, and the camera's name."""
    count = len(frame.boxes)
    share, cells = np.full(count, np.nan), np.zeros(count)
    camera = np.full(count, "", dtype=object)
    for name, view in frame.cameras.items():
        measured = depth_cells(view)
        usable = seen_whole(view, limits.margin_px) & (measured.cells >= limits.min_cells)
        better = usable & ~(measured.visible_share <= share)
        share[better], cells[better], camera[better] = measured.visible_share[better], measured.cells[better], name
    return share, cells, camera
