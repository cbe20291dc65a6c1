"""BOX314 degenerate-box: a box whose numbers are none.

What it looks for: NaN or infinity in the place, the size or the rotation of a box.
Why it matters: it has no place, so every other check passes it over, and a training job stops on it.
Evidence: which of the three.
Blind spots: numbers that are finite and wrong (BOX302 has sizes without volume).
Example: a box in the tests whose height is NaN.
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

PARTS = ("place", "size", "rotation")


@scene_check("BOX314", Severity.ERROR, NoLimits)
def degenerate_box(scene: Scene, limits: NoLimits) -> Assessment:
    """How many of each label's ten numbers are none."""
    boxes = scene.labels.boxes
    if not len(boxes):
        raise NotMeasurableError("nothing is labelled")
    broken = np.stack(
        [(~np.isfinite(column)).sum(axis=1) for column in (boxes.centres_m, boxes.sizes_m, boxes.rotations)], axis=1
    )
    total = broken.sum(axis=1)
    which = [", ".join(name for name, count in zip(PARTS, row, strict=True) if count) for row in broken[total > 0]]
    named = np.full(len(boxes), "", dtype=object)
    named[total > 0] = which
    return Assessment(
        about=LabelRows(scene, np.arange(len(boxes))),
        violated=total > 0,
        measured=total.astype(np.float64),
        limit=0.0,
        unit="",
        message="{measured:.0f} numbers of its {which} are NaN or infinite",
        evidence={"which": named},
    )
