"""IMG403 missing-2d-box: an object has a 3D box and stands plainly in an image, but nobody drew its 2D box.

What it looks for: 3D boxes that are whole, large and unhidden in an image without a 2D box there, in label sets that
give such objects of that kind in that camera their 2D boxes as a rule.
Why it matters: the image detector learns that the object is background.
Evidence: the outline's height, how much can be seen, how often the rule is kept.
Blind spots: hidden, cut and small objects; sets that draw few 2D boxes; 2D boxes without a link to their 3D box.
Example: a scene in the tests in which one of thirty cars lost its 2D box.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import ViewRows
from fusion.measure.camera_view import CameraView
from fusion.measure.depth_cells import depth_cells
from fusion.measure.drawn_boxes import boxes_2d_of, views_with_2d_boxes
from fusion.measure.frame import SyncedFrame
from fusion.measure.label_pairs import habits_in_images, has_2d_box, plainly_seen, shares
from fusion.measure.rectangles import intersection_over_union
from fusion.scene.taxonomy import kind_of_name


class Missing2dBoxLimits(Limits):
    min_rule: float = Field(
        0.9, gt=0, le=1, description="A rule that is broken by one object in ten is none: the set draws some only."
    )
    min_examples: int = Field(20, ge=5, description="Fewer objects plainly in view make no rule.")
    same_overlap: float = Field(
        0.4, gt=0, lt=1, description="A 2D box of any object this much alike is probably its own, only not linked."
    )


@frame_check("IMG403", Severity.WARNING, Missing2dBoxLimits)
def missing_2d_box(frame: SyncedFrame, limits: Missing2dBoxLimits) -> tuple[Assessment, ...]:
    """Objects plainly in view against the 2D boxes of each image."""
    labels_2d = boxes_2d_of(frame.scene, drawn_by_hand=True)
    views = views_with_2d_boxes(frame, labels_2d)
    return tuple(_assess_view(view, limits) for view in views)


def _assess_view(view: CameraView, limits: Missing2dBoxLimits) -> Assessment:
    rows = np.flatnonzero(plainly_seen(view))
    frame = view.frame
    keys = [(view.name, kind_of_name(frame.boxes.category[row])) for row in rows.tolist()]
    rule, examples = shares(habits_in_images(frame.scene), keys)
    hulls_px = view.project_boxes().bounds_px[rows]
    missing = ~has_2d_box(view)[rows]
    return Assessment(
        about=ViewRows(view, rows),
        not_assessed=Reason("too few objects of its kind to know the rule").where(examples < limits.min_examples)
        | Reason("such objects have no 2D box as a rule").where(rule < limits.min_rule)
        | Reason("a 2D box without a link may be its own").where(missing & _has_lookalike(view, hulls_px, limits)),
        violated=missing,
        measured=hulls_px[:, 3] - hulls_px[:, 1],
        limit=0.0,
        unit="px",
        message="{measured:.0f} px high in the image, {visible:.0%} of it in view, and no 2D box; {rule:.0%} of such "
        "objects have one",
        evidence={"visible": depth_cells(view).visible_share[rows], "rule": rule, "examples": examples},
    )


def _has_lookalike(view: CameraView, hulls_px: np.ndarray, limits: Missing2dBoxLimits) -> np.ndarray:
    """(K,) bool: a 2D box without a 3D box lies where the object is."""
    boxes = view.boxes_2d
    free = np.zeros((0, 4)) if boxes is None else boxes.edges_px[boxes.box3d_rows < 0]
    alike = np.zeros(len(hulls_px), dtype=bool)
    for edges in free:
        alike |= intersection_over_union(np.broadcast_to(edges, hulls_px.shape), hulls_px) > limits.same_overlap
    return alike
