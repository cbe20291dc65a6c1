"""IMG401 hull-off-2d-box: a 3D box seen through the camera is not where the object's 2D box is.

What it looks for: the outline of the projected 3D box against the 2D box drawn for the same object: does it hold it,
and, where the labels say that nothing hides or cuts the object, do the two agree?
Why it matters: box, calibration, time or 2D label is wrong; one object points at a label, all of them at the rig.
Evidence: contained share and overlap, shift of the centres in pixels, time between box and exposure.
Blind spots: objects without a 2D box, or with a sliver of one at the edge of the picture; 2D boxes made by projecting
the 3D ones prove nothing and are not judged.
Example: a KITTI scene in the tests, with a car moved a metre aside after its 2D box was drawn.
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
from fusion.measure.drawn_boxes import boxes_2d_of, drawn_boxes, views_with_2d_boxes
from fusion.measure.frame import SyncedFrame
from fusion.measure.rectangles import contained_share, intersection_over_union
from fusion.measure.unknown_shift import unknown_shifts_m
from fusion.scene.taxonomy import PEOPLE


class HullOff2dBoxLimits(Limits):
    min_contained: float = Field(
        0.85, gt=0, le=1, description="A 2D box drawn by hand lies inside the outline of the 3D box but for its jitter."
    )
    min_overlap: float = Field(
        0.55, gt=0, le=1, description="The outline of a box is looser than a hand-drawn one, which is as loose as this."
    )
    min_overlap_people: float = Field(
        0.4,
        gt=0,
        le=1,
        description="A person's 3D box spans the whole stride, the 2D box what one picture shows of it.",
    )
    impossible_below: float = Field(
        0.8,
        gt=0,
        lt=1,
        description="Share of the limit below which it is an error: a third of what was drawn is outside.",
    )
    jitter_px: float = Field(3.0, ge=0, description="How exactly people draw the edges of a 2D box.")
    min_height_px: float = Field(25.0, gt=0, description="KITTI's own bound for objects worth evaluating.")
    min_width_px: float = Field(10.0, gt=0, description="Of less, the jitter of both edges leaves nothing to compare.")
    max_unknown_shift: float = Field(
        0.25,
        gt=0,
        description="Share of the object's width it may cross between box and exposure when its speed is unknown.",
    )


@frame_check("IMG401", Severity.WARNING, HullOff2dBoxLimits, tier="labels")
def hull_off_2d_box(frame: SyncedFrame, limits: HullOff2dBoxLimits) -> tuple[Assessment, ...]:
    """Projected boxes against the 2D boxes of the same objects, camera by camera."""
    labels_2d = boxes_2d_of(frame.scene, drawn_by_hand=True)
    if labels_2d.box3d_rows.max(initial=-1) < 0:
        raise NotMeasurableError("no 2D box says which 3D box it belongs to")
    views = views_with_2d_boxes(frame, labels_2d)
    return tuple(_assess_view(view, limits) for view in views)


def _assess_view(view: CameraView, limits: HullOff2dBoxLimits) -> Assessment:
    drawn, hulls = drawn_boxes(view), view.project_boxes()
    rows = drawn.rows
    hull_px, drawn_px = hulls.bounds_px[rows], drawn.boxes.edges_px
    contained = contained_share(_shrunk(drawn_px, limits.jitter_px), hull_px)
    overlap = intersection_over_union(drawn_px, hull_px)
    people = view.frame.kinds.is_any(PEOPLE)[rows]
    min_overlap = np.where(people, limits.min_overlap_people, limits.min_overlap)
    whole = drawn.in_full_view & (hulls.truncation[rows] < 0.01)
    use_overlap = whole & (overlap / min_overlap < contained / limits.min_contained)
    measured = np.where(use_overlap, overlap, contained)
    limit = np.where(use_overlap, min_overlap, limits.min_contained)
    shift_px = (hull_px[:, :2] + hull_px[:, 2:] - drawn_px[:, :2] - drawn_px[:, 2:]) / 2
    width_px, height_px = (drawn_px[:, 2:] - drawn_px[:, :2]).T
    large_enough = (height_px >= limits.min_height_px) & (width_px >= limits.min_width_px)
    may_have_left = unknown_shifts_m(view)[rows] > limits.max_unknown_shift * view.frame.boxes.sizes_m[rows, 1]
    return Assessment(
        about=ViewRows(view, rows),
        not_assessed=Reason("2D box is too small to judge").where(~large_enough)
        | Reason("speed unknown between box and exposure").where(may_have_left),
        violated=measured < limit,
        errors=measured < limit * limits.impossible_below,
        measured=measured,
        limit=limit,
        unit="share",
        message="{comparison} {measured:.2f}{shift}",
        evidence={
            "comparison": np.where(use_overlap, OVERLAP, CONTAINED).astype(object),
            "shift": np.asarray([_shift_in_words(u, v) for u, v in shift_px.tolist()], dtype=object),
            "shift_u_px": shift_px[:, 0],
            "shift_v_px": shift_px[:, 1],
            "contained_share": contained,
            "overlap_ratio": overlap,
            "exposure_gap_s": np.full(len(rows), view.gap_s if view.frame.scene.has_real_times else np.nan),
        },
    )


OVERLAP, CONTAINED = "overlap with the 2D box is", "share of the 2D box inside is"


def _shift_in_words(u_px: float, v_px: float) -> str:
    if np.isfinite(u_px + v_px):
        return f"; centre is off by {u_px:+.0f}, {v_px:+.0f} px"
    return "; the 3D box is not in the image at all"


def _shrunk(edges_px: FloatArray, by_px: float) -> FloatArray:
    """Boxes drawn in by the jitter of a hand, never beyond their centre."""
    half = np.maximum((edges_px[:, 2:] - edges_px[:, :2]) / 2 - by_px, 0.25)
    centre = (edges_px[:, 2:] + edges_px[:, :2]) / 2
    return np.concatenate([centre - half, centre + half], axis=1)
