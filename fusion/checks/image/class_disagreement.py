"""IMG402 class-disagreement: the 2D box of an object has another class than its 3D box.

What it looks for: the kinds that both class names stand for, where the labels say that the boxes are one object.
Why it matters: one of the two is wrong, or the link is; detectors in image and cloud learn to contradict each other.
Evidence: both names, the camera.
Blind spots: the same wrong class on both; classes nobody knows; sets in which one record holds both boxes.
Example: a cyclist in the tests whose 2D box says pedestrian.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import NoLimits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import ViewRows
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.drawn_boxes import boxes_2d_of, drawn_boxes, views_with_2d_boxes
from fusion.measure.frame import SyncedFrame
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, VEHICLES, ObjectKind, kind_of_name

# Within a group data sets draw the line in different places; between groups it is another object.
GROUPS = (VEHICLES, TWO_WHEELERS, PEOPLE)
# Any of several groups, so that it contradicts none of them.
LOOSE = frozenset({ObjectKind.OTHER, ObjectKind.IGNORED, ObjectKind.MOVABLE, ObjectKind.VEHICLE})
RIDING = frozenset({ObjectKind.RIDER, ObjectKind.PEDESTRIAN})


@frame_check("IMG402", Severity.WARNING, NoLimits, tier="labels")
def class_disagreement(frame: SyncedFrame, limits: NoLimits) -> tuple[Assessment, ...]:
    """Names of 2D boxes against those of their 3D boxes, camera by camera."""
    labels_2d = boxes_2d_of(frame.scene)
    if labels_2d.box3d_rows.max(initial=-1) < 0:
        raise NotMeasurableError("no 2D box says which 3D box it belongs to")
    views = views_with_2d_boxes(frame, labels_2d)
    return tuple(_assess_view(view) for view in views)


def _assess_view(view: CameraView) -> Assessment:
    drawn = drawn_boxes(view)
    in_image, in_space = drawn.boxes.category, view.frame.boxes.category.take(drawn.rows)
    pairs = [(in_image[row], in_space[row]) for row in range(len(drawn))]
    known = np.asarray([bool(one and other) for one, other in pairs], dtype=bool)
    return Assessment(
        about=ViewRows(view, drawn.rows),
        not_assessed=Reason("one of the boxes has no class").where(~known),
        violated=_contradict(pairs) & known,
        measured=np.ones(len(drawn)),
        limit=0.0,
        unit="",
        message="the 2D box says {in_image!r}, the 3D box {in_space!r}",
        evidence={"in_image": in_image.values, "in_space": in_space.values},
    )


def _contradict(pairs: list[tuple[str, str]]) -> BoolArray:
    """(D,) bool: the two names stand for things of different groups."""
    judged = {pair: _differ(*(kind_of_name(name) for name in pair)) for pair in set(pairs) if pair[0] != pair[1]}
    return np.asarray([judged.get(pair, False) for pair in pairs], dtype=bool)


def _differ(one: ObjectKind | None, other: ObjectKind | None) -> bool:
    if one is None or other is None or one is other or {one, other} & LOOSE or {one, other} <= RIDING:
        return False
    return not any({one, other} <= group for group in GROUPS)
