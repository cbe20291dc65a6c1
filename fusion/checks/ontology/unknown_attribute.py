"""ONT602 unknown-attribute: labels carry an attribute that the label specification does not give them.

What it looks for: attributes the specification does not define, or defines for other classes.
Why it matters: a tool's default or a slip in the export; whoever trains on the attribute mixes it with what is meant.
Evidence: the attribute, the class, how many labels carry it.
Blind spots: needs a label specification; without one nothing is judged.
Example: a car in the tests that carries an attribute of cyclists.
"""

from __future__ import annotations

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.ontology.attribute_groups import Group, boxes_with_attributes, groups_of, moments, texts
from fusion.checks.severity import Severity
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import NameRows
from fusion.scene.scene import Scene


class UnknownAttributeLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@scene_check("ONT602", Severity.WARNING, UnknownAttributeLimits)
def unknown_attribute(scene: Scene, limits: UnknownAttributeLimits) -> Assessment:
    """Each attribute on each class that carries it."""
    rules, boxes = limits.rules.attributes, boxes_with_attributes(scene)
    groups = [
        group for name, column in boxes.attributes.items() for group in groups_of(name, boxes.category, column.present)
    ]
    known = [group.attribute in rules for group in groups]
    allowed = [_allowed(group, limits) for group in groups]
    return Assessment(
        about=NameRows(scene, tuple(group.name for group in groups), moments(groups)),
        violated=~np.asarray(allowed, dtype=bool),
        measured=np.asarray([group.labels for group in groups], dtype=np.float64),
        limit=0.0,
        unit="",
        message="{measured:.0f} labels of {of} carry {attribute!r}, which {why}",
        evidence={
            "attribute": texts([group.attribute for group in groups]),
            "of": texts([group.other or "no class" for group in groups]),
            "why": texts(["is of other classes" if one else "is not in the specification" for one in known]),
        },
    )


def _allowed(group: Group, limits: UnknownAttributeLimits) -> bool:
    rule = limits.rules.attributes.get(group.attribute)
    return rule is not None and rule.may_stand_on(group.other)
