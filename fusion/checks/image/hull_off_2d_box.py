"""IMG401 hull-off-2d-box: a 3D box seen through the camera is not where the object's 2D box is.

What it looks for: the outline of the projected 3D box against the 2D box drawn for the same object: does it hold it,
and, where nothing hides or cuts the object, do the two agree?
Why it matters: box, calibration, time or 2D label is wrong; one object points at a label, all of them at the rig.
Evidence: contained share or overlap, shift of the centres in pixels, time between box and exposure.
Blind spots: objects without a 2D box; 2D boxes made by projecting the 3D ones prove nothing and are not judged.
Example: a KITTI scene in the tests, with a car moved a metre aside after its 2D box was drawn.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import ViewRows
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.measure.rectangles import contained_share, intersection_over_union
from fusion.scene.boxes2d import Boxes2D


class HullOff2dBoxLimits(Limits):
    min_contained: float = Field(
        0.85, gt=0, le=1, description="A 2D box drawn by hand lies inside the outline of the 3D box but for its jitter."
    )
    min_overlap: float = Field(
        0.55,
        gt=0,
        le=1,
        description="The outline of a box is looser than a hand-drawn one, a thin person's most of all.",
    )
    impossible_below: float = Field(0.6, gt=0, lt=1, description="Share of the limit below which it is an error.")
    jitter_px: float = Field(3.0, ge=0, description="How exactly people draw the edges of a 2D box.")
    min_height_px: float = Field(25.0, gt=0, description="KITTI's own bound for objects worth evaluating.")
    max_unknown_shift: float = Field(
        0.25,
        gt=0,
        description="Share of the object's width it may cross between box and exposure when its speed is unknown.",
    )


@frame_check("IMG401", Severity.WARNING, HullOff2dBoxLimits, tier="labels")
def hull_off_2d_box(frame: SyncedFrame, limits: HullOff2dBoxLimits) -> tuple[Assessment, ...]:
    """Projected boxes against the 2D boxes of the same objects, camera by camera."""
    labels_2d = frame.scene.labels.boxes_2d
    if labels_2d is None:
        raise NotMeasurableError("the labels have no 2D boxes")
    if labels_2d.derived:
        raise NotMeasurableError("2D boxes are projections of the 3D boxes")
    views = [view for name, view in frame.cameras.items() if labels_2d.camera.is_any([name]).any()]
    if not views:
        raise NotMeasurableError("no camera of this frame has 2D boxes")
    return tuple(_assess_view(view, limits) for view in views)


def _assess_view(view: CameraView, limits: HullOff2dBoxLimits) -> Assessment:
    boxes_2d = view.boxes_2d
    if boxes_2d is None:
        raise NotMeasurableError("the labels have no 2D boxes")
    linked = np.flatnonzero(boxes_2d.box3d_rows >= 0)
    boxes_2d = boxes_2d.take(linked)
    rows = np.searchsorted(view.frame.label_rows, boxes_2d.box3d_rows)
    hulls = view.project_boxes()
    hull_px, drawn_px = hulls.bounds_px[rows], boxes_2d.edges_px
    contained = contained_share(_shrunk(drawn_px, limits.jitter_px), hull_px)
    overlap = intersection_over_union(drawn_px, hull_px)
    whole = ~_hidden(boxes_2d) & (hulls.truncation[rows] < 0.01)
    use_overlap = whole & (overlap / limits.min_overlap < contained / limits.min_contained)
    measured = np.where(use_overlap, overlap, contained)
    limit = np.where(use_overlap, limits.min_overlap, limits.min_contained)
    shift_px = (hull_px[:, :2] + hull_px[:, 2:] - drawn_px[:, :2] - drawn_px[:, 2:]) / 2
    return Assessment(
        about=ViewRows(view, rows),
        not_assessed=Reason("3D box is not in the image").where(~hulls.visible[rows])
        | Reason("2D box is too small to judge").where(drawn_px[:, 3] - drawn_px[:, 1] < limits.min_height_px)
        | Reason("speed unknown between box and exposure").where(_drifts(view, limits)[rows]),
        violated=measured < limit,
        errors=measured < limit * limits.impossible_below,
        measured=measured,
        limit=limit,
        unit="share",
        message="{comparison} {measured:.2f}; centre is off by {shift_u_px:+.0f}, {shift_v_px:+.0f} px",
        evidence={
            "comparison": np.where(use_overlap, "overlap with the 2D box is", "share of the 2D box inside is").astype(
                object
            ),
            "shift_u_px": shift_px[:, 0],
            "shift_v_px": shift_px[:, 1],
            "contained_share": contained,
            "overlap_ratio": overlap,
            "exposure_gap_s": np.full(len(rows), view.gap_s if view.frame.scene.has_real_times else np.nan),
        },
    )


def _shrunk(edges_px: FloatArray, by_px: float) -> FloatArray:
    """Boxes drawn in by the jitter of a hand, never beyond their centre."""
    half = np.maximum((edges_px[:, 2:] - edges_px[:, :2]) / 2 - by_px, 0.25)
    centre = (edges_px[:, 2:] + edges_px[:, :2]) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _hidden(boxes_2d: Boxes2D) -> BoolArray:
    """Objects the labels call occluded or truncated: only what is visible was drawn around."""
    hidden = np.zeros(len(boxes_2d), dtype=bool)
    for name in ("occluded", "truncated"):
        if name in boxes_2d.attributes:
            values = boxes_2d.attributes[name].values
            hidden |= np.nan_to_num(np.asarray(values, dtype=np.float64)) > 0
    return hidden


def _drifts(view: CameraView, limits: HullOff2dBoxLimits) -> BoolArray:
    """Boxes of unknown speed that could have moved too far by the time of the exposure."""
    if not view.frame.scene.has_real_times:
        return np.zeros(len(view.frame.boxes), dtype=bool)
    could_move_m = MAX_USUAL_SPEED_MPS * abs(view.gap_s)
    return ~view.speed_known & (could_move_m > limits.max_unknown_shift * view.frame.boxes.sizes_m[:, 1])


# What most road users stay below in towns; faster ones of unknown speed are the exception that this check leaves.
MAX_USUAL_SPEED_MPS = 15.0
