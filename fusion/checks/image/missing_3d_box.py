"""IMG404 missing-3d-box: an object has a 2D box and lidar points stand in it, but it has no 3D box.

What it looks for: 2D boxes without a 3D box around points above the ground that no 3D box holds, in label sets that
give such objects of that kind their 3D boxes as a rule.
Why it matters: the lidar detector learns that the object is background; a link may be lost, or a label.
Evidence: how many free points stand in the middle of the 2D box at one distance, how far, how often the rule is kept.
Blind spots: objects with few points; 2D boxes of people in crowds; what the label set doesn't label in space.
Example: a scene in the tests in which one of thirty cars lost its 3D box.
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
from fusion.checks.subject import Boxes2DRows
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.drawn_boxes import boxes_2d_of
from fusion.measure.frame import SyncedFrame
from fusion.measure.label_pairs import PLAIN_HEIGHT_PX, habits_in_space, shares
from fusion.measure.rectangles import intersection_over_union
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.taxonomy import kind_of_name

# The middle of a 2D box shows the object, its rim the background.
MIDDLE_SHARE = 0.6
# About the depth of a road user as seen from any side.
OBJECT_DEPTH_M = 2.5
ABOVE_GROUND_M = 0.3
# The object itself covers the ground below it, so the lowest of several neighbouring cells counts.
NEAR_CELLS = 6


class Missing3dBoxLimits(Limits):
    min_rule: float = Field(0.9, gt=0, le=1, description="A rule that is broken by one object in ten is none.")
    min_examples: int = Field(20, ge=5, description="Fewer 2D boxes make no rule.")
    min_points: int = Field(15, ge=5, description="Fewer points may be a fence, a bush or a stray return.")
    min_share: float = Field(
        0.4, gt=0, lt=1, description="Of the points in the middle; else the 2D box looks past what stands there."
    )
    same_overlap: float = Field(0.3, gt=0, lt=1, description="A 3D box seen this much alike is probably its own.")


@frame_check("IMG404", Severity.WARNING, Missing3dBoxLimits)
def missing_3d_box(frame: SyncedFrame, limits: Missing3dBoxLimits) -> tuple[Assessment, ...]:
    """2D boxes without a 3D box, camera by camera."""
    boxes = boxes_2d_of(frame.scene)
    if not len(frame.scene.labels):
        raise NotMeasurableError("the labels have no 3D boxes")
    views = [view for view in frame.cameras.values() if len(view.rows_2d)]
    return tuple(_assess_view(view, boxes, limits) for view in views)


def _assess_view(view: CameraView, boxes: Boxes2D, limits: Missing3dBoxLimits) -> Assessment:
    rows = view.rows_2d[boxes.box3d_rows[view.rows_2d] < 0]
    edges = boxes.edges_px[rows]
    keys = [(view.name, kind_of_name(boxes.category[row])) for row in rows.tolist()]
    rule, examples = shares(habits_in_space(view.frame.scene), keys)
    free, total, range_m = _free_points(view, edges)
    return Assessment(
        about=Boxes2DRows(view, boxes, rows),
        not_assessed=Reason("too few 2D boxes of its kind to know the rule").where(examples < limits.min_examples)
        | Reason("such objects have no 3D box as a rule").where(rule < limits.min_rule)
        | Reason("2D box is too small to judge").where(~(edges[:, 3] - edges[:, 1] >= PLAIN_HEIGHT_PX))
        | Reason("a 3D box without a link may be its own").where(_has_lookalike(view, edges, limits))
        | Reason("too few free points in the 2D box").where(free < limits.min_points),
        violated=free >= limits.min_share * total,
        measured=free,
        limit=float(limits.min_points),
        unit="",
        message="{measured:.0f} points that no 3D box holds stand in the 2D box, {range_m:.1f} m away; {rule:.0%} of "
        "such objects have a 3D box",
        evidence={"range_m": range_m, "points_in_2d_box": total, "rule": rule},
    )


def _free_points(view: CameraView, edges_px: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """By 2D box: points of no 3D box at one distance in its middle, all points there, and the distance in metres."""
    frame, places = view.frame, view.project_points()
    usable = np.flatnonzero(places.in_view & _above_ground(frame))
    pixels, depths = places.pixels[usable], places.depth_m[usable]
    held = _held(frame)[usable]
    centres, halves = (edges_px[:, :2] + edges_px[:, 2:]) / 2, (edges_px[:, 2:] - edges_px[:, :2]) / 2 * MIDDLE_SHARE
    found = np.zeros((3, len(edges_px)))
    for row, (centre, half) in enumerate(zip(centres, halves, strict=True)):
        inside = (np.abs(pixels - centre) <= half).all(axis=1)
        if not inside.any():
            continue
        nearest = float(np.quantile(depths[inside], 0.1))
        group = inside & (depths <= nearest + OBJECT_DEPTH_M)
        found[:, row] = np.count_nonzero(group & ~held), np.count_nonzero(inside), np.median(depths[group])
    return found[0], found[1], found[2]


def _above_ground(frame: SyncedFrame) -> BoolArray:
    """(N,) bool: higher than the lowest returns around it."""
    points, tree = frame.points_in_ego, frame.ground.lowest_tree
    finite = np.isfinite(points).all(axis=1)
    above = np.zeros(len(points), dtype=bool)
    if tree is None:
        return above
    _, nearest = tree.query(points[finite][:, :2], k=np.arange(1, NEAR_CELLS + 1))
    heights_m = np.append(frame.ground.lowest_m[:, 2], np.inf)[nearest].min(axis=1)
    above[finite] = points[finite][:, 2] > heights_m + ABOVE_GROUND_M
    return above


def _held(frame: SyncedFrame) -> BoolArray:
    """(N,) bool: some 3D box holds the point."""
    held = np.zeros(len(frame.points_in_ego), dtype=bool)
    held[frame.membership.point_index] = True
    return held


def _has_lookalike(view: CameraView, edges_px: FloatArray, limits: Missing3dBoxLimits) -> BoolArray:
    """(K,) bool: the outline of a 3D box lies where the 2D box does."""
    alike = np.zeros(len(edges_px), dtype=bool)
    hulls = view.project_boxes()
    for outline in hulls.bounds_px[hulls.visible]:
        alike |= intersection_over_union(edges_px, np.broadcast_to(outline, edges_px.shape)) > limits.same_overlap
    return alike
