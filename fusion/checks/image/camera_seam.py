"""IMG408 camera-seam: an object has its 2D box in one camera and none in the neighbour that shows it as well.

What it looks for: objects that stand plainly in two images of a frame, with a 2D box linked in one of them only, where
the label set draws both as a rule.
Why it matters: at the seam between two cameras objects are lost first; one image teaches that the object is background.
Evidence: the camera that has it, the outline's height in the one that lacks it, how often the rule is kept.
Blind spots: objects cut by both images; sets that draw few 2D boxes.
Example: a scene in the tests whose side camera lost the 2D box of a van.
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
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.drawn_boxes import boxes_2d_of
from fusion.measure.frame import SyncedFrame
from fusion.measure.label_pairs import habits_in_images, has_2d_box, plainly_seen, shares
from fusion.scene.taxonomy import kind_of_name


class CameraSeamLimits(Limits):
    min_rule: float = Field(0.8, gt=0, le=1, description="The other camera proves it; so a weaker rule will do.")
    min_examples: int = Field(10, ge=3, description="Fewer objects plainly in view make no rule.")


@frame_check("IMG408", Severity.WARNING, CameraSeamLimits)
def camera_seam(frame: SyncedFrame, limits: CameraSeamLimits) -> tuple[Assessment, ...]:
    """Objects with a 2D box in another camera, against the 2D boxes of each image."""
    labels_2d = boxes_2d_of(frame.scene, drawn_by_hand=True)
    views = [view for name, view in frame.cameras.items() if labels_2d.camera.is_any([name]).any()]
    if len(views) < 2:
        raise NotMeasurableError("no two cameras of this frame have 2D boxes")
    drawn = np.stack([has_2d_box(view) for view in views])
    return tuple(_assess_view(view, views, drawn, limits) for view in views)


def _assess_view(view: CameraView, views: list[CameraView], drawn: np.ndarray, limits: CameraSeamLimits) -> Assessment:
    own = views.index(view)
    elsewhere = np.delete(drawn, own, axis=0)
    rows = np.flatnonzero(plainly_seen(view) & elsewhere.any(axis=0))
    names = [other.name for other in views if other is not view]
    has_it = [names[int(np.argmax(elsewhere[:, row]))] for row in rows]
    keys = [(view.name, kind_of_name(view.frame.boxes.category[row])) for row in rows.tolist()]
    rule, examples = shares(habits_in_images(view.frame.scene), keys)
    hulls_px = view.project_boxes().bounds_px[rows]
    return Assessment(
        about=ViewRows(view, rows),
        not_assessed=Reason("too few objects of its kind to know the rule").where(examples < limits.min_examples)
        | Reason("such objects have no 2D box as a rule").where(rule < limits.min_rule),
        violated=~drawn[own, rows],
        measured=hulls_px[:, 3] - hulls_px[:, 1],
        limit=0.0,
        unit="px",
        message="{has_it} has its 2D box, this camera shows it {measured:.0f} px high and has none",
        evidence={"has_it": np.asarray(has_it, dtype=object), "rule": rule, "examples": examples},
    )
