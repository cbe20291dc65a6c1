"""BOX315 swapped-dimensions: a class's boxes are wider than long, so length and width were mixed up.

What it looks for: classes of vehicles and two-wheelers most of whose boxes are clearly wider than long.
Why it matters: two tools mean different sides by the first number; every heading is then a quarter turn off too.
Evidence: how many boxes of the class are wider than long, of how many.
Blind spots: single boxes (BOX302 has those); classes that are as wide as long; length and height mixed up.
Example: a scene in the tests whose cars are 1.9 m long and 4.5 m wide.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import NameRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ELONGATED, ObjectKind, kind_of_name

# Drawn round whatever is there, so either side may be the longer one.
NO_LONG_SIDE = frozenset({ObjectKind.CONSTRUCTION, ObjectKind.TRAILER, ObjectKind.RIDER})


class SwappedDimensionsLimits(Limits):
    wider_ratio: float = Field(1.3, gt=1, description="Width over length of a box that is clearly wider than long.")
    max_share: float = Field(0.5, gt=0, lt=1, description="Slips concern a few boxes, a convention most of them.")
    min_boxes: int = Field(5, ge=2, description="Of fewer boxes most may have slipped by chance.")


@scene_check("BOX315", Severity.ERROR, SwappedDimensionsLimits)
def swapped_dimensions(scene: Scene, limits: SwappedDimensionsLimits) -> Assessment:
    """By class, the share of boxes that are wider than long."""
    boxes = scene.labels.boxes
    names = [name for name in boxes.category.names if kind_of_name(name) in ELONGATED - NO_LONG_SIDE]
    rows = [np.flatnonzero(boxes.category.is_any([name])) for name in names]
    names = [name for name, own in zip(names, rows, strict=True) if len(own)]
    rows = [own for own in rows if len(own)]
    if not names:
        raise NotMeasurableError("no class that is longer than wide")
    with np.errstate(invalid="ignore"):
        wide = boxes.sizes_m[:, 1] > limits.wider_ratio * boxes.sizes_m[:, 0]
    counts, totals = np.asarray([int(wide[own].sum()) for own in rows]), np.asarray([len(own) for own in rows])
    first = [int(own[np.argmax(wide[own])]) for own in rows]
    return Assessment(
        about=NameRows(scene, tuple(names), np.asarray(first, dtype=np.int64)),
        not_assessed=Reason("too few boxes of the class").where(totals < limits.min_boxes),
        violated=counts > limits.max_share * totals,
        measured=counts / totals,
        limit=limits.max_share,
        unit="share",
        message="{wide} of {total} boxes are wider than long: length and width are swapped",
        evidence={"wide": counts, "total": totals},
    )
