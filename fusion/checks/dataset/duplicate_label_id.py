"""DAT014 duplicate-label-id: several labels carry the same id.

What it looks for: labels of a scene that share the id by which the data set tells them apart.
Why it matters: reviews, corrections and whatever else is stored by id land on the wrong label.
Evidence: how many labels share the id.
Blind spots: ids that are repeated in another scene; formats without ids, whose labels are known by file and line.
Example: two boxes in the tests that share an id.
"""

from __future__ import annotations

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import NoLimits
from fusion.checks.severity import Severity
from fusion.checks.subject import LabelRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene


@scene_check("DAT014", Severity.ERROR, NoLimits)
def duplicate_label_id(scene: Scene, limits: NoLimits) -> Assessment:
    """The first label of each id, and how many carry it."""
    if not len(scene.labels):
        raise NotMeasurableError("nothing is labelled")
    _, first, counts = np.unique(scene.labels.boxes.label_ids, return_index=True, return_counts=True)
    order = np.argsort(first)
    first, counts = first[order], counts[order]
    return Assessment(
        about=LabelRows(scene, first),
        violated=counts > 1,
        measured=counts.astype(np.float64),
        limit=1.0,
        unit="",
        message="{measured:.0f} labels have this id",
    )
